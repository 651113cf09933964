use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;

/// Accepts one client, echoes until it stops sending, and closes the port.
///
/// Waits without bound, first for the client and then for each of its
/// bytes: chapter 6 adds deadlines. Returns how many bytes were echoed.
pub fn serve_one(listener: TcpListener) -> io::Result<u64> {
    let (conn, _address) = listener.accept()?;
    echo(conn)
    // `listener` is dropped here, and with it the kernel closes the port.
}

/// Sends back every byte that `conn` delivers, until the peer, which is at its
/// other end, stops sending.
///
/// Returns how many bytes were echoed. Any error ends the conversation and is
/// returned.
pub fn echo(mut conn: impl Read + Write) -> io::Result<u64> {
    let mut buffer = [0; 1024];
    let mut echoed = 0;
    loop {
        let count = read_some(&mut conn, &mut buffer)?;
        if count == 0 {
            return Ok(echoed); // the peer closed its sending side
        }
        // Not `write`: the kernel may take only part of what we offer.
        conn.write_all(&buffer[..count])?;
        echoed += count as u64;
    }
}

/// Reads once: at least one byte and at most `buffer.len()`, or 0 at the end.
///
/// A read that was [`Interrupted`](ErrorKind::Interrupted) is repeated: a
/// signal came while we waited, and nothing is wrong with the connection. Any
/// other error is returned.
pub fn read_some(conn: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match conn.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => return result,
        }
    }
}
