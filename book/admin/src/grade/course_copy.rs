//! Copies of the course: one to grade in, one to hand out.

use crate::grade::own_files::OwnFiles;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::{Exercise, SERVERS, server_file};
use workbook::course::learner_files::source_path;

/// Whether this is, or lies in, a package that exercises need or that a chapter's manifest names;
/// others are not graded with.
fn is_needed(path: &str) -> bool {
    let lies_in = |folder| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    path.starts_with("chapters/") || lies_in("mock") || lies_in("tests/launch")
}

/// Files by their paths, with `/` between names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CourseFiles(pub BTreeMap<String, Vec<u8>>);

impl CourseFiles {
    /// All files of the course at `root`, and nothing else that lies there. Lines end with LF,
    /// whatever the checkout has.
    pub fn whole(root: &Path) -> Result<Self> {
        let own = OwnFiles::of(root)?;
        let mut tree = Self::default();
        walk(root, "", &own, &mut |path| {
            if own.has(&path) {
                let file = root.join(&path);
                let bytes =
                    fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                tree.0.insert(path, without_cr(bytes));
            }
            Ok(())
        })?;
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
            let of_several = name.starts_with("since_ch") && name.ends_with(".rs");
            // A chapter's tests may have a folder, as in `ch15/http.rs`.
            let in_a_folder = name.starts_with("ch") && name.get(4..5) == Some("/");
            let of_all = ["last_word.rs", "broken_server.rs", "program.rs", "simulated_system.rs"];
            of_a_chapter || of_several || in_a_folder || of_all.contains(&name)
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
                fs::write(&file, bytes)?;
                if is_program(bytes) { make_executable(&file) } else { Ok(()) }
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
}

/// Calls `on` with each file of the folder `below` in `root`; what cargo builds is left out, and
/// what is hidden and none of the course's own.
fn walk(
    root: &Path,
    below: &str,
    own: &OwnFiles,
    on: &mut dyn FnMut(String) -> Result<()>,
) -> Result<()> {
    let folder = root.join(below);
    let cannot = || format!("cannot read {}", folder.display());
    for entry in fs::read_dir(&folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type().with_context(cannot)?;
        let is_hidden = name.starts_with('.');
        if kind.is_dir() && name != "target" && (!is_hidden || own.has_some_in(&path)) {
            walk(root, &path, own, on)?;
        } else if kind.is_file() && (!is_hidden || own.has(&path)) {
            on(path)?;
        }
    }
    Ok(())
}

/// What lies in the course's folder at `root` and is none of its own: of a folder in which
/// nothing is, the folder's name with a `/` behind it.
pub fn strangers(root: &Path) -> Result<Vec<String>> {
    let own = OwnFiles::of(root)?;
    let (mut ours, mut others) = (BTreeSet::new(), BTreeSet::new());
    walk(root, "", &own, &mut |path| {
        if own.has(&path) {
            ours.insert(path)
        } else {
            others.insert(path)
        };
        Ok(())
    })?;
    let has_ours = |folder: &str| {
        ours.range(folder.to_owned()..).next().is_some_and(|path| path.starts_with(folder))
    };
    let top = |path: &String| {
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..=end]);
        folders.find(|folder| !has_ours(folder)).unwrap_or(path).to_owned()
    };
    Ok(others.iter().map(top).collect::<BTreeSet<_>>().into_iter().collect())
}

/// A sentence about what was not packed; empty if there is nothing of that kind.
pub fn about_strangers(strangers: &[String]) -> String {
    /// So many are named.
    const MOST: usize = 8;
    let named = strangers.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match strangers.len() {
        0 => String::new(),
        count if count > MOST => {
            format!(
                "Left out, since it is no part of the course: {named} and {} more.",
                count - MOST
            )
        }
        _ => format!("Left out, since it is no part of the course: {named}."),
    }
}

/// The bytes as version control has them: some systems put a CR before each LF when they check
/// text out, and a script for Unix does not run with it. Only pictures have a zero byte.
pub fn without_cr(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.contains(&0) || !bytes.contains(&b'\r') {
        return bytes;
    }
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    let pairs = bytes.iter().zip(next);
    pairs.filter(|pair| *pair != (&b'\r', Some(&b'\n'))).map(|(byte, _)| *byte).collect()
}

/// Whether a file is one that is run by its name: where it lies may have to say so.
pub fn is_program(bytes: &[u8]) -> bool {
    // A file of Rust may begin with `#![`.
    bytes.starts_with(b"#!/")
}

#[cfg(unix)]
fn make_executable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

/// Elsewhere nobody runs a script by its name.
#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
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

    const COURSE: &str = "\
title = \"Sample\"
before = []
after = []

