use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection whose reads can be told to wait only so long.
///
/// A read that has waited so long in vain fails with `WouldBlock` (Unix) or `TimedOut`
/// (Windows).
pub trait ReadTimeout {
    /// From now on a read waits at most for `timeout`, which must not be zero.
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()>;
}

impl ReadTimeout for TcpStream {
    fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        TcpStream::set_read_timeout(self, Some(timeout))
    }
}

/// Like [`echo_lines`](crate::echo_lines), but each line must be complete within `patience`.
///
/// The time for a line begins when the one before it was answered, and for the first line at
/// once; `now` tells what time it is. Who is late is sent `too late\n`, and the conversation
/// ends with `Ok`. Bytes that come now and then and do not end the line gain no time: before
/// each read, the connection is told to wait for all the time that is left, and no longer. If
/// nothing is left there is no read. Any other error of the connection is returned.
pub fn echo_lines_in_time(
    mut conn: impl Read + Write + ReadTimeout,
    patience: Duration,
    now: impl Fn() -> Instant,
) -> io::Result<()> {
    todo!("a deadline for the line, not for each read")
}
