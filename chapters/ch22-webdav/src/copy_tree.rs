use crate::journal::sync_folder_of;
use anyhow::Result;
use std::fs::{self, File};
use std::path::Path;

/// Copies a file or a folder to where nothing is, on the disk; a folder with all that is below it
/// if `deep`.
///
/// A link becomes a link of the same text. What is neither of the three, as a named pipe, is left
/// out: it was never shown.
pub(crate) fn copy_tree(from: &Path, to: &Path, deep: bool) -> Result<()> {
    // One folder is open at a time, however deep clients have nested them.
    let mut folders = Vec::new();
    if copy_one(from, to)? && deep {
        folders.push((from.to_owned(), to.to_owned()));
    }
    while let Some((from, to)) = folders.pop() {
        for entry in fs::read_dir(&from)? {
            let name = entry?.file_name();
            let (from, to) = (from.join(&name), to.join(&name));
            if copy_one(&from, &to)? {
                folders.push((from, to));
            }
        }
        sync_folder(&to)?;
    }
    sync_folder_of(to)
}

/// The same without what is below. Returns whether it is a folder.
fn copy_one(from: &Path, to: &Path) -> Result<bool> {
    let found = fs::symlink_metadata(from)?;
    if found.is_symlink() {
        copy_link(from, to)?;
    } else if found.is_file() {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
    } else if found.is_dir() {
        fs::create_dir(to)?;
    }
    Ok(found.is_dir())
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
