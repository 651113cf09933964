use std::fmt;
use std::io::{self, Read, Write};

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
    todo!("when `echo` has failed it does not say how many bytes there were: who counts?")
}
