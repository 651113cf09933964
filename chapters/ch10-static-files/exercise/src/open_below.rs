use anyhow::Result;
use std::fs::File;
use std::path::Path;

/// Opens a regular file for reading, if it lies below `root` when all symbolic
/// links are followed, those in `root` too.
///
/// What is not there, lies outside, or is no regular file is the error `HttpError(404)`. Look
/// before you open: a named pipe would keep us waiting in `open` until somebody writes to it.
/// `/srv/www-private/key` does not lie below `/srv/www`. Your tool
/// [`status_of`](crate::status_of) knows what other errors mean for a client. A root that
/// cannot be found is an error of ours, and so no [`HttpError`](crate::HttpError).
pub fn open_below(root: &Path, file: &Path) -> Result<File> {
    todo!("ask the file system what both paths really are, compare, look, open")
}
