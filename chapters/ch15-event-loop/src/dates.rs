use crate::http_date;
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::rc::Rc;
use std::thread::LocalKey;

/// A second, and a text that is the same for all moments of it.
type Last = RefCell<(i64, Rc<str>)>;

thread_local! {
    static HTTP: Last = RefCell::new((i64::MIN, "".into()));
    static LOG: Last = RefCell::new((i64::MIN, "".into()));
}

/// What [`http_date`] makes of a moment.
///
/// To make it is more work than to parse a short request, and in one second it is always the
/// same. So each thread keeps it until the second is another one.
pub fn cached_http_date(moment: DateTime<Utc>) -> Rc<str> {
    cached(&HTTP, moment, http_date)
}

/// A moment as it stands in the access log, `06/Nov/1994:08:49:37 +0000`, kept in the same way.
pub fn cached_log_date(moment: DateTime<Utc>) -> Rc<str> {
    cached(&LOG, moment, |moment| moment.format("%d/%b/%Y:%H:%M:%S +0000").to_string())
}

fn cached(
    last: &'static LocalKey<Last>,
    moment: DateTime<Utc>,
    make: impl FnOnce(DateTime<Utc>) -> String,
) -> Rc<str> {
    last.with_borrow_mut(|(second, text)| {
        if *second != moment.timestamp() {
            *text = make(moment).into();
            *second = moment.timestamp();
        }
        Rc::clone(text)
    })
}
