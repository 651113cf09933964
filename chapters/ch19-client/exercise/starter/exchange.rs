use crate::{ChunkedDecoder, FetchError, Headers, ParseError, Version};

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
        todo!("is there a whole head? is it the answer's? and how will its body end?")
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
        todo!("which row of the table is it?")
    }

    /// What has come of the body, into `out`, which must have room, and how many bytes that is:
    /// `Some(0)` at its end, `None` if more must come first.
    pub fn body(&mut self, out: &mut [u8]) -> Result<Option<usize>, FetchError> {
        todo!("what of that which came is body, what of it may be given out, and was that all?")
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
        todo!("four things must be so")
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
