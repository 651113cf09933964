use chrono::{DateTime, Utc};
use std::fmt;
use std::io::{self, Read, Write};
use std::time::Duration;

/// What is known of a visit when it has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// What the clock said before the conversation began.
    pub began: DateTime<Utc>,
    /// How much later it was when the conversation had ended, by the same clock. A clock may
    /// be set back meanwhile: then it is zero.
    pub took: Duration,
    /// How many bytes the reads delivered.
    pub received: u64,
    /// How many bytes the writes took.
    pub sent: u64,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let began = self.began.format("%Y-%m-%d %H:%M:%S");
        let (took, received, sent) = (self.took.as_millis(), self.received, self.sent);
        write!(f, "{began} UTC, {took} ms, bytes received: {received}, sent: {sent}")
    }
}

/// A connection that counts what passes, and is otherwise like the one inside.
#[derive(Debug)]
pub struct Counted<C> {
    conn: C,
    received: u64,
    sent: u64,
}

impl<C: Read> Read for Counted<C> {
    /// Reads once from the connection inside, counts the bytes that it delivered, and returns
    /// what it returned.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("`self.conn.read(buffer)`, and which number is added?")
    }
}

impl<C: Write> Write for Counted<C> {
    /// Writes once to the connection inside, counts the bytes that it took (they may be fewer
    /// than it was offered), and returns what it returned.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("the same in the other direction")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// Holds the conversation `on_connect` over `conn`, and when it has ended hands its [`Visit`]
/// to `log`, once.
///
/// `now` tells what time it is. A conversation that fails is a visit too; its error is
/// returned when it has been logged.
pub fn log_visit<C: Read + Write>(
    conn: C,
    on_connect: impl FnOnce(&mut Counted<C>) -> io::Result<()>,
    now: impl Fn() -> DateTime<Utc>,
    log: impl FnOnce(Visit),
) -> io::Result<()> {
    todo!("what is asked before the conversation, and what behind it?")
}
