use crate::Request;

/// A pattern: whether a name in the request's path begins with a dot.
///
/// The path is split at its slashes first, and then each segment is decoded, once. So
/// `/.git/config`, `/notes/%2edraft.txt` and `/.%67it/` are hidden. `/a.txt`, `/a..b/` and
/// `/%252egit` are not: the last one is a file called `%2egit`. The query does not count.
///
/// One name is meant to be found (RFC 8615): if the segment behind the first slash is exactly
/// `.well-known`, however it is encoded, it hides nothing. What stands behind it is judged like
/// everything else, and at any other place `.well-known` is hidden too.
///
/// Of a segment that cannot be decoded, and of `.` and `..`, either answer is right:
/// [`resolve`](crate::resolve) refuses them.
///
/// Your tool: [`percent_decode`](crate::percent_decode) of chapter 8.
pub fn hidden(request: &Request) -> bool {
    todo!("split, decode each segment once, look at its first byte; mind `.well-known`")
}
