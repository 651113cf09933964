//! Ready-made patterns. Each of these functions returns a function: a closure that owns what
//! it compares with, so that it borrows nothing (`use<>` says so).

use crate::Request;

/// Matches the requests whose [`path`](Request::path) is exactly `path`, byte by byte.
///
/// Nothing is decoded, and case counts: `/menu` does not match `/menu/`, `/Menu` or
/// `/%6Denu`. The query is no part of a path.
pub fn path(path: &str) -> impl Fn(&Request) -> bool + use<> {
    |request: &Request| todo!("compare `request.path` with a `path` that the closure owns")
}

/// Matches the requests whose path begins with `prefix`, byte by byte: `/menu` matches `/menu`,
/// `/menu/monday`, and `/menus` too. An empty `prefix` matches every path.
pub fn prefix(prefix: &str) -> impl Fn(&Request) -> bool + use<> {
    |request: &Request| todo!("how does `request.path` begin?")
}

/// Matches the requests with this method; case counts. `GET` matches HEAD too, since a HEAD is
/// answered like a GET whose body is left out (RFC 9110 section 9.3.2). `HEAD` matches HEAD
/// alone.
pub fn method(method: &str) -> impl Fn(&Request) -> bool + use<> {
    |request: &Request| todo!("compare `request.method`, and think of HEAD")
}

/// Matches the requests that both `a` and `b` match. `a` is asked once, and `b` once if `a` has
/// matched, else not at all.
pub fn and(
    a: impl Fn(&Request) -> bool,
    b: impl Fn(&Request) -> bool,
) -> impl Fn(&Request) -> bool {
    |request: &Request| todo!("ask `a`, and `b` if there is a reason to")
}
