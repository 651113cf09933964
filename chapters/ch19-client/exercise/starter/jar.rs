use crate::Headers;
use std::time::{Duration, SystemTime};
use url::Url;

/// The longest `Set-Cookie` that is taken, in bytes.
const MAX_COOKIE: usize = 4096;
/// How many cookies are kept for one host; with one more, the oldest is forgotten.
const MAX_PER_HOST: usize = 50;
/// How many cookies are kept in all.
const MAX_COOKIES: usize = 3000;

/// What servers have asked to be told again, and whom it concerns (RFC 6265).
#[derive(Clone, Debug, Default)]
pub struct Jar {
    /// In the order in which they came.
    cookies: Vec<StoredCookie>,
}

#[derive(Clone, Debug)]
struct StoredCookie {
    name: String,
    value: String,
    domain: String,
    /// Whether it is for this host and none below it.
    host_only: bool,
    path: String,
    expires: Option<SystemTime>,
}

impl Jar {
    /// Takes the cookies that an answer from `url` sets or takes back.
    ///
    /// One is refused that is for a host to which `url` does not belong, for a whole top-level
    /// domain (as far as one can tell without a list of them: for a name without a dot), whose
    /// `Set-Cookie` is longer than 4096 bytes, that has a control character in its name or value,
    /// or that is to be told to safe connections only: we have none.
    ///
    /// For one host 50 are kept, and 3000 in all: for one more, the oldest is forgotten. A
    /// `Max-Age` counts for a year at most.
    pub fn store(&mut self, url: &Url, headers: &Headers, now: SystemTime) {
        for value in headers.get_all("Set-Cookie").filter(|value| value.len() <= MAX_COOKIE) {
            let text = str::from_utf8(value).ok();
            if let Some(cookie) = text.and_then(|text| stored_cookie(url, text, now)) {
                self.put(cookie, now);
            }
        }
    }

    fn put(&mut self, new: StoredCookie, now: SystemTime) {
        todo!("what does it take the place of? is it there to be taken back? is there room?")
    }

    /// The value of the `Cookie` field for a request to `url`; `None` if it has none. Those with
    /// the longest path come first, and of these the oldest.
    pub fn cookies_for(&self, url: &Url, now: SystemTime) -> Option<String> {
        todo!("which ones concern it, and in which order?")
    }
}

/// The cookie of a `Set-Cookie` from `url`; `None` if it is refused.
fn stored_cookie(url: &Url, text: &str, now: SystemTime) -> Option<StoredCookie> {
    todo!("is it refused? for whom is it, below which path, and until when?")
}

/// `now` and `age`, of which a year counts at most: the clock could not hold any.
fn later(now: SystemTime, age: Duration) -> SystemTime {
    let year = Duration::from_secs(365 * 24 * 3600);
    now + age.min(year)
}

fn is_over(cookie: &StoredCookie, now: SystemTime) -> bool {
    cookie.expires.is_some_and(|at| at <= now)
}

/// Whether `host` is `domain`, or a name below it (RFC 6265 section 5.1.3). An address has no
/// names below it.
fn is_below(host: &str, domain: &str) -> bool {
    todo!("what stands before it, if it ends like that?")
}

/// Whether `path` is `prefix` or below it (RFC 6265 section 5.1.4).
fn path_matches(path: &str, prefix: &str) -> bool {
    todo!("what stands behind it, if it begins like that?")
}

/// The folder of `path` (RFC 6265 section 5.1.4).
fn default_path(path: &str) -> &str {
    todo!("up to which slash?")
}
