use crate::{
    Headers, Message, ParseError, ReadError, StartLine, Version, is_authority, read_message,
};
use std::fmt;
use std::io::{Read, Write};
use std::net::SocketAddr;

/// What a handler is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is to be done, with regard to case: `GET`.
    pub method: String,
    /// What it is to be done with, as it was sent: `/menu?day=monday`.
    pub target: String,
    /// The path in the target, before any `?` and not decoded: `/menu`.
    pub path: String,
    /// What follows the `?`, not decoded: `day=monday`.
    pub query: Option<String>,
    /// The HTTP version of the client.
    pub version: Version,
    /// The header fields.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
    /// Who asks; `None` behind a scripted connection.
    pub peer: Option<SocketAddr>,
}

impl Request {
    /// Makes a request of a message.
    ///
    /// A message that is a response, or whose target has none of the forms that
    /// its method may have (RFC 9112 section 3.2), is an error with status 400. So
    /// is CONNECT, with 501: it is for proxies, and a handler that answered it
    /// would promise a tunnel. The offset of an error is counted from the start of
    /// the request line.
    pub fn from_message(message: Message, peer: Option<SocketAddr>) -> Result<Self, ParseError> {
        let fault = |status, offset, reason| ParseError { status, offset, reason };
        let StartLine::Request { method, target, version } = message.start else {
            return Err(fault(400, 0, "not a request"));
        };
        if method == "CONNECT" {
            return Err(fault(501, 0, "no tunnels are opened here"));
        }
        let Some((path, query)) = split_target(&method, &target) else {
            return Err(fault(400, method.len() + 1, "not a target for this method"));
        };
        Ok(Self {
            path: path.to_owned(),
            query: query.map(str::to_owned),
            method,
            target,
            version,
            headers: message.headers,
            body: message.body,
            peer,
        })
    }
}

/// Path and query of a target; `None` if its form is none of these:
///
/// | form | example | path |
/// |---|---|---|
/// | origin | `/menu?day=monday` | `/menu` |
/// | absolute, as proxies get it | `http://localhost:8008/menu` | `/menu` |
/// | asterisk, for `OPTIONS` alone | `*` | `*` |
fn split_target<'a>(method: &str, target: &'a str) -> Option<(&'a str, Option<&'a str>)> {
    if target == "*" && method == "OPTIONS" {
        return Some((target, None));
    }
    let path_and_query = match target.starts_with('/') {
        true => target,
        false => behind_authority(target)?,
    };
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    // In the absolute form it may be left out: `http://localhost:8008?day=monday`.
    let path = if path.is_empty() { "/" } else { path };
    Some((path, query))
}

/// What follows scheme and authority in an absolute target: a path, a query, both
/// or nothing. `None` if it does not begin with such two.
fn behind_authority(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    // The authority ends where the path or the query begins.
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path_and_query) = rest.split_at(end);
    let is_right = is_http(scheme) && is_authority(authority.as_bytes());
    is_right.then_some(path_and_query)
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Reads one request, and all its bytes into `received`, as [`read_message`] does;
/// `None` if the peer closed before the first byte.
pub fn read_request(
    conn: &mut (impl Read + Write),
    received: &mut Vec<u8>,
    peer: Option<SocketAddr>,
) -> Result<Option<Request>, ReadError> {
    let Some(message) = read_message(conn, received)? else { return Ok(None) };
    let request = Request::from_message(message, peer).map_err(ReadError::Malformed)?;
    Ok(Some(request))
}

impl fmt::Display for Request {
    /// One line, as it was sent: `GET /menu?day=monday HTTP/1.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.target, self.version)
    }
}
