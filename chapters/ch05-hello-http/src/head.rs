use crate::read_some;
use std::io::{self, ErrorKind, Read};

/// What ends the head of a message: the end of its last line and an empty line.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// The head of a request: its first line and its header fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// What is to be done: `GET`.
    pub method: String,
    /// With what: `/picture.png`.
    pub target: String,
    /// The HTTP version: `HTTP/1.1`.
    pub protocol: String,
    /// Names in upper case, since `Host` and `host` are the same name, and
    /// values without the whitespace around them.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Takes a head apart. `bytes` are its lines, up to the blank line.
    ///
    /// A first line that is not three words, or another one without a colon, is
    /// an error. Bytes that are not UTF-8 become U+FFFD. Chapter 7 is stricter.
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let [method, target, protocol] = first.split(' ').collect::<Vec<_>>()[..] else {
            return Err(malformed("the first line is not three words"));
        };
        let mut headers = Vec::new();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                return Err(malformed("a header has no colon"));
            };
            let value = value.trim_matches([' ', '\t']);
            // Not `to_uppercase`: it would make a HOST of `hoſt`, with an old letter s.
            headers.push((name.to_ascii_uppercase(), value.to_owned()));
        }
        Ok(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            protocol: protocol.to_owned(),
            headers,
        })
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("malformed request: {what}"))
}

/// Reads up to the blank line and returns the lines before it.
///
/// `None` means that the client left without a byte, as browsers do with a
/// spare connection; leaving in the middle is [`UnexpectedEof`](ErrorKind). What
/// arrived together with the head and belongs to the body is thrown away.
///
/// Neither the time nor the length has a bound: chapter 6 limits the time,
/// chapter 7 the length.
pub fn read_head(conn: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut received = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let count = read_some(conn, &mut buffer)?;
        if count == 0 && received.is_empty() {
            return Ok(None);
        }
        if count == 0 {
            let what = "the client left in the middle of a request";
            return Err(io::Error::new(ErrorKind::UnexpectedEof, what));
        }
        // The blank line may be cut anywhere, so its first three bytes may have
        // come before. What is further back has been searched already.
        let from = received.len().saturating_sub(BLANK_LINE.len() - 1);
        received.extend_from_slice(&buffer[..count]);
        let found = received[from..].windows(BLANK_LINE.len()).position(|four| four == BLANK_LINE);
        if let Some(position) = found {
            received.truncate(from + position);
            return Ok(Some(received));
        }
    }
}
