use std::fmt;

/// The longest line that is accepted, in bytes, its LF included.
pub const MAX_LINE: usize = 1024;

/// Finds the lines in a stream of bytes. It does no input or output: bytes are pushed in as
/// they come, and whole lines are taken out.
#[derive(Debug, Default)]
pub struct LineBuffer {
    // What do you have to remember between two calls?
}

/// A line did not end within [`MAX_LINE`] bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineTooLong;

impl LineBuffer {
    /// Appends what a read delivered.
    pub fn push(&mut self, bytes: &[u8]) {
        todo!("keep {} bytes", bytes.len())
    }

    /// Takes out the first line with its LF, or `None` if it is not complete.
    ///
    /// With `one\ntwo\nthr` pushed in, three calls give `one\n`, `two\n` and `None`, and
    /// `thr` stays. If the first [`MAX_LINE`] bytes are there and no LF is among them, it is
    /// an error, now and at every later call.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        todo!("find the first LF")
    }
}

impl fmt::Display for LineTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line is longer than {MAX_LINE} bytes")
    }
}

impl std::error::Error for LineTooLong {}
