use crate::copy_tree::copy_permissions;
use crate::journal::sync_folder_of;
use crate::{Change, Entry, HttpError, Journal, Place, State, log};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use tempfile::{Builder, NamedTempFile};
use uuid::Uuid;

/// A journal is rewritten when it has so many lines more than are needed.
const SPARE_LINES: usize = 1000;

/// Or if so many bytes were added besides those that are needed: a line may be a long one.
const SPARE_BYTES: u64 = 16 * 1024 * 1024;

/// A folder that clients write to, and what is known of the files in it.
///
/// Beside the folder `files` there is the folder `files.dav`, which is not served. The journal is
/// in it, and everything that is not whole yet or not wanted any more: so that whatever has a name
/// in `files` is whole, and goes at once.
pub struct Store {
    /// The folder, by the path that is left when all links are followed.
    pub root: PathBuf,
    /// The one beside it, for files that have no place yet, or none any more.
    spare: PathBuf,
    journal: Mutex<Journal<Entry>>,
    state: RwLock<State>,
    /// Whether the last line of the journal says something else than the files do.
    is_broken: AtomicBool,
}

/// The right to change something, which one thread has at a time: what it has looked at stays so
/// until it has made its change.
pub struct Writer<'a> {
    store: &'a Store,
    journal: MutexGuard<'a, Journal<Entry>>,
}

impl Store {
    /// Opens the store of a folder, which is made if it is not there. A change that was begun when
    /// the program ended is made now.
    ///
    /// It is an error if somebody else has it open, or if the folder beside it is on another file
    /// system: what is renamed from one to the other would be copied, and so could be cut.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let root = folder.canonicalize()?;
        let name =
            root.file_name().context("the root of the file system has no folder beside it")?;
        let mut beside = name.to_owned();
        beside.push(".dav");
        let beside = root.with_file_name(beside);
        let spare = beside.join("spare");
        fs::create_dir_all(&spare).with_context(|| format!("cannot make {}", spare.display()))?;
        if !is_same_file_system(&root, &spare)? {
            bail!("{} and {} are on two file systems", root.display(), beside.display());
        }
        let (mut journal, entries) = Journal::open(&beside.join("journal"))?;
        let (mut state, begun) = State::of(entries);
        if let Some(change) = begun {
            // If it cannot, and what was there before is aside, the store is not opened: it would
            // be removed with the rest.
            todo!("can it be made now? what is known then? and if it cannot?")
        }
        // Now it says neither what was begun nor what became of it, but what is so.
        journal.rewrite(state.entries())?;
        let (journal, state) = (Mutex::new(journal), RwLock::new(state));
        let store = Self { root, spare, journal, state, is_broken: AtomicBool::new(false) };
        // What is there now has no place any more, or never had one.
        for entry in fs::read_dir(&store.spare)? {
            store.remove(&entry?.path());
        }
        Ok(store)
    }

    /// What is known of the files.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the right to change something.
    ///
    /// 503 if the journal could not be written when a change was made: then it is not known what
    /// would become of the next one after a start.
    pub fn writer(&self) -> Result<Writer<'_>> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        match self.is_broken.load(Ordering::Relaxed) {
            true => Err(HttpError(503).into()),
            false => Ok(Writer { store: self, journal }),
        }
    }

    /// A file without a place, with what `fill` writes into it, on the disk. If that is an error,
    /// there is no file.
    pub fn write_spare(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<NamedTempFile> {
        let mut builder = Builder::new();
        // As other programs make files: the user says who else may read them (`umask`).
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(&self.spare)?;
        fill(&mut file)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// A name in the folder beside that nothing has, nor ever had.
    pub fn spare_name(&self) -> String {
        Uuid::new_v4().to_string()
    }

    /// Where something of the folder beside is.
    pub fn spare_path(&self, name: &str) -> PathBuf {
        self.spare.join(name)
    }

    /// Removes something of the folder beside, a whole folder too. An error is logged: it does no
    /// harm there, and the next start tries again. Nothing is removed if [`Self::writer`] is 503:
    /// the next start may need it.
    pub fn remove_spare(&self, name: &str) {
        // What was begun and not done needs it when it is finished.
        if !self.is_broken.load(Ordering::Relaxed) {
            self.remove(&self.spare_path(name));
        }
    }

    fn remove(&self, path: &Path) {
        if let Err(error) = remove(path, &self.spare) {
            log(format_args!("cannot remove {}: {error:#}", path.display()));
        }
    }

    /// Forgets the locks whose time is over.
    pub fn forget_ended_locks(&self, now: DateTime<Utc>) {
        self.state.write().unwrap_or_else(PoisonError::into_inner).locks.remove_ended(now);
    }
}

impl Writer<'_> {
    /// Puts a file in its place. What was there is gone at once, and its permissions stay; but not
    /// that it is run as its owner (on Unix), who did not write what is in it now.
    ///
    /// If it is an error, what was there is there still; or the new file is, and it is not known
    /// whether it would outlast a loss of power.
    pub fn put_file(&mut self, file: NamedTempFile, place: &Place) -> Result<()> {
        if let Ok(before) = fs::metadata(&place.path) {
            copy_permissions(&before, file.path())?;
        }
        file.persist(&place.path).map_err(|error| error.error)?;
        sync_folder_of(&place.path)
    }

    /// Makes a folder.
    pub fn make_folder(&mut self, place: &Place) -> Result<()> {
        fs::create_dir(&place.path)?;
        sync_folder_of(&place.path)
    }

    /// Makes a change. When this returns it is on the disk; if it is an error, nothing has changed,
    /// unless it is 503: then the next start finishes it.
    pub fn make(&mut self, change: Change) -> Result<()> {
        if !renames(&change) {
            self.journal.add(&Entry::Changed(change.clone()))?;
        } else {
            self.journal.add(&Entry::Begun(change.clone()))?;
            let outcome = perform(&self.store.root, &self.store.spare, &change);
            let entry = match &outcome {
                Ok(()) => Entry::Done,
                Err(error) if !is_as_before(&self.store.root, &self.store.spare, &change) => {
                    return Err(self.stop(error));
                }
                Err(_) => Entry::GivenUp,
            };
            self.journal.add(&entry).map_err(|error| self.stop(&error))?;
            outcome?;
        }
        let mut state = self.store.state.write().unwrap_or_else(PoisonError::into_inner);
        state.apply(change);
        let lines = SPARE_LINES + 2 * state.len();
        let bytes = SPARE_BYTES + state.properties.room() as u64;
        if (self.journal.len() > lines || self.journal.grown() > bytes)
            && let Err(error) = self.journal.rewrite(state.entries())
        {
            // The change is made all the same, and the old lines say so.
            log(format_args!("cannot rewrite the journal: {error:#}"));
        }
        Ok(())
    }

    /// Lets nobody change anything any more: with what the journal says now, the next start makes
    /// of the files what they should be, and something else if more is changed before.
    fn stop(&self, error: &anyhow::Error) -> anyhow::Error {
        self.store.is_broken.store(true, Ordering::Relaxed);
        log(format_args!("the journal is not what the files are, start again: {error:#}"));
        HttpError(503).into()
    }
}

