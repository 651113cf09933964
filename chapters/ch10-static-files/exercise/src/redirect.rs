use crate::{Request, Response, serve_static};
use anyhow::Result;
use std::path::Path;

/// The `Location` that leads from `path` to the same address with a slash behind it.
///
/// `path` and `query` are those of a request, still encoded: `/my%20notes` and `day=monday`
/// become `/my%20notes/?day=monday`. The slash stands behind the path and before the `?`.
/// An empty query is a `?` with nothing behind it.
///
/// It is text for a header field and for somebody else's parser. These bytes stay as they
/// are (RFC 3986 section 3.3): letters and digits of ASCII, `-._~!$&'()*+,;=:@`, the `/`, and
/// the `%`, since what is encoded already must not be encoded again; in the query, the `?` too
/// (section 3.4). Each other byte becomes `%` and two hexadecimal digits in capitals: `#`
/// becomes `%23`, and `é` becomes `%C3%A9`.
///
/// `None` if there is no such address on this server: `path` does not begin with a slash; it
/// begins with two, and `//evil.example/` in a `Location` is another host (section 4.2); or it
/// ends in a slash already.
pub fn with_slash(path: &str, query: Option<&str>) -> Option<String> {
    todo!("path, slash, query; what must be encoded, and what may it never begin with?")
}

/// Like [`serve_static`], but a `GET` or `HEAD` for a folder whose slash is missing is answered
/// 301, with the `Location` of [`with_slash`].
///
/// A folder is what lies below `root` when all symbolic links are followed, as in
/// [`open_below`](crate::open_below), whether it has an index or not. The prefix without its
/// slash is the root's address without its slash, so the pattern matches `/static` as well as
/// what is below `/static/`. For all other requests, pattern and handler are those of
/// `serve_static`.
pub fn serve_with_redirects(
    url_prefix: &str,
    root: &Path,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let (below, serve) = serve_static(url_prefix, root);
    let pattern = |request: &Request| -> bool { todo!("what is below, and the prefix itself") };
    let handler = |request: &Request| -> Result<Response> {
        todo!("does this name a folder? then 301, else `serve`")
    };
    (pattern, handler)
}
