use crate::application_server::Connection;
use crate::complaints::Complaints;
use crate::fast_cgi::REQUEST;
use crate::record::{Kind, MAX_CONTENT, Record, append_records};
use anyhow::{Result, bail, ensure};
use socket2::Socket;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much is received at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What an application server answers: an iterator of what it writes to its standard output, record
/// by record.
///
/// If it is read to the end, the connection is kept; if it is dropped before, the connection is
/// closed, which tells the application that nobody waits for the rest.
pub(crate) struct FastCgiAnswer {
    /// `None` when the answer is complete.
    connection: Option<Connection>,
    received: Vec<u8>,
    /// How many of these have been used.
    used: usize,
    complaints: Complaints,
    silence: Duration,
    deadline: Instant,
    /// Sends the body, while the answer may be on its way already. Some applications write before
    /// they have read; if we did not read either, both would wait for ever.
    sender: Option<JoinHandle<io::Result<()>>>,
}

impl FastCgiAnswer {
    pub fn new(
        connection: Connection,
        name: &str,
        silence: Duration,
        body: Option<File>,
    ) -> Result<Self> {
        let socket = Arc::clone(&connection.socket);
        let send = |body| thread::Builder::new().spawn(move || send_body(body, &socket));
        Ok(Self {
            sender: body.map(send).transpose()?,
            connection: Some(connection),
            received: Vec::new(),
            used: 0,
            complaints: Complaints::of(name),
            silence,
            deadline: Instant::now() + silence,
        })
    }

    /// Waits for more bytes. That there are none is an error: the end is a record.
    pub fn receive(&mut self) -> Result<()> {
        let Some(connection) = &self.connection else { return Ok(()) };
        self.received.drain(..self.used);
        self.used = 0;
        let before = self.received.len();
        self.received.resize(before + PIECE, 0);
        let outcome = (&*connection.socket).read(&mut self.received[before..]);
        self.received.truncate(before + *outcome.as_ref().unwrap_or(&0));
        match outcome {
            Ok(0) => bail!("it has closed the connection in the middle of an answer"),
            Ok(_) => Ok(()),
            // On Unix a timeout is called so.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(too_silent()),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The next piece of its standard output; empty at the end.
    fn read(&mut self) -> Result<Vec<u8>> {
        loop {
            let Some((record, length)) = Record::parse(&self.received[self.used..])? else {
                // What is said on standard error does not count.
                if Instant::now() >= self.deadline {
                    return Err(too_silent());
                }
                self.receive()?;
                continue;
            };
            self.used += length;
            ensure!(record.request == REQUEST, "it answers request {}", record.request);
            match record.kind {
                kind if kind == Kind::Stdout as u8 && !record.content.is_empty() => {
                    self.deadline = Instant::now() + self.silence;
                    return Ok(record.content);
                }
                kind if kind == Kind::Stdout as u8 => {}
                kind if kind == Kind::Stderr as u8 => self.complaints.add(&record.content),
                kind if kind == Kind::EndRequest as u8 => {
                    self.end(&record.content)?;
                    return Ok(Vec::new());
                }
                kind => bail!("it sends a record of type {kind}"),
            }
        }
    }

    /// Looks at the two numbers of an `EndRequest` (section 5.5): the exit code that the program
    /// would have had, and what became of the request. What follows them is reserved.
    fn end(&mut self, content: &[u8]) -> Result<()> {
        let &[a, b, c, d, status, ..] = content else { bail!("an EndRequest without a status") };
        self.complaints.flush();
        match status {
            0 => {}
            2 => bail!(io::Error::new(ErrorKind::ResourceBusy, "it is overloaded")),
            status => bail!("it refuses the request ({status})"),
        }
        let code = u32::from_be_bytes([a, b, c, d]);
        if code != 0 {
            self.complaints.log(&format!("exit code {code}"));
        }
        let is_sent = match self.sender.take() {
            None => true,
            // Who has answered may not have read all of the body.
            Some(sender) => sender.is_finished() && matches!(sender.join(), Ok(Ok(()))),
        };
        let connection = self.connection.take();
        if let Some(connection) = connection {
            match is_sent && self.used == self.received.len() {
                true => connection.keep(),
                false => hang_up(&connection),
            }
        }
        Ok(())
    }
}

impl Iterator for FastCgiAnswer {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.connection.as_ref()?;
        match self.read() {
            Ok(piece) if piece.is_empty() => None,
            outcome => Some(outcome.map_err(|error| match error.downcast() {
                Ok(error) => error,
                Err(error) => io::Error::new(ErrorKind::InvalidData, error),
            })),
        }
    }
}

impl Drop for FastCgiAnswer {
    fn drop(&mut self) {
        self.complaints.flush();
        if let Some(connection) = &self.connection {
            hang_up(connection);
        }
    }
}

/// Ends a connection for the one who still sends on it, too.
fn hang_up(connection: &Connection) {
    // It fails if the other side was first.
    let _ = connection.socket.shutdown(Shutdown::Both);
}

fn too_silent() -> anyhow::Error {
    io::Error::from(ErrorKind::TimedOut).into()
}

/// Sends a body, and the record that says that it is complete.
fn send_body(mut body: File, mut socket: &Socket) -> io::Result<()> {
    let (mut piece, mut records) = (vec![0; MAX_CONTENT], Vec::new());
    loop {
        let count = body.read(&mut piece)?;
        records.clear();
        append_records(&mut records, Kind::Stdin, REQUEST, &piece[..count]);
        socket.write_all(&records)?;
        if count == 0 {
            return Ok(());
        }
    }
}
