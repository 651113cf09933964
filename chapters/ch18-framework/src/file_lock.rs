use anyhow::{Result, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// The lock of a file, for one program alone. It ends when this is dropped, and with whoever holds
/// it, even if that one is killed.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Takes the lock of the file at `path`; an error if another program has it.
    ///
    /// The lock is on a file beside it, with `.lock` behind the name: on Windows nobody else could
    /// read a file that is locked, and this one is there to be read.
    pub fn of(path: &Path) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => bail!("another program has it open"),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Drop for FileLock {
    /// To close the file is not enough: if another thread is starting a program, that process has
    /// the same open file, and the lock, until it becomes that program.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}
