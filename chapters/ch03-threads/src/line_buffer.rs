use std::fmt;

/// The longest line that is accepted, in bytes, its LF included.
pub const MAX_LINE: usize = 1024;

/// Finds the lines in a stream of bytes.
///
/// It does no input or output. Bytes are pushed in as they come, and whole
/// lines are taken out:
///
/// ```
/// let mut lines = ch03::LineBuffer::default();
/// lines.push(b"hel");
/// assert_eq!(lines.next_line(), Ok(None));
/// lines.push(b"lo\nwor");
/// assert_eq!(lines.next_line(), Ok(Some(b"hello\n".to_vec())));
/// assert_eq!(lines.next_line(), Ok(None));
/// ```
#[derive(Debug, Default)]
pub struct LineBuffer {
    received: Vec<u8>,
}

/// A line did not end within [`MAX_LINE`] bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineTooLong;

impl LineBuffer {
    /// Appends what a read delivered.
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// Takes out the first line with its LF, or `None` if it is not complete.
    ///
    /// A buffer that holds [`MAX_LINE`] bytes and no LF among them gives an
    /// error, now and at every later call. So whoever takes out all lines
    /// before the next `push` never holds more than a line and a read.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        match self.received.iter().take(MAX_LINE).position(|&byte| byte == b'\n') {
            Some(lf) => Ok(Some(self.received.drain(..=lf).collect())),
            None if self.received.len() >= MAX_LINE => Err(LineTooLong),
            None => Ok(None),
        }
    }
}

impl fmt::Display for LineTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line is longer than {MAX_LINE} bytes")
    }
}

impl std::error::Error for LineTooLong {}