/// Whether files are renamed for it.
fn renames(change: &Change) -> bool {
    !matches!(change, Change::Patch { .. } | Change::Lock(_) | Change::Unlock { .. })
}

/// Does with files what a change says. If some or all of it was done before, it does the rest.
fn perform(root: &Path, spare: &Path, change: &Change) -> Result<()> {
    let place = |key: &str| Place::with_key(root, key).context("a key that is no path");
    let aside = |name: &Option<String>| name.as_ref().map(|name| spare.join(name));
    match change {
        Change::Remove { key, aside } => {
            todo!("is it aside already? if not, what is renamed? and when is it on the disk?")
        }
        Change::Move { from, to, aside: name } => todo!("which folders have changed?"),
        Change::Copy { copy, to, aside: name, .. } => todo!("where is the copy?"),
        Change::Patch { .. } | Change::Lock(_) | Change::Unlock { .. } => Ok(()),
    }
}

/// Renames `new` to `target`; what is there is called `aside` before, if that is given, since a
/// folder takes no other's place. When `new` is not there, that has been done.
fn exchange(new: &Path, target: &Path, aside: Option<&Path>) -> Result<()> {
    todo!("what is still to be renamed? what if the second step fails? and when is it on the disk?")
}

/// Whether a change that could not be made has left everything as it was.
fn is_as_before(root: &Path, spare: &Path, change: &Change) -> bool {
    let has_moved = aside_of(change).is_some_and(|name| is_there(&spare.join(name)));
    let is_still_there = match change {
        Change::Move { from, .. } => {
            Place::with_key(root, from).is_some_and(|from| is_there(&from.path))
        }
        Change::Copy { copy, .. } => is_there(&spare.join(copy)),
        _ => true,
    };
    !has_moved && is_still_there
}

/// What something is called until it is gone.
fn aside_of(change: &Change) -> Option<&String> {
    match change {
        Change::Remove { aside, .. } => Some(aside),
        Change::Move { aside, .. } | Change::Copy { aside, .. } => aside.as_ref(),
        Change::Patch { .. } | Change::Lock(_) | Change::Unlock { .. } => None,
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes a file, a link, or a folder with all that is in it.
///
/// A folder in a folder is put beside first, into `spare`. So one folder is open at a time, and no
/// path gets longer than the system allows, however deep clients have nested them.
fn remove(path: &Path, spare: &Path) -> io::Result<()> {
    let mut paths = vec![path.to_owned()];
    while let Some(path) = paths.pop() {
        let is_folder = match fs::symlink_metadata(&path) {
            Ok(found) => found.is_dir(),
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !is_folder {
            fs::remove_file(&path)?;
            continue;
        }
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
            } else if fs::remove_dir(entry.path()).is_err() {
                let beside = spare.join(Uuid::new_v4().to_string());
                fs::rename(entry.path(), &beside)?;
                paths.push(beside);
            }
        }
        fs::remove_dir(&path)?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_same_file_system(one: &Path, other: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    if fs::metadata(one)?.dev() != fs::metadata(other)?.dev() {
        return Ok(false);
    }
    // One that is mounted at two places has one number, and nothing is renamed between them. Linux
    // says so before it looks for the file, and there is none.
    let none = Uuid::new_v4().to_string();
    let outcome = fs::rename(one.join(&none), other.join(&none));
    Ok(outcome.is_err_and(|error| error.kind() != ErrorKind::CrossesDevices))
}

/// Elsewhere the first change would tell.
#[cfg(not(unix))]
fn is_same_file_system(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(true)
}
