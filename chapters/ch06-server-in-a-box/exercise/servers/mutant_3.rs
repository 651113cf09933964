//! Broken: what was received lies in the server, which all visitors share, and what one of
//! them leaves behind is the beginning of the next one's request.

pub use chapter::*;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub struct HttpServer {
    pub limits: Limits,
}

// Not a field, so that it is made as the others are.
static RECEIVED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl HttpServer {
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> io::Result<()> {
        let mut buffer = [0; 1024];
        let bytes = loop {
            let count = read_some(conn, &mut buffer)?;
            let mut received = RECEIVED.lock().unwrap_or_else(PoisonError::into_inner);
            if count == 0 && received.is_empty() {
                return Ok(());
            }
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            received.extend_from_slice(&buffer[..count]);
            if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                let mut bytes: Vec<u8> = received.drain(..end + 4).collect();
                bytes.truncate(end);
                break bytes;
            }
        };
        let head = Head::parse(&bytes)?;
        let response = self.on_request(&head);
        let Head { method, target, protocol, .. } = &head;
        log_request(
            peer,
            format_args!("\"{method} {target} {protocol}\" {} bytes", response.len()),
        );
        conn.write_all(&response)
    }

    pub fn on_request(&self, head: &Head) -> Vec<u8> {
        answer(head)
    }
}
