use crate::{Body, Headers, InvalidHeader, Message, StartLine, Version, http_date, reason};
use chrono::{DateTime, Utc};

/// What a handler gives back.
///
/// ```
/// use ch11::Response;
///
/// let page = Response::html("<h1>Hi there!</h1>").header("Content-Language", "en")?;
/// assert_eq!(page.status, 200);
/// # Ok::<(), ch11::InvalidHeader>(())
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

    /// The head that answers a request with `method`, sent at `now`, and the body that
    /// follows it.
    ///
    /// Adds what every response has: `Server`, `Date`, `Content-Type`,
    /// `Content-Length` and `Connection: close`. The handler's own `Server`,
    /// `Date` and `Content-Type` win; the fields that say where the message
    /// ends are the server's alone. A body of unknown length has no
    /// `Content-Length` and ends with the connection. A response to HEAD has the
    /// length of the body and not the body (RFC 9110 section 9.3.2); a response that
    /// never has a body (1xx, 204, 304) has neither.
    pub fn into_parts(
        self,
        method: &str,
        now: DateTime<Utc>,
    ) -> Result<(Message, Body), InvalidHeader> {
        let has_body = !matches!(self.status, 100..=199 | 204 | 304);
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
        if has_body && let Some(length) = self.body.length() {
            headers.add("Content-Length", length.to_string())?;
        }
        headers.add("Connection", "close")?;

        let reason = reason(self.status).to_owned();
        let start = StartLine::Response { version: Version::Http10, status: self.status, reason };
        let body = if has_body && method != "HEAD" { self.body } else { Body::default() };
        Ok((Message { start, headers, body: Vec::new() }, body))
    }
}

/// Whether a field says where the message or the connection ends.
fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
