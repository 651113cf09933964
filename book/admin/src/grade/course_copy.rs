//! Copies of the course: one to grade in, one to hand out.

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::{Exercise, SERVERS, server_file};
use workbook::course::learner_files::source_path;

/// The hidden files and folders that belong to the course. Others are those of editors, of
/// version control and of its servers.
const HIDDEN: [&str; 3] = [".cargo", ".gitignore", ".rustfmt.toml"];

/// Whether this is, or lies in, a package that exercises need; others are not graded with.
fn is_needed(path: &str) -> bool {
    path.starts_with("chapters/") || path == "mock" || path.starts_with("mock/")
}

/// Files by their paths, with `/` between names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CourseFiles(pub BTreeMap<String, Vec<u8>>);

impl CourseFiles {
    /// All files of the course at `root`: what version control would know of.
    pub fn whole(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read(root, "", &[])?;
        ensure!(
            tree.0.contains_key("chapters/course.toml"),
            "{} is not the folder of the course",
            root.display()
        );
        Ok(tree)
    }

    /// The course without what gives away the solutions: for whoever grades, but not on a
    /// machine of their own.
    pub fn without_solutions(root: &Path) -> Result<Self> {
        let mut tree = Self::whole(root)?;
        tree.0.retain(|path, _| !is_solution(path));
        Ok(tree)
    }

    /// The part of the course in which exercises are compiled and run: chapters, mock and
    /// their tests, as a workspace of its own.
    pub fn to_grade(root: &Path) -> Result<Self> {
        let mut tree = Self::without_solutions(root)?;
        let chapter_test = |path: &str| {
            let name = path.strip_prefix("tests/").unwrap_or_default();
            let of_a_chapter = name.len() == "ch01.rs".len()
                && (name.starts_with("ch") || name.starts_with("ex"))
                && name.ends_with(".rs");
            of_a_chapter || ["the_end.rs", "broken_server.rs"].contains(&name)
        };
        tree.0.retain(|path, _| {
            let top = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].contains(&path.as_str());
            is_needed(path) || top || chapter_test(path)
        });
        let manifest = tree.0.get("Cargo.toml").context("the course has no Cargo.toml")?;
        let manifest = reduced(&String::from_utf8_lossy(manifest))?;
        tree.0.insert("Cargo.toml".to_owned(), manifest.into_bytes());
        Ok(tree)
    }

    /// The course for learners: without the solutions, without the servers that their own
    /// tests are to catch, and with the exercises as they were at first.
    pub fn to_hand_out(root: &Path, exercises: &[Exercise]) -> Result<Self> {
        let mut tree = Self::without_solutions(root)?;
        for exercise in exercises {
            let folder = format!("chapters/{}/exercise", exercise.folder);
            for path in SERVERS.into_iter().filter_map(server_file) {
                tree.0.remove(&format!("{folder}/{path}"));
            }
        }
        Ok(tree.with_starters())
    }

    /// The same course, with the exercises as they are at first.
    #[must_use]
    pub fn with_starters(mut self) -> Self {
        let starters: Vec<_> = self
            .0
            .iter()
            .filter_map(|(path, bytes)| {
                let (folder, name) = path.split_once("/exercise/starter/")?;
                Some((format!("{folder}/exercise/{}", source_path(name)), bytes.clone()))
            })
            .collect();
        self.0.extend(starters);
        self
    }

    /// Makes the folder `target` hold these files and no others. A file that is as it
    /// should be is not touched, so that cargo does not compile it again.
    pub fn write_to(&self, target: &Path) -> Result<()> {
        fs::create_dir_all(target)
            .with_context(|| format!("cannot write to {}", target.display()))?;
        self.clean(target, "")?;
        for (path, bytes) in &self.0 {
            let file = target.join(path);
            if fs::read(&file).is_ok_and(|there| there == *bytes) {
                continue;
            }
            let write = || {
                fs::create_dir_all(file.parent().unwrap_or(target))?;
                fs::write(&file, bytes)
            };
            write().with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    /// The files in `target` that are not as they were written: those that were changed or
    /// removed, and new ones that cargo would compile or obey.
    pub fn changed(&self, target: &Path) -> Result<Vec<String>> {
        let mut changed: Vec<_> = self
            .0
            .iter()
            // Cargo itself leaves out of it what this workspace does not need.
            .filter(|(path, _)| path.as_str() != "Cargo.lock")
            .filter(|(path, bytes)| fs::read(target.join(path)).ok().as_ref() != Some(bytes))
            .map(|(path, _)| path.clone())
            .collect();
        let mut there = Self::default();
        there.read_all(target, "")?;
        let new = there.0.into_keys().filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let obeyed = name.ends_with(".rs")
                || name.ends_with(".toml")
                || name.starts_with("rust-toolchain")
                || path.contains(".cargo/");
            obeyed && !self.0.contains_key(path)
        });
        changed.extend(new);
        Ok(changed)
    }

    /// The names of all files in a folder, hidden ones too.
    fn read_all(&mut self, target: &Path, below: &str) -> Result<()> {
        for entry in fs::read_dir(target.join(below))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            match entry.file_type()?.is_dir() {
                true => self.read_all(target, &path)?,
                false => drop(self.0.insert(path, Vec::new())),
            }
        }
        Ok(())
    }

    /// Removes what is not in the tree.
    fn clean(&self, target: &Path, below: &str) -> Result<()> {
        let folder = target.join(below);
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // A name that is no text is none of ours.
            let path = match name.to_str() {
                Some(name) if below.is_empty() => name.to_owned(),
                Some(name) => format!("{below}/{name}"),
                None => "\0".to_owned(),
            };
            let is_folder = entry.file_type()?.is_dir();
            let is_file = entry.file_type()?.is_file();
            let start = format!("{path}/");
            let has_some = || {
                let next = self.0.range(start.clone()..).next();
                next.is_some_and(|(path, _)| path.starts_with(&start))
            };
            let removed = match () {
                () if is_folder && has_some() => {
                    self.clean(target, &path)?;
                    continue;
                }
                () if is_folder => fs::remove_dir_all(entry.path()),
                () if is_file && self.0.contains_key(&path) => continue,
                () => fs::remove_file(entry.path()),
            };
            removed.with_context(|| format!("cannot remove {}", entry.path().display()))?;
        }
        Ok(())
    }

    /// Reads a folder of the course. `ignored` is what version control leaves out in it.
    fn read(&mut self, root: &Path, below: &str, ignored: &[Pattern]) -> Result<()> {
        let folder = root.join(below);
        let cannot = || format!("cannot read {}", folder.display());
        let own = fs::read_to_string(folder.join(".gitignore")).unwrap_or_default();
        let own = own.lines().filter_map(|line| Pattern::read(below, line));
        let ignored: Vec<_> = ignored.iter().cloned().chain(own).collect();
        for entry in fs::read_dir(&folder).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            let left_over = name.ends_with('~') || name.ends_with(".orig");
            let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            let left_out = ignored.iter().any(|pattern| pattern.matches(&path));
            if hidden || left_over || name == "target" || left_out {
                continue;
            }
            let kind = entry.file_type().with_context(cannot)?;
            if kind.is_dir() {
                self.read(root, &path, &ignored)?;
            } else if kind.is_file() {
                let bytes = fs::read(entry.path())
                    .with_context(|| format!("cannot read {}", entry.path().display()))?;
                self.0.insert(path, bytes);
            }
        }
        Ok(())
    }
}

