//! Noticing that a page or a chapter has changed.
//!
//! By looking, several times a second, at the times and sizes of some hundred
//! files. That costs next to nothing, and it works where the system's own events
//! do not arrive: in containers, on network drives, in virtual machines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the book is made of, seen from the top folder.
const INPUTS: [&str; 5] = ["book", "chapters", "mock/src", "tests", "Cargo.toml"];

/// The state of all files at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot(BTreeMap<PathBuf, (Option<SystemTime>, u64)>);

impl Snapshot {
    /// The state of what the book in the checkout at `root` is made of.
    pub fn take(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders: Vec<_> = INPUTS.iter().map(|name| root.join(name)).collect();
        while let Some(path) = folders.pop() {
            let Ok(about) = fs::metadata(&path) else { continue };
            if about.is_file() {
                files.insert(path, (about.modified().ok(), about.len()));
            } else if let Ok(entries) = fs::read_dir(&path) {
                // Of an exercise the book shows the tasks, and not what a learner writes.
                let is_exercise = path.file_name().is_some_and(|name| name == "exercise");
                let hidden = |name: &str| {
                    name.starts_with('.')
                        || name == "target"
                        || (is_exercise && name != "exercise.toml")
                };
                let inside = entries.flatten();
                let inside = inside.filter(|one| !hidden(&one.file_name().to_string_lossy()));
                folders.extend(inside.map(|one| one.path()));
            }
        }
        Self(files)
    }

    /// The files that are not the same in `other`: changed, new or gone.
    pub fn changed(&self, other: &Self) -> Vec<PathBuf> {
        let differs = |(path, state): (&PathBuf, _), there: &Self| {
            (there.0.get(path) != Some(state)).then(|| path.clone())
        };
        let mut paths: Vec<_> = self.0.iter().filter_map(|file| differs(file, other)).collect();
        paths.extend(other.0.keys().filter(|path| !self.0.contains_key(*path)).cloned());
        paths.sort();
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_new_or_gone_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("book/src")).unwrap();
        fs::write(path("book/src/a.md"), "a").unwrap();
        fs::write(path("book/src/b.md"), "b").unwrap();
        let before = Snapshot::take(folder.path());
        assert_eq!(before.changed(&Snapshot::take(folder.path())), Vec::<PathBuf>::new());

        fs::write(path("book/src/a.md"), "longer").unwrap();
        fs::remove_file(path("book/src/b.md")).unwrap();
        fs::write(path("book/c.css"), "").unwrap();
        // What a learner writes is not shown by the book.
        fs::create_dir_all(path("chapters/ch01/exercise/src")).unwrap();
        fs::write(path("chapters/ch01/exercise/src/echo.rs"), "").unwrap();
        let changed = before.changed(&Snapshot::take(folder.path()));
        assert_eq!(changed, [path("book/c.css"), path("book/src/a.md"), path("book/src/b.md")]);
    }
}
