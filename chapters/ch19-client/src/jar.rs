use crate::Headers;
use cookie::{Cookie, Expiration};
use std::time::{Duration, SystemTime};
use url::{Host, Url};

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
        let is_same = |old: &StoredCookie| {
            (&old.name, &old.domain, &old.path) == (&new.name, &new.domain, &new.path)
        };
        self.cookies.retain(|old| !is_same(old) && !is_over(old, now));
        if is_over(&new, now) {
            return; // so a server takes one back
        }
        let of_host = |cookie: &StoredCookie| cookie.domain == new.domain;
        if self.cookies.iter().filter(|cookie| of_host(cookie)).count() == MAX_PER_HOST
            && let Some(oldest) = self.cookies.iter().position(of_host)
        {
            self.cookies.remove(oldest);
        } else if self.cookies.len() == MAX_COOKIES {
            self.cookies.remove(0);
        }
        self.cookies.push(new);
    }

    /// The value of the `Cookie` field for a request to `url`; `None` if it has none. Those with
    /// the longest path come first, and of these the oldest.
    pub fn cookies_for(&self, url: &Url, now: SystemTime) -> Option<String> {
        let host = url.host_str()?;
        let concerns = |cookie: &&StoredCookie| {
            let is_host = match cookie.host_only {
                true => host == cookie.domain,
                false => is_below(host, &cookie.domain),
            };
            is_host && path_matches(url.path(), &cookie.path) && !is_over(cookie, now)
        };
        let mut found: Vec<&StoredCookie> = self.cookies.iter().filter(concerns).collect();
        found.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> =
            found.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// The cookie of a `Set-Cookie` from `url`; `None` if it is refused.
fn stored_cookie(url: &Url, text: &str, now: SystemTime) -> Option<StoredCookie> {
    let cookie = Cookie::parse(text).ok()?;
    let prefixes = ["__Secure-", "__Host-"];
    let is_for_safe_connections = cookie.secure() == Some(true)
        || prefixes.iter().any(|prefix| cookie.name().starts_with(prefix));
    let has_control = |text: &str| text.chars().any(char::is_control);
    if is_for_safe_connections || has_control(cookie.name()) || has_control(cookie.value()) {
        return None;
    }
    let host = url.host_str()?;
    // The last dot of `org.` belongs to no other name.
    let is_top_level = |domain: &str| !domain.trim_end_matches('.').contains('.');
    let (domain, host_only) = match cookie.domain().map(str::to_ascii_lowercase) {
        None => (host.to_owned(), true),
        Some(domain) if domain == host => (domain, is_top_level(host)),
        Some(domain) if is_below(host, &domain) && !is_top_level(&domain) => (domain, false),
        Some(_) => return None,
    };
    let path = match cookie.path() {
        Some(path) if path.starts_with('/') => path.to_owned(),
        _ => default_path(url.path()).to_owned(),
    };
    // `Max-Age` counts if both are there.
    let expires = match (cookie.max_age(), cookie.expires()) {
        (Some(age), _) => Some(later(now, Duration::try_from(age).unwrap_or_default())),
        (None, Some(Expiration::DateTime(moment))) => Some(moment.into()),
        (None, _) => None,
    };
    let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
    Some(StoredCookie { name, value, domain, host_only, path, expires })
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
    host == domain
        || host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'))
            && Host::parse(host).is_ok_and(|host| matches!(host, Host::Domain(_)))
}

/// Whether `path` is `prefix` or below it (RFC 6265 section 5.1.4).
fn path_matches(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'))
}

/// The folder of `path` (RFC 6265 section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(last) => &path[..last],
    }
}
