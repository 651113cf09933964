//! Broken: a line may be as long as it likes.

#[path = "../../src/echo_lines.rs"]
mod echo_lines;

pub use chapter::*;
pub use echo_lines::echo_lines;

#[derive(Debug, Default)]
pub struct LineBuffer {
    received: Vec<u8>,
}

impl LineBuffer {
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        match self.received.iter().position(|&byte| byte == b'\n') {
            Some(lf) => Ok(Some(self.received.drain(..=lf).collect())),
            None => Ok(None),
        }
    }
}
