use crate::{decode_name, encode_name, percent_decode, resolve};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// Where something is, or may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The names on the way from the root, each [encoded](encode_name), with slashes between them;
    /// empty for the root itself. By whatever links a client has come: what two clients call by two
    /// addresses has one key, so a lock of the one holds for the other.
    pub key: String,
    /// Where it is in the file system. Only the last name may be a link.
    pub path: PathBuf,
}

/// Why an address leads to no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// A name that no file can have on every system.
    Name,
    /// There is no folder where it would have to be.
    Folder,
}

/// What is at a place.
#[derive(Debug)]
pub enum Resource {
    /// Nothing.
    Missing,
    /// A file, or a link to one below the root.
    File(Metadata),
    /// The same for a folder.
    Folder(Metadata),
    /// Something that is not shown: a named pipe, or a link that leads away.
    Hidden,
}

impl Place {
    /// The place below `root` for what follows the prefix in a path, still encoded. `root` is the
    /// path that is left when all links are followed.
    pub fn of(root: &Path, rest: &str) -> Result<Self, Unplaced> {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let path = resolve(rest, root).map_err(|_| Unplaced::Name)?;
        if path == root {
            return Ok(Self { key: String::new(), path });
        }
        let folder = path.parent().ok_or(Unplaced::Folder)?;
        let folder = folder.canonicalize().map_err(|_| Unplaced::Folder)?;
        // Where `A` and `a` are the same file, it is called what the file system calls it.
        let name = match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_symlink() => {
                path.canonicalize().map_err(|_| Unplaced::Folder)?
            }
            _ => path.clone(),
        };
        let name = name.file_name().ok_or(Unplaced::Name)?;
        let key = key_of(root, &folder).filter(|_| folder.is_dir()).ok_or(Unplaced::Folder)?;
        Ok(Self { key: join(&key, name), path: folder.join(name) })
    }

    /// The place that has this key.
    pub fn with_key(root: &Path, key: &str) -> Option<Self> {
        let mut path = root.to_owned();
        for name in key.split('/').filter(|name| !name.is_empty()) {
            path.push(percent_decode(name).and_then(decode_name)?);
        }
        Some(Self { key: key.to_owned(), path })
    }

    /// What is there.
    pub fn look(&self, root: &Path) -> Resource {
        match fs::symlink_metadata(&self.path) {
            Ok(found) => self.resource(root, found),
            Err(_) => Resource::Missing,
        }
    }

    /// The same, when it is known what the path itself leads to, be it a link.
    pub(crate) fn resource(&self, root: &Path, found: Metadata) -> Resource {
        let (found, is_inside) = match found.is_symlink() {
            false => (Ok(found), true),
            true => {
                let target = self.path.canonicalize();
                (fs::metadata(&self.path), target.is_ok_and(|target| target.starts_with(root)))
            }
        };
        match found {
            Ok(found) if is_inside && found.is_file() => Resource::File(found),
            Ok(found) if is_inside && found.is_dir() => Resource::Folder(found),
            _ => Resource::Hidden,
        }
    }
}

/// The key of a folder, by the path that is left when all links are followed; `None` if it is not
/// below `root`.
pub(crate) fn key_of(root: &Path, folder: &Path) -> Option<String> {
    let names = folder.strip_prefix(root).ok()?;
    Some(names.iter().fold(String::new(), |key, name| join(&key, name)))
}

/// The key of what has this name in the folder that has that key.
pub(crate) fn join(folder: &str, name: &OsStr) -> String {
    match folder {
        "" => encode_name(name),
        folder => format!("{folder}/{}", encode_name(name)),
    }
}
