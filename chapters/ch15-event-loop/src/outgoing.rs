use crate::encode_head::{Ending, encode_head};
use crate::{Body, LAST_CHUNK, Response, Terms, catch_panic, encode_chunk};
use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use std::mem;

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
        let mut bytes = Vec::with_capacity(512); // most heads are shorter
        let Ending { has_body, chunked, keep } = encode_head(&response, terms, now, &mut bytes)?;
        let body = if has_body { response.body } else { Body::default() };
        let mut rest = Rest { body, chunked, at_end: false };
        let head = bytes.len();
        rest.append_piece(&mut bytes)?;
        Ok(Self { status, keep, bytes, head, rest })
    }

    /// How many bytes precede the body.
    pub fn head_length(&self) -> usize {
        self.head
    }

    /// Appends what is to be sent next to `out`: not more than the head and a piece. At the end,
    /// nothing, and it returns false.
    ///
    /// If that fails, it is too late to say so: the client must see that the connection
    /// ends before the announced length, or without the last chunk.
    pub fn append_piece(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let before = out.len();
        match self.bytes.is_empty() {
            true => self.rest.append_piece(out)?,
            // Nothing is copied if nothing is before it.
            false if out.is_empty() => mem::swap(out, &mut self.bytes),
            false => out.append(&mut self.bytes),
        }
        Ok(out.len() > before)
    }
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
