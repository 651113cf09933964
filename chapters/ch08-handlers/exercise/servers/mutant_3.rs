//! Broken: HEAD is answered with the body.

#[path = "../../src/server.rs"]
mod http_server;
#[path = "../../src/no_handler.rs"]
mod no_handler;

pub use chapter::*;
pub use http_server::HttpServer;
pub use no_handler::no_handler;

use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16) -> Self {
        let content_type = "text/plain; charset=utf-8";
        Self { status, content_type, headers: Headers::default(), body: Vec::new() }
    }

    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200).body(body)
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200).content_type("text/html; charset=utf-8").body(body)
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    #[must_use]
    pub fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, InvalidHeader> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    pub fn into_message(self, _method: &str, now: DateTime<Utc>) -> Result<Message, InvalidHeader> {
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
            headers.add("Content-Length", self.body.len().to_string())?;
        }
        headers.add("Connection", "close")?;

        let reason = reason(self.status).to_owned();
        let start = StartLine::Response { version: Version::Http10, status: self.status, reason };
        let body = if has_body { self.body } else { Vec::new() };
        Ok(Message { start, headers, body })
    }
}

fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
