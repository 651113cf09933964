//! Named pipes, which whoever opens them waits for.

use nix::sys::stat::Mode;
use std::io;
use std::path::Path;

/// Makes a named pipe (a FIFO) at `path`, which this user may read and write.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// mock::named_pipe(folder.path().join("pipe"))?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Those of `mkfifo`: something is there already, or there is no such folder.
pub fn named_pipe(path: impl AsRef<Path>) -> io::Result<()> {
    Ok(nix::unistd::mkfifo(path.as_ref(), Mode::S_IRUSR | Mode::S_IWUSR)?)
}
