use crate::HttpServer;
use anyhow::Result;
use std::io::{Read, Write};
use std::net::SocketAddr;

/// Answers at most `most` requests of a connection by `server`, one at least.
///
/// Requests are read one after the other, each with its whole body, and answered by
/// [`HttpServer::on_request`] in their order. It ends when the client has closed, when a side
/// wants to close, or with the answer to the request number `most`, which says
/// `Connection: close`; what comes behind it is not read.
///
/// A client that says `Connection: keep-alive`, in whatever version, is told what it can rely on:
/// an answer after which the connection is kept has `Keep-Alive: timeout=5, max=99`, where 5 is
/// the server's [`idle_time`](crate::Limits::idle_time) in whole seconds, and 99 is how many more
/// requests are answered. Nobody else is told, and neither is who gets `Connection: close` with
/// the answer, be it that the handler has said so.
///
/// A request whose head or body cannot be read is answered with the status that says why, the
/// error's text, and `Connection: close`; one to HEAD without a body, too. If nobody is there to
/// be told, that is an error, and so is an answer that breaks off or cannot be made. Who is silent
/// [between requests](crate::Incoming::is_between_requests) until a read is too late is told
/// nothing, and that is no error.
pub fn answer_at_most(
    server: &HttpServer,
    conn: &mut (impl Read + Write),
    peer: Option<SocketAddr>,
    most: u64,
) -> Result<()> {
    todo!("`Incoming` has the heads, `RequestBody` a body, `Outgoing` sends: a loop around them")
}
