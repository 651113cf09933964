//! Broken: a line may be as long as it likes.

#[path = "../../src/echo_lines.rs"]
mod echo_lines;

pub use chapter::*;
pub use echo_lines::echo_lines;

#[derive(Debug, Default)]
pub struct LineBuffer {
    received: Vec<u8>,
    /// How much of it has been searched: a long line must not take long, too.
    searched: usize,
}

impl LineBuffer {
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        match self.received[self.searched..].iter().position(|&byte| byte == b'\n') {
            Some(lf) => {
                let line = self.received.drain(..=self.searched + lf).collect();
                self.searched = 0;
                Ok(Some(line))
            }
            None => {
                self.searched = self.received.len();
                Ok(None)
            }
        }
    }
}
