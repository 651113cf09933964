use crate::{DAV, Dav, LIVE, PropertyName, Refusal, Request};
use std::fs;
use std::io;
use std::path::Path;

/// Who keeps account of the room that files take, and says how much there may be (RFC 4331). A
/// [`Dav`] that has one asks it before something becomes larger, and tells it of all that has.
///
/// Sizes are in bytes, and are those of files: folders, links and properties take no room.
pub trait Account: Send + Sync {
    /// The names of the live properties that tell of it, in the namespace [`DAV`](crate::DAV).
    /// Nobody can set them, and with `allprop` they are not told.
    fn names(&self) -> &'static [&'static str];

    /// What is in the element of one of them. Folders have them, and files do not.
    fn property(&self, name: &str) -> Option<String>;

    /// How much may take the place of something of the size `old`. What is larger is 507.
    fn room(&self, old: u64) -> u64;

    /// Something of the size `old` is gone, and something of the size `new` is there.
    fn exchanged(&self, old: u64, new: u64);
}

impl Dav {
    /// The length that a request says its body has: one that is too much is not read.
    pub(crate) fn check_announced(&self, request: &Request, room: u64) -> Result<(), Refusal> {
        let length = request.headers.get_text("Content-Length").and_then(|text| text.parse().ok());
        check_room(length.unwrap_or(0), room)
    }

    /// How much may take the place of something of the size `old`.
    pub(crate) fn room(&self, old: u64) -> u64 {
        self.account.as_ref().map_or(u64::MAX, |account| account.room(old))
    }

    /// Tells whoever keeps account.
    pub(crate) fn exchanged(&self, old: u64, new: u64) {
        if let Some(account) = &self.account {
            account.exchanged(old, new);
        }
    }

    /// How large something is, with all that is below it; 0 if it is not there, or if nobody
    /// keeps account.
    pub(crate) fn size_of(&self, path: &Path) -> io::Result<u64> {
        if self.account.is_some() { size_of(path) } else { Ok(0) }
    }

    /// The names of the live properties that tell of it.
    pub(crate) fn names_of_account(&self) -> &'static [&'static str] {
        self.account.as_ref().map_or(&[], |account| account.names())
    }

    /// Whether a property is one that nobody can set.
    pub(crate) fn is_live(&self, name: &PropertyName) -> bool {
        let mut known = LIVE.iter().chain(self.names_of_account());
        name.namespace == DAV && known.any(|known| *known == name.name)
    }
}

/// 507 if `size` is more than there is room for.
pub(crate) fn check_room(size: u64, room: u64) -> Result<(), Refusal> {
    match size <= room {
        true => Ok(()),
        false => Err(Refusal { status: 507, condition: "quota-not-exceeded", href: None }),
    }
}

/// How large a file is, or all files in a folder and below it; 0 for what is neither, or not there.
fn size_of(path: &Path) -> io::Result<u64> {
    let (mut size, mut paths) = (0, vec![path.to_owned()]);
    while let Some(path) = paths.pop() {
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => size += found.len(),
            Ok(found) if found.is_dir() => {
                for entry in fs::read_dir(&path)? {
                    paths.push(entry?.path());
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(size)
}
