use crate::{
    Framing, MAX_HEAD, Message, ParseError, ReadError, Request, StartLine, awaits_continue,
    check_host, may_end_line, parse_head, read_some,
};
use std::io::{self, Read, Write};
use std::net::SocketAddr;

/// How much is read at once, in bytes.
const READ: usize = 16 * 1024;

/// What a connection is to a server: somebody to read from and to write to.
pub trait Connection: Read + Write {}
impl<C: Read + Write> Connection for C {}

/// The requests that come on a connection, one behind the other.
///
/// A read may bring the end of one request and the beginning of the next. So what has been
/// read and not been used is kept here from one request to the next.
pub struct Incoming<'a> {
    /// The connection.
    pub conn: &'a mut dyn Connection,
    /// What was read from it and not used yet.
    pub received: Vec<u8>,
    /// How many of the bytes that come next nobody wants: the rest of a body.
    pub unwanted: u64,
    /// How many heads were read from it.
    pub requests: u64,
}

/// The head of a request, and what it says about its body.
#[derive(Debug)]
pub struct RequestHead {
    /// The request, without its body.
    pub request: Request,
    /// How its body ends.
    pub framing: Framing,
    /// Whether the client waits for a `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// How many bytes the head had.
    pub length: usize,
}

impl RequestHead {
    /// Parses the head at the start of `input`; `None` if it is not complete.
    pub fn parse(input: &[u8], peer: Option<SocketAddr>) -> Result<Option<Self>, ParseError> {
        let Some(head) = parse_head(input)? else { return Ok(None) };
        let length = head.length;
        let (framing, expects_continue) = match head.start {
            StartLine::Request { version, .. } => {
                check_host(&head.headers, version).map_err(|fault| head.place(fault))?;
                let framing = Framing::of_request(version, &head.headers);
                (
                    framing.map_err(|fault| head.place(fault))?,
                    awaits_continue(version, &head.headers),
                )
            }
            // It is no request, which is found out below.
            StartLine::Response { .. } => (Framing::Length(0), false),
        };
        let message = Message { start: head.start, headers: head.headers, body: Vec::new() };
        let request = Request::from_message(message, peer)?;
        Ok(Some(Self { request, framing, expects_continue, length }))
    }
}

impl<'a> Incoming<'a> {
    /// The requests of a connection from which nothing was read yet.
    pub fn new(conn: &'a mut dyn Connection) -> Self {
        Self { conn, received: Vec::new(), unwanted: 0, requests: 0 }
    }

    /// Reads the head of the next request, however its bytes are cut on the way, and nothing of
    /// its body but what comes along.
    ///
    /// `None` means that the client closed before the first byte. After an error that has a
    /// status, `received` begins with the malformed head.
    pub fn read_head(
        &mut self,
        peer: Option<SocketAddr>,
    ) -> Result<Option<RequestHead>, ReadError> {
        self.pass_over()?;
        loop {
            let head = RequestHead::parse(&self.received, peer).map_err(ReadError::Malformed)?;
            if let Some(head) = head {
                self.received.drain(..head.length);
                self.requests += 1;
                return Ok(Some(head));
            }
            // To parse all of it again for each byte of a slow client would be
            // seconds of work. So it is not done before it can make a difference.
            loop {
                let before = self.received.len();
                match read_more(self.conn, &mut self.received)? {
                    0 if before == 0 || self.is_between_requests() => return Ok(None),
                    0 => return Err(ReadError::CutOff(before)),
                    _ if self.received.len() >= MAX_HEAD => break,
                    _ if may_end_line(&self.received, before) => break,
                    _ => {}
                }
            }
        }
    }

    /// Whether at least one request has come, and of the next one nothing. (Some old clients
    /// send an empty line behind a body; RFC 9112 section 2.2.)
    pub fn is_between_requests(&self) -> bool {
        self.requests > 0 && b"\r\n".starts_with(&self.received)
    }

    /// Throws away what is left of a body that nobody read.
    fn pass_over(&mut self) -> Result<(), ReadError> {
        loop {
            let received = self.received.len();
            let count = usize::try_from(self.unwanted).unwrap_or(usize::MAX).min(received);
            self.received.drain(..count);
            self.unwanted -= count as u64;
            if self.unwanted == 0 {
                return Ok(());
            }
            if read_more(self.conn, &mut self.received)? == 0 {
                return Ok(()); // the client is gone; so is what it did not send
            }
        }
    }
}

/// Appends what is there to `received`, and returns how many bytes it is; none at the end.
pub(crate) fn read_more(conn: &mut dyn Connection, received: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; READ];
    let count = read_some(&mut &mut *conn, &mut buffer)?;
    received.extend(&buffer[..count]);
    Ok(count)
}
