use crate::{Origin, ParseError};
use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use url::Url;

/// Why there is no answer, or not all of it.
#[derive(Debug)]
pub enum FetchError {
    /// This is no URL that we can ask for.
    Url {
        /// What was given, or what a redirect led to.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The request cannot be written down.
    Request(String),
    /// Nobody knows an address of this host.
    Lookup(String, io::Error),
    /// No address of it took the connection; this is what the last one said.
    Connect(Origin, io::Error),
    /// The time was over at this stage.
    Deadline(Stage),
    /// The server closed the connection without a byte of an answer.
    NoAnswer,
    /// What came is no answer.
    Malformed(ParseError),
    /// The answer ended in the middle, after so many bytes of its body.
    CutOff(u64),
    /// The body is longer than so many bytes.
    TooLong(u64),
    /// There were too many redirects; these are the places that they led to, one after the other.
    Redirects(Vec<Url>),
    /// The connection broke.
    Broken(io::Error),
    /// The body is not what was asked for.
    Body(String),
}

/// How far an exchange came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Asking for the addresses of a name.
    Lookup,
    /// Connecting.
    Connect,
    /// Sending the request.
    Send,
    /// Waiting for the head of the answer.
    Head,
    /// Reading the body, of which so many bytes have come.
    Body(u64),
}

impl FetchError {
    /// What `error`, which a read or a write returned at this stage, means.
    pub(crate) fn at(stage: Stage, error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Deadline(stage),
            _ => Self::Broken(error),
        }
    }

    /// Whether the connection ended.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Self::NoAnswer | Self::Broken(_))
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Deadline(_) => ErrorKind::TimedOut,
            Self::CutOff(_) | Self::NoAnswer => ErrorKind::UnexpectedEof,
            Self::Broken(error) | Self::Connect(_, error) | Self::Lookup(_, error) => error.kind(),
            _ => ErrorKind::InvalidData,
        }
    }
}

impl From<FetchError> for io::Error {
    fn from(error: FetchError) -> Self {
        Self::new(error.kind(), error)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, reason } => write!(f, "{url}: {reason}"),
            Self::Request(reason) => write!(f, "this cannot be asked: {reason}"),
            Self::Lookup(host, error) => write!(f, "no address of {host} is known: {error}"),
            Self::Connect(origin, error) => write!(f, "cannot connect to {origin}: {error}"),
            Self::Deadline(stage) => write!(f, "the time was over {stage}"),
            Self::NoAnswer => f.write_str("the server closed the connection without an answer"),
            Self::Malformed(error) => write!(f, "this is no answer: {error}"),
            Self::CutOff(count) => {
                write!(f, "the answer ends in the middle, after {count} bytes of its body")
            }
            Self::TooLong(limit) => write!(f, "the body is longer than {limit} bytes"),
            Self::Redirects(urls) => write_redirects(urls, f),
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::Body(reason) => write!(f, "the body is not what was asked for: {reason}"),
        }
    }
}

/// Names the circle, if the last one was there before.
fn write_redirects(urls: &[Url], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let earlier =
        urls.split_last().and_then(|(last, rest)| rest.iter().rposition(|url| url == last));
    match earlier {
        Some(place) => {
            f.write_str("redirected in a circle:")?;
            let circle = &urls[place..];
            circle.iter().try_for_each(|url| write!(f, " {}", url.as_str()))
        }
        None => write!(f, "redirected {} times, and still not there", urls.len().saturating_sub(1)),
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup => f.write_str("when its address was looked up"),
            Self::Connect => f.write_str("before there was a connection"),
            Self::Send => f.write_str("before the request was sent"),
            Self::Head => f.write_str("before the answer began"),
            Self::Body(count) => write!(f, "after {count} bytes of the body"),
        }
    }
}

// What lies behind it is in its sentence already.
impl Error for FetchError {}
