use crate::{Request, Response};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A handler that opens whatever the path says: wrong on purpose.
///
/// Ask it for `/../canary.txt` with `curl --path-as-is`; browsers, and `curl`
/// without that option, take the `..` out before they ask. What is not there is
/// an error to it, and so a 500, the `/` of a folder and the `/favicon.ico` that
/// browsers ask for among them. Chapter 10 is about doing this right.
pub fn careless_files(root: &Path) -> impl Fn(&Request) -> Result<Response> + use<> {
    let root = root.display().to_string();
    move |request: &Request| {
        let path = format!("{root}{}", request.path);
        let body = fs::read(&path).with_context(|| format!("reading {path}"))?;
        Ok(Response::html(body))
    }
}
