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
    let found = fs::symlink_metadata(from)?;
    if found.is_symlink() {
        copy_link(from, to)?;
        Ok(0)
    } else if found.is_file() {
        let length = fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
        Ok(length)
    } else if found.is_dir() {
        fs::create_dir(to)?;
        let mut length = 0;
        if deep {
            for entry in fs::read_dir(from)? {
                let name = entry?.file_name();
                length += copy_tree(&from.join(&name), &to.join(&name), true)?;
            }
        }
        sync_folder(to)?;
        Ok(length)
    } else {
        Ok(0)
    }
}

/// Gives a file the permissions of another one.
pub(crate) fn copy_permissions(from: &Metadata, to: &Path) -> io::Result<()> {
    fs::set_permissions(to, from.permissions())
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
