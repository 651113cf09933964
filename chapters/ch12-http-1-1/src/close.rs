use crate::{DRAIN_BYTES, read_some};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// Closes a connection so that the client gets all that was sent.
///
/// A socket that is dropped while unread bytes lie in it is not closed but
/// reset, and a reset may destroy our answer before the client has read it
/// (RFC 9112 section 9.6). So: say that we have sent all, read what still
/// comes, for `drain_time` and [`DRAIN_BYTES`] at most, and then let go.
pub fn lingering_close(mut stream: &TcpStream, drain_time: Duration) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    // Not by a `TimedStream`: what still comes shall buy no time.
    let until = Instant::now() + drain_time;
    let mut buffer = [0; 4096];
    let mut drained = 0;
    while drained < DRAIN_BYTES {
        let left = until.saturating_duration_since(Instant::now());
        if left == Duration::ZERO {
            break;
        }
        stream.set_read_timeout(Some(left))?;
        match read_some(&mut stream, &mut buffer)? {
            0 => break, // the client has closed too
            count => drained += count,
        }
    }
    Ok(())
}
