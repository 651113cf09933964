use crate::journal::sync_folder_of;
use anyhow::Result;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Copies a file or a folder to where nothing is, on the disk; a folder with all that is below it
/// if `deep`. Returns how many bytes the files have.
///
/// A link becomes a link of the same text. What is neither of the three, as a named pipe, is left
/// out: it was never shown.
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
        length = copy_file(from, to)?;
    } else if found.is_dir() {
        fs::create_dir(to)?;
    }
    Ok((found.is_dir(), length))
}

/// Copies the bytes of a file and returns how many there are. Nobody may read the copy who may not
/// read the file, not even while it is made.
fn copy_file(from: &Path, to: &Path) -> Result<u64> {
    let mut from = File::open(from)?;
    let metadata = from.metadata()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
        options.mode(metadata.mode() & 0o777);
    }
    let mut file = options.open(to)?;
    let length = io::copy(&mut from, &mut file)?;
    copy_permissions(&metadata, to)?;
    file.sync_all()?;
    Ok(length)
}

/// Gives a file the permissions of another one, if it has not got them; but not that it is run as
/// its owner, who did not write what is in it.
#[cfg(unix)]
pub(crate) fn copy_permissions(from: &Metadata, to: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let mode = from.mode() & 0o777;
    match fs::metadata(to)?.mode() & 0o7777 == mode {
        true => Ok(()),
        false => fs::set_permissions(to, PermissionsExt::from_mode(mode)),
    }
}

/// Elsewhere there is one: whether it can be written to.
#[cfg(not(unix))]
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
