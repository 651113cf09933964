use crate::{
    Limits, Request, Response, TimedStream, encode, log_request, method_of, read_request, reason,
    serve,
};
use anyhow::Result;
use chrono::Utc;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The body of a 404.
pub const NOT_FOUND: &str = "\
    I looked in the hall and I looked on the stair,\n\
    I asked every shelf for your page: it's not there.\n\
    The wire brought your question, my answer is due:\n\
    four hundred and four is all I have for you.\n";

// A box, because every closure has a type of its own and a list has but one;
// `Send + Sync`, because all threads share the list.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

/// An HTTP server made of patterns and handlers.
///
/// Nothing about one connection is stored here: all threads share the server.
#[derive(Default)]
pub struct HttpServer {
    /// How many clients, and how long they may take.
    pub limits: Limits,
    handlers: Vec<(Pattern, Handler)>,
}

impl HttpServer {
    /// Lets `handler` answer what `pattern` matches, unless a pattern that was
    /// registered before it matches too.
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        todo!("put the two into the list, each in a box")
    }

    /// Serves connections until `incoming` ends, which `listener.incoming()`
    /// never does. See [`serve`] for what becomes of errors.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    /// Reads one request from `conn` and writes the answer.
    ///
    /// A request that cannot be read is answered with the status that says why,
    /// as long as somebody is there to be told; one to HEAD without a body, too. An
    /// error of a handler is returned, and the client hears nothing: chapter 9
    /// mends that.
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let response = match read_request(conn, &mut received, peer) {
            Ok(None) => return Ok(()), // connected, and left
            Ok(Some(request)) => {
                let response = self.on_request(&request)?;
                let (status, length) = (response.status, response.body.len());
                log_request(peer, format_args!("\"{request}\" {status} {length}"));
                response
            }
            Err(error) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                log_request(peer, format_args!("{status}: {error}"));
                let body = format!("{status} {}: {error}\n", reason(status));
                Response::new(status).body(body)
            }
        };
        let message = response.into_message(method_of(&received), Utc::now())?;
        conn.write_all(&encode(&message)?)?;
        Ok(())
    }

    /// Turns a request into its answer.
    ///
    /// The patterns are asked in the order in which they were registered, each at most once.
    /// The handler of the first one that matches is called, once, and what it returns is
    /// returned; the patterns behind it are not asked. If none matches, the answer is that of
    /// [`no_handler`](crate::no_handler), which is given.
    pub fn on_request(&self, request: &Request) -> Result<Response> {
        todo!("look through the list from the top; who is the first?")
    }
}
