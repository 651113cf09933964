use crate::echo;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};

/// How a client left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parting {
    /// They stopped sending, and said so: a read returned 0.
    Goodbye,
    /// They threw the connection away: a read or a write failed, and its error says so.
    Reset,
}

/// What is known of a visit when it is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// How many bytes the reads delivered. All of them were sent back, unless the client
    /// left with a reset.
    pub received: u64,
    pub parting: Parting,
}

impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parting = match self.parting {
            Parting::Goodbye => "a goodbye",
            Parting::Reset => "a reset",
        };
        write!(f, "left with {parting}; bytes received: {}", self.received)
    }
}

/// Like [`echo`](crate::echo), but a reset is no error: tells how the client left.
///
/// A reset has three kinds of error: `ConnectionReset`, `ConnectionAborted` (its name on
/// Windows), and `BrokenPipe` (what a write finds when the connection is already gone). A
/// read or a write may be the first to meet it. Any other error is returned, and that a read
/// or a write was interrupted is none.
pub fn echo_until_parting(conn: impl Read + Write) -> io::Result<Visit> {
    let mut conn = Counted { conn, received: 0 };
    // Lent and not given away, so that the number can still be asked for.
    let parting = match echo(&mut conn) {
        Ok(_) => Parting::Goodbye,
        Err(error) if is_reset(&error) => Parting::Reset,
        Err(error) => return Err(error),
    };
    Ok(Visit { received: conn.received, parting })
}

/// A reset has several names. It depends on the system and on who meets it.
fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    )
}

/// A connection that counts what its reads deliver, and is otherwise like the one inside.
struct Counted<C> {
    conn: C,
    received: u64,
}

impl<C: Read> Read for Counted<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.conn.read(buffer)?;
        self.received += count as u64;
        Ok(count)
    }
}

impl<C: Write> Write for Counted<C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.conn.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}
