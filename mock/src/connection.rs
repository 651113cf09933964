//! A connection without a network: its input is a script, its output is kept.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, OnceLock};

use crate::bytes::excerpt;
use crate::script::{Script, Step};
use crate::watched::{Watched, patience};
use crate::{Events, Gate, transcript};

/// How often a connection says that it is at its end before it panics. A loop
/// that takes the end for something else would otherwise spin for ever, and the
/// test with it.
const ENOUGH: usize = 1000;

/// The server's side of a connection that is played from a [`Script`].
///
/// Reads follow the script; writes take everything, unless one of the methods
/// below says otherwise. Dropping it closes the connection.
///
/// ```
/// use mock::{MockConnection, assert_bytes};
/// use std::io::Write;
///
/// // A kernel that takes at most two bytes in a write:
/// let (conn, peer) = MockConnection::pair("");
/// let mut conn = conn.short_writes(2);
/// assert_eq!(conn.write(b"hello").unwrap(), 2);
/// conn.write_all(b"llo").unwrap();
/// assert_bytes!(peer.sent(), b"hello");
/// ```
#[derive(Debug)]
pub struct MockConnection {
    reader: MockReader,
    writer: MockWriter,
}

/// The reading half of a [`MockConnection`].
#[derive(Debug)]
pub struct MockReader {
    open: Arc<Open>,
    script: Script,
    reads_at_end: usize,
}

/// The writing half of a [`MockConnection`].
#[derive(Debug)]
pub struct MockWriter {
    open: Arc<Open>,
    /// The most bytes that one write takes.
    at_most: usize,
    /// Whether every other write is interrupted, and whether the last one was.
    interrupts: bool,
    was_interrupted: bool,
    /// How many bytes are taken in all, and what writes return after them.
    end: Option<(usize, Result<usize, ErrorKind>)>,
    writes_at_end: usize,
    /// After how many bytes writes block, and until when.
    block: Option<(usize, Gate)>,
}

/// What the other side of a [`MockConnection`] sees. Clones see the same.
#[derive(Clone, Debug)]
pub struct Peer(Arc<Wire>);

/// What the connection's halves and its peers share.
#[derive(Debug, Default)]
struct Wire {
    seen: Watched<Seen>,
    log: OnceLock<(Events, String)>,
}

#[derive(Debug, Default)]
struct Seen {
    sent: Vec<u8>,
    writes: Vec<usize>,
    reads: usize,
    closed: bool,
}

/// Held by both halves. When the last of them is dropped, so is this, and the
/// connection is closed.
#[derive(Debug)]
struct Open(Arc<Wire>);

impl Drop for Open {
    fn drop(&mut self) {
        // In this order: who has seen the close finds the event.
        self.0.log("close", "");
        transcript::note("the server closes the connection");
        self.0.seen.change(|seen| seen.closed = true);
    }
}

impl Wire {
    /// Logs `verb NAME state` if the connection has a log.
    fn log(&self, verb: &str, state: &str) {
        if let Some((events, name)) = self.log.get() {
            events.log(format!("{verb} {name} {state}").trim_end());
        }
    }

    /// Waits at `gate`, and logs it if that means to block.
    fn wait_at(&self, gate: &Gate, verb: &str) {
        if !gate.is_open() {
            self.log(verb, "blocks");
            transcript::note(format_args!("a {verb} waits"));
            gate.wait_as(&format!("a {verb} of a MockConnection"));
        }
    }
}

impl MockConnection {
    /// A connection that delivers `input`, and its other side.
    pub fn pair(input: impl Into<Script>) -> (MockConnection, Peer) {
        transcript::note("a client connects");
        let wire = Arc::new(Wire::default());
        let open = Arc::new(Open(wire.clone()));
        let reader = MockReader { open: open.clone(), script: input.into(), reads_at_end: 0 };
        let writer = MockWriter {
            open,
            at_most: usize::MAX,
            interrupts: false,
            was_interrupted: false,
            end: None,
            writes_at_end: 0,
            block: None,
        };
        (MockConnection { reader, writer }, Peer(wire))
    }

    /// Each write takes at most so many bytes, at least one.
    pub fn short_writes(mut self, at_most: usize) -> MockConnection {
        assert!(at_most > 0, "a write that takes nothing would be repeated for ever");
        self.writer.at_most = at_most;
        self
    }

    /// Every other write fails with `Interrupted`, beginning with the first.
    pub fn interrupt_writes(mut self) -> MockConnection {
        self.writer.interrupts = true;
        self
    }

    /// Takes `bytes` bytes in all; then every write fails with `kind`.
    pub fn fail_writes_after(mut self, bytes: usize, kind: ErrorKind) -> MockConnection {
        self.writer.end = Some((bytes, Err(kind)));
        self
    }

    /// Takes `bytes` bytes in all; then every write takes nothing and returns `Ok(0)`, as
    /// that into a slice does which is full.
    pub fn take_nothing_after(mut self, bytes: usize) -> MockConnection {
        self.writer.end = Some((bytes, Ok(0)));
        self
    }

    /// A stalled peer: takes `after` bytes in all; then a write blocks until `gate`
    /// is open, and from then on nothing blocks any more.
    ///
    /// If nobody opens the gate within [`patience`](crate::patience), the write panics.
    pub fn block_writes(mut self, after: usize, gate: &Gate) -> MockConnection {
        self.writer.block = Some((after, gate.clone()));
        self
    }

