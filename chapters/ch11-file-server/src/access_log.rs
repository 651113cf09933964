use crate::Request;
use chrono::{DateTime, Utc};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// A line of the access log, in the combined format that programs which count visits
/// understand; behind it, in seconds, how long the answer took.
///
/// ```text
/// 127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] "GET / HTTP/1.1" 200 20 "-" "curl/7.88.1" 0.001
/// ```
#[derive(Clone, Debug)]
pub struct LogEntry<'a> {
    /// Who asked; `None` behind a scripted connection.
    pub peer: Option<SocketAddr>,
    /// When the request was there.
    pub at: DateTime<Utc>,
    /// The request; `None` if it could not be read.
    pub request: Option<&'a Request>,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of the body the client took. If it went away, these are fewer than it
    /// was promised.
    pub sent: u64,
    /// How long it took from the request to the last byte.
    pub took: Duration,
}

impl fmt::Display for LogEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.peer.map_or("-".to_owned(), |peer| peer.ip().to_string());
        let at = self.at.format("%d/%b/%Y:%H:%M:%S +0000");
        let line = self.request.map_or("-".to_owned(), Request::to_string);
        let field = |name| {
            let value = self.request.and_then(|request| request.headers.get(name));
            escape_quoted(value.unwrap_or(b"-"))
        };
        write!(
            f,
            "{peer} - - [{at}] \"{}\" {} {} \"{}\" \"{}\" {:.3}",
            escape_quoted(line.as_bytes()),
            self.status,
            self.sent,
            field("Referer"),
            field("User-Agent"),
            self.took.as_secs_f64(),
        )
    }
}

/// `text` as it may stand between quotes in a log: whatever a client sends, it ends neither
/// its field nor its line.
pub fn escape_quoted(text: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'"' | b'\\' => escaped.extend(['\\', char::from(byte)]),
            b' '..=b'~' => escaped.push(char::from(byte)),
            _ => escaped += &format!("\\x{byte:02x}"),
        }
    }
    escaped
}
