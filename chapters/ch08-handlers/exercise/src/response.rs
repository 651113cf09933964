use crate::{Headers, InvalidHeader, Message};
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
    /// Its start line is `HTTP/1.0`, the status and the [`reason`](crate::reason) for it. Its
    /// fields are, in this order:
    ///
    /// 1. `Server: OwnHands/0.1`, then `Date` with [`http_date`](crate::http_date) of `now`,
    ///    then `Content-Type` with `content_type`: each of them unless `headers` has a field of
    ///    this name, in whatever case.
    /// 2. All of `headers` in their order, without those that say where the message ends, which
    ///    are dropped: `Content-Length`, `Transfer-Encoding` and `Connection`, in whatever case.
    /// 3. `Content-Length` with the length of `body` in decimal digits, then `Connection: close`.
    ///
    /// Its body is `body`. There are two exceptions:
    ///
    /// - The answer to the method `HEAD` (case counts) has no body, and the same fields as the
    ///   answer to GET: `Content-Length` is the length that the body would have had. A handler
    ///   may spare itself the body: if `body` is empty and `headers` has a `Content-Length` that
    ///   is a number (`u64`), it is that number.
    /// - A status that never has a body (100 to 199, 204, 304) has no body, no `Content-Length`,
    ///   and no `Content-Type` unless the handler has set one.
    ///
    /// A field that [`Headers::add`] refuses is an error.
    pub fn into_message(self, method: &str, now: DateTime<Utc>) -> Result<Message, InvalidHeader> {
        todo!("start with empty `Headers`, add field after field, and leave out the body last")
    }
}
