use crate::framing::list;
use crate::{
    HttpServer, Incoming, Outgoing, ReadError, Request, RequestBody, Response, Terms, Version,
    keeps_alive, method_of,
};
use anyhow::Result;
use chrono::Utc;
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
    let mut incoming = Incoming::new(conn);
    for left in (0..most).rev() {
        let request = match read_whole(&mut incoming, peer) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            // Of the next request nothing has come, not even its head.
            Err(Unread { error: ReadError::TooLate, method: None })
                if incoming.is_between_requests() =>
            {
                return Ok(());
            }
            Err(Unread { error, method }) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                let method = method.unwrap_or(method_of(&incoming.received).to_owned());
                let terms = Terms { method: &method, version: Version::Http10, keep: false };
                let response = Response::text(format!("{error}\n")).status(status);
                return Outgoing::new(response, &terms, Utc::now())?.send(incoming.conn).1;
            }
        };
        let (method, version) = (&*request.method, request.version);
        let mut response = server.on_request(&request);
        // For who knows no chunks, a body of unknown length ends with the connection.
        let has_end = version == Version::Http11
            || method == "HEAD"
            || matches!(response.status, 204 | 304)
            || response.body.length().is_some();
        let keep = left > 0
            && has_end
            && keeps_alive(version, &request.headers)
            && keeps_alive(Version::Http11, &response.headers);
        let asks = list(&request.headers, "Connection")
            .any(|option| option.eq_ignore_ascii_case(b"keep-alive"));
        if keep && asks {
            let idle = server.limits.idle_time.as_secs();
            response = response.header("Keep-Alive", format!("timeout={idle}, max={left}"))?;
        }
        let outgoing = Outgoing::new(response, &Terms { method, version, keep }, Utc::now())?;
        let keep = outgoing.keep;
        outgoing.send(incoming.conn).1?;
        if !keep {
            return Ok(());
        }
    }
    Ok(())
}

/// A request that could not be read.
struct Unread {
    error: ReadError,
    /// Its method, if its head could be read.
    method: Option<String>,
}

/// Reads a request and its whole body; `None` if the client closed before the first byte.
fn read_whole(
    incoming: &mut Incoming<'_>,
    peer: Option<SocketAddr>,
) -> Result<Option<Request>, Unread> {
    let head = incoming.read_head(peer).map_err(|error| Unread { error, method: None })?;
    let Some(head) = head else { return Ok(None) };
    let mut body = RequestBody::new(incoming, &head);
    let whole = body.read_whole();
    let mut request = head.request;
    match (whole, body.into_failure()) {
        (Ok(body), _) => {
            request.body = body;
            Ok(Some(request))
        }
        (Err(_), Some(error)) => Err(Unread { error, method: Some(request.method) }),
        (Err(error), None) => Err(Unread { error: error.into(), method: Some(request.method) }),
    }
}
