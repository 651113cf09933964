use crate::{Request, cached_log_date};
use chrono::{DateTime, Utc};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// A line of the access log, as in chapter 11. There it was made of eight strings; here it is
/// written piece by piece to where it is to stand.
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

/// Text between quotes: whatever a client sends, it ends neither its field nor its line.
struct Quoted<'a>(&'a [u8]);

impl fmt::Display for LogEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer {
            Some(peer) => write!(f, "{}", peer.ip())?,
            None => f.write_str("-")?,
        }
        write!(f, " - - [{}] \"", cached_log_date(self.at))?;
        match self.request {
            // A method is a token, and a token has nothing that would have to be escaped.
            Some(Request { method, target, version, .. }) => {
                write!(f, "{method} {} {version}", Quoted(target.as_bytes()))?;
            }
            None => f.write_str("-")?,
        }
        let field = |name| {
            let value = self.request.and_then(|request| request.headers.get(name));
            Quoted(value.unwrap_or(b"-"))
        };
        let (referer, agent) = (field("Referer"), field("User-Agent"));
        write!(f, "\" {} {} \"{referer}\" \"{agent}\" ", self.status, self.sent)?;
        let millis = (self.took + Duration::from_micros(500)).as_millis();
        write!(f, "{}.{:03}", millis / 1000, millis % 1000)
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |&byte: &u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        let mut rest = self.0;
        loop {
            let (plain, behind) = rest.split_at(rest.iter().take_while(|b| is_plain(b)).count());
            f.write_str(&String::from_utf8_lossy(plain))?;
            let Some((&byte, behind)) = behind.split_first() else { return Ok(()) };
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
            rest = behind;
        }
    }
}
