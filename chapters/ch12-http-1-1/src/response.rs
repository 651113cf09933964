use crate::{
    Body, Headers, InvalidHeader, Message, StartLine, Version, http_date, keeps_alive, reason,
};
use chrono::{DateTime, Utc};

/// What a handler gives back.
///
/// ```
/// use ch12::Response;
///
/// let page = Response::html("<h1>Hi there!</h1>").header("Content-Language", "en")?;
/// assert_eq!(page.status, 200);
/// # Ok::<(), ch12::InvalidHeader>(())
/// ```
#[derive(Debug)]
pub struct Response {
    /// Three digits.
    pub status: u16,
    /// The type of the body, unless `headers` has a `Content-Type`.
    pub content_type: &'static str,
    /// The header fields besides those that every response has.
    pub headers: Headers,
    /// The body.
    pub body: Body,
}

impl Response {
    /// A response without a body.
    pub fn new(status: u16) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { status, content_type, headers: Headers::default(), body: Body::default() }
    }

    /// 200 with plain text.
    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200).body(body)
    }

    /// 200 with HTML.
    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200).content_type("text/html; charset=utf-8").body(body)
    }

    /// The same with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with a body that is in memory.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.stream(Body::from(body.into()))
    }

    /// The same with a body of any kind.
    #[must_use]
    pub fn stream(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The same with another type of the body.
    #[must_use]
    pub fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    /// The same with one more header field; see [`Headers::add`] for the error.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, InvalidHeader> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// What is sent at `now` to a client with these `terms`.
    ///
    /// Adds what every response has: `Server`, `Date`, `Content-Type` and, if the length of the
    /// body is known, `Content-Length`. The handler's own `Server`, `Date` and `Content-Type`
    /// win; the fields that say where the message ends are the server's alone.
    ///
    /// | length of the body | HTTP/1.1 | HTTP/1.0 |
    /// |---|---|---|
    /// | known | `Content-Length` | `Content-Length` |
    /// | unknown | `Transfer-Encoding: chunked` | it ends with the connection |
    ///
    /// `Connection` tells what the client cannot know: `close` if we close, be it that the
    /// handler asked for it, and `keep-alive` if we keep a connection of HTTP/1.0. A response to
    /// HEAD has the fields of the body and not the body (RFC 9110 section 9.3.2); a response
    /// that never has a body (204, 304) has neither.
    pub fn into_parts(self, terms: &Terms<'_>, now: DateTime<Utc>) -> Result<Parts, InvalidHeader> {
        let has_body = !matches!(self.status, 204 | 304);
        let mut headers = Headers::default();
        let mut default = |name, value: &str| match self.headers.contains(name) {
            true => Ok(()),
            false => headers.add(name, value),
        };
        default("Server", "OwnHands/0.1")?;
        default("Date", &http_date(now))?;
        if has_body {
            default("Content-Type", self.content_type)?;
        }
        for (name, value) in self.headers.iter() {
            if !is_framing(name) {
                headers.add(name, value)?;
            }
        }
        let length = self.body.length();
        let chunked = has_body && length.is_none() && terms.version == Version::Http11;
        let ends_by_itself = chunked || length.is_some() || !has_body || terms.method == "HEAD";
        // A handler's own `Connection: close` counts, whatever the client's version.
        let keep = terms.keep && ends_by_itself && keeps_alive(Version::Http11, &self.headers);
        match length {
            _ if !has_body => {}
            Some(length) => headers.add("Content-Length", length.to_string())?,
            None if chunked => headers.add("Transfer-Encoding", "chunked")?,
            None => {}
        }
        match (keep, terms.version) {
            (false, _) => headers.add("Connection", "close")?,
            (true, Version::Http10) => headers.add("Connection", "keep-alive")?,
            (true, Version::Http11) => {} // they keep it unless they are told
        }

        let reason = reason(self.status).to_owned();
        let start = StartLine::Response { version: Version::Http11, status: self.status, reason };
        let body = if has_body && terms.method != "HEAD" { self.body } else { Body::default() };
        let head = Message { start, headers, body: Vec::new() };
        Ok(Parts { head, body, chunked, keep })
    }
}

/// What decides how a response is sent, besides the response.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The method that it answers.
    pub method: &'a str,
    /// The highest version that the client understands.
    pub version: Version,
    /// Whether the connection may be kept.
    pub keep: bool,
}

/// What is sent.
#[derive(Debug)]
pub struct Parts {
    /// The head.
    pub head: Message,
    /// What follows it.
    pub body: Body,
    /// Whether the body goes in chunks.
    pub chunked: bool,
    /// Whether the connection is kept.
    pub keep: bool,
}

/// Whether a field says where the message or the connection ends.
fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
