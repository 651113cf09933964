use crate::lingering_close;
use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

/// How to close a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Close {
    /// The client may still send something, and wait for the answer to it: see
    /// [`lingering_close`].
    Lingering,
    /// The client has said that it sends nothing more (RFC 9112 section 9.6), and all that it
    /// sent was read; or it has said nothing at all.
    AtOnce,
}

impl Close {
    /// Does it; a lingering close takes `drain_time` at most. Its failing means that the client is
    /// gone or slow.
    pub fn carry_out(self, stream: &TcpStream, drain_time: Duration) -> io::Result<()> {
        if self == Self::AtOnce && has_nothing_unread(stream)? {
            // Dropping a socket in which nothing lies closes it in order.
            return Ok(());
        }
        lingering_close(stream, drain_time)
    }
}

/// Whether nothing has come that nobody has read; a client may send more than it said.
fn has_nothing_unread(mut stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let nothing = match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    };
    stream.set_nonblocking(false)?;
    Ok(nothing)
}
