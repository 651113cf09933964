//! Right too: patterns and handlers are kept apart, the answer is written in pieces, HEAD's body
//! is thrown away at the end, and percent escapes are found from one `%` to the next.

mod no_handler;

pub use chapter::*;
pub use no_handler::no_handler;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

type Pattern = Arc<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Arc<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

pub struct HttpServer {
    pub limits: Limits,
    patterns: Vec<Pattern>,
    handlers: Vec<Handler>,
}

impl Default for HttpServer {
    fn default() -> Self {
        // The last handler has no pattern: it answers what all patterns have left.
        let handlers: Vec<Handler> = vec![Arc::new(no_handler)];
        Self { limits: Limits::default(), patterns: Vec::new(), handlers }
    }
}

impl HttpServer {
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.handlers.insert(self.patterns.len(), Arc::new(handler));
        self.patterns.push(Arc::new(pattern));
    }

    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let response = match read_request(conn, &mut received, peer) {
            Ok(Some(request)) => {
                log_request(peer, format_args!("{request}"));
                self.on_request(&request)?
            }
            Ok(None) => return Ok(()),
            Err(error) => match error.status() {
                Some(status) => Response::text(format!("No: {error}.\r\n")).status(status),
                None => return Err(error).context("no request"),
            },
        };
        let message = response.into_message(method_of(&received), Utc::now())?;
        for piece in encode(&message)?.chunks(500) {
            conn.write_all(piece)?;
        }
        conn.flush()?;
        Ok(())
    }

    pub fn on_request(&self, request: &Request) -> Result<Response> {
        let mut place = 0;
        for pattern in &self.patterns {
            if pattern(request) {
                break;
            }
            place += 1;
        }
        self.handlers[place](request)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Response {
    pub fn new(status: u16) -> Self {
        Self::text("").status(status)
    }

    pub fn text(body: impl Into<Vec<u8>>) -> Self {
        let (content_type, headers) = ("text/plain; charset=utf-8", Headers::default());
        Self { status: 200, content_type, headers, body: body.into() }
    }

    pub fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::text(body).content_type("text/html; charset=utf-8")
    }

    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    #[must_use]
    pub fn content_type(self, content_type: &'static str) -> Self {
        Self { content_type, ..self }
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, InvalidHeader> {
        self.headers.add(name, value).map(|()| self)
    }

    pub fn into_message(self, method: &str, now: DateTime<Utc>) -> Result<Message, InvalidHeader> {
        let status = self.status;
        let mut length = self.body.len().to_string();
        if method == "HEAD" && length == "0" {
            let given = self.headers.get_text("Content-Length");
            if let Some(Ok(given)) = given.map(str::parse::<u64>) {
                length = given.to_string();
            }
        }
        let bodiless = status / 100 == 1 || status == 204 || status == 304;
        let date = http_date(now);
        let mut fields: Vec<(&str, &[u8])> = Vec::new();
        let defaults =
            [("Server", "OwnHands/0.1"), ("Date", &date), ("Content-Type", self.content_type)];
        for (name, value) in defaults {
            let has_no_use = bodiless && name == "Content-Type";
            if !has_no_use && !self.headers.contains(name) {
                fields.push((name, value.as_bytes()));
            }
        }
        fields.extend(self.headers.iter().filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection")
        }));
        if !bodiless {
            fields.push(("Content-Length", length.as_bytes()));
        }
        fields.push(("Connection", b"close"));

        let mut headers = Headers::default();
        fields.into_iter().try_for_each(|(name, value)| headers.add(name, value))?;
        let reason = reason(status).to_owned();
        let start = StartLine::Response { version: Version::Http10, status, reason };
        let mut message = Message { start, headers, body: self.body };
        if bodiless || method == "HEAD" {
            message.body.clear();
        }
        Ok(message)
    }
}

pub fn path(path: &str) -> impl Fn(&Request) -> bool + use<> {
    let path = path.as_bytes().to_vec();
    move |request: &Request| request.path.as_bytes() == path
}

pub fn prefix(prefix: &str) -> impl Fn(&Request) -> bool + use<> {
    let prefix = prefix.to_string();
    move |request: &Request| request.path.strip_prefix(&prefix).is_some()
}

pub fn method(method: &str) -> impl Fn(&Request) -> bool + use<> {
    let mut methods = vec![method.to_string()];
    if method == "GET" {
        methods.push("HEAD".to_string());
    }
    move |request: &Request| methods.contains(&request.method)
}

pub fn and(
    a: impl Fn(&Request) -> bool,
    b: impl Fn(&Request) -> bool,
) -> impl Fn(&Request) -> bool {
    move |request: &Request| if a(request) { b(request) } else { false }
}

pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut pieces = text.as_bytes().split(|&byte| byte == b'%');
    let mut decoded = pieces.next()?.to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        // `from_str_radix` would take a sign for a number, too.
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        decoded.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
        decoded.extend(rest);
    }
    Some(decoded)
}
