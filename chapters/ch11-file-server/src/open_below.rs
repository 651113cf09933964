use crate::{HttpError, status_of};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What a path leads to.
#[derive(Debug)]
pub enum Found {
    /// A regular file, open for reading.
    File(File),
    /// A folder, by the path that it has when all symbolic links are followed.
    Folder(PathBuf),
}

/// Opens a regular file for reading, or finds a folder, if it lies below `root` when all
/// symbolic links are followed. The root itself is a folder below itself.
///
/// What is not there, lies outside, or is neither is 404 (a named pipe
/// would keep us waiting in `open` until somebody writes to it); other errors about
/// the path are those of [`status_of`]. A root that cannot be found is an error of ours.
///
/// This holds for a root that nobody changes meanwhile: who may replace a file
/// by a link, just after we looked and just before we open it, may lead us out.
pub fn open_below(root: &Path, path: &Path) -> Result<Found> {
    let root = root.canonicalize().with_context(|| format!("the root {}", root.display()))?;
    let path = path.canonicalize().map_err(status_of)?;
    // Whole components are compared, not characters: `/srv/www-private` does
    // not lie below `/srv/www`.
    if !path.starts_with(&root) {
        Err(HttpError(404))?;
    }
    let metadata = fs::metadata(&path).map_err(status_of)?;
    if metadata.is_dir() {
        return Ok(Found::Folder(path));
    }
    if !metadata.is_file() {
        Err(HttpError(404))?;
    }
    Ok(Found::File(File::open(&path).map_err(status_of)?))
}
