use crate::{Request, Response, resolve, serve_static};
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
    if !path.starts_with('/') || path.starts_with("//") || path.ends_with('/') {
        return None;
    }
    let query = query.map(|query| format!("?{}", escape(query, b"?")));
    Some(format!("{}/{}", escape(path, b""), query.unwrap_or_default()))
}

/// `text`, in which everything is encoded that may not stand in a path; what is in `also` may.
fn escape(text: &str, also: &[u8]) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        let stays = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
        match stays || also.contains(&byte) {
            true => escaped.push(char::from(byte)),
            false => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
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
    let prefix = url_prefix.trim_end_matches('/').to_owned();
    let root = root.to_owned();

    let itself = prefix.clone();
    let pattern = move |request: &Request| below(request) || request.path == itself;

    let handler = move |request: &Request| {
        let reads = request.method == "GET" || request.method == "HEAD";
        if reads
            && let Some(location) = with_slash(&request.path, request.query.as_deref())
            && let Some(path) = request.path.strip_prefix(&prefix)
            && is_folder(path, &root)
        {
            return Ok(Response::new(301).header("Location", location)?);
        }
        serve(request)
    };
    (pattern, handler)
}

/// Whether `path`, which is what follows the prefix, is a folder below `root`. If it cannot be
/// found out, it is none: `serve_static` has an answer for that.
fn is_folder(path: &str, root: &Path) -> bool {
    let folder = match path.strip_prefix('/') {
        Some(path) => resolve(path, root).ok(),
        // Nothing follows the prefix, so that it is the root itself.
        None => path.is_empty().then(|| root.to_owned()),
    };
    let (Some(folder), Ok(root)) = (folder, root.canonicalize()) else { return false };
    folder.canonicalize().is_ok_and(|folder| folder.starts_with(&root) && folder.is_dir())
}
