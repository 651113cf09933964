//! Broken: `write` is taken for `write_all`.

pub use chapter::*;

use std::io::{self, Read, Write};
use std::net::TcpListener;

pub fn serve_one(listener: TcpListener) -> io::Result<u64> {
    let (conn, _address) = listener.accept()?;
    echo(conn)
}

pub fn echo(mut conn: impl Read + Write) -> io::Result<u64> {
    let mut buffer = [0; 1024];
    let mut echoed = 0;
    loop {
        let count = read_some(&mut conn, &mut buffer)?;
        if count == 0 {
            return Ok(echoed);
        }
        echoed += conn.write(&buffer[..count])? as u64;
    }
}
