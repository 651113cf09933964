use crate::{MAX_HEAD, Message, ParseError, Parsed, parse, read_some};
use std::fmt;
use std::io::{self, ErrorKind, Read};

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
/// may be is up to [`parse`], how long it may take is up to `conn`.
pub fn read_message(conn: &mut impl Read) -> Result<Option<Message>, ReadError> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let at_least = match parse(&received).map_err(ReadError::Malformed)? {
            Parsed::Complete(message, _) => return Ok(Some(message)),
            Parsed::Partial { at_least } => at_least,
        };
        // In a head, what decides is a byte that ends a line or never belongs in
        // one, and the byte behind a CR. To parse it again at each byte of a
        // visitor who drips would be most of a second of work for a head of
        // 16 KiB with many fields, and all visitors may drip.
        let in_head = !received.windows(4).any(|four| four == b"\r\n\r\n");
        let mut decisive = received.ends_with(b"\r");
        while received.len() < at_least || (in_head && !decisive && received.len() < MAX_HEAD) {
            let count = match read_some(conn, &mut buffer)? {
                0 if received.is_empty() => return Ok(None),
                0 => return Err(ReadError::CutOff(received.len())),
                count => count,
            };
            decisive |= buffer[..count].iter().any(|byte| b"\r\n\0".contains(byte));
            received.extend_from_slice(&buffer[..count]);
        }
    }
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
