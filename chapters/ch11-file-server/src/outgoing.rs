use crate::{Body, Response, catch_panic, encode};
use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// A response on its way.
#[derive(Debug)]
pub struct Outgoing {
    /// Its status.
    pub status: u16,
    /// What is sent first: the head, and behind it a piece of the body.
    bytes: Vec<u8>,
    /// How many of these bytes are the head.
    head: usize,
    /// What comes then.
    rest: Body,
}

impl Outgoing {
    /// Encodes the head that answers a request with `method` at `now`, and takes the first
    /// piece of the body.
    ///
    /// If that fails, nothing has been sent, and the client can still be told.
    pub fn new(response: Response, method: &str, now: DateTime<Utc>) -> Result<Self> {
        let status = response.status;
        let (head, mut rest) = response.into_parts(method, now)?;
        let mut bytes = encode(&head)?;
        let head = bytes.len();
        append_piece(&mut rest, &mut bytes)?;
        Ok(Self { status, bytes, head, rest })
    }

    /// Sends it, and returns how many bytes of the body were taken.
    ///
    /// If that fails, it is too late to say so: the client sees that the connection
    /// ends before the length that was announced.
    pub fn send(self, conn: &mut impl Write) -> (u64, Result<()>) {
        let mut conn = Counted { conn, count: 0 };
        let outcome = send_all(self.bytes, self.rest, &mut conn);
        (conn.count.saturating_sub(self.head as u64), outcome)
    }
}

/// Sends `piece`, and then what is left of the body. Not more than one piece is in memory.
fn send_all(mut piece: Vec<u8>, mut rest: Body, conn: &mut impl Write) -> Result<()> {
    while !piece.is_empty() {
        conn.write_all(&piece)?;
        piece.clear();
        append_piece(&mut rest, &mut piece)?;
    }
    Ok(())
}

/// Appends the next piece. Whoever makes the pieces may panic, which is one client's error.
fn append_piece(body: &mut Body, out: &mut Vec<u8>) -> Result<()> {
    catch_panic(|| body.next_piece(out)).map_err(|panic| anyhow!(panic.message))??;
    Ok(())
}

/// Counts what is taken, also by a write that is followed by one that fails.
struct Counted<'a, W> {
    conn: &'a mut W,
    count: u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.conn.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}
