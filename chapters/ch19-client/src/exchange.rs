use crate::{
    ChunkedDecoder, FetchError, Framing, Headers, MAX_HEAD, ParseError, StartLine, Version,
    keeps_alive, may_end_line, parse_head,
};

/// The head of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseHead {
    /// The HTTP version of the server.
    pub version: Version,
    /// Three digits, 200 or more.
    pub status: u16,
    /// A word about the status, for people; may be empty.
    pub reason: String,
    /// The header fields.
    pub headers: Headers,
}

/// The answer to one request, taken out of the bytes that come: no input and no output is done
/// here, so that whoever waits may do that in any way.
///
/// ```
/// use ch19::Exchange;
///
/// let mut exchange = Exchange::new("GET");
/// exchange.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHi");
/// let head = exchange.head()?.unwrap();
/// assert_eq!(head.status, 200);
/// let mut out = [0; 10];
/// assert_eq!(exchange.body(&mut out)?, Some(2));
/// assert_eq!(exchange.body(&mut out)?, None); // more must come first
/// exchange.receive(b"!");
/// assert_eq!(exchange.body(&mut out)?, Some(1));
/// assert_eq!(exchange.body(&mut out)?, Some(0));
/// assert!(exchange.is_over());
/// # Ok::<(), ch19::FetchError>(())
/// ```
#[derive(Debug)]
pub struct Exchange {
    /// Whether the request was a HEAD, to which no body is sent.
    is_head: bool,
    /// What has come and was not used.
    received: Vec<u8>,
    /// How many of these bytes were looked at for a line end.
    seen: usize,
    /// Whether nothing more will come.
    at_end: bool,
    /// How many bytes of heads there were before the answer's.
    interim: usize,
    /// How many bytes the body had until now.
    delivered: u64,
    state: State,
    keeps: bool,
}

#[derive(Debug)]
enum State {
    /// The head comes next.
    Head,
    /// So many bytes of the body.
    Length(u64),
    Chunked(ChunkedDecoder),
    /// A body that ends with the connection.
    UntilEnd,
    /// Nothing.
    Over,
    /// Something that is no body.
    Malformed(ParseError),
}

impl Exchange {
    /// The answer to a request with this method, of which nothing has come.
    pub fn new(method: &str) -> Self {
        Self {
            is_head: method == "HEAD",
            received: Vec::new(),
            seen: 0,
            at_end: false,
            interim: 0,
            delivered: 0,
            state: State::Head,
            keeps: false,
        }
    }

    /// These bytes have come. How they were cut on the way means nothing.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// What has come and was not used. Whoever reads into a `Vec` appends here what comes, and
    /// spares [`receive`](Self::receive) its copy.
    pub fn received(&mut self) -> &mut Vec<u8> {
        &mut self.received
    }

    /// The server has said that it sends nothing more.
    pub fn receive_end(&mut self) {
        self.at_end = true;
    }

    /// The head; `None` if more must come first.
    ///
    /// What precedes it with a status below 200 is passed over (RFC 9110 section 15.2), as long as
    /// all of that is not longer than a head may be. A 101 is an error: we asked for no other
    /// protocol.
    pub fn head(&mut self) -> Result<Option<ResponseHead>, FetchError> {
        loop {
            match self.next_head()? {
                Some(head) if head.status < 200 => {}
                head => return Ok(head),
            }
        }
    }

    /// The same, without passing over anything: for whoever has somebody to whom it matters.
    pub fn next_head(&mut self) -> Result<Option<ResponseHead>, FetchError> {
        if !matches!(self.state, State::Head) {
            return Ok(None);
        }
        // To parse it all again for each byte of a slow server would be much work.
        let may_decide = self.received.len() >= MAX_HEAD || may_end_line(&self.received, self.seen);
        let head = match may_decide {
            true => parse_head(&self.received).map_err(FetchError::Malformed)?,
            false => None,
        };
        let Some(head) = head else {
            self.seen = self.received.len();
            return match self.at_end {
                true if self.received.is_empty() && self.interim == 0 => Err(FetchError::NoAnswer),
                true => Err(FetchError::CutOff(0)),
                false => Ok(None),
            };
        };
        let StartLine::Response { version, status, reason } = head.start.clone() else {
            return Err(malformed(0, "it begins like a request"));
        };
        if status >= 200 {
            let framing = self.state_after(version, status, &head.headers);
            self.state = framing.map_err(|fault| FetchError::Malformed(head.place(fault)))?;
            self.keeps = keeps_alive(version, &head.headers);
        } else {
            self.interim += head.length;
            if status == 101 {
                return Err(malformed(0, "a 101, and no other protocol was asked for"));
            }
            if self.interim > MAX_HEAD {
                return Err(malformed(0, "too much before the answer"));
            }
            self.seen = 0;
        }
        self.received.drain(..head.length);
        Ok(Some(ResponseHead { version, status, reason, headers: head.headers }))
    }

