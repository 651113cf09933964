//! The files of somebody's work, or of a whole export, wherever they lie.
//!
//! A tree is a list of paths. Looking at it opens nothing, and of a file no more is read than
//! was asked for. Nothing is unpacked to disk, links are not followed, and nothing waits: neither
//! a named pipe nor an archive that claims to be small can stop a grader. What cannot be read is
//! in the list with the reason, which matters to whoever asks for that file and to nobody else.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The most files of a tree; a class of 300 copies of the course has fewer.
pub const MOST_FILES: usize = 1_000_000;

/// How many folders may lie in each other.
const DEEPEST: usize = 60;

/// What is no work of a learner's, though it may be large.
const JUNK: [&str; 7] =
    ["target", ".git", "node_modules", "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"];

/// Bytes that are read from any place.
pub trait Readable: Read + Seek + Debug {}

impl<R: Read + Seek + Debug> Readable for R {}

/// An archive, of which a file is read when it is asked for.
pub trait Packed: Debug {
    /// The file at this place in the archive's list, if it has no more than `most` bytes.
    fn read(&self, index: usize, most: u64) -> Result<Vec<u8>>;
}

/// Files by their paths, with `/` between names.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, Content>,
    folders: BTreeSet<String>,
    /// What was left out, in sentences.
    pub notes: Vec<String>,
}

/// Where a file is.
#[derive(Clone, Debug)]
pub enum Content {
    /// On the disk.
    Disk(PathBuf),
    /// In an archive, at this place of its list.
    Packed(Rc<dyn Packed>, usize),
    /// In memory.
    Bytes(Rc<[u8]>),
    /// Nowhere to be read, for this reason: `it is a symbolic link`.
    Closed(String),
}

impl Tree {
    /// The files below a folder.
    pub fn of_folder(top: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.walk(top, "", 0)?;
        Ok(tree)
    }

    /// The file or folder at `path`, below the last name of the path.
    pub fn add(&mut self, path: &Path, name: &str) -> Result<()> {
        let kind = fs::symlink_metadata(path)
            .with_context(|| format!("cannot look at {}", path.display()))?
            .file_type();
        match () {
            () if is_junk(name) => Ok(()),
            () if kind.is_dir() => {
                self.add_folder(name);
                self.walk(path, name, 1)
            }
            () if kind.is_file() => self.insert(name, Content::Disk(path.to_owned())),
            () if kind.is_symlink() => self.insert(name, closed("it is a symbolic link")),
            () => self.insert(name, closed("it is neither a file nor a folder")),
        }
    }

