use crate::{FetchError, Headers, Request};

/// The request that follows an answer with this status and these fields; `None` if it leads
/// nowhere else.
///
/// | status | method | body |
/// |---|---|---|
/// | 301, 302 to POST | GET | none |
/// | 301, 302 to another method | the same | the same |
/// | 303 | GET; of a HEAD, HEAD | none |
/// | 307, 308 | the same | the same |
///
/// The first line is not what was meant by these numbers, but what all clients do (RFC 9110
/// section 15.4.2). With a body the fields that describe it are left out. Whoever we are led to
/// by another host or port is a stranger, and gets what says what is wanted, and no other field:
/// `Accept` and those that begin with `Accept-` or `Content-`, `User-Agent`, `Range`, `If-Range`.
/// Which of the others is a secret, an `Authorization` or an `X-Api-Key`, nobody can list.
pub fn redirect(
    request: &Request,
    status: u16,
    headers: &Headers,
) -> Result<Option<Request>, FetchError> {
    todo!("where to, by which method, with which body, and which fields go along?")
}

/// Some servers write an address as they think of it: what is not ASCII is escaped byte by byte,
/// as browsers do.
fn escape_beyond_ascii(location: &[u8]) -> String {
    todo!("byte by byte")
}
