use crate::Headers;
use std::fmt;

/// A request or a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The first line.
    pub start: StartLine,
    /// The header fields.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

/// The first line of a message, the only part that tells a request from a
/// response.
#[derive(Clone, Debug, PartialEq)]
pub enum StartLine {
    /// `GET /index.html HTTP/1.1`
    Request {
        /// A token, with regard to case: `GET`.
        method: String,
        /// What is asked for, as it was sent: `/index.html`.
        target: String,
        /// The HTTP version of the client.
        version: Version,
    },
    /// `HTTP/1.0 200 OK`
    Response {
        /// The HTTP version of the server.
        version: Version,
        /// Three digits.
        status: u16,
        /// A word about the status, for people; may be empty.
        reason: String,
    },
}

/// A version of HTTP that this course speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1, and any later HTTP/1.x, which may be treated as the highest
    /// version of that kind that we know (RFC 9110 section 2.5).
    Http11,
}

/// What is wrong with a header field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldFault {
    /// The status that tells the client.
    pub status: u16,
    /// The name of the field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
        })
    }
}

impl fmt::Display for StartLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request { method, target, version } => write!(f, "{method} {target} {version}"),
            Self::Response { version, status, reason } => {
                write!(f, "{version} {status:03} {reason}")
            }
        }
    }
}
