use crate::journal::sync_folder_of;
use anyhow::Result;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

/// Copies a file or a folder to where nothing is, on the disk; a folder with all that is below it if
/// `deep`. Returns how many bytes the files have.
///
/// A link becomes a link of the same text. What is neither of the three, as a named pipe, is left out:
/// it was never shown.
pub(crate) fn copy_tree(from: &Path, to: &Path, deep: bool) -> Result<u64> {
    // One folder is open at a time, however deep clients have nested them.
    let mut folders = Vec::new();
    let (is_folder, mut length) = copy_one(from, to)?;
    if is_folder && deep {
        folders.push((from.to_owned(), to.to_owned()));
    }
    while let Some((from, to)) = folders.pop() {
        for entry in fs::read_dir(&from)? {
            let name = entry?.file_name();
            let (from, to) = (from.join(&name), to.join(&name));
            let (is_folder, more) = copy_one(&from, &to)?;
            length += more;
            if is_folder {
                folders.push((from, to));
            }
        }
        sync_folder(&to)?;
    }
    sync_folder_of(to)?;
    Ok(length)
}

/// The same without what is below. Returns whether it is a folder, and how many bytes a file has.
fn copy_one(from: &Path, to: &Path) -> Result<(bool, u64)> {
    let found = fs::symlink_metadata(from)?;
    let mut length = 0;
    if found.is_symlink() {
        copy_link(from, to)?;
    } else if found.is_file() {
        length = fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
    } else if found.is_dir() {
        fs::create_dir(to)?;
    }
    Ok((found.is_dir(), length))
}

/// Gives a file the permissions of another one; but not that it is run as its owner (on Unix), who
/// did not write what is in it.
pub(crate) fn copy_permissions(from: &Metadata, to: &Path) -> io::Result<()> {
    let mut permissions = from.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        permissions.set_mode(permissions.mode() & 0o777);
    }
    fs::set_permissions(to, permissions)
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(fs::read_link(from)?, to)?)
}

/// On Windows most users may not make a link.
#[cfg(not(unix))]
fn copy_link(from: &Path, _: &Path) -> Result<()> {
    anyhow::bail!("{} is a link", from.display())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<()> {
    Ok(File::open(folder)?.sync_all()?)
}

/// Elsewhere the system sees to it.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}
