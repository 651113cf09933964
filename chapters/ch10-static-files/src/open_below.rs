use crate::{HttpError, status_of};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::Path;

/// Opens a regular file for reading, if it lies below `root` when all symbolic
/// links are followed.
///
/// What is not there, lies outside, or is no regular file is 404 (a named pipe
/// would keep us waiting in `open` until somebody writes to it); other errors about
/// the file are those of [`status_of`]. A root that cannot be found is an error of ours.
///
/// This holds for a root that nobody changes meanwhile: who may replace a file
/// by a link, just after we looked and just before we open it, may lead us out.
pub fn open_below(root: &Path, file: &Path) -> Result<File> {
    let root = root.canonicalize().with_context(|| format!("the root {}", root.display()))?;
    let file = file.canonicalize().map_err(status_of)?;
    // Whole components are compared, not characters: `/srv/www-private` does
    // not lie below `/srv/www`.
    if !file.starts_with(&root) || !fs::metadata(&file).map_err(status_of)?.is_file() {
        Err(HttpError(404))?;
    }
    File::open(&file).map_err(status_of)
}
