//! The files of a submission, in a folder or in a zip.
//!
//! Whatever a submission is made of, looking at it reads regular files only, and of each no
//! more than was asked for. Nothing is unpacked, links are not followed, and nothing waits:
//! neither a named pipe nor a zip that claims to be small can stop a grader.

use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// The largest zip that is opened, in bytes. Source files are small; it is `target` that is
/// large.
pub const LARGEST_ZIP: u64 = 32 << 20;

/// The files of a submission.
#[derive(Debug)]
pub enum Source {
    /// A folder.
    Folder(PathBuf),
    /// A zip, of which the list of names was read.
    Zip {
        /// The zip.
        archive: Box<ZipArchive<BufReader<File>>>,
        /// Where each file is in it, by path.
        files: BTreeMap<String, usize>,
        /// The folders, by path.
        folders: BTreeSet<String>,
    },
}

/// What there is at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Nothing.
    Missing,
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Something that is not read, in words: `a symbolic link`.
    Other(&'static str),
}

impl Source {
    /// Opens a folder or a zip; whatever else is refused in a sentence.
    pub fn open(path: &Path) -> Result<Self> {
        // Without a slash at the end, which would follow a link.
        let path: PathBuf = path.components().collect();
        let shown = path.display();
        match kind_of(&path).with_context(|| format!("cannot look at {shown}"))? {
            Kind::Missing => bail!("there is no {shown}"),
            Kind::Other(what) => bail!("{shown} is {what}; hand in the folder or the zip itself"),
            Kind::Folder => Ok(Self::Folder(path)),
            Kind::File => open_zip(&path).with_context(|| format!("{shown} was not graded")),
        }
    }

    /// What there is at `path`, seen from the top, with `/` between names.
    pub fn kind(&self, path: &str) -> Result<Kind> {
        match self {
            Self::Folder(top) => {
                let mut whole = top.clone();
                // None of the folders on the way may be a link.
                let mut kind = Kind::Folder;
                for name in path.split('/').filter(|name| !name.is_empty()) {
                    if kind != Kind::Folder {
                        return Ok(if kind == Kind::File { Kind::Missing } else { kind });
                    }
                    whole.push(name);
                    kind = kind_of(&whole)?;
                }
                Ok(kind)
            }
            Self::Zip { files, folders, .. } => Ok(match path {
                "" => Kind::Folder,
                path if files.contains_key(path) => Kind::File,
                path if folders.contains(path) => Kind::Folder,
                _ => Kind::Missing,
            }),
        }
    }

    /// The names of the folders in the folder at `path`.
    pub fn folders(&self, path: &str) -> Result<Vec<String>> {
        match self {
            Self::Folder(top) => {
                let mut names = Vec::new();
                let entries = fs::read_dir(top.join(path)).context("cannot read the folder")?;
                for entry in entries {
                    let entry = entry?;
                    // A link to a folder is none.
                    if entry.file_type()?.is_dir()
                        && let Ok(name) = entry.file_name().into_string()
                    {
                        names.push(name);
                    }
                }
                names.sort();
                Ok(names)
            }
            Self::Zip { folders, .. } => {
                let below = join(path, "");
                let inside = folders.iter().filter_map(|folder| folder.strip_prefix(&below));
                let names = inside.filter(|name| !name.is_empty() && !name.contains('/'));
                Ok(names.map(str::to_owned).collect())
            }
        }
    }

    /// The names of the files in the folder at `path`.
    pub fn files(&self, path: &str) -> Result<Vec<String>> {
        match self {
            Self::Folder(top) => {
                let mut names = Vec::new();
                for entry in fs::read_dir(top.join(path)).context("cannot read the folder")? {
                    let entry = entry?;
                    if entry.file_type()?.is_file()
                        && let Ok(name) = entry.file_name().into_string()
                    {
                        names.push(name);
                    }
                }
                names.sort();
                Ok(names)
            }
            Self::Zip { files, .. } => {
                let below = join(path, "");
                let inside = files.keys().filter_map(|file| file.strip_prefix(&below));
                Ok(inside.filter(|name| !name.contains('/')).map(str::to_owned).collect())
            }
        }
    }

