use std::io;
use std::net::TcpStream;
use std::time::Duration;

/// How much is read of what a client still sends after the answer, in bytes.
pub const DRAIN_BYTES: usize = 64 * 1024;

/// Closes a connection so that the client gets all that was sent.
///
/// Says that nothing more will be sent (the client's read returns 0), and then reads and
/// throws away what still comes: until the client closes too, or until [`DRAIN_BYTES`] bytes
/// have come, or until `drain_time` is over, however fast or slowly they come. Who drops
/// the stream when this returns closes the connection.
///
/// Your tools: [`read_some`](crate::read_some) of chapter 1, and your
/// [`TimedStream`](crate::TimedStream).
pub fn lingering_close(stream: &TcpStream, drain_time: Duration) -> io::Result<()> {
    todo!("shut down the sending half, then read within two bounds")
}
