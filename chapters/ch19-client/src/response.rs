use crate::idle::Idle;
use crate::{Connection, DRAIN_BYTES, FetchError, Headers, Limits, Origin, ResponseHead, reason};
use serde::de::DeserializeOwned;
use std::io::{self, Read};
use std::sync::Arc;
use url::Url;

/// An answer. Its body is read from the connection when it is wanted: a [`Read`], or one of the
/// functions that take all of it.
///
/// When the body has been read to its end, the connection is the session's again. Dropped before
/// that, it is closed.
pub struct Response {
    /// Three digits.
    pub status: u16,
    /// A word about the status, for people; may be empty.
    pub reason: String,
    /// The header fields.
    pub headers: Headers,
    /// Who answered: the URL that was asked, or where redirects led to.
    pub url: Url,
    /// The URLs that redirected, in their order.
    pub history: Vec<Url>,
    body: Body,
}

/// Where a body is read from.
struct Body {
    /// None at the end.
    connection: Option<Connection>,
    has_failed: bool,
    /// Whose it is afterwards.
    idle: Arc<Idle>,
    origin: Origin,
    limits: Limits,
}

impl Response {
    pub(crate) fn new(
        head: ResponseHead,
        url: &Url,
        connection: Connection,
        idle: &Arc<Idle>,
        origin: Origin,
        limits: &Limits,
    ) -> Self {
        let ResponseHead { status, reason, headers, .. } = head;
        let connection = Some(connection);
        let (idle, limits) = (Arc::clone(idle), limits.clone());
        let mut body = Body { connection, has_failed: false, idle, origin, limits };
        body.let_go_at_end();
        Self { status, reason, headers, url: url.clone(), history: Vec::new(), body }
    }

    /// The length that was announced; `None` if there was none.
    pub fn length(&self) -> Option<u64> {
        self.headers.get_text("Content-Length")?.parse().ok()
    }

    /// The whole body, if it is not longer than [`Limits::body`].
    pub fn bytes(mut self) -> Result<Vec<u8>, FetchError> {
        let limit = self.body.limits.body;
        let mut bytes = Vec::new();
        let mut piece = [0; 16 * 1024];
        loop {
            match self.body.read(&mut piece)? {
                0 => return Ok(bytes),
                count if bytes.len() as u64 + count as u64 > limit => {
                    return Err(FetchError::TooLong(limit));
                }
                count => bytes.extend_from_slice(&piece[..count]),
            }
        }
    }

    /// The whole body as text. One that is not UTF-8 is an error, whatever its `Content-Type`
    /// says of it.
    pub fn text(self) -> Result<String, FetchError> {
        String::from_utf8(self.bytes()?).map_err(|error| FetchError::Body(error.to_string()))
    }

    /// What the body is as JSON, whatever its `Content-Type` says of it.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, FetchError> {
        let bytes = self.bytes()?;
        serde_json::from_slice(&bytes).map_err(|error| FetchError::Body(error.to_string()))
    }

    /// Reads what is left of the body, if that is not much, so that the connection can be used
    /// again.
    pub(crate) fn pass_over(mut self) {
        let mut piece = [0; 4096];
        let mut left = DRAIN_BYTES;
        while left > 0 {
            match self.body.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(count) => left = left.saturating_sub(count),
            }
        }
    }

    /// Its first line, for people: `404 Not Found`.
    pub fn status_line(&self) -> String {
        let word = if self.reason.is_empty() { reason(self.status) } else { &self.reason };
        format!("{} {word}", self.status)
    }
}

impl Read for Response {
    /// An error is a [`FetchError`] within the other one.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.body.read(out)?)
    }
}

impl Body {
    fn read(&mut self, out: &mut [u8]) -> Result<usize, FetchError> {
        if self.has_failed {
            return Err(FetchError::Body("an earlier read has failed".into()));
        }
        let Some(connection) = self.connection.as_mut().filter(|_| !out.is_empty()) else {
            return Ok(0);
        };
        let outcome = connection.read(out);
        match &outcome {
            Ok(_) => self.let_go_at_end(),
            Err(_) => {
                self.has_failed = true;
                self.connection = None;
            }
        }
        outcome
    }

    /// At its end, gives the connection back.
    fn let_go_at_end(&mut self) {
        if let Some(connection) = self.connection.take_if(|connection| connection.is_over())
            && connection.is_kept()
        {
            self.idle.put(self.origin.clone(), connection, &self.limits);
        }
    }
}
