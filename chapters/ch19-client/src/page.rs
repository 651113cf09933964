use crate::{Exchange, FetchError, ResponseHead, Stage};

/// An answer with all of its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Three digits.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// A page that comes, for those who are given bytes, or wait for them without a thread.
pub(crate) struct PageInProgress {
    exchange: Exchange,
    head: Option<ResponseHead>,
    body: Vec<u8>,
    limit: u64,
}

impl PageInProgress {
    /// A page of which nothing has come, and which may have a body of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { exchange: Exchange::new("GET"), head: None, body: Vec::new(), limit }
    }

    /// These bytes have come, or the end if there is none. Returns whether the page is complete.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<bool, FetchError> {
        match bytes {
            [] => self.exchange.receive_end(),
            bytes => self.exchange.receive(bytes),
        }
        if self.head.is_none() {
            self.head = self.exchange.head()?;
        }
        let mut piece = [0; 16 * 1024];
        while let Some(count) = self.exchange.body(&mut piece)? {
            if count == 0 {
                return Ok(true);
            }
            if self.body.len() as u64 + count as u64 > self.limit {
                return Err(FetchError::TooLong(self.limit));
            }
            self.body.extend_from_slice(&piece[..count]);
        }
        Ok(false)
    }

    pub fn has_begun(&self) -> bool {
        self.exchange.has_begun()
    }

    pub fn keeps_connection(&self) -> bool {
        self.exchange.keeps_connection()
    }

    /// How far it came.
    pub fn stage(&self) -> Stage {
        match self.head {
            None => Stage::Head,
            Some(_) => Stage::Body(self.exchange.delivered()),
        }
    }

    /// The page, when it is complete.
    pub fn finish(self) -> Option<Page> {
        Some(Page { status: self.head?.status, body: self.body })
    }
}
