use crate::{Deadline, Exchange, FetchError, ResponseHead, Stage, Wire, read_some};
use std::io;

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;

/// A connection to a server: one request after the other, and the answer to each.
pub struct Connection {
    wire: Box<dyn Wire>,
    exchange: Exchange,
    deadline: Deadline,
    /// Whether a request was not sent to its end.
    is_spoiled: bool,
}

impl Connection {
    /// A connection on which nothing was said yet.
    pub fn new(wire: Box<dyn Wire>, deadline: Deadline) -> Self {
        Self { wire, exchange: Exchange::new("GET"), deadline, is_spoiled: false }
    }

    /// Sends the bytes of a request that has this method, and waits for the head of its answer.
    ///
    /// A server may answer before it has read all, a 413 for instance, and close. Then the rest
    /// cannot be sent, and what it answered is read all the same. One that sends much before it
    /// has read all is not read meanwhile: that ends with the deadline.
    pub fn send(
        &mut self,
        method: &str,
        request: &[u8],
        deadline: Deadline,
    ) -> Result<ResponseHead, FetchError> {
        self.deadline = deadline;
        self.exchange = Exchange::new(method);
        self.wire.set_deadline(deadline.at());
        let sent = self.wire.write_all(request).and_then(|()| self.wire.flush());
        let sent = sent.map_err(|error| FetchError::at(Stage::Send, error));
        if let Err(error @ FetchError::Deadline(_)) = sent {
            return Err(error);
        }
        loop {
            match self.exchange.head() {
                Ok(Some(head)) => {
                    self.is_spoiled = sent.is_err();
                    return Ok(head);
                }
                Ok(None) => {}
                Err(error) => return Err(sent.err().unwrap_or(error)),
            }
            self.read_more(Stage::Head)?;
        }
    }

    /// Reads some of the body into `out`, which must have room, and returns how many bytes; none
    /// at its end.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, FetchError> {
        loop {
            if let Some(count) = self.exchange.body(out)? {
                self.deadline.receive(count);
                return Ok(count);
            }
            self.read_more(Stage::Body(self.exchange.delivered()))?;
        }
    }

    fn read_more(&mut self, stage: Stage) -> Result<(), FetchError> {
        self.wire.set_deadline(self.deadline.at());
        let mut buffer = [0; READ];
        let read: io::Result<usize> = read_some(&mut self.wire, &mut buffer);
        match read.map_err(|error| FetchError::at(stage, error))? {
            0 => self.exchange.receive_end(),
            count => self.exchange.receive(&buffer[..count]),
        }
        Ok(())
    }

    /// Whether the answer has come to its end.
    pub fn is_over(&self) -> bool {
        self.exchange.is_over()
    }

    /// Whether anything has come of the answer.
    pub fn has_begun(&self) -> bool {
        self.exchange.has_begun()
    }

    /// Whether both sides would keep it for another request.
    pub fn is_kept(&self) -> bool {
        self.exchange.keeps_connection() && !self.is_spoiled
    }

    /// Whether the server still keeps it.
    pub fn is_quiet(&mut self) -> bool {
        self.wire.is_quiet()
    }
}