    /// Logs `read NAME blocks` and `write NAME blocks` when one begins to wait at
    /// a closed gate, and `close NAME` when the connection is dropped.
    ///
    /// ```
    /// use mock::{Events, MockConnection};
    ///
    /// let events = Events::new();
    /// let (conn, _peer) = MockConnection::pair("");
    /// drop(conn.log_to(&events, "ada"));
    /// assert_eq!(events.list(), ["close ada"]);
    /// ```
    pub fn log_to(self, events: &Events, name: &str) -> MockConnection {
        let first = self.reader.open.0.log.set((events.clone(), name.to_string()));
        assert!(first.is_ok(), "log_to is called once for each connection");
        self
    }

    /// The two halves, for two threads. The connection is closed when both are
    /// dropped.
    pub fn split(self) -> (MockReader, MockWriter) {
        (self.reader, self.writer)
    }
}

impl Read for MockConnection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Write for MockConnection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Read for MockReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wire = &self.open.0;
        wire.seen.change(|seen| seen.reads += 1);
        loop {
            match self.script.steps.pop_front() {
                Some(Step::Bytes(mut piece)) => {
                    let count = piece.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&piece[..count]);
                    transcript::sent(&piece[..count], "a read delivers");
                    if count < piece.len() {
                        piece.drain(..count);
                        self.script.steps.push_front(Step::Bytes(piece));
                    }
                    return Ok(count);
                }
                Some(Step::Fail(kind)) => {
                    transcript::note(format_args!("a read fails: {kind:?}"));
                    return Err(kind.into());
                }
                Some(Step::Wait(gate)) => wire.wait_at(&gate, "read"),
                Some(Step::Once(enough)) => {
                    if !wire.seen.change(|seen| (enough.0)(&seen.sent)) {
                        self.script.steps.push_front(Step::Once(enough));
                        self.count_the_end("a read fails: the client waits for an answer");
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Some(Step::Reset) => {
                    self.script.steps.push_front(Step::Reset); // it stays reset
                    self.count_the_end("a read fails: the client has reset the connection");
                    return Err(ErrorKind::ConnectionReset.into());
                }
                None => {
                    self.count_the_end("a read finds the end: the client sends no more");
                    return Ok(0);
                }
            }
        }
    }
}

impl MockReader {
    fn count_the_end(&mut self, what: &str) {
        self.reads_at_end += 1;
        if self.reads_at_end == 1 {
            transcript::note(what);
        }
        assert!(
            self.reads_at_end <= ENOUGH,
            "the input was at its end {ENOUGH} times and was read again: \
             does the loop stop at Ok(0) and at an error?",
        );
    }
}

impl Write for MockWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let wire = &self.open.0;
        let sent = wire.seen.change(|seen| {
            seen.writes.push(bytes.len());
            seen.sent.len()
        });
        if self.interrupts {
            self.was_interrupted = !self.was_interrupted;
            if self.was_interrupted {
                transcript::note("a write is interrupted");
                return Err(ErrorKind::Interrupted.into());
            }
        }

        let mut room = self.at_most;
        if let Some((after, gate)) = &self.block
            && !gate.is_open()
        {
            if sent < *after {
                room = room.min(after - sent);
            } else {
                wire.wait_at(gate, "write");
            }
        }
        if let Some((in_all, end)) = self.end {
            if sent >= in_all {
                self.writes_at_end += 1;
                let what = match end {
                    Ok(_) => "took nothing".to_owned(),
                    Err(kind) => format!("failed with {kind:?}"),
                };
                transcript::note(format_args!("a write {what}"));
                assert!(
                    self.writes_at_end <= ENOUGH,
                    "{ENOUGH} writes {what} and there was one more: \
                     does the loop stop at Ok(0) and at an error?",
                );
                return end.map_err(io::Error::from);
            }
            room = room.min(in_all - sent);
        }

        let taken = bytes.len().min(room);
        wire.seen.change(|seen| seen.sent.extend(&bytes[..taken]));
        let offered = bytes.len();
        match taken == offered {
            true => transcript::came(bytes, "the server writes"),
            false => transcript::came(
                &bytes[..taken],
                format_args!("the server writes {offered} bytes, of which are taken"),
            ),
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Peer {
    /// All bytes that were sent until now.
    pub fn sent(&self) -> Vec<u8> {
        self.0.seen.look(|seen| seen.sent.clone())
    }

    /// How many bytes each write offered. It may have taken fewer, or failed.
    pub fn writes(&self) -> Vec<usize> {
        self.0.seen.look(|seen| seen.writes.clone())
    }

    /// How many reads there were, with those that failed or found the end.
    pub fn reads(&self) -> usize {
        self.0.seen.look(|seen| seen.reads)
    }

    /// Whether the connection was dropped.
    pub fn is_closed(&self) -> bool {
        self.0.seen.look(|seen| seen.closed)
    }

    /// Waits until the connection is dropped.
    ///
    /// # Panics
    ///
    /// If it is not within [`patience`](crate::patience).
    #[track_caller]
    pub fn wait_closed(&self) {
        let closed = self.0.seen.wait_until(|seen| seen.closed);
        let patience = patience();
        assert!(closed, "waited {patience:?} for the connection to be closed");
    }

    /// Waits until at least `len` bytes were sent, and returns all that were.
    ///
    /// # Panics
    ///
    /// If there are fewer after [`patience`](crate::patience), or when the connection is closed.
    #[track_caller]
    pub fn wait_sent(&self, len: usize) -> Vec<u8> {
        self.0.seen.wait_until(|seen| seen.sent.len() >= len || seen.closed);
        let sent = self.sent();
        if sent.len() < len {
            let why = if self.is_closed() {
                "the connection was closed".to_string()
            } else {
                format!("waited {:?}", patience())
            };
            panic!("{why}, and {} of {len} bytes were sent: {}", sent.len(), excerpt(&sent));
        }
        sent
    }
}
