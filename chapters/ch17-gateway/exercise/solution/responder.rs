use crate::answered::answered;
use crate::{Application, Environ, Kind, Record, append_records, parse_params, write_reply};
use anyhow::{Context, Result, bail, ensure};
use std::io::{self, Cursor, ErrorKind, Read, Write};

/// The most that the variables of a request may have, in bytes of their records.
pub const MAX_PARAMS: usize = 64 * 1024;

/// The role of one who answers (FastCGI 1.0 section 6.2).
const RESPONDER: [u8; 2] = [0, 1];

/// The type of the record which says that the type of another one is not known (section 4.2).
const UNKNOWN_TYPE: u8 = 11;

/// What an `EndRequest` says of its request (section 5.5).
#[derive(Clone, Copy)]
enum Outcome {
    /// It is over (`FCGI_REQUEST_COMPLETE`).
    Complete = 0,
    /// It was refused: another one is being answered on this connection.
    CannotMultiplex = 1,
    /// It was refused: nobody has this role here.
    UnknownRole = 3,
}

/// Lets `application` answer the requests that a web server has on `conn`: the other side of
/// [`FastCgi`](crate::FastCgi), in the role of a responder (FastCGI 1.0 section 6.2).
///
/// They come one after the other, until the web server closes the connection between two of them,
/// or one does not have the first bit of `flags`, `FCGI_KEEP_CONN`: then it is the last.
///
/// | record | what it holds |
/// |---|---|
/// | `BeginRequest` | the role in two bytes, the higher one first: 0 and 1 are a responder; `flags`; five that are reserved |
/// | `EndRequest` | four bytes of a status that is 0 here; one that says what became of the request; three zeros |
///
/// A read that was interrupted is repeated.
///
/// The application is asked as soon as there are all variables, and reads the body while it comes.
/// A body that ends before it has as many bytes as `CONTENT_LENGTH` says is `UnexpectedEof` for
/// whoever reads it. What the application leaves is read before the answer is sent, since some web
/// servers send all of the body before they read. [`answered`](crate::answered::answered) makes an
/// answer of an error.
///
/// [`write_reply`](crate::write_reply) writes the answer, and each of its writes is sent at once,
/// in a `Stdout` record of its own, or as many as it needs. Then follow an empty one, and an
/// `EndRequest` with 0 (`FCGI_REQUEST_COMPLETE`). If the body of the answer fails, that is an
/// error, and no `EndRequest` says that this was all.
///
/// | what comes besides | what becomes of it |
/// |---|---|
/// | another request while one is answered | an `EndRequest` of its number with 1 (`FCGI_CANT_MPX_CONN`) |
/// | a request in another role | an `EndRequest` with 3 (`FCGI_UNKNOWN_ROLE`) |
/// | `AbortRequest` for the one that is answered | whoever reads the body has `ConnectionAborted`; there is no answer but the `EndRequest` with 0 |
/// | a record of request 0, which is the connection | a record of type 11 (`FCGI_UNKNOWN_TYPE`) and request 0, that holds the type, and seven zeros |
/// | a record of another type, or of any other request | nothing |
///
/// An error, behind which nothing more is said, is what is no FastCGI; what breaks off within a
/// request; anything else of a request before its variables are complete; and variables that are
/// none, or have more than [`MAX_PARAMS`] bytes.
pub fn respond(application: &impl Application, conn: impl Read + Write) -> Result<()> {
    let mut link = Link { conn, received: Vec::new() };
    while let Some(record) = link.next()? {
        if record.request == 0 {
            link.say_unknown(record.kind)?;
        } else if record.kind == Kind::BeginRequest as u8 {
            let &[role1, role0, flags, ..] = &record.content[..] else {
                bail!("a request that does not say its role")
            };
            match [role1, role0] {
                RESPONDER => answer(application, &mut link, record.request)?,
                _ => link.end(record.request, Outcome::UnknownRole)?,
            }
            if flags & 1 == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Answers the request that has begun.
fn answer<C: Read + Write>(
    application: &impl Application,
    link: &mut Link<C>,
    request: u16,
) -> Result<()> {
    let mut params = Vec::new();
    loop {
        let record = link.next_of(request)?;
        match record.kind {
            kind if kind == Kind::AbortRequest as u8 => {
                return link.end(request, Outcome::Complete);
            }
            kind if kind != Kind::Params as u8 => bail!("a record of type {kind} too early"),
            _ if record.content.is_empty() => break,
            _ => params.extend(record.content),
        }
        ensure!(params.len() <= MAX_PARAMS, "too many variables");
    }
    let mut environ = Environ::default();
    for (name, value) in parse_params(&params)? {
        environ.set(&name, value);
    }
    let missing = environ.text("CONTENT_LENGTH").parse().unwrap_or(0);
    let (piece, state) = (Cursor::default(), State::Open);
    let mut input = Input { link, request, piece, missing, state };
    let outcome = application.answer(&environ, &mut input);
    while input.has_piece()? {
        input.piece = Cursor::default();
    }
    if let State::Aborted = input.state {
        return link.end(request, Outcome::Complete);
    }
    write_reply(answered(outcome), &mut Output { link, request })?;
    link.send(Kind::Stdout, request, &[])?;
    link.end(request, Outcome::Complete)
}

/// The connection, and what has come on it.
struct Link<C> {
    conn: C,
    received: Vec<u8>,
}

impl<C: Read + Write> Link<C> {
    /// The next record; `None` at the end.
    fn next(&mut self) -> Result<Option<Record>> {
        loop {
            if let Some((record, length)) = Record::parse(&self.received)? {
                self.received.drain(..length);
                return Ok(Some(record));
            }
            let mut piece = [0; 8192];
            match self.conn.read(&mut piece) {
                Ok(0) => {
                    ensure!(self.received.is_empty(), "it breaks off in a record");
                    return Ok(None);
                }
                Ok(count) => self.received.extend(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next record of `request`, which is being answered. Those before it are dealt with.
    fn next_of(&mut self, request: u16) -> Result<Record> {
        loop {
            let record = self.next()?.context("it breaks off in a request")?;
            match record.request {
                0 => self.say_unknown(record.kind)?,
                number if number == request => return Ok(record),
                other if record.kind == Kind::BeginRequest as u8 => {
                    self.end(other, Outcome::CannotMultiplex)?;
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, kind: Kind, request: u16, content: &[u8]) -> Result<()> {
        let mut records = Vec::new();
        append_records(&mut records, kind, request, content);
        Ok(self.conn.write_all(&records)?)
    }

    fn end(&mut self, request: u16, outcome: Outcome) -> Result<()> {
        self.send(Kind::EndRequest, request, &[0, 0, 0, 0, outcome as u8, 0, 0, 0])?;
        Ok(self.conn.flush()?)
    }

    fn say_unknown(&mut self, kind: u8) -> Result<()> {
        let record = [1, UNKNOWN_TYPE, 0, 0, 0, 8, 0, 0, kind, 0, 0, 0, 0, 0, 0, 0];
        Ok(self.conn.write_all(&record)?)
    }
}

/// The body of a request: what is in its `Stdin` records.
struct Input<'a, C> {
    link: &'a mut Link<C>,
    request: u16,
    /// What came last, from where it stands.
    piece: Cursor<Vec<u8>>,
    /// How many bytes are still to come, if the variables say so.
    missing: u64,
    state: State,
}

enum State {
    /// More may come.
    Open,
    /// It is complete.
    Ended,
    /// Nobody waits for the answer any more.
    Aborted,
}

impl<C: Read + Write> Input<'_, C> {
    /// Waits until there is something in `piece`, or there will be nothing any more.
    fn has_piece(&mut self) -> Result<bool> {
        while self.piece.position() == self.piece.get_ref().len() as u64 {
            let State::Open = self.state else { return Ok(false) };
            let record = self.link.next_of(self.request)?;
            if record.kind == Kind::AbortRequest as u8 {
                self.state = State::Aborted;
            } else if record.kind == Kind::Stdin as u8 {
                match record.content.is_empty() {
                    true => self.state = State::Ended,
                    false => self.piece = Cursor::new(record.content),
                }
            }
        }
        Ok(true)
    }
}

impl<C: Read + Write> Read for Input<'_, C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_piece().map_err(io::Error::other)? {
            let count = self.piece.read(buffer)?;
            self.missing = self.missing.saturating_sub(count as u64);
            return Ok(count);
        }
        match self.state {
            State::Aborted => Err(ErrorKind::ConnectionAborted.into()),
            _ if self.missing > 0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(0),
        }
    }
}

/// Where the answer goes.
struct Output<'a, C> {
    link: &'a mut Link<C>,
    request: u16,
}

impl<C: Read + Write> Write for Output<'_, C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An empty record would say that this was all.
        if !bytes.is_empty() {
            let sent = self.link.send(Kind::Stdout, self.request, bytes);
            sent.map_err(io::Error::other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.link.conn.flush()
    }
}