/// A line of a `.gitignore`: plain names, and `*` for any one name. That is all that the
/// course uses.
#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    /// The folder that it stands in.
    folder: String,
    names: Vec<String>,
    /// Whether it begins in that folder, and not also below it.
    here: bool,
}

impl Pattern {
    fn read(folder: &str, line: &str) -> Option<Self> {
        let line = line.trim();
        let path = line.trim_matches('/');
        if path.is_empty() || line.starts_with('#') {
            return None;
        }
        let names: Vec<_> = path.split('/').map(str::to_owned).collect();
        let here = line.starts_with('/') || names.len() > 1;
        Some(Self { folder: folder.to_owned(), names, here })
    }

    fn matches(&self, path: &str) -> bool {
        let below = match self.folder.as_str() {
            "" => Some(path),
            folder => path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(below) = below else { return false };
        let names: Vec<_> = below.split('/').collect();
        let fits = |(name, wanted): (&&str, &String)| wanted == "*" || wanted == name;
        match self.here {
            true => names.len() == self.names.len() && names.iter().zip(&self.names).all(fits),
            // The folders above it were let through.
            false => names.iter().rev().take(1).zip(&self.names).all(fits),
        }
    }
}

/// Makes `target` a copy of the course in which exercises are compiled and run, with the
/// learner's files as they are here.
pub fn write_grading_copy(checkout: &Checkout, target: &Path) -> Result<()> {
    CourseFiles::to_grade(&checkout.root)?.write_to(target)
}

/// Writes the course for learners to `target`, which must be a new or an empty folder, and
/// outside of the course. Returns how many files there are.
pub fn hand_out(root: &Path, exercises: &[Exercise], target: &Path) -> Result<usize> {
    let shown = target.display();
    match fs::read_dir(target) {
        Ok(mut entries) => ensure!(
            entries.next().is_none(),
            "{shown} is not empty; name a folder that is, or one that is not there yet"
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) if error.kind() == ErrorKind::NotADirectory => bail!("{shown} is a file"),
        Err(error) => return Err(error).with_context(|| format!("cannot look at {shown}")),
    }
    let whole = std::path::absolute(target).unwrap_or_else(|_| target.to_owned());
    let inside = whole.starts_with(root) && !whole.starts_with(root.join("target"));
    ensure!(!inside, "{shown} would lie in the course itself; name a folder outside of it");
    let tree = CourseFiles::to_hand_out(root, exercises)?;
    tree.write_to(target)?;
    Ok(tree.0.len())
}

fn is_solution(path: &str) -> bool {
    path.starts_with("chapters/") && path.contains("/exercise/solution/")
}

/// The manifest of the workspace without the members that are not graded.
fn reduced(manifest: &str) -> Result<String> {
    let mut table: toml::Table = toml::from_str(manifest).context("Cargo.toml of the course")?;
    let workspace = table.get_mut("workspace").and_then(toml::Value::as_table_mut);
    let workspace = workspace.context("the course's Cargo.toml has no [workspace]")?;
    for list in ["members", "default-members"] {
        let members = workspace.get_mut(list).and_then(toml::Value::as_array_mut);
        let graded = |member: &toml::Value| member.as_str().is_some_and(is_needed);
        members.with_context(|| format!("the course's Cargo.toml has no {list}"))?.retain(graded);
    }
    if let Some(dependencies) =
        workspace.get_mut("dependencies").and_then(toml::Value::as_table_mut)
    {
        // What has no path is somebody else's package.
        let path = |value: &toml::Value| Some(value.get("path")?.as_str()?.to_owned());
        dependencies.retain(|_, value| path(value).is_none_or(|path| is_needed(&path)));
    }
    toml::to_string(&table).context("cannot write the manifest")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};
    use tempfile::TempDir;

