//! The two halves of the `client` program: one sends while the other reads.

use crate::read_some;
use std::io::{self, Read, Write};

/// What the sending half puts at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LineEnd {
    /// The bytes of the input, unchanged: a line ends with LF, the byte 10.
    AsTyped,
    /// CR LF, the bytes 13 and 10, as HTTP wants it; a CR that is already there is
    /// not doubled.
    CrLf,
}

/// Copies `input` to `conn`, each piece as soon as it is there, until `input`
/// ends.
///
/// The first error of either side ends the copying and is returned.
pub fn send(mut input: impl Read, mut conn: impl Write, line_end: LineEnd) -> io::Result<()> {
    let mut buffer = [0; 1024];
    let mut last = 0;
    loop {
        let count = read_some(&mut input, &mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        match line_end {
            LineEnd::AsTyped => conn.write_all(&buffer[..count])?,
            LineEnd::CrLf => conn.write_all(&with_crlf(&buffer[..count], &mut last))?,
        }
    }
}

/// Puts a CR before each LF that has none. `last` is the byte before `piece`
/// and becomes its last byte: a CR LF may arrive in two pieces.
fn with_crlf(piece: &[u8], last: &mut u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(piece.len() + 2);
    for &byte in piece {
        if byte == b'\n' && *last != b'\r' {
            out.push(b'\r');
        }
        out.push(byte);
        *last = byte;
    }
    out
}

/// Copies `conn` to `output`, each piece as soon as it is there, until the
/// server stops sending.
///
/// The first error of either side ends the copying and is returned.
pub fn receive(mut conn: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let count = read_some(&mut conn, &mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        output.write_all(&buffer[..count])?;
        // A terminal shows whole lines only, unless it is told.
        output.flush()?;
    }
}