    /// Whether nothing at all is in it.
    pub fn is_empty(&self) -> Result<bool> {
        match self {
            Self::Folder(top) => Ok(fs::read_dir(top)?.next().is_none()),
            Self::Zip { files, .. } => Ok(files.is_empty()),
        }
    }

    /// The file at `path`, if it has no more than `most` bytes.
    pub fn read(&mut self, path: &str, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Folder(top) => {
                let file = open_regular(&top.join(path))?;
                file.take(most + 1).read_to_end(&mut bytes)?;
            }
            Self::Zip { archive, files, .. } => {
                let index = *files.get(path).context("there is no such file in the zip")?;
                let raw = archive.by_index_raw(index).context("the zip cannot be read")?;
                ensure!(!raw.encrypted(), "it is encrypted in the zip: pack it without a password");
                if let Some(method) = other_method(raw.compression()) {
                    bail!("it is packed with {method}, which is not read here: use Deflate");
                }
                drop(raw);
                let file = archive.by_index(index).context("the zip cannot be read")?;
                // Not what the header says: what comes out.
                file.take(most + 1).read_to_end(&mut bytes).context("the zip is damaged")?;
            }
        }
        ensure!(bytes.len() as u64 <= most, "it is longer than {} KiB", most / 1024);
        Ok(bytes)
    }
}

/// `folder/name`, where a folder without a name is the top.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn kind_of(path: &Path) -> Result<Kind> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kind::Missing),
        Err(error) => return Err(error.into()),
    };
    Ok(match () {
        () if kind.is_symlink() => Kind::Other("a symbolic link"),
        () if kind.is_dir() => Kind::Folder,
        () if kind.is_file() => Kind::File,
        () => Kind::Other("neither a file nor a folder"),
    })
}

/// Opens a regular file. Opening a named pipe would wait for somebody to write to it.
fn open_regular(path: &Path) -> Result<File> {
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

fn open_zip(path: &Path) -> Result<Source> {
    let file = open_regular(path)?;
    let size = file.metadata()?.len();
    ensure!(
        size <= LARGEST_ZIP,
        "it has {} MiB, and {} are the most: hand in the source files without `target`",
        size >> 20,
        LARGEST_ZIP >> 20
    );
    let mut archive = ZipArchive::new(BufReader::new(file))
        .context("it is neither a folder nor a zip that can be read")?;
    let (mut files, mut folders) = (BTreeMap::new(), BTreeSet::new());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).context("the list of its files is damaged")?;
        let name = entry.name().to_owned();
        let path = inner_path(&name)?;
        ensure!(!entry.is_symlink(), "there is a symbolic link in it: {}", name.escape_debug());
        for (end, _) in path.match_indices('/') {
            folders.insert(path[..end].to_owned());
        }
        match entry.is_dir() {
            true => drop(folders.insert(path)),
            false => drop(files.insert(path, index)),
        }
    }
    folders.remove("");
    Ok(Source::Zip { archive: Box::new(archive), files, folders })
}

/// What a file is packed with, if it is neither Deflate nor nothing.
fn other_method(method: CompressionMethod) -> Option<&'static str> {
    let known = [
        (CompressionMethod::BZIP2, "bzip2"),
        (CompressionMethod::LZMA, "LZMA"),
        (CompressionMethod::DEFLATE64, "Deflate64"),
        (CompressionMethod::XZ, "XZ"),
        (CompressionMethod::ZSTD, "Zstandard"),
    ];
    let name = known.into_iter().find_map(|(one, name)| (one == method).then_some(name));
    match method {
        CompressionMethod::Stored | CompressionMethod::Deflated => None,
        _ => Some(name.unwrap_or("another method")),
    }
}

/// The path of a file in a zip as names with `/` between them. One that leads out of the
/// folder in which it would be unpacked is refused.
fn inner_path(name: &str) -> Result<String> {
    let outside = || format!("a file in it wants to be outside of it: {}", name.escape_debug());
    // Some programs for Windows write paths in their own way.
    let path = name.replace('\\', "/");
    // Other colons are in names: `10:30 ada`. Nothing is unpacked, and so they do no harm.
    let is_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    ensure!(!path.starts_with('/') && !is_drive && !path.contains('\0'), outside());
    let names: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    ensure!(!names.contains(&".."), outside());
    Ok(names.join("/"))
}
