use crate::{Request, Response};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A handler that opens whatever the path says: wrong on purpose.
///
/// Ask it for `/../canary.txt`. Chapter 10 is about doing this right.
pub fn careless_files(root: &Path) -> impl Fn(&Request) -> Result<Response> + use<> {
    let root = root.display().to_string();
    move |request: &Request| {
        let path = format!("{root}{}", request.path);
        let body = fs::read(&path).with_context(|| format!("reading {path}"))?;
        Ok(Response::html(body))
    }
}
