use crate::{Headers, InvalidHeader, Message, StartLine, Version, http_date, reason};
use chrono::{DateTime, Utc};

/// What a handler gives back.
///
/// ```
/// use ch08::Response;
///
/// let page = Response::html("<h1>Hi there!</h1>").header("Content-Language", "en")?;
/// assert_eq!(page.status, 200);
/// # Ok::<(), ch08::InvalidHeader>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Three digits.
    pub status: u16,
    /// The type of the body, unless `headers` has a `Content-Type`.
    pub content_type: &'static str,
    /// The header fields besides those that every response has.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without a body.
    pub fn new(status: u16) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { status, content_type, headers: Headers::default(), body: Vec::new() }
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

    /// The same with another body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
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

    /// The message that answers a request with `method`, sent at `now`.
    ///
    /// Adds what every response has: `Server`, `Date`, `Content-Type`,
    /// `Content-Length` and `Connection: close`. The handler's own `Server`,
    /// `Date` and `Content-Type` win; the fields that say where the message
    /// ends are the server's alone. A response to HEAD has the length of the
    /// body and not the body (RFC 9110 section 9.3.2), so a handler may leave
    /// the body out and give its `Content-Length`; a response that never has a
    /// body (1xx, 204, 304) has neither.
    pub fn into_message(self, method: &str, now: DateTime<Utc>) -> Result<Message, InvalidHeader> {
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
        if has_body {
            headers.add("Content-Length", self.length(method).to_string())?;
        }
        headers.add("Connection", "close")?;

        let reason = reason(self.status).to_owned();
        let start = StartLine::Response { version: Version::Http10, status: self.status, reason };
        let body = if has_body && method != "HEAD" { self.body } else { Vec::new() };
        Ok(Message { start, headers, body })
    }

    /// The length of the body, or the one that the handler gives to HEAD instead of a
    /// body.
    fn length(&self, method: &str) -> u64 {
        let given = self.headers.get_text("Content-Length").and_then(|text| text.parse().ok());
        match given {
            Some(given) if method == "HEAD" && self.body.is_empty() => given,
            _ => self.body.len() as u64,
        }
    }
}

/// Whether a field says where the message or the connection ends.
fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