    /// How many bytes the body still has, if that was said beforehand.
    pub fn length(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Over => Some(0),
            _ => None,
        }
    }

    /// How the body ends (RFC 9112 section 6.3).
    ///
    /// | answer | body |
    /// |---|---|
    /// | to HEAD; 204 and 304 | none, whatever the fields say |
    /// | with `Content-Length` or `Transfer-Encoding` | by the rules for requests |
    /// | with neither | all that comes until the connection ends |
    ///
    /// "The rules for requests" are chapter 12's: of what could be understood in two ways nothing
    /// is guessed, it is an error.
    fn state_after(
        &self,
        version: Version,
        status: u16,
        headers: &Headers,
    ) -> Result<State, crate::FieldFault> {
        if self.is_head || matches!(status, 204 | 304) {
            return Ok(State::Over);
        }
        if !headers.contains("Content-Length") && !headers.contains("Transfer-Encoding") {
            return Ok(State::UntilEnd);
        }
        Ok(match Framing::of_request(version, headers)? {
            Framing::Length(0) => State::Over,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Chunked(ChunkedDecoder::default()),
        })
    }

    /// What has come of the body, into `out`, which must have room, and how many bytes that is:
    /// `Some(0)` at its end, `None` if more must come first.
    pub fn body(&mut self, out: &mut [u8]) -> Result<Option<usize>, FetchError> {
        let (taken, count) = match &mut self.state {
            State::Head => (0, 0),
            State::Over => return Ok(Some(0)),
            State::UntilEnd => {
                let count = copy(&self.received, out, u64::MAX);
                if count == 0 && self.at_end {
                    self.state = State::Over;
                }
                (count, count)
            }
            State::Length(left) => {
                let count = copy(&self.received, out, *left);
                *left -= count as u64;
                if *left == 0 {
                    self.state = State::Over;
                }
                (count, count)
            }
            State::Chunked(decoder) => {
                let (mut taken, mut count) = (0, 0);
                // As many chunks as have come: what is behind them moves up once.
                let fault = loop {
                    match decoder.decode(&self.received[taken..], &mut out[count..]) {
                        Ok((0, _)) => break None,
                        Ok((more_taken, more)) => {
                            (taken, count) = (taken + more_taken, count + more)
                        }
                        Err(error) => break Some(error),
                    }
                };
                if decoder.trailers().is_some() {
                    self.state = State::Over;
                }
                // What precedes a fault is given out before it.
                if let Some(fault) = fault {
                    self.state = State::Malformed(fault);
                }
                (taken, count)
            }
            State::Malformed(fault) => return Err(FetchError::Malformed(*fault)),
        };
        self.received.drain(..taken);
        self.delivered += count as u64;
        match &self.state {
            _ if count > 0 => Ok(Some(count)),
            State::Over => Ok(Some(0)),
            State::Malformed(fault) => Err(FetchError::Malformed(*fault)),
            _ if self.at_end => Err(FetchError::CutOff(self.delivered)),
            _ => Ok(None),
        }
    }

    /// The same, appended to `out`, and all that has come.
    pub fn append_body(&mut self, out: &mut Vec<u8>) -> Result<Option<usize>, FetchError> {
        let before = out.len();
        // Decoded it is not longer. But without any room nothing would be told.
        out.resize(before + self.received.len().max(1), 0);
        let outcome = self.body(&mut out[before..]);
        let count = outcome.as_ref().map_or(0, |count| count.unwrap_or(0));
        out.truncate(before + count);
        outcome
    }

    /// Whether anything has come.
    pub fn has_begun(&self) -> bool {
        !matches!(self.state, State::Head) || !self.received.is_empty() || self.interim > 0
    }

    /// Whether the answer has come to its end.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// How many bytes of the body were given out.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Whether another request may be sent on this connection: the answer is over, the server
    /// wants to keep it, and nothing has come that nobody asked for.
    pub fn keeps_connection(&self) -> bool {
        self.is_over() && self.keeps && self.received.is_empty() && !self.at_end
    }
}

/// Copies as much as there is, as there is room, and as is allowed; returns how much.
fn copy(from: &[u8], out: &mut [u8], at_most: u64) -> usize {
    let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
    let count = from.len().min(out.len()).min(at_most);
    out[..count].copy_from_slice(&from[..count]);
    count
}

fn malformed(offset: usize, reason: &'static str) -> FetchError {
    FetchError::Malformed(ParseError { status: 400, offset, reason })
}
