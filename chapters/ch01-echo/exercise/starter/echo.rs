use std::io::{self, Read, Write};
use std::net::TcpListener;

/// Accepts one client, echoes until it stops sending, and closes the port.
///
/// Returns how many bytes were echoed. An error of `accept` or of the conversation is
/// returned. When this function returns, nobody listens at the port any more.
pub fn serve_one(listener: TcpListener) -> io::Result<u64> {
    todo!("accept once, and hand the connection to `echo`")
}

/// Sends back every byte that `conn` delivers, until the peer, who is at its other end, stops
/// sending: until a read returns 0.
///
/// Any byte may come, 0 and 255 too, and in pieces of any length. Each piece is sent back,
/// all of it, before the next read. Returns how many bytes were echoed. Any error of a read or
/// of a write ends the conversation and is returned; that one was interrupted is no error.
pub fn echo(mut conn: impl Read + Write) -> io::Result<u64> {
    todo!("read a piece with `read_some`, send it back, and again")
}

/// Reads once: at least one byte and at most `buffer.len()`, or 0 at the end.
///
/// A read that fails with `Interrupted` is repeated until one does not. Any other error is
/// returned at once.
pub fn read_some(conn: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    todo!("which of the results of `conn.read(buffer)` is not the last word?")
}
