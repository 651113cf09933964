//! Archives, as trees of files.
//!
//! What a file is packed with is seen at its first bytes, not at its name. A zip is read where
//! it lies; of the others, which have no list of their files, what may be work is kept in
//! memory. How much is bounded in every direction.

use crate::grade::tree::{Content, Packed, Readable, Tree, closed, size};
use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;
use sevenz_rust2::{ArchiveReader, Error as SevenZipError, Password};
use std::cell::{Cell, RefCell};
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use workbook::course::learner_files::LONGEST;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// How much of an archive is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The longest list of files in a zip, in bytes.
    pub list: u64,
    /// The most that is kept of an archive that has to be read as a whole, in bytes.
    pub kept: u64,
    /// The most that such an archive may unpack to, in bytes; most of it is passed over.
    pub passed: u64,
}

/// For what one person has packed.
pub const PERSON: Bounds = Bounds { list: 16 << 20, kept: 32 << 20, passed: 2 << 30 };

/// For what a platform has packed.
pub const CLASS: Bounds = Bounds { list: 128 << 20, kept: 1 << 30, passed: 8 << 30 };

/// The largest archive in an archive, in bytes.
pub const LARGEST_INNER: u64 = 64 << 20;

/// How much memory 7-Zip's methods may take, in KiB.
const SEVEN_ZIP_MEMORY: usize = 256 << 10;

/// The endings of names that promise an archive.
const ENDINGS: [&str; 12] = [
    ".zip", ".7z", ".tar", ".tar.gz", ".tgz", ".rar", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
    ".tar.zst", ".gz",
];

/// Whether a file of this name should be an archive.
pub fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// `name` without the ending that says how it is packed.
pub fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    // The longer endings first: `.tar.gz` before `.gz`.
    let mut found: Vec<_> = ENDINGS.iter().filter(|ending| lower.ends_with(*ending)).collect();
    found.sort_by_key(|ending| std::cmp::Reverse(ending.len()));
    let end = found.first().map_or(name.len(), |ending| name.len() - ending.len());
    if end == 0 { name } else { &name[..end] }
}

/// Opens the archive at `path` of a tree.
pub fn open(tree: &Tree, path: &str, bounds: Bounds) -> Result<Tree> {
    read(tree.open(path, LARGEST_INNER)?, bounds)
}

/// The files in an archive.
pub fn read(mut file: Box<dyn Readable>, bounds: Bounds) -> Result<Tree> {
    let mut first = Vec::new();
    (&mut file).take(512).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    ensure!(!first.is_empty(), "it is empty");
    match first.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => of_zip(file, bounds),
        [0x1f, 0x8b, ..] => of_tar(MultiGzDecoder::new(file), bounds)
            .context("it is packed with gzip, and is no tar that can be read"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => of_7z(file, bounds),
        first if first.get(257..262) == Some(b"ustar") => of_tar(file, bounds),
        [b'R', b'a', b'r', b'!', ..] => bail!("it is a RAR archive, which is not opened here"),
        [b'B', b'Z', b'h', ..] => bail!("it is packed with bzip2, which is not opened here"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            bail!("it is packed with xz, which is not opened here")
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            bail!("it is packed with Zstandard, which is not opened here")
        }
        _ => bail!("it is no archive that is known here"),
    }
}

/// A zip, of which the list was read.
#[derive(Debug)]
struct Zip(RefCell<ZipArchive<Metered>>);

