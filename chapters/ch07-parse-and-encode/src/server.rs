use crate::{
    InvalidHeader, Limits, Message, TimedStream, answer, encode, error_message, log_request,
    method_of, read_message, serve,
};
use anyhow::Result;
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
    /// A request that cannot be read is answered with the status that says why,
    /// as long as somebody is there to be told. An answer to HEAD, to a malformed
    /// one too, has no body and the length that it would have.
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let mut response = match read_message(conn, &mut received) {
            Ok(None) => return Ok(()), // connected, and left
            Ok(Some(request)) => {
                let response = self.on_request(&request)?;
                log_request(peer, format_args!("\"{}\" \"{}\"", request.start, response.start));
                response
            }
            Err(error) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                log_request(peer, format_args!("{status}: {error}"));
                error_message(status, &error)?
            }
        };
        // Whatever the status, the client will not read one (RFC 9110 section 9.3.2).
        if method_of(&received) == "HEAD" {
            response.body.clear();
        }
        conn.write_all(&encode(&response)?)?;
        Ok(())
    }

    /// Turns a request into its answer.
    pub fn on_request(&self, request: &Message) -> Result<Message, InvalidHeader> {
        answer(request)
    }
}
