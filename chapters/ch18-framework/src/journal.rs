use crate::{FileLock, log};
use anyhow::{Context, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

/// A list that is only added to, in a file with a line of JSON for each entry.
///
/// An entry that was added is on the disk when [`add`](Self::add) returns: whatever ends the
/// program, or the machine, afterwards does not take it away. What was being written when that
/// happened is half a line at the end of the file; nobody was told that it is there, and it is
/// removed.
///
/// One program at a time has it open: two would write into each other's lines.
#[derive(Debug)]
pub struct Journal<T> {
    /// `None` if half a line may be at its end.
    file: Mutex<Option<File>>,
    /// Held as long as the file is open.
    _lock: FileLock,
    entries: RwLock<Vec<T>>,
}

impl<T: Serialize + DeserializeOwned> Journal<T> {
    /// Opens a journal, or begins one. A whole line that is no entry is an error that names it, and
    /// so is a journal that somebody else has open.
    pub fn open(path: &Path) -> Result<Self> {
        let name = || path.display().to_string();
        let lock = FileLock::of(path).with_context(name)?;
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).read(true).write(true);
        let mut file = options.open(path).with_context(name)?;
        sync_folder_of(path).with_context(name)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(name)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
        if whole < bytes.len() {
            log(format_args!("{}: half an entry at the end is removed", path.display()));
            file.set_len(whole as u64)?;
        }
        file.seek(SeekFrom::Start(whole as u64))?;
        let lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
        let entries = lines.map(|(number, line)| {
            serde_json::from_slice(line)
                .with_context(|| format!("{}:{}", path.display(), number + 1))
        });
        let entries = entries.collect::<Result<_>>()?;
        Ok(Self { file: Mutex::new(Some(file)), _lock: lock, entries: RwLock::new(entries) })
    }

    /// Adds the entry that `make` makes, which is told how many there are before it. Returns that
    /// number.
    ///
    /// If it cannot be written, the file is what it was; or if that cannot be brought about, no
    /// entry can be added any more.
    pub fn add(&self, make: impl FnOnce(usize) -> T) -> Result<usize> {
        let mut place = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.entries().len();
        let entry = make(number);
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let mut file = place.take().context("half an entry may be at the end of the file")?;
        let end = file.stream_position()?;
        let written = file.write_all(&line).and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line would be the start of the next one.
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
        }
        *place = Some(file);
        written?;
        self.entries.write().unwrap_or_else(PoisonError::into_inner).push(entry);
        Ok(number)
    }

    /// All entries, in the order in which they were added.
    pub fn entries(&self) -> RwLockReadGuard<'_, Vec<T>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is new is on the disk when its name is, too, and that is in its folder.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().context("it is in no folder")?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Elsewhere the system sees to it.
#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> Result<()> {
    Ok(())
}
