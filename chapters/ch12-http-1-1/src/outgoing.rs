use crate::{Body, LAST_CHUNK, Parts, Response, Terms, catch_panic, encode, encode_chunk};
use anyhow::{Result, anyhow, ensure};
use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// A response on its way.
#[derive(Debug)]
pub struct Outgoing {
    /// Its status.
    pub status: u16,
    /// Whether another response may follow on the same connection.
    pub keep: bool,
    /// What is sent first: the head, and behind it a piece of the body.
    bytes: Vec<u8>,
    /// How many of these bytes are the head.
    head: usize,
    /// What comes then.
    rest: Rest,
}

impl Outgoing {
    /// Encodes the head that answers a request on these `terms` at `now`, and takes the first
    /// piece of the body.
    ///
    /// If that fails, nothing has been sent, and the client can still be told. An interim
    /// status (1xx) is an error: whoever gets it goes on waiting for the answer.
    pub fn new(response: Response, terms: &Terms<'_>, now: DateTime<Utc>) -> Result<Self> {
        let status = response.status;
        ensure!(status >= 200, "{status} is no status of an answer");
        let Parts { head, body, chunked, keep } = response.into_parts(terms, now)?;
        // To HEAD nothing is sent, not even the last chunk.
        let chunked = chunked && terms.method != "HEAD";
        let mut rest = Rest { body, chunked, at_end: false };
        let mut bytes = encode(&head)?;
        let head = bytes.len();
        rest.append_piece(&mut bytes)?;
        Ok(Self { status, keep, bytes, head, rest })
    }

    /// Sends it, and returns how many bytes were taken besides the head.
    ///
    /// If that fails, it is too late to say so: the client sees that the connection
    /// ends before the announced length, or without the last chunk.
    pub fn send(self, conn: &mut (impl Write + ?Sized)) -> (u64, Result<()>) {
        let mut conn = Counted { conn, count: 0 };
        let outcome = send_all(self.bytes, self.rest, &mut conn);
        (conn.count.saturating_sub(self.head as u64), outcome)
    }
}

/// Sends `piece`, and then what is left of the body, and says that it is complete. Not more than
/// one piece is in memory.
fn send_all(mut piece: Vec<u8>, mut rest: Rest, conn: &mut impl Write) -> Result<()> {
    while !piece.is_empty() {
        conn.write_all(&piece)?;
        piece.clear();
        rest.append_piece(&mut piece)?;
    }
    Ok(conn.flush()?)
}

/// What is left of a body.
#[derive(Debug)]
struct Rest {
    body: Body,
    chunked: bool,
    at_end: bool,
}

impl Rest {
    /// Appends the next piece as it is sent; at the end, nothing.
    fn append_piece(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.chunked {
            return next_piece(&mut self.body, out);
        }
        let mut piece = Vec::new();
        next_piece(&mut self.body, &mut piece)?;
        encode_chunk(&piece, out);
        if piece.is_empty() && !self.at_end {
            self.at_end = true;
            out.extend(LAST_CHUNK);
        }
        Ok(())
    }
}

/// Appends the next piece. Whoever makes the pieces may panic, which is one client's error.
fn next_piece(body: &mut Body, out: &mut Vec<u8>) -> Result<()> {
    catch_panic(|| body.next_piece(out)).map_err(|panic| anyhow!(panic.message))??;
    Ok(())
}

/// Counts what is taken, also by a write that is followed by one that fails.
struct Counted<'a, W: ?Sized> {
    conn: &'a mut W,
    count: u64,
}

impl<W: Write + ?Sized> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.conn.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}
