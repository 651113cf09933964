//! The two halves of the `client` program: one sends while the other reads.

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
    match line_end {
        LineEnd::AsTyped => io::copy(&mut input, &mut conn)?,
        LineEnd::CrLf => io::copy(&mut input, &mut WithCrLf { conn, last: 0 })?,
    };
    Ok(())
}

/// Puts a CR before each LF that has none.
struct WithCrLf<W> {
    conn: W,
    /// The byte before the next piece: a CR LF may arrive in two pieces.
    last: u8,
}

impl<W: Write> Write for WithCrLf<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let mut out = Vec::with_capacity(piece.len() + 2);
        for &byte in piece {
            if byte == b'\n' && self.last != b'\r' {
                out.push(b'\r');
            }
            out.push(byte);
            self.last = byte;
        }
        self.conn.write_all(&out)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// Copies `conn` to `output`, each piece as soon as it is there, until the
/// server stops sending.
///
/// The first error of either side ends the copying and is returned.
pub fn receive(mut conn: impl Read, output: impl Write) -> io::Result<()> {
    io::copy(&mut conn, &mut Unbuffered(output))?;
    Ok(())
}

/// Shows what is written at once. A terminal shows whole lines only, unless it
/// is told.
struct Unbuffered<W>(W);

impl<W: Write> Write for Unbuffered<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.write_all(piece)?;
        self.0.flush()?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
