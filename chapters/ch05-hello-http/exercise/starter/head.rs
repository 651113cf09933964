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
    /// Takes a head apart. `bytes` are its lines, with CR LF between them and not behind the
    /// last one: `GET / HTTP/1.1\r\nHost: localhost`.
    ///
    /// The first line is three words with one space between them: method, target, protocol.
    /// Each further line is a name, a colon (the first one in the line) and a value; they are
    /// kept in their order. The letters a to z in a name become A to Z, all others stay. Spaces
    /// and tabs around a value are taken off. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// A first line that is not three words, or another one without a colon, is an error of
    /// kind `InvalidData`: see [`malformed`].
    pub fn parse(bytes: &[u8]) -> io::Result<Self> {
        todo!("make text of it, split it at CR LF, and split each line")
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("malformed request: {what}"))
}

/// Reads up to the blank line and returns the lines before it.
///
/// Of `GET / HTTP/1.1\r\nHost: localhost\r\n\r\nmore` that is
/// `GET / HTTP/1.1\r\nHost: localhost`, however the bytes are cut into reads. What arrived
/// behind the blank line is thrown away, and once the blank line has come, nothing more is
/// read. The head may be longer than any buffer.
///
/// `None` means that the client left without a byte. Leaving in the middle is an error of kind
/// `UnexpectedEof`. Any error of the connection is returned.
///
/// Your tool: [`read_some`](crate::read_some) of chapter 1.
pub fn read_head(conn: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    todo!("read, and look for BLANK_LINE in all that has come")
}
