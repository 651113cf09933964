use crate::Form;
use anyhow::{Context, Result};
use cookie::{Cookie, CookieJar, Key, SameSite};
use std::time::Duration;

/// The name of the cookie.
const NAME: &str = "session";

/// The longest value of a cookie that every browser keeps, in bytes (RFC 6265 section 6.1, less its
/// name and attributes).
const MAX_COOKIE: usize = 3800;

/// How many messages are left for a client: of more, the oldest are forgotten, or one that sees no
/// page would fill its cookie.
const MAX_FLASHES: usize = 5;

/// What is remembered of a client between its requests: fields that the client keeps for us, in a
/// cookie. It can read them, and it cannot change them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    fields: Form,
    is_changed: bool,
}

impl Session {
    /// What is remembered under `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// Remembers a value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.take(name);
        self.fields.add(name, value);
        self.is_changed = true;
    }

    /// Forgets a value, and returns it.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let values = self.fields.take(name);
        self.is_changed |= !values.is_empty();
        values.into_iter().next()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.is_changed |= self.fields != Form::default();
        self.fields = Form::default();
    }

    /// Leaves a message for the next page that this client sees. Of more than five that nobody has
    /// seen, the oldest are forgotten.
    pub fn flash(&mut self, message: &str) {
        let before = self.fields.take("flash");
        let kept = before.iter().skip((before.len() + 1).saturating_sub(MAX_FLASHES));
        for message in kept.map(String::as_str).chain([message]) {
            self.fields.add("flash", message);
        }
        self.is_changed = true;
    }

    /// The messages that were left, each once.
    pub fn flashes(&mut self) -> Vec<String> {
        let messages = self.fields.take("flash");
        self.is_changed |= !messages.is_empty();
        messages
    }
}

/// Keeps sessions in cookies that are signed (HMAC-SHA-256): whoever changes a byte is a stranger
/// again.
pub struct Sessions {
    key: Key,
    lifetime: Duration,
}

impl Sessions {
    /// `secret` has at least 64 bytes that nobody else knows, and stays the same as long as
    /// sessions shall be known again. A session that is not changed for `lifetime` is forgotten.
    ///
    /// A secret that is too short is an error.
    pub fn new(secret: &[u8], lifetime: Duration) -> Result<Self> {
        let key = Key::try_from(secret).context("no secret to sign cookies with")?;
        Ok(Self { key, lifetime })
    }

    /// The session in the `Cookie` field of a request that comes at `now`, in seconds since 1970.
    ///
    /// One that was not signed here, that was changed, or whose time is over is an empty one.
    pub fn read(&self, cookies: &str, now: u64) -> Session {
        let mut jar = CookieJar::new();
        for cookie in Cookie::split_parse(cookies.to_owned()).flatten() {
            if cookie.name() == NAME {
                jar.add_original(cookie);
                break;
            }
        }
        let signed = jar.signed(&self.key).get(NAME);
        let fields = signed.and_then(|cookie| fields_of(cookie.value(), now));
        Session { fields: fields.unwrap_or_default(), is_changed: false }
    }

    /// The value of `Set-Cookie`, if the session has changed at `now`; one that is empty is taken
    /// away.
    ///
    /// Scripts on a page cannot read the cookie (`HttpOnly`), and forms on pages of others do not
    /// send it (`SameSite=Lax`). A session that is too large for a cookie is an error: with its
    /// signature, and every special character escaped, it has 3800 bytes at most.
    pub fn write(&self, session: &Session, now: u64) -> Result<Option<String>> {
        if !session.is_changed {
            return Ok(None);
        }
        let age = match session.fields == Form::default() {
            true => Duration::ZERO,
            false => self.lifetime,
        };
        let expires = now.saturating_add(age.as_secs());
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(Cookie::new(NAME, format!("{expires}.{}", session.fields)));
        let value = jar.get(NAME).map(Cookie::value).unwrap_or_default().to_owned();
        anyhow::ensure!(value.len() <= MAX_COOKIE, "the session is too large for a cookie");
        let max_age = cookie::time::Duration::try_from(age)?;
        let cookie = Cookie::build((NAME, value)).path("/").http_only(true);
        let cookie = cookie.same_site(SameSite::Lax).max_age(max_age);
        Ok(Some(cookie.build().to_string()))
    }
}

/// The fields in a cookie that is good at `now`. In front of them stands until when it is, in
/// seconds since 1970, and a dot.
fn fields_of(value: &str, now: u64) -> Option<Form> {
    let (expires, fields) = value.split_once('.')?;
    let expires: u64 = expires.parse().ok()?;
    if now < expires { Form::parse(fields).ok() } else { None }
}

/// A secret for [`Sessions`], of the system's randomness.
pub fn new_secret() -> Vec<u8> {
    Key::generate().master().to_vec()
}
