use crate::HttpError;
use anyhow::Result;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Opens a regular file for reading, if it lies below `root` when all symbolic
/// links are followed, those in `root` too.
///
/// What is not there, lies outside, or is no regular file is the error `HttpError(404)`. Look
/// before you open: a named pipe would keep us waiting in `open` until somebody writes to it.
/// `/srv/www-private/key` does not lie below `/srv/www`. `status_of` below knows what other
/// errors mean for a visitor. A root that cannot be found is an error of ours, and so no
/// [`HttpError`].
pub fn open_below(root: &Path, file: &Path) -> Result<File> {
    todo!("ask the file system what both paths really are, compare, look, open")
}

/// What a visitor may know of an error of the file system; others are ours.
fn status_of(error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::PermissionDenied => HttpError(403).into(),
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename => HttpError(404).into(),
        _ => error.into(),
    }
}
