use crate::HttpError;
use std::io::{self, ErrorKind};

/// A link that leads to itself (`ELOOP`), for which `ErrorKind` has no stable name in Rust
/// 1.95. The numbers are those of Windows, of Linux, and of macOS and the BSDs.
const LINKS_IN_A_CIRCLE: i32 = match () {
    () if cfg!(windows) => 1921,
    () if cfg!(any(target_os = "linux", target_os = "android")) => 40,
    () => 62,
};

/// No file descriptor left, for this process (`EMFILE`) or for the whole system (`ENFILE`).
const NO_DESCRIPTOR: [i32; 2] = match cfg!(windows) {
    true => [4, 4],
    false => [24, 23],
};

/// What a client may know of an error of the file system; others are ours.
///
/// 404 if the path leads to nothing: no such name, a file where a folder should be, a
/// name that no file can have, links in a circle. 403 if somebody else might read it.
/// 503 if the system has no descriptor or no memory left, which may be different soon.
pub fn status_of(error: io::Error) -> anyhow::Error {
    let status = match error.kind() {
        ErrorKind::PermissionDenied => 403,
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidInput
        | ErrorKind::InvalidFilename => 404,
        ErrorKind::OutOfMemory => 503,
        _ => match error.raw_os_error() {
            Some(LINKS_IN_A_CIRCLE) => 404,
            Some(number) if NO_DESCRIPTOR.contains(&number) => 503,
            _ => return error.into(),
        },
    };
    HttpError(status).into()
}
