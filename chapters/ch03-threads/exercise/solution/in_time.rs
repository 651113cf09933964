use crate::{LineBuffer, LineTooLong, read_some};
use std::io::{self, ErrorKind, Read, Write};
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
    let mut lines = LineBuffer::default();
    let mut buffer = [0; 1024];
    let mut deadline = now() + patience;
    loop {
        match lines.next_line() {
            Ok(Some(line)) if line == b"done\n" || line == b"done\r\n" => {
                return conn.write_all(b"bye!\n");
            }
            Ok(Some(line)) => {
                conn.write_all(&line)?;
                deadline = now() + patience;
            }
            Ok(None) => {
                let left = deadline.saturating_duration_since(now());
                if left.is_zero() {
                    return conn.write_all(b"too late\n");
                }
                conn.set_read_timeout(left)?;
                match read_some(&mut conn, &mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(count) => lines.push(&buffer[..count]),
                    Err(error) if is_timeout(&error) => return conn.write_all(b"too late\n"),
                    Err(error) => return Err(error),
                }
            }
            Err(LineTooLong) => return conn.write_all(b"line too long\n"),
        }
    }
}

/// Unix and Windows have a name each for a read that has waited in vain.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
