use std::io;
use std::net::TcpStream;
use std::time::Duration;

/// How much is read of what a visitor still sends after the answer, in bytes.
pub const DRAIN_BYTES: usize = 64 * 1024;

/// How long a visitor may take to notice that we are done.
pub const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Closes a connection so that the visitor gets all that was sent.
///
/// Says that nothing more will be sent (the visitor's read returns 0), and then reads and
/// throws away what still comes: until the visitor closes too, or until [`DRAIN_BYTES`] bytes
/// have come, or until [`DRAIN_TIME`] is over, however fast or slowly they come. Who drops
/// the stream when this returns closes the connection.
///
/// Your tools: [`read_some`](crate::read_some) of chapter 1, and your
/// [`TimedStream`](crate::TimedStream).
pub fn close_politely(stream: &TcpStream) -> io::Result<()> {
    todo!("shut down the sending half, then read within two bounds")
}
