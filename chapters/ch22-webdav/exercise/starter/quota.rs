use crate::Account;
use anyhow::Result;
use std::path::Path;

/// A limit of the room that the files of a store take together: an [`Account`] for a
/// [`Dav`](crate::Dav).
///
/// The files are counted once, when it is made; then it is told of each change. However many there
/// are, a question costs the same.
#[derive(Debug)]
pub struct Quota {
    limit: u64,
    // What else does it know? Many threads ask it, and tell it, at once.
}

impl Quota {
    /// The quota of the files below `root`, in bytes.
    ///
    /// Files count with their length. Folders and links count nothing; links are not followed, or
    /// what is outside of the root would count, and a circle would never end. More files than
    /// `limit` allows may be there already: none is taken away.
    pub fn new(root: &Path, limit: u64) -> Result<Self> {
        todo!("how much is there already?")
    }

    /// How many bytes the files take.
    pub fn used(&self) -> u64 {
        todo!("what was counted, and what has become of it since?")
    }

    /// How many more there may be; 0 if there are too many already.
    pub fn available(&self) -> u64 {
        todo!("and if there is more than may be?")
    }
}

impl Account for Quota {
    /// `quota-available-bytes` and `quota-used-bytes`.
    fn names(&self) -> &'static [&'static str] {
        todo!("which two are there?")
    }

    /// [`available`](Self::available) and [`used`](Self::used) in digits; `None` for another name.
    fn property(&self, name: &str) -> Option<String> {
        todo!("which number is it, if it is one of the two?")
    }

    /// What is available, and besides what is given back by the `old` bytes that go. If there are
    /// too many already, what takes the place of something may be as large as that: it makes
    /// nothing worse.
    fn room(&self, old: u64) -> u64 {
        todo!("what is free, and what becomes free?")
    }

    /// The `old` bytes are gone, and the `new` ones are there. A number below 0 cannot be: if
    /// somebody else has removed files meanwhile, it is 0.
    fn exchanged(&self, old: u64, new: u64) {
        todo!("what is used now?")
    }
}