/// Reads no more than it is allowed to.
#[derive(Debug)]
struct Metered {
    file: Box<dyn Readable>,
    left: Rc<Cell<u64>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        match self.left.get().checked_sub(count as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("the list of its files is too long")),
        }
        Ok(count)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn of_zip(file: Box<dyn Readable>, bounds: Bounds) -> Result<Tree> {
    let left = Rc::new(Cell::new(bounds.list));
    let archive = ZipArchive::new(Metered { file, left: Rc::clone(&left) });
    left.set(u64::MAX);
    let mut archive = archive.context("the zip cannot be read")?;
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).unwrap_or_default();
        let name = match name.is_ascii() {
            true => name.to_owned(),
            false => decoded(&mut archive, index)?,
        };
        names.push(name);
    }
    let zip: Rc<dyn Packed> = Rc::new(Zip(RefCell::new(archive)));
    let mut tree = Tree::default();
    for (index, name) in names.into_iter().enumerate() {
        let Some(path) = inner_path(&name) else {
            tree.notes.push(outside(&name));
            continue;
        };
        match name.ends_with(['/', '\\']) {
            true => tree.add_folder(&path),
            false => tree.insert(&path, Content::Packed(Rc::clone(&zip), index))?,
        }
    }
    Ok(tree)
}

/// A name that is not ASCII. Some programs write UTF-8 and do not say so; what is no UTF-8
/// then is code page 437, as a zip's rules have it.
fn decoded(archive: &mut ZipArchive<Metered>, index: usize) -> Result<String> {
    let entry = archive.by_index_raw(index).context("the list of its files is damaged")?;
    Ok(match std::str::from_utf8(entry.name_raw()) {
        Ok(name) => name.to_owned(),
        Err(_) => entry.name().to_owned(),
    })
}

impl Packed for Zip {
    fn read(&self, index: usize, most: u64) -> Result<Vec<u8>> {
        let mut archive = self.0.borrow_mut();
        let raw = archive.by_index_raw(index).context("the zip is damaged")?;
        ensure!(!raw.is_symlink(), "it is a symbolic link");
        ensure!(!raw.encrypted(), "it is encrypted in the zip: pack it without a password");
        if let Some(method) = other_method(raw.compression()) {
            bail!("it is packed with {method}, which is not read here: use Deflate");
        }
        drop(raw);
        let file = archive.by_index(index).map_err(|error| match error {
            ZipError::Io(error) => error.into(),
            error => anyhow::Error::from(error),
        });
        let mut bytes = Vec::new();
        // Not what the header says: what comes out.
        file.context("the zip is damaged")?
            .take(most + 1)
            .read_to_end(&mut bytes)
            .context("the zip is damaged")?;
        Ok(bytes)
    }
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

/// An archive that is being unpacked, from its beginning to its end, and what of it is kept.
struct Unpacking {
    tree: Tree,
    bounds: Bounds,
    kept: u64,
    passed: u64,
}

impl Unpacking {
    fn new(bounds: Bounds) -> Self {
        Self { tree: Tree::default(), bounds, kept: 0, passed: 0 }
    }

    /// Reads a file to its end, and keeps it if it may be work.
    fn add(&mut self, name: &str, file: &mut dyn Read) -> Result<()> {
        let Some(path) = inner_path(name) else {
            self.tree.notes.push(outside(name));
            return self.pass(file);
        };
        let most = if is_archive(&path) { LARGEST_INNER } else { LONGEST };
        let mut bytes = Vec::new();
        let is_junk = path.split('/').any(crate::grade::tree::is_junk);
        if !is_junk {
            file.take(most + 1).read_to_end(&mut bytes)?;
        }
        self.passed += bytes.len() as u64;
        self.pass(file)?;
        let content = match bytes.len() as u64 <= most {
            true => {
                self.kept += bytes.len() as u64;
                Content::Bytes(bytes.into())
            }
            false => closed(&format!("it is longer than {}", size(most))),
        };
        ensure!(
            self.kept <= self.bounds.kept,
            "more than {} of source files are in it",
            size(self.bounds.kept)
        );
        self.tree.insert(&path, content)
    }

