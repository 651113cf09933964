use crate::incoming::read_more;
use crate::{
    ChunkedDecoder, Connection, Framing, Headers, Incoming, MAX_BODY, ParseError, ReadError,
    RequestHead,
};
use std::io::{self, ErrorKind, Read};

/// The body of a request, which is read from the connection when it is wanted.
///
/// A client that waits for a `100 Continue` gets it with the first read. What goes wrong is an
/// error of that read and of all that follow, and the server's answer says so, whatever the
/// handler makes of it.
pub struct RequestBody<'a> {
    conn: &'a mut dyn Connection,
    received: &'a mut Vec<u8>,
    decoder: Decoder,
    /// Whether the client still waits to be told to send it.
    expects_continue: bool,
    /// How many bytes of the request precede its body.
    begins_at: usize,
    /// How many bytes of the body were used until now.
    used: usize,
    /// What is wrong behind the bytes that were given last.
    fault: Option<ParseError>,
    failure: Option<ReadError>,
}

enum Decoder {
    /// So many bytes are still to come.
    Length(u64),
    Chunked(ChunkedDecoder),
}

impl<'a> RequestBody<'a> {
    /// The body behind a head that was read from `incoming`.
    pub fn new(incoming: &'a mut Incoming<'_>, head: &RequestHead) -> Self {
        let decoder = match head.framing {
            Framing::Length(length) => Decoder::Length(length),
            Framing::Chunked => Decoder::Chunked(ChunkedDecoder::default()),
        };
        // Who has begun to send it does not wait.
        let expects_continue = head.expects_continue && incoming.received.is_empty();
        Self {
            conn: incoming.conn,
            received: &mut incoming.received,
            decoder,
            expects_continue,
            begins_at: head.length,
            used: 0,
            fault: None,
            failure: None,
        }
    }

    /// Reads all of it, [`MAX_BODY`] bytes at most.
    ///
    /// A client that says beforehand that it is longer is not waited for, and not asked to
    /// send it.
    pub fn read_whole(&mut self) -> io::Result<Vec<u8>> {
        let (status, offset, reason) = (413, self.begins_at, "the body is too long");
        let too_long = ReadError::Malformed(ParseError { status, offset, reason });
        if let Decoder::Length(length) = self.decoder
            && length > MAX_BODY as u64
        {
            return Err(self.fail(too_long));
        }
        let mut body = Vec::new();
        self.take(MAX_BODY as u64 + 1).read_to_end(&mut body)?;
        match body.len() > MAX_BODY {
            true => Err(self.fail(too_long)),
            false => Ok(body),
        }
    }

    /// The fields that came behind a chunked body, once it has been read to its end.
    pub fn trailers(&self) -> Option<&Headers> {
        match &self.decoder {
            Decoder::Length(_) => None,
            Decoder::Chunked(decoder) => decoder.trailers(),
        }
    }

    /// What went wrong with reading it, and the status that tells the client, if somebody is
    /// there to be told.
    pub fn failure(&self) -> Option<(&ReadError, u16)> {
        let error = self.failure.as_ref()?;
        Some((error, error.status()?))
    }

    /// What went wrong with reading it.
    pub fn into_failure(self) -> Option<ReadError> {
        self.failure
    }

    /// How many of its bytes are still to come; `None` if that is unknown, or if they may not
    /// come at all, because the client waits for a word that it was not given.
    pub fn unread(&self) -> Option<u64> {
        match &self.decoder {
            _ if self.failure.is_some() => None,
            Decoder::Length(0) => Some(0),
            Decoder::Length(left) if !self.expects_continue => Some(*left),
            Decoder::Chunked(decoder) if decoder.trailers().is_some() => Some(0),
            _ => None,
        }
    }

    /// Decodes what has been received, into `out`; `None` if more must come first.
    fn decode(&mut self, out: &mut [u8]) -> Result<Option<usize>, ParseError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let (taken, count, is_complete) = match &mut self.decoder {
            Decoder::Length(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX);
                let count = length.min(self.received.len()).min(out.len());
                out[..count].copy_from_slice(&self.received[..count]);
                *left -= count as u64;
                (count, count, *left == 0)
            }
            Decoder::Chunked(decoder) => {
                let (mut taken, mut count) = (0, 0);
                // As many chunks as have come: below, what is behind them moves up, and to do
                // that for each chunk of a byte would be much work.
                while count < out.len() {
                    match decoder.decode(&self.received[taken..], &mut out[count..]) {
                        Ok((0, _)) => break,
                        Ok((more_taken, more)) => {
                            (taken, count) = (taken + more_taken, count + more)
                        }
                        Err(error) if count > 0 => {
                            self.fault = Some(error);
                            break;
                        }
                        Err(error) => return Err(error),
                    }
                }
                (taken, count, decoder.trailers().is_some())
            }
        };
        self.received.drain(..taken);
        self.used += taken;
        Ok((count > 0 || is_complete).then_some(count))
    }

    fn read_or_fail(&mut self, out: &mut [u8]) -> Result<usize, ReadError> {
        loop {
            let decoded = self.decode(out).map_err(|error| {
                let offset = self.begins_at + error.offset;
                ReadError::Malformed(ParseError { offset, ..error })
            })?;
            if let Some(count) = decoded {
                return Ok(count);
            }
            if self.expects_continue {
                self.conn.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
                self.expects_continue = false;
            }
            if read_more(self.conn, self.received)? == 0 {
                return Err(ReadError::CutOff(self.begins_at + self.used + self.received.len()));
            }
        }
    }

    /// Remembers what went wrong, and tells it to who reads.
    fn fail(&mut self, error: ReadError) -> io::Error {
        let kind = match &error {
            ReadError::Malformed(_) => ErrorKind::InvalidData,
            ReadError::CutOff(_) => ErrorKind::UnexpectedEof,
            ReadError::TooLate => ErrorKind::TimedOut,
            ReadError::Broken(error) => error.kind(),
        };
        let told = io::Error::new(kind, error.to_string());
        self.failure = Some(error);
        told
    }
}

impl Read for RequestBody<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        if let Some(error) = &self.failure {
            return Err(io::Error::other(error.to_string()));
        }
        self.read_or_fail(out).map_err(|error| self.fail(error))
    }
}
