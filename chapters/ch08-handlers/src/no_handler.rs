use crate::{NOT_FOUND, Request, Response};
use anyhow::Result;

/// The methods that a handler can be asked for, in the words of `Allow`: those
/// of RFC 9110 section 9.3 and PATCH (RFC 5789).
///
/// Two of RFC 9110 are left out: CONNECT is for proxies, and TRACE sends back what
/// came, cookies and all.
pub const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Whether `method` is one of [`METHODS`]. Its case counts.
pub fn is_known_method(method: &str) -> bool {
    METHODS.split(", ").any(|known| known == method)
}

/// Answers a request that no pattern matches.
///
/// | request | status |
/// |---|---|
/// | `OPTIONS *`, a question about the whole server | 204 with [`METHODS`] in `Allow` |
/// | an unknown method: nobody here can do that | 501 (RFC 9110 section 15.6.2) |
/// | any other: that is not here | 404 and a poem |
pub fn no_handler(request: &Request) -> Result<Response> {
    if request.target == "*" {
        return Ok(Response::new(204).header("Allow", METHODS)?);
    }
    match is_known_method(&request.method) {
        true => Ok(Response::new(404).body(NOT_FOUND)),
        false => Ok(Response::new(501).body("501 Not Implemented: an unknown method\n")),
    }
}
