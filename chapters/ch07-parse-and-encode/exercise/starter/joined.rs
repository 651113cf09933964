use crate::Headers;

/// The same fields, but each name occurs only once (RFC 9110 section 5.3).
///
/// The values of a name are joined in their order, with `, ` (comma, space) between them. The
/// joined field stands where the first one of that name stood, and has its spelling: `Accept:
/// a`, `Host: b`, `ACCEPT: c` become `Accept: a, c`, `Host: b`. A value may be empty, and is
/// joined like any other.
///
/// `Set-Cookie`, in whatever case, is never joined: a comma may stand *in* a cookie. These
/// fields stay as they are, each in its place among the others.
///
/// ([`Headers::add`] leaves out whitespace at both ends. So `a` and an empty value become `a,`.)
pub fn join_repeated(headers: &Headers) -> Headers {
    todo!("is it the first field of its name?")
}
