use crate::{Head, Limits, TimedStream, answer, log_request, read_head, serve};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// An HTTP server in three stages, each of which can be called alone.
///
/// Nothing about one connection is stored here: all threads share the server.
#[derive(Debug, Default)]
pub struct HttpServer {
    /// How many clients, and how long they may take.
    pub limits: Limits,
}

impl HttpServer {
    /// Serves connections until `incoming` ends, which `listener.incoming()`
    /// never does. See [`serve`] for what becomes of errors.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    /// Reads one request from `conn` and writes the answer.
    ///
    /// A malformed request is an error, and the client hears nothing.
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> io::Result<()> {
        let Some(bytes) = read_head(conn)? else {
            return Ok(()); // connected, and left
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

    /// Turns a request into the bytes of its answer.
    pub fn on_request(&self, head: &Head) -> Vec<u8> {
        answer(head)
    }
}
