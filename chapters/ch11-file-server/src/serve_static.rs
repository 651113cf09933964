use crate::{
    Found, HttpError, Request, Response, content_type, file_response, is_known_method, list,
    open_below, resolve,
};
use anyhow::{Context, Result};
use std::path::Path;

/// The files that answer for a folder, the first one that is there.
pub const INDEXES: [&str; 2] = ["index.html", "index.htm"];

/// What a folder shows that has no index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// [What is in it](list).
    Shown,
    /// Nothing: it is 404.
    Hidden,
}

/// A pattern and a handler that answer paths below `url_prefix` with the files
/// below `root`.
///
/// `/static` and `/static/` mean the same prefix: `/static/a.txt` is below it,
/// `/staticfoo` and `/static../secret` are not. Several pairs may be
/// registered with one server. Methods other than GET and HEAD are 405, and unknown
/// ones 501. A name that begins with a dot is a name like others.
///
/// A file is answered as [`file_response`] says. A folder is answered with one of its
/// [`INDEXES`], or else as `listing` says. One without its slash at the end, `/static`
/// among them, is 301 to the address with it: relative links on its page would lead elsewhere.
pub fn serve_static(
    url_prefix: &str,
    root: &Path,
    listing: Listing,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let prefix = url_prefix.trim_end_matches('/').to_owned();
    let root = root.to_owned();

    let pattern_prefix = prefix.clone();
    let pattern = move |request: &Request| {
        let rest = request.path.strip_prefix(&pattern_prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };

    let handler = move |request: &Request| {
        if !is_known_method(&request.method) {
            Err(HttpError(501))?;
        }
        if request.method != "GET" && request.method != "HEAD" {
            return Ok(Response::new(405).header("Allow", "GET, HEAD")?);
        }
        let rest = request.path.strip_prefix(&prefix).ok_or(HttpError(404))?;
        let path = resolve(rest.strip_prefix('/').unwrap_or(rest), &root)?;
        match (open_below(&root, &path)?, rest.ends_with('/')) {
            (Found::File(file), false) => file_response(request, file, content_type(&path)),
            (Found::File(_), true) => Err(HttpError(404).into()),
            (Found::Folder(_), false) => with_slash(request),
            (Found::Folder(folder), true) => folder_response(request, &root, &folder, listing),
        }
    };
    (pattern, handler)
}

/// Sends a client to the same address with a slash behind its path.
///
/// It names no host: which one is ours, only the client has said. It begins with one slash
/// and not with two, which would be another host; the segments that [`resolve`] has let pass
/// are not empty.
fn with_slash(request: &Request) -> Result<Response> {
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Response::new(301).header("Location", format!("{}/{query}", request.path))?)
}

/// Answers with the index of a folder, or with its listing.
fn folder_response(
    request: &Request,
    root: &Path,
    folder: &Path,
    listing: Listing,
) -> Result<Response> {
    for name in INDEXES {
        match open_below(root, &folder.join(name)) {
            Ok(Found::File(file)) => {
                return file_response(request, file, content_type(name.as_ref()));
            }
            Ok(Found::Folder(_)) => {}
            Err(error) if error.downcast_ref() == Some(&HttpError(404)) => {}
            // It is there and cannot be had: a listing would hide that.
            Err(error) => return Err(error),
        }
    }
    if listing == Listing::Hidden {
        return Err(HttpError(404).into());
    }
    let root = root.canonicalize().with_context(|| format!("the root {}", root.display()))?;
    let title = format!("Index of {}", request.path);
    Ok(Response::html(list(&root, folder, &title, request.query.as_deref())?))
}
