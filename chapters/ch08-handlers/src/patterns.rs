//! Ready-made patterns. Any other function from a request to yes or no will do
//! as well: `|request| request.body.is_empty()`.
//!
//! What they return borrows nothing from their arguments, and `use<>` says so.

use crate::Request;

/// Matches this path, and no other.
pub fn path(path: &str) -> impl Fn(&Request) -> bool + use<> {
    let path = path.to_owned();
    move |request: &Request| request.path == path
}

/// Matches paths that begin with `prefix`: `/menu` matches `/menu/monday`, and
/// `/menus` too.
pub fn prefix(prefix: &str) -> impl Fn(&Request) -> bool + use<> {
    let prefix = prefix.to_owned();
    move |request: &Request| request.path.starts_with(&prefix)
}

/// Matches this method. `GET` matches HEAD too, since a HEAD is answered like a
/// GET whose body is left out (RFC 9110 section 9.3.2).
pub fn method(method: &str) -> impl Fn(&Request) -> bool + use<> {
    let method = method.to_owned();
    move |request: &Request| {
        request.method == method || (method == "GET" && request.method == "HEAD")
    }
}

/// Matches what both match; `b` is not asked if `a` does not match.
pub fn and(
    a: impl Fn(&Request) -> bool,
    b: impl Fn(&Request) -> bool,
) -> impl Fn(&Request) -> bool {
    move |request: &Request| a(request) && b(request)
}
