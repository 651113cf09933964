use crate::{
    HttpError, Request, Response, content_type, is_known_method, open_below, read_whole, resolve,
};
use anyhow::{Context, Result};
use std::path::Path;

/// A pattern and a handler that answer paths below `url_prefix` with the files
/// below `root`.
///
/// `/static` and `/static/` mean the same prefix: `/static/a.txt` is below it,
/// `/static`, `/staticfoo` and `/static../secret` are not. Several pairs may be
/// registered with one server. Methods other than GET and HEAD are 405, and unknown
/// ones 501. A folder without an `index.html` is 404: there are no listings. A name
/// that begins with a dot is a name like others.
///
/// The whole file is read into memory before it is sent, as long as it is when it is
/// opened, and stays there until the client has taken it: for 50 MB at the slowest rate
/// that is waited for, nearly an hour. Ten such clients are ten copies. A file for which
/// there is no memory is an error. HEAD reads nothing. Chapter 11 sends a file in pieces.
pub fn serve_static(
    url_prefix: &str,
    root: &Path,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let prefix = format!("{}/", url_prefix.trim_end_matches('/'));
    let root = root.to_owned();

    let pattern_prefix = prefix.clone();
    let pattern = move |request: &Request| request.path.starts_with(&pattern_prefix);

    let handler = move |request: &Request| {
        if !is_known_method(&request.method) {
            Err(HttpError(501))?;
        }
        if request.method != "GET" && request.method != "HEAD" {
            return Ok(Response::new(405).header("Allow", "GET, HEAD")?);
        }
        let path = request.path.strip_prefix(&prefix).ok_or(HttpError(404))?;
        let path = resolve(path, &root)?;
        let file = open_below(&root, &path)?;
        let reading = || format!("reading {}", path.display());
        let length = file.metadata().with_context(reading)?.len();
        let response = Response::new(200).content_type(content_type(&path));
        if request.method == "HEAD" {
            return Ok(response.header("Content-Length", length.to_string())?);
        }
        Ok(response.body(read_whole(file, length).with_context(reading)?))
    };
    (pattern, handler)
}
