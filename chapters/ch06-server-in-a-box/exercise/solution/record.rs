use std::io::{self, BufRead, ErrorKind, Read, Write};

// A recording is what came in, piece by piece, where a piece is what one read delivered. For
// each piece it has:
//
// - how many bytes it has (one or more), in decimal digits: no sign, no zero in front
// - an LF
// - the bytes of the piece, whatever they are
// - an LF
//
// Nothing stands before, between or behind the pieces. A client that sends `GET / HT`, and in
// the next read `TP/1.0` and two line ends, leaves this:
//
//     8\nGET / HT\n10\nTP/1.0\r\n\r\n\n

/// A connection that records what is read from it.
#[derive(Debug)]
pub struct Recorder<C, W> {
    conn: C,
    recording: W,
}

impl<C, W> Recorder<C, W> {
    /// Reads from `conn` and writes to it, and adds what was read to `recording`.
    pub fn new(conn: C, recording: W) -> Self {
        Self { conn, recording }
    }
}

impl<C: Read, W: Write> Read for Recorder<C, W> {
    /// Reads once from the connection. If that delivers bytes, they are a piece, and the
    /// piece is in the recording, flushed, before this returns; an error of the recording is
    /// returned. The end and errors of the connection are passed on and leave no trace.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.conn.read(buffer)?;
        if count > 0 {
            // One buffer and one write, so that a program that is ended in between leaves
            // no half piece, as far as it depends on us.
            let mut piece = format!("{count}\n").into_bytes();
            piece.extend_from_slice(&buffer[..count]);
            piece.push(b'\n');
            self.recording.write_all(&piece)?;
            self.recording.flush()?;
        }
        Ok(count)
    }
}

impl<C: Write, W> Write for Recorder<C, W> {
    /// Writes once to the connection, and returns how many bytes that took. The recording
    /// does not notice.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.conn.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// Takes the next piece out of a recording; `None` if there is no more.
///
/// A recording that ends in the middle of a piece, its last LF included, is an error of the
/// kind `UnexpectedEof`. Anything else that is no recording is `InvalidData`, and so is a
/// length that does not fit in 64 bits.
///
/// A length is only a promise: no more memory is taken than the bytes need that are really
/// there. And a length without end is not collected: after 21 bytes without an LF it is
/// `InvalidData`. How the reads cut the recording does not matter, nor that one of them is
/// interrupted.
pub fn next_piece(recording: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    recording.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let digits = match line.strip_suffix(b"\n") {
        Some(digits) => digits,
        None if line.is_empty() => return Ok(None),
        None if line.len() as u64 == LONGEST_LINE => return Err(ErrorKind::InvalidData.into()),
        None => return Err(ErrorKind::UnexpectedEof.into()),
    };
    let length = length(digits).ok_or(ErrorKind::InvalidData)?;
    // Not `vec![0; length]`, which would take the memory before a byte is there.
    let mut piece = Vec::new();
    recording.take(length).read_to_end(&mut piece)?;
    let mut end = [0];
    // If the piece is too short then nothing follows, and this is `UnexpectedEof`.
    recording.read_exact(&mut end)?;
    match end {
        [b'\n'] => Ok(Some(piece)),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

/// The digits of `u64::MAX` and an LF.
const LONGEST_LINE: u64 = 21;

/// A length as it stands in a recording.
fn length(digits: &[u8]) -> Option<u64> {
    // `parse` alone would take a plus sign, and zeros in front.
    let plain = digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
    std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()
}

/// The server's side of a connection in which everything comes again as it was recorded.
#[derive(Debug)]
pub struct Replay<R> {
    recording: R,
    /// The bytes of the last piece that have not been read yet.
    rest: Vec<u8>,
    written: Vec<u8>,
}

impl<R: BufRead> Replay<R> {
    /// Plays `recording`.
    pub fn new(recording: R) -> Self {
        Self { recording, rest: Vec::new(), written: Vec::new() }
    }

    /// All bytes that were written until now, in their order.
    pub fn written(&self) -> &[u8] {
        &self.written
    }
}

impl<R: BufRead> Read for Replay<R> {
    /// One read delivers one piece. If that does not fit into `buffer`, the next reads deliver
    /// the rest of it before the next piece. After the last piece, every read returns 0. The
    /// errors are those of [`next_piece`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            // At the end there is no piece, and no bytes of it are the end of the input.
            self.rest = next_piece(&mut self.recording)?.unwrap_or_default();
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

impl<R> Write for Replay<R> {
    /// Takes all of `bytes` and keeps them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
