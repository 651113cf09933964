//! Right too: it keeps lines and the beginning of the next one apart, and answers all lines
//! of a read with one write.

pub use chapter::*;

use std::collections::VecDeque;
use std::io::{self, Read, Write};

#[derive(Debug, Default)]
pub struct LineBuffer {
    lines: VecDeque<Vec<u8>>,
    last: Vec<u8>,
    too_long: bool,
}

impl LineBuffer {
    pub fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if self.too_long {
                return;
            }
            self.last.push(byte);
            match byte {
                b'\n' if self.last.len() <= MAX_LINE => {
                    self.lines.push_back(std::mem::take(&mut self.last));
                }
                _ => self.too_long = self.last.len() >= MAX_LINE,
            }
        }
    }

    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, LineTooLong> {
        match self.lines.pop_front() {
            None if self.too_long => Err(LineTooLong),
            line => Ok(line),
        }
    }
}

pub fn echo_lines(mut conn: impl Read + Write) -> io::Result<()> {
    let mut lines = LineBuffer::default();
    let mut buffer = [0; 300];
    loop {
        let mut answer = Vec::new();
        let goes_on = loop {
            match lines.next_line() {
                Ok(Some(line)) => match line.strip_suffix(b"\n") {
                    Some(b"done" | b"done\r") => {
                        answer.extend(b"bye!\n");
                        break false;
                    }
                    _ => answer.extend(line),
                },
                Ok(None) => break true,
                Err(LineTooLong) => {
                    answer.extend(b"line too long\n");
                    break false;
                }
            }
        };
        conn.write_all(&answer)?;
        if !goes_on {
            return Ok(());
        }
        match read_some(&mut conn, &mut buffer)? {
            0 => return Ok(()),
            count => lines.push(&buffer[..count]),
        }
    }
}
