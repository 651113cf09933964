use crate::{Headers, Response};
use anyhow::{Result, ensure};

/// The longest head that a script may write, in bytes.
pub const MAX_SCRIPT_HEAD: usize = 16 * 1024;

/// What a script says before the body (RFC 3875 section 6).
#[derive(Debug, PartialEq)]
pub struct ScriptHead {
    /// From `Status`; 302 if there is none but a `Location`, else 200.
    pub status: u16,
    /// What is sent to the client as it is.
    pub headers: Headers,
    /// The length of the body, if the script names it.
    pub length: Option<u64>,
    /// How many bytes the head has, with the empty line behind it.
    pub end: usize,
}

impl ScriptHead {
    /// Reads a head from the start of `bytes`; `None` if it is not all there.
    ///
    /// Its lines end in LF or in CR LF, as it pleases the system that the script is written for.
    /// The status may lack its reason. One of `Content-Type`, `Location` and `Status` must be
    /// there (section 6.2), or whatever a broken script prints would pass for a head.
    ///
    /// `Connection`, `Keep-Alive` and `Transfer-Encoding` are dropped: they are the server's to
    /// say. It is an error if the head is longer than [`MAX_SCRIPT_HEAD`], if a line is no field,
    /// if the status is not three digits or the length no number, or if one of these two is said
    /// twice.
    ///
    /// A `Location` that begins with one slash and stands without a `Status` is the error
    /// [`LocalRedirect`].
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = end_of_head(bytes) else {
            ensure!(bytes.len() <= MAX_SCRIPT_HEAD, "its head has no end");
            return Ok(None);
        };
        ensure!(end <= MAX_SCRIPT_HEAD, "its head is too long");
        todo!("line by line: status, length, field or nothing? and what if there is no Status?")
    }

    /// The answer that this is the head of, as yet without its body.
    pub fn response(self) -> Response {
        let mut response = Response::new(self.status);
        response.headers = self.headers;
        response
    }
}

/// Where the empty line ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    todo!("the first line that is empty, whichever way lines end")
}

/// `404` or `404 Not Found`.
fn status_of(text: &str) -> Result<u16> {
    todo!("three digits, and what may follow them?")
}
