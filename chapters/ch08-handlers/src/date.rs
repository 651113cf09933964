use chrono::{DateTime, Utc};

/// A moment as HTTP writes it: the IMF-fixdate of RFC 9110 section 5.6.7.
///
/// ```
/// let moment = chrono::DateTime::from_timestamp(784_111_777, 0).unwrap();
/// assert_eq!(ch08::http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn http_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
