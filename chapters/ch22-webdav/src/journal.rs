use crate::{FileLock, log};
use anyhow::{Context, Result, bail};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use tempfile::Builder;

/// What a journal is called beside the old one until it takes its place.
const NEW: &str = "journal.new";

/// A list that is added to, in a file with a line of JSON for each entry.
///
/// An entry that was added is on the disk when [`add`](Self::add) returns: whatever ends the
/// program, or the machine, afterwards does not take it away. What was being written when that
/// happened is half a line at the end of the file; nobody was told that it is there, and it is
/// removed.
///
/// Who needs only what the entries come to can [exchange](Self::rewrite) them for fewer, and so
/// they are not kept in memory.
///
/// One program at a time has it open: two would write into each other's lines.
#[derive(Debug)]
pub struct Journal<T> {
    path: PathBuf,
    file: File,
    /// Held as long as the file is open.
    _lock: FileLock,
    length: usize,
    /// How many bytes it had when it was opened or rewritten last.
    rewritten: u64,
    /// Whether the end of the file may be half a line.
    is_torn: bool,
    _entries: PhantomData<fn(T)>,
}

impl<T: Serialize + DeserializeOwned> Journal<T> {
    /// Opens a journal, or begins one, and returns what is in it. A whole line that is no entry is
    /// an error that names it, and so is a journal that somebody else has open.
    pub fn open(path: &Path) -> Result<(Self, Vec<T>)> {
        let name = || path.display().to_string();
        let lock = FileLock::of(path).with_context(name)?;
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).read(true).write(true);
        let mut file = options.open(path).with_context(name)?;
        let path = path.canonicalize().with_context(name)?;
        sync_folder_of(&path).with_context(name)?;
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
        let entries = entries.collect::<Result<Vec<T>>>()?;
        let journal = Self {
            path,
            file,
            _lock: lock,
            length: entries.len(),
            rewritten: whole as u64,
            is_torn: false,
            _entries: PhantomData,
        };
        Ok((journal, entries))
    }

    /// Adds an entry. If it cannot be written, the file is what it was; or if that cannot be
    /// brought about, no entry can be added until it is [rewritten](Self::rewrite).
    pub fn add(&mut self, entry: &T) -> Result<()> {
        if self.is_torn {
            bail!("{}: an entry that could not be written is still there", self.path.display());
        }
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let end = self.file.stream_position()?;
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_data()) {
            // Half a line would be the start of the next one.
            self.is_torn = true;
            self.file.set_len(end)?;
            self.file.seek(SeekFrom::Start(end))?;
            self.is_torn = false;
            return Err(error.into());
        }
        self.length += 1;
        Ok(())
    }

    /// Exchanges all entries for these, which come to the same. They are written beside and take
    /// the place of the others at once: whatever happens, it is the old entries or the new ones.
    pub fn rewrite(&mut self, entries: impl IntoIterator<Item = T>) -> Result<()> {
        let folder = self.path.parent().context("it is in no folder")?;
        // Always the same name: what a program has left that was ended here is not there for ever.
        if let Err(error) = fs::remove_file(folder.join(NEW))
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error.into());
        }
        let file = Builder::new().prefix(NEW).rand_bytes(0).tempfile_in(folder)?;
        let mut writer = BufWriter::new(file);
        let mut length = 0;
        for entry in entries {
            serde_json::to_writer(&mut writer, &entry)?;
            writer.write_all(b"\n")?;
            length += 1;
        }
        let mut new = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        new.as_file().sync_all()?;
        self.rewritten = new.stream_position()?;
        self.file = new.persist(&self.path)?;
        (self.length, self.is_torn) = (length, false);
        sync_folder_of(&self.path)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// How many bytes were added since it was opened or rewritten last.
    pub fn grown(&mut self) -> u64 {
        self.file.stream_position().map_or(0, |end| end.saturating_sub(self.rewritten))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// A file that is new is on the disk when its name is, too, and that is in its folder.
#[cfg(unix)]
pub(crate) fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().context("it is in no folder")?;
    Ok(File::open(folder)?.sync_all()?)
}

/// Elsewhere the system sees to it.
#[cfg(not(unix))]
pub(crate) fn sync_folder_of(_: &Path) -> Result<()> {
    Ok(())
}
