//! Broken: of the answer, only what the first write takes is sent.

pub use chapter::*;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

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
        let Some(bytes) = read_head(conn)? else {
            return Ok(());
        };
        let head = Head::parse(&bytes)?;
        let count = conn.write(&self.on_request(&head))?;
        let Head { method, target, protocol, .. } = &head;
        log_request(peer, format_args!("\"{method} {target} {protocol}\" {count} bytes"));
        Ok(())
    }

    pub fn on_request(&self, head: &Head) -> Vec<u8> {
        answer(head)
    }
}
