use crate::{Request, Response};
use anyhow::Result;
use std::path::Path;

/// A pattern and a handler that answer paths below `url_prefix` with the files
/// below `root`.
///
/// `/static` and `/static/` mean the same prefix: `/static/a.txt` is below it,
/// `/static`, `/staticfoo` and `/static../secret` are not. `/` and the empty text mean the
/// same too, and each path that begins with a slash is below it.
///
/// The handler answers a file with 200, all its bytes and its
/// [`content_type`](crate::content_type). Its length is that of the moment when it was opened:
/// your tool [`read_whole`](crate::read_whole) knows what to do if it changes, and if there is
/// no memory for it, and its errors are the handler's. `HEAD` asks for the length alone: the
/// answer has it as its `Content-Length` and no body, and nothing is read. Methods other than
/// `GET` and `HEAD` are answered 405 with `Allow: GET, HEAD`, whatever the path; those that
/// [`is_known_method`](crate::is_known_method) does not know are `HttpError(501)`. Everything
/// else is the error of [`resolve`](crate::resolve) or [`open_below`](crate::open_below); for a
/// path that is not below the prefix it is `HttpError(404)`.
pub fn serve_static(
    url_prefix: &str,
    root: &Path,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    // The closures live longer than this call: make `String`s and `PathBuf`s here, one for
    // each of them, and `move` them in.
    let pattern = |request: &Request| -> bool { todo!("is the path below the prefix?") };
    let handler = |request: &Request| -> Result<Response> {
        todo!("the method; the path without its prefix; resolve, open_below, read")
    };
    (pattern, handler)
}
