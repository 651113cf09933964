use crate::Account;
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A limit of the room that the files of a store take together: an [`Account`] for a
/// [`Dav`](crate::Dav).
///
/// The files are counted once, when it is made; then it is told of each change. However many there
/// are, a question costs the same.
#[derive(Debug)]
pub struct Quota {
    limit: u64,
    used: Mutex<u64>,
}

impl Quota {
    /// The quota of the files below `root`, in bytes.
    ///
    /// Files count with their length. Folders and links count nothing; links are not followed, or
    /// what is outside of the root would count, and a circle would never end. More files than
    /// `limit` allows may be there already: none is taken away.
    pub fn new(root: &Path, limit: u64) -> Result<Self> {
        Ok(Self { limit, used: Mutex::new(count(root)?) })
    }

    /// How many bytes the files take.
    pub fn used(&self) -> u64 {
        *self.lock()
    }

    /// How many more there may be; 0 if there are too many already.
    pub fn available(&self) -> u64 {
        self.limit.saturating_sub(self.used())
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many bytes the files at `path` and below it have.
fn count(path: &Path) -> Result<u64> {
    let found = fs::symlink_metadata(path)?;
    if found.is_dir() {
        fs::read_dir(path)?.try_fold(0, |sum, entry| Ok(sum + count(&entry?.path())?))
    } else {
        Ok(if found.is_file() { found.len() } else { 0 })
    }
}

impl Account for Quota {
    /// `quota-available-bytes` and `quota-used-bytes`.
    fn names(&self) -> &'static [&'static str] {
        &["quota-available-bytes", "quota-used-bytes"]
    }

    /// [`available`](Self::available) and [`used`](Self::used) in digits; `None` for another name.
    fn property(&self, name: &str) -> Option<String> {
        match name {
            "quota-available-bytes" => Some(self.available().to_string()),
            "quota-used-bytes" => Some(self.used().to_string()),
            _ => None,
        }
    }

    /// What is available, and besides what is given back by the `old` bytes that go. If there are
    /// too many already, what takes the place of something may be as large as that: it makes
    /// nothing worse.
    fn room(&self, old: u64) -> u64 {
        self.limit.saturating_sub(self.used().saturating_sub(old)).max(old)
    }

    /// The `old` bytes are gone, and the `new` ones are there. A number below 0 cannot be: if
    /// somebody else has removed files meanwhile, it is 0.
    fn exchanged(&self, old: u64, new: u64) {
        let mut used = self.lock();
        *used = used.saturating_sub(old).saturating_add(new);
    }
}