    fn walk(&mut self, folder: &Path, path: &str, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return self.insert(path, closed("its folders lie too deep in each other"));
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if path.is_empty() => return Err(error).context("cannot read the folder"),
            Err(error) => return self.insert(path, closed(&format!("it cannot be read: {error}"))),
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            self.add_below(&entry, path, depth)?;
        }
        Ok(())
    }

    fn add_below(&mut self, entry: &fs::DirEntry, path: &str, depth: usize) -> Result<()> {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_junk(&name) {
            return Ok(());
        }
        let (path, kind) = (join(path, &name), entry.file_type()?);
        match () {
            () if kind.is_dir() => {
                self.add_folder(&path);
                self.walk(&entry.path(), &path, depth + 1)
            }
            () if kind.is_file() => self.insert(&path, Content::Disk(entry.path())),
            () if kind.is_symlink() => self.insert(&path, closed("it is a symbolic link")),
            () => self.insert(&path, closed("it is neither a file nor a folder")),
        }
    }

    /// Puts a file into the list. One that counts for nothing, as all in `target`, is left out.
    pub fn insert(&mut self, path: &str, content: Content) -> Result<()> {
        if path.split('/').any(is_junk) {
            return Ok(());
        }
        ensure!(
            self.files.len() < MOST_FILES,
            "there are more than {MOST_FILES} files in it, among them {path}"
        );
        self.add_folders_above(path);
        self.files.insert(path.to_owned(), content);
        Ok(())
    }

    /// Puts a folder into the list, which may be empty.
    pub fn add_folder(&mut self, path: &str) {
        if !path.is_empty() && !path.split('/').any(is_junk) {
            self.add_folders_above(path);
            self.folders.insert(path.to_owned());
        }
    }

    fn add_folders_above(&mut self, path: &str) {
        for (end, _) in path.rmatch_indices('/') {
            if !self.folders.insert(path[..end].to_owned()) {
                return;
            }
        }
    }

    /// Whether there is no file in it, whatever folders there are.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All files, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether the file is there, readable or not.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether the folder is there.
    pub fn has_folder(&self, path: &str) -> bool {
        path.is_empty() || self.folders.contains(path)
    }

    /// The names of the files in a folder, in order.
    pub fn files_in<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let above = join(folder, "");
        let range = self.files.range(above.clone()..);
        let inside = range.map_while(move |(path, _)| path.strip_prefix(&above));
        inside.filter(|name| !name.contains('/'))
    }

    /// The names of the folders in a folder, in order.
    pub fn folders_in<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let above = join(folder, "");
        let range = self.folders.range(above.clone()..);
        let inside = range.map_while(move |path| path.strip_prefix(&above));
        inside.filter(|name| !name.is_empty() && !name.contains('/'))
    }

    /// What is below a folder, as a tree of its own.
    pub fn below(&self, folder: &str) -> Self {
        let above = join(folder, "");
        let inside = |path: &String| path.strip_prefix(&above).map(str::to_owned);
        Self {
            files: (self.files.range(above.clone()..))
                .map_while(|(path, content)| Some((inside(path)?, content.clone())))
                .collect(),
            folders: self.folders.range(above.clone()..).map_while(inside).collect(),
            notes: Vec::new(),
        }
    }

    /// The same files below a folder of this name.
    pub fn under(self, folder: &str) -> Result<Self> {
        let mut tree = Self { notes: self.notes, ..Self::default() };
        for (path, content) in self.files {
            tree.insert(&join(folder, &path), content)?;
        }
        Ok(tree)
    }

    /// Takes over a file of another tree under another name.
    pub fn take(&mut self, from: &Self, path: &str, name: &str) {
        if let Some(content) = from.files.get(path) {
            self.add_folders_above(name);
            self.files.insert(name.to_owned(), content.clone());
        }
    }

    /// Takes over all files below a folder of another tree, under the folder `name`.
    pub fn take_all(&mut self, from: &Self, folder: &str, name: &str) {
        let above = join(folder, "");
        let range = from.files.range(above.clone()..);
        for (path, content) in range.take_while(|(path, _)| path.starts_with(&above)) {
            let path = join(name, &path[above.len()..]);
            self.add_folders_above(&path);
            self.files.insert(path, content.clone());
        }
    }

    /// The file at `path`, if it has no more than `most` bytes.
    pub fn read(&self, path: &str, most: u64) -> Result<Vec<u8>> {
        let bytes = match self.files.get(path) {
            None if self.folders.contains(path) => bail!("it is a folder"),
            None => bail!("there is no {path}"),
            Some(Content::Closed(why)) => bail!("{why}"),
            Some(Content::Packed(archive, index)) => archive.read(*index, most)?,
            Some(Content::Bytes(bytes)) => bytes[..bytes.len().min(most as usize + 1)].to_vec(),
            Some(Content::Disk(path)) => {
                let mut bytes = Vec::new();
                open_regular(path)?.take(most + 1).read_to_end(&mut bytes)?;
                bytes
            }
        };
        ensure!(bytes.len() as u64 <= most, "it is longer than {}", size(most));
        Ok(bytes)
    }

    /// The file at `path`, to be read from any place; what is not on the disk is read into
    /// memory, if it has no more than `most` bytes.
    pub fn open(&self, path: &str, most: u64) -> Result<Box<dyn Readable>> {
        match self.files.get(path) {
            Some(Content::Disk(path)) => Ok(Box::new(BufReader::new(open_regular(path)?))),
            _ => Ok(Box::new(Cursor::new(self.read(path, most)?))),
        }
    }
}

/// `folder/name`, where a folder without a name is the top.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder of a path and its last name.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A number of bytes in words.
pub fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}

/// A file that is there and cannot be read.
pub fn closed(why: &str) -> Content {
    Content::Closed(why.to_owned())
}

/// Whether a file or folder of this name counts for nothing, with all that is in it.
pub fn is_junk(name: &str) -> bool {
    // macOS keeps what it knows of a file beside it.
    JUNK.contains(&name) || name.starts_with("._")
}

/// Opens a regular file. Opening a named pipe would wait for somebody to write to it.
pub fn open_regular(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(O_NOFOLLOW | O_NONBLOCK);
    }
    let file = options.open(path).context("it cannot be opened")?;
    ensure!(file.metadata()?.is_file(), "it is no regular file");
    Ok(file)
}

/// What `path` is, in words, if it is neither a file nor a folder.
pub fn strange(path: &Path) -> io::Result<Option<&'static str>> {
    let kind = fs::symlink_metadata(path)?.file_type();
    Ok(match () {
        () if kind.is_symlink() => Some("a symbolic link"),
        () if kind.is_dir() || kind.is_file() => None,
        () => Some("neither a file nor a folder"),
    })
}