[[part]]
title = \"One\"
chapters = [\"ch01\"]

[[chapter]]
id = \"ch01\"
folder = \"ch01-echo\"
title = \"Echo\"
idea = \"An idea.\"
attack = \"An attack.\"
minutes = 60
prerequisites = []
";

    fn sample() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "chapters/ch01-echo/src/echo.rs",
            "chapters/ch01-echo/exercise/solution/count.rs",
            "chapters/ch01-echo/exercise/starter/count.rs",
            "chapters/ch01-echo/exercise/backup/1/count.rs",
            "chapters/ch01-echo/exercise/servers/lib.rs",
            "chapters/ch01-echo/exercise/servers/mutant_1.edit",
            "mock/src/lib.rs",
            "tests/ch01.rs",
            "tests/ex01.rs",
            "tests/last_word.rs",
            "tests/ch01/more.rs",
            "tests/simulated_system.rs",
            "tests/since_ch01.rs",
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
            "grades.csv",
            "submissions/ada.zip",
            "submissions/bob/chapters/ch01-echo/exercise/src/count.rs",
            "chapters/notes.md",
            "chapters/ch01-echo-old/src/echo.rs",
            "chapters/ch01-echo/src/notes.md",
            "chapters/ch01-echo/exercise/handed in/src/count.rs",
            "tests/wire/.cases.toml.swp",
            "book/draft.md",
        ] {
            write(folder.path(), name, name);
        }
        write(folder.path(), "chapters/course.toml", COURSE);
        let manifest = "[workspace]\n\
                        members = [\"chapters/*\", \"mock\", \"tests\", \"tests/fuzz\", \"book/workbook\"]\n\
                        default-members = [\"chapters/*\", \"tests\"]\n\
                        [workspace.dependencies]\nanyhow = \"1\"\n\
                        course-tests = { path = \"tests\" }\n";
        write(folder.path(), "Cargo.toml", manifest);
        folder
    }

    fn paths(tree: &CourseFiles) -> Vec<&str> {
        tree.0.keys().map(String::as_str).collect()
    }

    #[cfg(unix)]
    #[test]
    fn what_is_run_by_its_name_can_be_run_in_a_copy_too() {
        use std::os::unix::fs::PermissionsExt;
        let (root, copy) = (sample(), tempfile::tempdir().unwrap());
        write(root.path(), "chapters/ch01-echo/scripts/hello", "#!/bin/sh\necho hello\n");
        write(root.path(), "chapters/ch01-echo/src/lib.rs", "#![forbid(unsafe_code)]\n");
        CourseFiles::whole(root.path()).unwrap().write_to(copy.path()).unwrap();
        let is_executable = |name: &str| {
            let file = copy.path().join("chapters/ch01-echo").join(name);
            fs::metadata(file).unwrap().permissions().mode() & 0o111 == 0o111
        };
        assert!(is_executable("scripts/hello"));
        assert!(!is_executable("src/lib.rs"));
    }

    #[test]
    fn the_whole_course_is_its_own_files_and_no_others() {
        let root = sample();
        let tree = CourseFiles::whole(root.path()).unwrap();
        assert_eq!(
            paths(&tree),
            [
                ".cargo/config.toml",
                ".gitignore",
                "Cargo.lock",
                "Cargo.toml",
                "README.md",
                "book/workbook/src/main.rs",
                "chapters/ch01-echo/exercise/servers/lib.rs",
                "chapters/ch01-echo/exercise/servers/mutant_1.edit",
                "chapters/ch01-echo/exercise/solution/count.rs",
                "chapters/ch01-echo/exercise/starter/count.rs",
                "chapters/ch01-echo/src/echo.rs",
                "chapters/course.toml",
                "mock/src/lib.rs",
                "tests/attacks.rs",
                "tests/broken_server.rs",
                "tests/ch01.rs",
                "tests/ch01/more.rs",
                "tests/ex01.rs",
                "tests/fuzz/fuzz.rs",
                "tests/last_word.rs",
                "tests/simulated_system.rs",
                "tests/since_ch01.rs",
            ]
        );
        let strangers = strangers(root.path()).unwrap();
        assert_eq!(
            strangers,
            [
                "README.md~",
                "book/draft.md",
                "chapters/ch01-echo-old/",
                "chapters/ch01-echo/exercise/backup/",
                "chapters/ch01-echo/exercise/handed in/",
                "chapters/ch01-echo/src/notes.md",
                "chapters/notes.md",
                "grades.csv",
                "submissions/",
                "tests/fuzz/corpus/",
            ]
        );
        let said = about_strangers(&strangers);
        assert!(said.ends_with("chapters/notes.md, grades.csv and 2 more."), "{said}");
        assert_eq!(about_strangers(&[]), "");
        let error = CourseFiles::whole(&root.path().join("book")).unwrap_err().to_string();
        assert!(error.contains("is not the folder of the course"), "{error}");
    }

    #[test]
    fn a_checkout_with_cr_lf_gives_the_same_bytes() {
        let root = sample();
        let picture = b"\x89PNG\r\n\x1a\n\0\r\n";
        fs::write(root.path().join("chapters/ch01-echo/src/echo.png"), picture).unwrap();
        write(root.path(), "chapters/ch01-echo/src/echo.rs", "one\n\ntwo\rthree\n");
        let before = CourseFiles::whole(root.path()).unwrap();
        for (path, bytes) in &before.0 {
            if !path.ends_with(".png") {
                let text = String::from_utf8(bytes.clone()).unwrap();
                write(root.path(), path, &text.replace('\n', "\r\n"));
            }
        }
        assert_eq!(CourseFiles::whole(root.path()).unwrap(), before);
        assert_eq!(before.0["chapters/ch01-echo/src/echo.png"], picture);
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
                "tests/ch01/more.rs",
                "tests/ex01.rs",
                "tests/last_word.rs",
                "tests/simulated_system.rs",
                "tests/since_ch01.rs",
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
