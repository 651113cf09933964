use crate::Limits;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How much is handed to the kernel at once, in bytes.
const PIECE: usize = 64 * 1024;

/// How long one send may wait before it returns with what was taken until then.
///
/// On Windows it waits for as long as there is time: what a send that timed out has taken is
/// unknown there, so nothing can be sent after it.
const LOOK: Duration = match cfg!(windows) {
    true => Duration::MAX,
    false => Duration::from_millis(100),
};

/// A connection on which everything must be read by one moment, and everything written by
/// another.
pub struct TimedStream<'a> {
    stream: &'a TcpStream,
    // What else must it know when the next read comes, or the next write?
}

impl<'a> TimedStream<'a> {
    /// The time for reading, `request_time`, starts now. The time for writing starts with the
    /// first write: the first of all, or the first behind a read.
    pub fn new(stream: &'a TcpStream, limits: &Limits) -> Self {
        todo!("by when must everything be read?")
    }
}

impl Read for TimedStream<'_> {
    /// Reads once, and waits no longer than until the moment by which everything must be
    /// read. If that is over, or if nothing comes before it, this is an error of the kind
    /// `TimedOut` on every system.
    ///
    /// What was written before a read was not the answer, so a read forgets it: the write behind
    /// it is a first write again, before which nothing was taken. (Chapter 7 tells some clients
    /// to go on, and reads on.)
    ///
    /// The socket has a timeout for each read (`set_read_timeout`), which must not be zero.
    /// A read that has waited so long in vain fails with `WouldBlock` on Unix and with
    /// `TimedOut` on Windows.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("the time that is left is the timeout of this read")
    }
}

impl Write for TimedStream<'_> {
    /// Offers the first `PIECE` bytes of `bytes`, or all if there are fewer, and returns how
    /// many the kernel took.
    ///
    /// There are two bounds, and who is late for one of them gets the error `TimedOut`, as in
    /// `read`. The whole answer must be taken `response_time` after the first write began, and
    /// a second later for each [`SLOWEST_RATE`](crate::SLOWEST_RATE) bytes in it: those that
    /// were taken by earlier writes and all in `bytes`. And no write waits longer than
    /// `response_time` for a first byte to be taken.
    ///
    /// The socket has a timeout for each write (`set_write_timeout`). When it is over, a write
    /// of which something was taken returns how much that was; the wait begins anew with the
    /// next one, so a timeout should be short: `LOOK`. One of which nothing was taken fails
    /// with `WouldBlock` on Unix, and may be repeated. On Windows it fails with `TimedOut`,
    /// and must not be.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("two bounds: one for all writes together, and one for this write; try until then")
    }

    fn flush(&mut self) -> io::Result<()> {
        // A `TcpStream` keeps nothing back.
        Ok(())
    }
}
