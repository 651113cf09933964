use crate::HttpError;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, Read, Seek};

/// A body that has come whole, in a file without a name.
///
/// A program outside is given one for two reasons. It wants to know the length, which a client that
/// sends in chunks does not say. And a client that takes a minute to send it occupies a file for
/// that minute, and no process.
#[derive(Debug)]
pub struct Spool {
    /// The body, from where the file stands; `None` if it is empty.
    pub file: Option<File>,
    /// Its length in bytes.
    pub length: u64,
}

impl Spool {
    /// Reads `input` to its end. More than `limit` bytes are 413.
    pub fn fill(input: &mut dyn Read, limit: u64) -> Result<Self> {
        let mut first = [0; 8192];
        let count = loop {
            match input.read(&mut first) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        if count == 0 {
            return Ok(Self { file: None, length: 0 }); // as nearly always
        }
        let mut file = tempfile::tempfile().context("no file for a body")?;
        let mut input = (&first[..count]).chain(input).take(limit.saturating_add(1));
        let length = io::copy(&mut input, &mut file)?;
        if length > limit {
            return Err(HttpError(413).into());
        }
        file.rewind()?;
        Ok(Self { file: Some(file), length })
    }
}
