//! Right too: it counts who is inside, reads a byte at a time so that it never takes more than
//! the head, names its header fields in lower case, and writes the head and the body apart.

mod serve;

pub use chapter::*;
pub use serve::serve;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub struct Permits {
    permits: usize,
    taken: Mutex<usize>,
}

#[derive(Debug)]
pub struct Permit<'a>(&'a Permits);

impl Permits {
    pub fn new(count: usize) -> Self {
        Self { permits: count, taken: Mutex::new(0) }
    }

    pub fn take(&self) -> Option<Permit<'_>> {
        let mut taken = self.taken();
        if *taken == self.permits {
            return None;
        }
        *taken += 1;
        Some(Permit(self))
    }

    fn taken(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.taken() -= 1;
    }
}

pub fn lingering_close(stream: &TcpStream, drain_time: Duration) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let limits = Limits { request_time: drain_time, ..Limits::default() };
    let conn = TimedStream::new(stream, &limits);
    io::copy(&mut conn.take(DRAIN_BYTES as u64), &mut io::sink())?;
    Ok(())
}

pub fn answer(head: &Head) -> Vec<u8> {
    let (content_type, body) = match head.target.as_str() {
        "/picture.png" => ("image/png", PICTURE),
        _ => ("text/plain; charset=utf-8", &b"Hi there!\n"[..]),
    };
    let mut answer = Vec::new();
    answer.extend(b"HTTP/1.0 200 OK\r\nconnection: close\r\nserver: OwnHands/0.1\r\n");
    answer.extend(format!("content-length: {}\r\n", body.len()).as_bytes());
    answer.extend(format!("content-type: {content_type}\r\n\r\n").as_bytes());
    answer.extend(body);
    answer
}

#[derive(Debug, Default)]
pub struct HttpServer {
    pub limits: Limits,
}

impl HttpServer {
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match read_some(conn, &mut byte)? {
                0 if head.is_empty() => return Ok(()),
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                _ => head.extend(byte),
            }
        }
        head.truncate(head.len() - 4);
        let head = Head::parse(&head)?;
        let answer = self.on_request(&head);
        let blank_line = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let (first, rest) = answer.split_at(blank_line.map_or(0, |at| at + 4));
        conn.write_all(first)?;
        conn.write_all(rest)?;
        log_request(peer, format_args!("{} {}", head.method, head.target));
        Ok(())
    }

    pub fn on_request(&self, head: &Head) -> Vec<u8> {
        answer(head)
    }
}
