use crate::{Limits, TimedStream, read_some};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// How much is read of what a client still sends after the answer, in bytes.
pub const DRAIN_BYTES: usize = 64 * 1024;

/// Closes a connection so that the client gets all that was sent.
///
/// A socket that is dropped while unread bytes lie in it is not closed but
/// reset, and a reset may destroy our answer before the client has read it
/// (RFC 9112 section 9.6). So: say that we have sent all, read what still
/// comes, for `drain_time` and [`DRAIN_BYTES`] at most, and then let go.
pub fn lingering_close(stream: &TcpStream, drain_time: Duration) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let limits = Limits { request_time: drain_time, ..Limits::default() };
    let mut conn = TimedStream::new(stream, &limits);
    let mut buffer = [0; 4096];
    let mut drained = 0;
    while drained < DRAIN_BYTES {
        match read_some(&mut conn, &mut buffer)? {
            0 => break, // the client has closed too
            count => drained += count,
        }
    }
    Ok(())
}
