use crate::{Headers, Message, ParseError, ReadError, StartLine, Version, read_message};
use std::fmt;
use std::io::Read;
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
    /// The language of the client.
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
    /// A message that is a response, or whose target has none of the four forms
    /// of RFC 9112 section 3.2, is an error with status 400. Its offset is counted
    /// from the start of the request line.
    pub fn from_message(message: Message, peer: Option<SocketAddr>) -> Result<Self, ParseError> {
        let fault = |offset, reason| ParseError { status: 400, offset, reason };
        let StartLine::Request { method, target, version } = message.start else {
            return Err(fault(0, "not a request"));
        };
        let Some((path, query)) = split_target(&method, &target) else {
            return Err(fault(method.len() + 1, "not a target for this method"));
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

/// Path and query of a target, which has one of four forms:
///
/// | form | example | path |
/// |---|---|---|
/// | origin | `/menu?day=monday` | `/menu` |
/// | absolute, as proxies get it | `http://localhost:8008/menu` | `/menu` |
/// | asterisk, for `OPTIONS` alone | `*` | `*` |
/// | authority, for `CONNECT` alone | `localhost:8008` | `localhost:8008` |
fn split_target<'a>(method: &str, target: &'a str) -> Option<(&'a str, Option<&'a str>)> {
    let absolute = match target.split_once("://") {
        Some((scheme, rest)) if is_http(scheme) => Some(rest),
        _ => None,
    };
    let path_and_query = match (method, absolute) {
        ("CONNECT", Some(_)) => return None,
        (_, Some(rest)) if rest.is_empty() || rest.starts_with(['/', '?']) => return None, // no host
        ("CONNECT", None) if !target.starts_with('/') => return Some((target, None)),
        ("OPTIONS", None) if target == "*" => return Some((target, None)),
        (_, None) if target.starts_with('/') => target,
        (_, None) => return None,
        // The host ends where the path or the query begins.
        (_, Some(rest)) => &rest[rest.find(['/', '?']).unwrap_or(rest.len())..],
    };
    match path_and_query.split_once('?') {
        Some(("", query)) => Some(("/", Some(query))),
        Some((path, query)) => Some((path, Some(query))),
        None if path_and_query.is_empty() => Some(("/", None)),
        None => Some((path_and_query, None)),
    }
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Reads one request; `None` if the peer closed before the first byte.
pub fn read_request(
    conn: &mut impl Read,
    peer: Option<SocketAddr>,
) -> Result<Option<Request>, ReadError> {
    let Some(message) = read_message(conn)? else { return Ok(None) };
    let request = Request::from_message(message, peer).map_err(ReadError::Malformed)?;
    Ok(Some(request))
}

impl fmt::Display for Request {
    /// One line, as it was sent: `GET /menu?day=monday HTTP/1.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.target, self.version)
    }
}
