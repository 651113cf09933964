use crate::{Head, Limits};
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
    /// Serves connections until `incoming` ends, each of them by `on_connect`.
    ///
    /// Your tool: [`serve`](crate::serve), which is given, and which uses your `Permits`,
    /// `TimedStream` and `lingering_close`.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        todo!("hand them to `crate::serve`, with your limits and your `on_connect`")
    }

    /// Reads one request from `conn` and writes the answer, every byte of it, however little
    /// a write takes.
    ///
    /// A client that leaves without a byte hears nothing, and that is `Ok`. A malformed
    /// request, or one that is cut off, is an error, and the client hears nothing. Any error
    /// of the connection is returned. Who is answered gets a line in the log, with their
    /// request and the length of the answer: `192.0.2.1:50000 "GET / HTTP/1.1" 135 bytes`, of
    /// which [`log_request`](crate::log_request) writes the address.
    ///
    /// Your tools: [`read_head`](crate::read_head) and [`Head::parse`] of chapter 5, and
    /// [`log_request`](crate::log_request).
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> io::Result<()> {
        todo!("read, then `on_request`, then write")
    }

    /// Turns a request into the bytes of its answer, which is chapter 5's
    /// [`answer`](crate::answer).
    pub fn on_request(&self, head: &Head) -> Vec<u8> {
        todo!("answer {head:?}")
    }
}
