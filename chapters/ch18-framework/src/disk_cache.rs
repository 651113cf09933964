use crate::{Cache, log};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest key, in bytes: as two digits for each of them it still is a name of a file.
pub const MAX_KEY: usize = 120;

/// A cache of bytes in files, which outlives the program.
///
/// A value is written to a file of another name first, and then renamed: whoever reads meanwhile,
/// or a program that is ended in the middle, sees the old value or the new one, never a part. A
/// value whose key is longer than [`MAX_KEY`] is not kept.
#[derive(Debug)]
pub struct DiskCache {
    folder: PathBuf,
    lifetime: Duration,
}

impl DiskCache {
    /// Values in files of `folder`, which is made if it is not there, each good for `lifetime`.
    pub fn new(folder: &Path, lifetime: Duration) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), lifetime })
    }

    /// A key may have any bytes in it, or none, and a name of a file may not; and where `A` and `a`
    /// are the same file, they are still two keys.
    fn path(&self, key: &str) -> PathBuf {
        let digits = key.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        self.folder.join(format!("key-{digits}"))
    }

    fn write(&self, key: &str, value: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(value)?;
        file.persist(self.path(key))?;
        Ok(())
    }
}

impl Cache<String, Vec<u8>> for DiskCache {
    fn look_up(&mut self, key: &String) -> Option<Vec<u8>> {
        let path = self.path(key);
        // A time in the future is that of a clock that was set back: not good either.
        let age = fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok()?;
        if age >= self.lifetime {
            let _ = fs::remove_file(&path);
            return None;
        }
        fs::read(&path).ok()
    }

    fn keep(&mut self, key: String, value: Vec<u8>) {
        // Without it there is more work, and no wrong answer.
        if key.len() <= MAX_KEY
            && let Err(error) = self.write(&key, &value)
        {
            log(format_args!("the cache {}: {error}", self.folder.display()));
        }
    }
}