    fn write(root: &Path, name: &str, text: &str) -> PathBuf {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn sample() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "chapters/course.toml",
            "chapters/ch01-echo/src/echo.rs",
            "chapters/ch01-echo/exercise/solution/count.rs",
            "chapters/ch01-echo/exercise/starter/count.rs",
            "chapters/ch01-echo/exercise/backup/1/count.rs",
            "chapters/ch01-echo/exercise/servers/lib.rs",
            "chapters/ch01-echo/exercise/servers/mutant_1.edit",
            "mock/src/lib.rs",
            "tests/ch01.rs",
            "tests/ex01.rs",
            "tests/the_end.rs",
            "tests/broken_server.rs",
            "tests/attacks.rs",
            "tests/fuzz/fuzz.rs",
            "book/workbook/src/main.rs",
            "README.md",
            "Cargo.lock",
            ".cargo/config.toml",
            ".gitignore",
            "tests/fuzz/corpus/1",
            ".git/HEAD",
            ".idea/x.xml",
            "target/debug/x",
            "README.md~",
        ] {
            write(folder.path(), name, name);
        }
        write(folder.path(), ".gitignore", "/target\n/chapters/*/exercise/backup\n");
        write(folder.path(), "tests/fuzz/.gitignore", "# found\ncorpus/\n");
        let manifest = "[workspace]\nmembers = [\"chapters/*\", \"tests\", \"tests/launch\", \"mock\"]\n\
                        default-members = [\"chapters/*\", \"tests\"]\n\
                        [workspace.dependencies]\nanyhow = \"1\"\n\
                        course-tests = { path = \"tests\" }\n";
        write(folder.path(), "Cargo.toml", manifest);
        folder
    }

    fn paths(tree: &CourseFiles) -> Vec<&str> {
        tree.0.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_whole_course_is_what_version_control_would_know() {
        let root = sample();
        let tree = CourseFiles::whole(root.path()).unwrap();
        let all = paths(&tree);
        for there in [".cargo/config.toml", ".gitignore", "tests/fuzz/fuzz.rs", "README.md"] {
            assert!(all.contains(&there), "{there}");
        }
        for gone in ["tests/fuzz/corpus/1", ".git/HEAD", ".idea/x.xml", "target/debug/x"] {
            assert!(!all.contains(&gone), "{gone}");
        }
        assert!(!all.contains(&"README.md~"));
        let error = CourseFiles::whole(&root.path().join("book")).unwrap_err().to_string();
        assert!(error.contains("is not the folder of the course"), "{error}");
    }

    #[test]
    fn what_is_graded_in_is_a_workspace_of_its_own() {
        let root = sample();
        let tree = CourseFiles::to_grade(root.path()).unwrap();
        assert_eq!(
            paths(&tree),
            [
                ".cargo/config.toml",
                "Cargo.lock",
                "Cargo.toml",
                "chapters/ch01-echo/exercise/servers/lib.rs",
                "chapters/ch01-echo/exercise/servers/mutant_1.edit",
                "chapters/ch01-echo/exercise/starter/count.rs",
                "chapters/ch01-echo/src/echo.rs",
                "chapters/course.toml",
                "mock/src/lib.rs",
                "tests/broken_server.rs",
                "tests/ch01.rs",
                "tests/ex01.rs",
                "tests/the_end.rs",
            ]
        );
        let manifest: toml::Table =
            toml::from_str(&String::from_utf8_lossy(&tree.0["Cargo.toml"])).unwrap();
        assert_eq!(manifest["workspace"]["members"].as_array().unwrap().len(), 2);
        assert_eq!(manifest["workspace"]["default-members"].as_array().unwrap().len(), 1);
        assert_eq!(manifest["workspace"]["dependencies"].as_table().unwrap().len(), 1);
    }

    #[test]
    fn laying_changes_what_differs_and_removes_what_is_strange() {
        let folder = tempfile::tempdir().unwrap();
        let files = [("a/one.rs", "1"), ("a/two.rs", "2"), ("three.rs", "3")];
        let mut tree = CourseFiles::default();
        for (path, text) in files {
            tree.0.insert(path.to_owned(), text.into());
        }
        tree.write_to(folder.path()).unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (path, _) in files {
            fs::File::options()
                .write(true)
                .open(folder.path().join(path))
                .unwrap()
                .set_modified(old)
                .unwrap();
        }
        write(folder.path(), "a/two.rs", "changed by somebody");
        write(folder.path(), "a/build.rs", "fn main() {}");
        write(folder.path(), "b/c/d.rs", "");
        fs::remove_file(folder.path().join("three.rs")).unwrap();
        fs::create_dir(folder.path().join("three.rs")).unwrap();
        tree.write_to(folder.path()).unwrap();
        for (path, text) in files {
            assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), text);
        }
        assert!(!folder.path().join("a/build.rs").exists());
        assert!(!folder.path().join("b").exists());
        let modified =
            |path: &str| fs::metadata(folder.path().join(path)).unwrap().modified().unwrap();
        assert_eq!(modified("a/one.rs"), old);
        assert_ne!(modified("a/two.rs"), old);
        assert_eq!(tree.changed(folder.path()).unwrap(), [""; 0]);
        write(folder.path(), "a/two.rs", "changed by a test");
        write(folder.path(), "a/visits.log", "which is nobody's business");
        write(folder.path(), ".cargo/config.toml", "");
        fs::remove_file(folder.path().join("three.rs")).unwrap();
        let changed = ["a/two.rs", "three.rs", ".cargo/config.toml"];
        assert_eq!(tree.changed(folder.path()).unwrap(), changed);
    }

    #[test]
    fn a_handout_does_not_overwrite_anything() {
        let root = sample();
        let here = tempfile::tempdir().unwrap();
        let said = |target: &Path| hand_out(root.path(), &[], target).unwrap_err().to_string();
        write(here.path(), "full/x", "");
        assert!(said(&here.path().join("full")).contains("is not empty; name a folder that is"));
        assert!(said(&here.path().join("full/x")).contains("is a file"));
        assert!(said(&root.path().join("handout")).contains("would lie in the course itself"));
        let count = hand_out(root.path(), &[], &here.path().join("new")).unwrap();
        // What a learner begins with lies there a second time, for them to write in.
        assert_eq!(count, CourseFiles::without_solutions(root.path()).unwrap().0.len() + 1);
        let own = here.path().join("new/chapters/ch01-echo/exercise/src/count.rs");
        let first = "chapters/ch01-echo/exercise/starter/count.rs";
        assert_eq!(fs::read_to_string(own).unwrap(), first);
        assert!(here.path().join("new/chapters/ch01-echo/src/echo.rs").is_file());
        assert!(!here.path().join("new/chapters/ch01-echo/exercise/solution").exists());
    }
}
