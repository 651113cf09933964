//! `book/transcripts.lock`: which transcripts were replayed, and matched.

use crate::system::write_file::write_whole;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

const FILE: &str = "book/transcripts.lock";

const HEADER: &str = "# Written by `cargo test`: the transcripts that were replayed and matched.\n\
                      # The book is not built with any other.\n";

/// The transcripts that matched when they were last replayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock(pub Vec<Entry>);

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The block's hash.
    pub hash: String,
    /// The page's file name.
    pub page: String,
    /// The first command, for people who read the file.
    pub command: String,
}

impl Lock {
    /// The lock of the checkout at `root`; empty if nothing was replayed yet.
    pub fn read(root: &Path) -> Result<Self> {
        let text = match fs::read_to_string(root.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {FILE}")),
        };
        let entries = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let (hash, page) = (words.next()?.to_owned(), words.next()?.to_owned());
            Some(Entry { hash, page, command: words.next().unwrap_or_default().to_owned() })
        });
        Ok(Self(entries.collect()))
    }

    /// The hashes of all entries.
    pub fn hashes(&self) -> HashSet<String> {
        self.0.iter().map(|entry| entry.hash.clone()).collect()
    }

    /// Writes the lock, whole or not at all, if it differs from what is there.
    pub fn write(&self, root: &Path) -> Result<()> {
        if *self == Self::read(root)? {
            return Ok(());
        }
        let mut text = HEADER.to_owned();
        for Entry { hash, page, command } in &self.0 {
            text += &format!("{hash} {page} {command}\n");
        }
        write_whole(&root.join(FILE), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("book")).unwrap();
        let entry = |hash: &str, command: &str| Entry {
            hash: hash.to_owned(),
            page: "a.md".to_owned(),
            command: command.to_owned(),
        };
        assert_eq!(Lock::read(folder.path()).unwrap(), Lock::default());
        let lock = Lock(vec![entry("12", "cargo run --bin ch01"), entry("34", "")]);
        lock.write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), lock);
    }
}
