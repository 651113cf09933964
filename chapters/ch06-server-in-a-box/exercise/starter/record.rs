use std::io::{self, BufRead, Read, Write};

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
        todo!("read, write down what came, and only then return")
    }
}

impl<C: Write, W> Write for Recorder<C, W> {
    /// Writes once to the connection, and returns how many bytes that took. The recording
    /// does not notice.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("pass on {} bytes", bytes.len())
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
    todo!("a line with the length, that many bytes, an LF")
}

/// The server's side of a connection in which everything comes again as it was recorded.
#[derive(Debug)]
pub struct Replay<R> {
    recording: R,
    // What must it still have when a piece did not fit into the buffer? And what was written?
}

impl<R: BufRead> Replay<R> {
    /// Plays `recording`.
    pub fn new(recording: R) -> Self {
        todo!("keep the recording")
    }

    /// All bytes that were written until now, in their order.
    pub fn written(&self) -> &[u8] {
        todo!("whoever writes must keep them")
    }
}

impl<R: BufRead> Read for Replay<R> {
    /// One read delivers one piece. If that does not fit into `buffer`, the next reads deliver
    /// the rest of it before the next piece. After the last piece, every read returns 0. The
    /// errors are those of [`next_piece`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("the rest of the last piece, or else the next one")
    }
}

impl<R> Write for Replay<R> {
    /// Takes all of `bytes` and keeps them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("keep {} bytes", bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
