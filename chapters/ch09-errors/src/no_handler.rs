use crate::{HttpError, METHODS, Request, Response, is_known_method};
use anyhow::Result;

/// Answers a request that no pattern matches.
///
/// | request | status |
/// |---|---|
/// | `OPTIONS *`, a question about the whole server | 204 with [`METHODS`] in `Allow` |
/// | an unknown method: nobody here can do that | 501 (RFC 9110 section 15.6.2) |
/// | any other: that is not here | 404 |
pub fn no_handler(request: &Request) -> Result<Response> {
    if request.target == "*" {
        return Ok(Response::new(204).header("Allow", METHODS)?);
    }
    match is_known_method(&request.method) {
        true => Err(HttpError(404).into()),
        false => Err(HttpError(501).into()),
    }
}
