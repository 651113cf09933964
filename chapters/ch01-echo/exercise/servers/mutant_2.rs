//! Broken: only the first read is echoed.

pub use chapter::*;

use std::io::{self, Read, Write};
use std::net::TcpListener;

pub fn serve_one(listener: TcpListener) -> io::Result<u64> {
    let (conn, _address) = listener.accept()?;
    echo(conn)
}

pub fn echo(mut conn: impl Read + Write) -> io::Result<u64> {
    let mut buffer = [0; 1024];
    let count = read_some(&mut conn, &mut buffer)?;
    conn.write_all(&buffer[..count])?;
    Ok(count as u64)
}
