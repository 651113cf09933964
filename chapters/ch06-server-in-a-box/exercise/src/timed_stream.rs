use crate::Limits;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// How much is handed to the kernel at once, in bytes.
const PIECE: usize = 64 * 1024;

/// A connection on which everything must be read by one moment, and everything written by
/// another.
pub struct TimedStream<'a> {
    stream: &'a TcpStream,
    // What else must it know when the next read comes, or the next write?
}

impl<'a> TimedStream<'a> {
    /// The time for reading, `request_time`, starts now. The time for writing starts with the
    /// first write.
    pub fn new(stream: &'a TcpStream, limits: &Limits) -> Self {
        todo!("by when must everything be read?")
    }
}

impl Read for TimedStream<'_> {
    /// Reads once, and waits no longer than until the moment by which everything must be
    /// read. If that is over, or if nothing comes before it, this is an error of the kind
    /// `TimedOut` on every system.
    ///
    /// The socket has a time-out for each read (`set_read_timeout`), which must not be zero.
    /// A read that has waited so long in vain fails with `WouldBlock` on Unix and with
    /// `TimedOut` on Windows.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        todo!("the time that is left is the time-out of this read")
    }
}

impl Write for TimedStream<'_> {
    /// Offers the first `PIECE` bytes of `bytes`, or all if there are fewer, and returns how
    /// many the kernel took.
    ///
    /// The first write decides by when everything must be written: `response_time` from now,
    /// and a second more for each [`SLOWEST_RATE`](crate::SLOWEST_RATE) bytes in `bytes`. No
    /// write waits longer than until then, and none waits longer than `response_time`. Who is
    /// late gets the error `TimedOut`, as in `read`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("two bounds: one for all writes together, and one for this write")
    }

    fn flush(&mut self) -> io::Result<()> {
        // A `TcpStream` keeps nothing back.
        Ok(())
    }
}
