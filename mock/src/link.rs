//! Symbolic links, made in the same way on every system.

use std::io;
use std::path::Path;

/// Makes a symbolic link called `link` that leads to `target`.
///
/// On Windows only an administrator, or whoever has switched the developer mode on, may make
/// links; for all others it is an error there.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// std::fs::write(folder.path().join("note.txt"), "hello")?;
/// if mock::symlink("note.txt", folder.path().join("link.txt")).is_ok() {
///     assert_eq!(std::fs::read(folder.path().join("link.txt"))?, b"hello");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn symlink(target: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    make(target.as_ref(), link.as_ref())
}

#[cfg(unix)]
fn make(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

/// Windows has two kinds of links, and wants to know which.
#[cfg(windows)]
fn make(target: &Path, link: &Path) -> io::Result<()> {
    // A relative target begins where the link is.
    let is_folder = link.parent().unwrap_or(Path::new("")).join(target).is_dir();
    match is_folder {
        true => std::os::windows::fs::symlink_dir(target, link),
        false => std::os::windows::fs::symlink_file(target, link),
    }
}

#[cfg(not(any(unix, windows)))]
fn make(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