    /// Reads what is left of a file, and forgets it.
    fn pass(&mut self, file: &mut dyn Read) -> Result<()> {
        let left = (self.bounds.passed + 1).saturating_sub(self.passed);
        self.passed += io::copy(&mut file.take(left), &mut io::sink())?;
        ensure!(
            self.passed <= self.bounds.passed,
            "it unpacks to more than {}: pack the source files without `target`",
            size(self.bounds.passed)
        );
        Ok(())
    }
}

fn of_tar(file: impl Read, bounds: Bounds) -> Result<Tree> {
    let mut unpacking = Unpacking::new(bounds);
    let mut archive = tar::Archive::new(file);
    for entry in archive.entries().context("the tar is damaged")? {
        let mut entry = entry.context("the tar is damaged")?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        match () {
            () if kind.is_dir() => {
                if let Some(path) = inner_path(&name) {
                    unpacking.tree.add_folder(&path);
                }
            }
            () if kind.is_file() || kind.is_gnu_sparse() => unpacking.add(&name, &mut entry)?,
            () if kind.is_symlink() || kind.is_hard_link() => {
                if let Some(path) = inner_path(&name) {
                    unpacking.tree.insert(&path, closed("it is a link"))?;
                }
            }
            () => {}
        }
    }
    Ok(unpacking.tree)
}

fn of_7z(file: Box<dyn Readable>, bounds: Bounds) -> Result<Tree> {
    let mut unpacking = Unpacking::new(bounds);
    let password = Password::empty();
    let mut archive = ArchiveReader::new_with_memory_limit(file, password, SEVEN_ZIP_MEMORY)
        .map_err(of_7z_error)?;
    archive.set_thread_count(1);
    let mut stopped = None;
    let read = archive.for_each_entries(|entry, file| {
        let name = entry.name();
        match entry.is_directory() {
            true => {
                if let Some(path) = inner_path(name) {
                    unpacking.tree.add_folder(&path);
                }
            }
            false => {
                if let Err(error) = unpacking.add(name, file) {
                    stopped = Some(error);
                    return Err(SevenZipError::Other("stopped".into()));
                }
            }
        }
        Ok(true)
    });
    match (stopped, read) {
        // What is encrypted shows as an error of the bytes, too.
        (Some(error), Err(other)) => Err(match other {
            SevenZipError::Other(_) => error,
            other => of_7z_error(other),
        }),
        (_, Err(error)) => Err(of_7z_error(error)),
        (_, Ok(())) => Ok(unpacking.tree),
    }
}

fn of_7z_error(error: SevenZipError) -> anyhow::Error {
    match error {
        SevenZipError::PasswordRequired | SevenZipError::MaybeBadPassword(_) => {
            anyhow::anyhow!("the 7z is encrypted: pack it without a password")
        }
        // Encryption is a method like others to it, and this is its name.
        SevenZipError::UnsupportedCompressionMethod(method) if method.contains("AES") => {
            anyhow::anyhow!("the 7z is encrypted: pack it without a password")
        }
        SevenZipError::UnsupportedCompressionMethod(method) => {
            anyhow::anyhow!("the 7z is packed with {method}, which is not read here: use LZMA2")
        }
        SevenZipError::MaxMemLimited { .. } => anyhow::anyhow!(
            "the 7z needs more than {} of memory: pack it with less compression",
            size((SEVEN_ZIP_MEMORY as u64) << 10)
        ),
        error => anyhow::anyhow!("the 7z is damaged: {error}"),
    }
}

fn outside(name: &str) -> String {
    format!(
        "a file in the archive wants to be outside of it, and was left out: {}",
        name.escape_debug()
    )
}

/// The path of a file in an archive as names with `/` between them; `None` for one that leads
/// out of the folder in which it would be unpacked.
fn inner_path(name: &str) -> Option<String> {
    // Some programs for Windows write paths in their own way.
    let path = name.replace('\\', "/");
    // Other colons are in names: `10:30 ada`. Nothing is unpacked, and so they do no harm.
    let is_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let names: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let inside = !path.starts_with('/') && !is_drive && !path.contains('\0');
    (inside && !names.is_empty() && !names.contains(&"..")).then(|| names.join("/"))
}
