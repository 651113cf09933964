use crate::{MAX_HEAD, Message, ParseError, Parsed, expects_continue, parse, read_some};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

/// Why no message came.
#[derive(Debug)]
pub enum ReadError {
    /// It is malformed, or larger than we accept.
    Malformed(ParseError),
    /// The peer stopped sending after so many bytes, in the middle of it.
    CutOff(usize),
    /// It did not come in time.
    TooLate,
    /// The connection is broken.
    Broken(io::Error),
}

impl ReadError {
    /// The status that tells the peer; `None` if nobody is there to be told.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Malformed(error) => Some(error.status),
            Self::CutOff(_) => Some(400), // who stopped sending may still read
            Self::TooLate => Some(408),
            Self::Broken(_) => None,
        }
    }
}

/// Reads one message, however its bytes are cut on the way.
///
/// `None` means that the peer closed before the first byte. How long a message
/// may be is up to [`parse`], how long it may take is up to `conn`. A client that
/// [asks](expects_continue) whether to send its body is told to.
///
/// All bytes that have come are in `received`, which must be empty at first: so
/// they are known after an error too.
pub fn read_message(
    conn: &mut (impl Read + Write),
    received: &mut Vec<u8>,
) -> Result<Option<Message>, ReadError> {
    let mut buffer = [0; 4096];
    loop {
        let at_least = match parse(received).map_err(ReadError::Malformed)? {
            Parsed::Complete(message, _) => return Ok(Some(message)),
            Parsed::Partial { at_least } => at_least,
        };
        let in_head = !received.windows(4).any(|four| four == b"\r\n\r\n");
        if !in_head && expects_continue(received) {
            conn.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        loop {
            let before = received.len();
            match read_some(conn, &mut buffer)? {
                0 if before == 0 => return Ok(None),
                0 => return Err(ReadError::CutOff(before)),
                count => received.extend_from_slice(&buffer[..count]),
            }
            // To parse all of it again for each byte of a slow client would be
            // seconds of work. So it is not done before it can make a difference.
            let may_decide = match in_head {
                true => received.len() >= MAX_HEAD || may_end_line(received, before),
                false => received.len() >= at_least,
            };
            if may_decide {
                break;
            }
        }
    }
}

/// Whether the bytes from `new` on may end a line or make a fault of it: a CR,
/// an LF or a NUL is among them, or a CR is the last one before them.
pub fn may_end_line(received: &[u8], new: usize) -> bool {
    let start = new.saturating_sub(1);
    received[start..].iter().any(|byte| b"\r\n\0".contains(byte))
}

/// The method that a request begins with, even if the rest is malformed or did
/// not come; empty as long as it is not complete. A line end or a tab behind it is
/// a fault, and ends it like a space.
pub fn method_of(received: &[u8]) -> &str {
    let line = received.strip_prefix(b"\r\n").unwrap_or(received);
    let length = line.iter().position(u8::is_ascii_whitespace).unwrap_or(0);
    str::from_utf8(&line[..length]).unwrap_or_default()
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::TooLate,
            _ => Self::Broken(error),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "{error}"),
            Self::CutOff(count) => write!(f, "the message ends at byte {count}"),
            Self::TooLate => f.write_str("the message did not come in time"),
            Self::Broken(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ReadError {}
