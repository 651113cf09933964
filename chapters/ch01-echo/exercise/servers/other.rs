//! Right too: a small buffer, reads and writes in one loop, and a count of what is still to
//! be written.

pub use chapter::*;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpListener;

pub fn serve_one(listener: TcpListener) -> io::Result<u64> {
    let conn = listener.accept()?.0;
    let echoed = echo(&conn);
    drop(listener);
    echoed
}

pub fn echo(mut conn: impl Read + Write) -> io::Result<u64> {
    let mut buffer = vec![0; 300];
    let mut echoed = 0;
    let (mut start, mut end) = (0, 0);
    loop {
        let done =
            if start < end { conn.write(&buffer[start..end]) } else { conn.read(&mut buffer) };
        match done {
            Ok(0) if start < end => return Err(ErrorKind::WriteZero.into()),
            Ok(0) => return Ok(echoed),
            Ok(count) if start < end => {
                start += count;
                echoed += count as u64;
            }
            Ok(count) => (start, end) = (0, count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

pub fn read_some(conn: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    match conn.read(buffer) {
        Err(error) if error.kind() == ErrorKind::Interrupted => read_some(conn, buffer),
        result => result,
    }
}
