//! From a submission to the learner's files.
//!
//! Only the files that `exercise.toml` names are taken. Whatever else a learner changed (the
//! manifests, the tests, cargo's configuration) is left where it is, and a note says so.

use crate::grade::source::{Kind, Source, join};
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::{LONGEST, file_names, source_path};

/// How deep a copy of the course, or an exercise, may lie in what was handed in.
const DEEPEST: usize = 4;

/// How many folders are looked into to find it.
const MOST_FOLDERS: usize = 2000;

/// Between the name of a file and the reason why it was not taken.
pub const REFUSED: &str = " was refused: ";

/// What somebody has handed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
    /// The name of its folder or file, without `.zip`.
    pub name: String,
    /// The exercises of which there is at least one file, in the order of the course.
    pub exercises: Vec<SubmittedExercise>,
    /// Whether it is a copy of the whole course, in which a missing exercise is one that was
    /// not done.
    pub whole: bool,
    /// Sentences for whoever grades.
    pub notes: Vec<String>,
}

/// What somebody has handed in of one exercise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubmittedExercise {
    /// `ex03`.
    pub id: String,
    /// The learner's files that are there, by the names of `exercise.toml`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Why a file that is there was not taken, in a sentence, by the same names.
    pub refused: BTreeMap<String, String>,
    /// Sentences for whoever grades: what is missing, what was refused, what was not used.
    pub notes: Vec<String>,
}

/// The place of an exercise in what was handed in.
struct Found<'a> {
    exercise: &'a Exercise,
    /// Its folder.
    folder: String,
    /// The top of the copy of the course, if it is in one.
    copy: Option<String>,
}

/// Reads the submission at `path`, as far as it concerns `exercises` of the course at `root`.
///
/// It is a learner's copy of the course, the folder of one exercise, or a zip of either.
/// What is wrong with the whole of it is an error; what is wrong with a file is a note.
pub fn read(root: &Path, exercises: &[Exercise], path: &Path) -> Result<Submission> {
    let (top, known) = inside_of_an_exercise(path, exercises);
    let name = name_of(path);
    let mut source = Source::open(&top)?;
    ensure!(!source.is_empty().unwrap_or(false), "{} is empty", path.display());
    let (mut notes, mut handed) = (Vec::new(), Vec::new());
    let not_graded = || format!("{} was not graded", path.display());
    let found = match known {
        Some(exercise) => vec![Found { exercise, folder: String::new(), copy: None }],
        None => match find(&mut source, exercises, &name, &mut notes).with_context(not_graded)? {
            found
                if found.is_empty()
                    && only_a_zip(&mut source, &mut notes).with_context(not_graded)? =>
            {
                find(&mut source, exercises, &name, &mut notes).with_context(not_graded)?
            }
            found => found,
        },
    };
    let whole = found.iter().any(|one| one.copy.is_some());
    for one in found {
        let mut taken = take(&mut source, &one);
        if taken.files.is_empty() && taken.notes.is_empty() {
            continue;
        }
        taken.notes.extend(missing(&one, &taken));
        taken.notes.extend(changed(root, &mut source, &one));
        handed.push(taken);
    }
    ensure!(
        !handed.is_empty(),
        "nothing in {} belongs to an exercise: hand in a copy of the course (the folder that has \
         chapters/), or the folder of an exercise, or a zip of either",
        path.display()
    );
    Ok(Submission { name, exercises: handed, whole, notes })
}

/// The name of a submission: that of its folder or file, or of the copy of the course that
/// it is in.
pub fn name_of(path: &Path) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let copy = whole.ancestors().find(|folder| folder.ends_with("chapters"));
    let named = copy.and_then(Path::parent).unwrap_or(&whole);
    let name = named.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let is_zip = name.len() > 4 && has_ending(&name, ".zip");
    if is_zip { name[..name.len() - 4].to_owned() } else { name.into_owned() }
}

/// For a path into a copy of the course: the folder to look at, and the exercise that it is
/// in, if it is in one.
fn inside_of_an_exercise<'a>(
    path: &Path,
    exercises: &'a [Exercise],
) -> (PathBuf, Option<&'a Exercise>) {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let parts: Vec<_> = whole.components().collect();
    let is_chapters = |part: &Component| part.as_os_str() == "chapters";
    if let Some(at) = parts.iter().rposition(is_chapters) {
        let Some(chapter) = parts.get(at + 1) else {
            return (parts[..at].iter().collect(), None);
        };
        let exercise = exercises.iter().find(|one| chapter.as_os_str() == one.folder.as_str());
        let folder: PathBuf = parts[..at + 2].iter().collect::<PathBuf>().join("exercise");
        if exercise.is_some() && folder.is_dir() && whole.is_dir() {
            return (folder, exercise);
        }
    }
    (path.to_owned(), None)
}

/// Finds the copy of the course, or else the exercises, level by level.
fn find<'a>(
    source: &mut Source,
    exercises: &'a [Exercise],
    name: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Found<'a>>> {
    let mut level = vec![String::new()];
    let mut seen = 0;
    for _ in 0..DEEPEST {
        let is_copy = |folder: &String| {
            let chapters = source.kind(&join(folder, "chapters"));
            matches!(chapters, Ok(Kind::Folder)) && !in_copy(source, exercises, folder).is_empty()
        };
        let copies: Vec<_> = level.iter().filter(|folder| is_copy(folder)).collect();
        match copies[..] {
            [] => {}
            [copy] => {
                notes.extend(links(source, exercises, copy));
                return Ok(in_copy(source, exercises, copy));
            }
            [one, two, ..] => bail!("there are two copies of the course in it: {one} and {two}"),
        }
        let mut found = BTreeMap::new();
        for folder in &level {
            if let Some(exercise) = identify(source, exercises, name, folder)? {
                let one = Found { exercise, folder: folder.clone(), copy: None };
                let id = &exercise.id;
                ensure!(found.insert(id, one).is_none(), "there are two folders of {id} in it");
            }
        }
        if !found.is_empty() {
            return Ok(found.into_values().collect());
        }
        let mut below = Vec::new();
        for folder in &level {
            for name in source.folders(folder)? {
                let other = ["__MACOSX", "target", "chapters"].contains(&name.as_str());
                if !other && !name.starts_with('.') {
                    below.push(join(folder, &name));
                }
            }
        }
        seen += below.len();
        ensure!(seen <= MOST_FOLDERS, "there are too many folders in it");
        level = below;
    }
    Ok(Vec::new())
}

/// Learning platforms export what was uploaded in a folder of the learner's: if it is one zip,
/// `source` becomes that. Other archives are not looked into, and that is said.
fn only_a_zip(source: &mut Source, notes: &mut Vec<String>) -> Result<bool> {
    let packed: Vec<_> = source.files("")?.into_iter().filter(|name| is_archive(name)).collect();
    match (&packed[..], &*source) {
        ([], _) => Ok(false),
        ([one], Source::Folder(top)) if has_ending(one, ".zip") => {
            let inner = Source::open(&top.join(one))?;
            notes.push(format!("taken from {one}, which lies in it"));
            *source = inner;
            Ok(true)
        }
        ([one], _) => bail!("{one} lies in it, which is not looked into: unpack it first"),
        (several, _) => {
            bail!("{} lie in it: leave the one that counts, or unpack it", several.join(", "))
        }
    }
}

fn is_archive(name: &str) -> bool {
    let endings = [".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"];
    endings.iter().any(|ending| has_ending(name, ending))
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.to_ascii_lowercase().ends_with(ending)
}

/// The exercises in the copy of the course at `copy`.
fn in_copy<'a>(source: &Source, exercises: &'a [Exercise], copy: &str) -> Vec<Found<'a>> {
    let folder = |one: &Exercise| join(copy, &format!("chapters/{}/exercise", one.folder));
    let is_there = |one: &&Exercise| matches!(source.kind(&folder(one)), Ok(Kind::Folder));
    let found = |exercise: &'a Exercise| Found {
        exercise,
        folder: folder(exercise),
        copy: Some(copy.to_owned()),
    };
    exercises.iter().filter(is_there).map(found).collect()
}

/// The chapters that are passed over because their folders are none.
fn links(source: &Source, exercises: &[Exercise], copy: &str) -> Vec<String> {
    let strange = exercises.iter().filter_map(|one| {
        let path = format!("chapters/{}/exercise", one.folder);
        match source.kind(&join(copy, &path)) {
            Ok(Kind::Other(what)) => Some(format!("{path} is {what}, and was passed over")),
            Err(error) => Some(format!("{path} cannot be read: {error:#}")),
            Ok(_) => None,
        }
    });
    strange.collect()
}

/// The exercise whose folder this is, if it is one.
fn identify<'a>(
    source: &mut Source,
    exercises: &'a [Exercise],
    name: &str,
    folder: &str,
) -> Result<Option<&'a Exercise>> {
    // How many of its files are there, and how many it has.
    let mut counts = Vec::new();
    for exercise in exercises {
        let all = file_names(exercise);
        let there = all.iter().filter(|name| path_of(source, folder, name).is_some()).count();
        if there > 0 {
            counts.push((exercise, there, all.len()));
        }
    }
    if counts.is_empty() {
        return Ok(None);
    }
    // By the name of the folder, or of the one that `exercise` lies in …
    let mut called = folder.rsplit('/').find(|part| *part != "exercise").unwrap_or_default();
    if called.is_empty() {
        called = name;
    }
    let by_name = counts.iter().find(|(exercise, ..)| {
        let known = [&exercise.id, &exercise.chapter, &exercise.folder];
        known.iter().any(|known| known.as_str() == called)
    });
    if let Some((exercise, ..)) = by_name {
        return Ok(Some(exercise));
    }
    // … by its manifest …
    let manifest = source.read(&join(folder, "Cargo.toml"), LONGEST).unwrap_or_default();
    let manifest = toml::from_str::<toml::Table>(&String::from_utf8_lossy(&manifest));
    let package = manifest
        .ok()
        .and_then(|table| Some(table.get("package")?.get("name")?.as_str()?.to_owned()));
    if let Some(package) = package
        && let Some((exercise, ..)) = counts.iter().find(|(one, ..)| one.id == package)
    {
        return Ok(Some(exercise));
    }
    // … or by its files.
    let most = counts.iter().map(|(_, there, _)| *there).max();
    let best: Vec<_> = counts.iter().filter(|(_, there, _)| Some(*there) == most).collect();
    match best[..] {
        [(exercise, ..)] => Ok(Some(exercise)),
        _ => {
            let ids: Vec<_> = best.iter().map(|(exercise, ..)| exercise.id.as_str()).collect();
            bail!(
                "it has files of {}, and does not say of which: hand in the folder with its \
                 Cargo.toml, or call it {}",
                ids.join(" and "),
                ids[0]
            )
        }
    }
}

/// Where the learner's file `name` is: in its place, or else alone in the folder.
fn path_of(source: &Source, folder: &str, name: &str) -> Option<String> {
    let paths = [join(folder, &source_path(name)), join(folder, name)];
    paths.into_iter().find(|path| !matches!(source.kind(path), Ok(Kind::Missing)))
}

/// The learner's files.
fn take(source: &mut Source, found: &Found) -> SubmittedExercise {
    let mut handed =
        SubmittedExercise { id: found.exercise.id.clone(), ..SubmittedExercise::default() };
    for name in file_names(found.exercise) {
        let Some(path) = path_of(source, &found.folder, name) else { continue };
        match read_text(source, &path) {
            Ok(bytes) => drop(handed.files.insert(name.to_owned(), bytes)),
            Err(error) => {
                let sentence = format!("{}{REFUSED}{error:#}", source_path(name));
                handed.notes.push(sentence.clone());
                handed.refused.insert(name.to_owned(), sentence);
            }
        }
    }
    handed
}

fn read_text(source: &mut Source, path: &str) -> Result<Vec<u8>> {
    match source.kind(path)? {
        Kind::Other(what) => bail!("it is {what}"),
        Kind::Folder => bail!("it is a folder"),
        Kind::File | Kind::Missing => {}
    }
    let bytes = source.read(path, LONGEST)?;
    // Some editors and shells of Windows write it. (With its mark, or else known by its zeros.)
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    ensure!(!is_utf16 && !bytes.contains(&0), "it is UTF-16, or no text; save it as UTF-8");
    if let Err(error) = std::str::from_utf8(&bytes) {
        bail!("it is not UTF-8 text (byte {} is not); save it as UTF-8", error.valid_up_to() + 1);
    }
    Ok(bytes)
}

/// A note about files that were not handed in.
fn missing(found: &Found, handed: &SubmittedExercise) -> Option<String> {
    let is_there =
        |name: &str| handed.files.contains_key(name) || handed.refused.contains_key(name);
    let all = file_names(found.exercise).into_iter();
    let missing: Vec<_> = all.filter(|name| !is_there(name)).map(source_path).collect();
    match &missing[..] {
        [] => None,
        [one] => Some(format!("{one} was not handed in; the starter stands in its place")),
        more => Some(format!(
            "{} were not handed in; the starters stand in their place",
            more.join(", ")
        )),
    }
}

/// A note about files of the course that are not as they were.
fn changed(root: &Path, source: &mut Source, found: &Found) -> Option<String> {
    let exercise = found.exercise;
    let own = format!("chapters/{}/exercise", exercise.folder);
    let inner = [
        "Cargo.toml",
        "src/lib.rs",
        "src/main.rs",
        "tests/promises.rs",
        "catch/Cargo.toml",
        "catch/src/lib.rs",
    ];
    let inner = inner.map(|name| (join(&own, name), join(&found.folder, name), name.to_owned()));
    let mut pairs = Vec::from(inner);
    if let Some(copy) = &found.copy {
        let tests = [&exercise.chapter, &exercise.id, "last_word"];
        let outer = tests.map(|name| format!("tests/{name}.rs"));
        pairs.extend(outer.map(|name| (name.clone(), join(copy, &name), name)));
        let config = ".cargo/config.toml".to_owned();
        pairs.push((config.clone(), join(copy, &config), config));
    }
    let mut names = BTreeSet::new();
    for (ours, theirs, name) in pairs {
        if !matches!(source.kind(&theirs), Ok(Kind::File)) {
            continue;
        }
        let Ok(ours) = fs::read(root.join(ours)) else { continue };
        let same = source.read(&theirs, LONGEST).is_ok_and(|theirs| lines(&theirs) == lines(&ours));
        if !same {
            names.insert(name);
        }
    }
    let names: Vec<_> = names.into_iter().collect();
    (!names.is_empty()).then(|| {
        format!(
            "not as the course has it, and not used (the course's own is): {}",
            names.join(", ")
        )
    })
}

/// The bytes without the CRs that some systems put at the ends of lines.
fn lines(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use tempfile::TempDir;
    use workbook::course::exercise::{Kind as TaskKind, Task};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn exercise(number: u8, folder: &str, files: &[&str]) -> Exercise {
        let task = Task {
            id: "build".to_owned(),
            kind: TaskKind::Build,
            title: "T".to_owned(),
            files: files.iter().map(|name| (*name).to_owned()).collect(),
            minutes: 1,
            points: 2,
            text: String::new(),
            hints: Vec::new(),
            server: BTreeMap::new(),
        };
        Exercise {
            id: format!("ex{number:02}"),
            chapter: format!("ch{number:02}"),
            folder: folder.to_owned(),
            reads: Vec::new(),
            changes_permissions: false,
            tasks: vec![task],
        }
    }

    /// A course, a learner's files, and a folder for them.
    struct Desk {
        folder: TempDir,
        exercises: Vec<Exercise>,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let exercises = vec![
                exercise(1, "ch01-echo", &["echo.rs", "count.rs", "catch.rs"]),
                exercise(2, "ch02-loop", &["serve.rs", "catch.rs"]),
            ];
            let desk = Self { folder, exercises };
            desk.write(
                "course/chapters/ch01-echo/exercise/Cargo.toml",
                "[package]\nname = \"ex01\"",
            );
            desk.write("course/chapters/ch01-echo/exercise/src/lib.rs", "one\ntwo\n");
            desk.write("course/tests/ch01.rs", "tests\n");
            desk
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }

        /// A zip with these files; `links` among them lead to what is their content.
        fn zip(&self, name: &str, files: &[(&str, &str)], links: &[&str]) {
            let mut zip = ZipWriter::new(File::create(self.path(name)).unwrap());
            let options = SimpleFileOptions::default();
            for (path, content) in files {
                if links.contains(path) {
                    zip.add_symlink(*path, *content, options).unwrap();
                } else {
                    zip.start_file(*path, options).unwrap();
                    zip.write_all(content.as_bytes()).unwrap();
                }
            }
            zip.finish().unwrap();
        }

        fn read(&self, name: &str) -> Result<Submission> {
            read(&self.path("course"), &self.exercises, &self.path(name))
        }

        #[track_caller]
        fn refused(&self, name: &str, sentence: &str) {
            let said = format!("{:#}", self.read(name).unwrap_err());
            assert!(said.contains(sentence), "{sentence:?} is not in {said:?}");
        }
    }

    use std::fs::File;

    /// The exercises and files that were taken: `ex01: echo.rs=text …`.
    fn taken(submission: &Submission) -> Vec<String> {
        let files = |handed: &SubmittedExercise| {
            let files = handed
                .files
                .iter()
                .map(|(name, bytes)| format!("{name}={}", String::from_utf8_lossy(bytes)));
            files.collect::<Vec<_>>().join(" ")
        };
        submission.exercises.iter().map(|one| format!("{}: {}", one.id, files(one))).collect()
    }

    #[test]
    fn a_copy_of_the_course_is_found_wherever_it_lies() {
        let desk = Desk::new();
        for top in ["ada", "bob/course-main", "cleo/work/week 1"] {
            let inside = format!("{top}/chapters/ch01-echo/exercise");
            desk.write(&format!("{inside}/src/echo.rs"), "a");
            desk.write(&format!("{inside}/src/count.rs"), "b");
            desk.write(&format!("{inside}/catch/src/catch.rs"), "c");
            desk.write(&format!("{inside}/src/another.rs"), "not taken");
            desk.write(&format!("{top}/chapters/ch02-loop/exercise/src/serve.rs"), "d");
            let name = top.split('/').next().unwrap();
            let submission = desk.read(name).unwrap();
            assert_eq!(submission.name, name);
            let all = ["ex01: catch.rs=c count.rs=b echo.rs=a", "ex02: serve.rs=d"];
            assert_eq!(taken(&submission), all);
            assert_eq!(submission.exercises[0].notes, [""; 0]);
            let missing = "catch/src/catch.rs was not handed in; the starter stands in its place";
            assert_eq!(submission.exercises[1].notes, [missing]);
        }
        for inside in ["ada/chapters/ch01-echo/exercise/src", "ada/chapters/ch01-echo"] {
            let submission = desk.read(inside).unwrap();
            assert_eq!(taken(&submission), ["ex01: catch.rs=c count.rs=b echo.rs=a"]);
            assert_eq!(submission.name, "ada");
        }
        assert_eq!(desk.read("ada/chapters").unwrap().exercises.len(), 2);
    }

    #[test]
    fn the_folder_of_one_exercise_is_known_by_its_name_or_manifest_or_files() {
        let desk = Desk::new();
        desk.write("ex02/catch/src/catch.rs", "c");
        assert_eq!(taken(&desk.read("ex02").unwrap()), ["ex02: catch.rs=c"]);
        desk.write("ada/exercise/catch/src/catch.rs", "c");
        desk.write("ada/exercise/Cargo.toml", "[package]\nname = \"ex01\"");
        assert_eq!(taken(&desk.read("ada").unwrap()), ["ex01: catch.rs=c"]);
        desk.write("bob/serve.rs", "s");
        desk.write("bob/catch.rs", "c");
        assert_eq!(taken(&desk.read("bob").unwrap()), ["ex02: catch.rs=c serve.rs=s"]);
        desk.write("cleo/catch.rs", "c");
        desk.refused("cleo", "it has files of ex01 and ex02, and does not say of which");
        desk.write("dora/ex01/src/echo.rs", "a");
        desk.write("dora/ex02/src/serve.rs", "s");
        let both = ["ex01: echo.rs=a", "ex02: serve.rs=s"];
        assert_eq!(taken(&desk.read("dora").unwrap()), both);
    }

    #[test]
    fn a_zip_is_read_like_a_folder() {
        let desk = Desk::new();
        let path = "course-main/chapters/ch01-echo/exercise/src/echo.rs";
        let other = "__MACOSX/course-main/chapters/ch01-echo/exercise/src/._echo.rs";
        desk.zip("ada.zip", &[(path, "a"), (other, "x"), ("course-main/README.md", "r")], &[]);
        let submission = desk.read("ada.zip").unwrap();
        assert_eq!(
            (submission.name.as_str(), taken(&submission)),
            ("ada", vec!["ex01: echo.rs=a".to_owned()])
        );
        desk.zip("ex02.ZIP", &[("src\\serve.rs", "s")], &[]);
        assert_eq!(taken(&desk.read("ex02.ZIP").unwrap()), ["ex02: serve.rs=s"]);
    }

    #[test]
    fn a_zip_that_leads_outside_is_refused() {
        let desk = Desk::new();
        let good = ("ex01/src/echo.rs", "a");
        for path in ["../x.rs", "ex01/../../x", "/etc/x", "C:/x", "C:x", "..\\x", "\\\\host\\x"] {
            desk.zip("bad.zip", &[good, (path, "x")], &[]);
            desk.refused("bad.zip", "a file in it wants to be outside of it");
        }
        let link = "ex01/src/count.rs";
        desk.zip("bad.zip", &[good, (link, "/etc/passwd")], &[link]);
        desk.refused("bad.zip", "there is a symbolic link in it: ex01/src/count.rs");
    }

    #[test]
    fn a_colon_in_a_name_is_no_drive() {
        let desk = Desk::new();
        for top in ["10:30 ada", "ada: last one", "2026-11-28T10:30:00"] {
            let path = format!("{top}/chapters/ch01-echo/exercise/src/echo.rs");
            desk.zip("ada.zip", &[(&path, "a"), (&format!("{top}/README.md"), "r")], &[]);
            assert_eq!(taken(&desk.read("ada.zip").unwrap()), ["ex01: echo.rs=a"], "{top}");
        }
    }

    /// The zip `name` again, with this written over the field at `offset` of each file's header
    /// and of its entry in the list of names.
    fn patch(desk: &Desk, name: &str, offset: usize, value: u16) {
        let mut bytes = fs::read(desk.path(name)).unwrap();
        // The same fields stand two bytes later in the list.
        for (mark, offset) in [(b"PK\x03\x04", offset), (b"PK\x01\x02", offset + 2)] {
            for at in 0..bytes.len() - 4 {
                if bytes[at..at + 4] == *mark {
                    bytes[at + offset..at + offset + 2].copy_from_slice(&value.to_le_bytes());
                }
            }
        }
        desk.write(name, bytes);
    }

    #[test]
    fn a_zip_that_is_packed_in_another_way_says_which() {
        let desk = Desk::new();
        for (method, word) in [(12, "bzip2"), (14, "LZMA"), (93, "Zstandard"), (77, "another")] {
            desk.zip("ex01.zip", &[("src/echo.rs", "a"), ("src/count.rs", "b")], &[]);
            patch(&desk, "ex01.zip", 8, method);
            let submission = desk.read("ex01.zip").unwrap();
            assert_eq!(taken(&submission), ["ex01: "]);
            let refused = &submission.exercises[0].refused;
            let start = format!("src/echo.rs was refused: it is packed with {word}");
            assert!(refused["echo.rs"].starts_with(&start), "{refused:?}");
            assert_eq!(refused.len(), 2);
        }
        desk.zip("ex01.zip", &[("src/echo.rs", "a")], &[]);
        patch(&desk, "ex01.zip", 6, 1);
        let refused = &desk.read("ex01.zip").unwrap().exercises[0].refused;
        assert!(refused["echo.rs"].contains("encrypted in the zip"), "{refused:?}");
    }

    #[test]
    fn a_zip_in_a_learners_folder_is_what_was_handed_in() {
        let desk = Desk::new();
        let path = "work/chapters/ch01-echo/exercise/src/echo.rs";
        fs::create_dir(desk.path("ada")).unwrap();
        desk.zip("ada/Week 1.ZIP", &[(path, "a")], &[]);
        let submission = desk.read("ada").unwrap();
        assert_eq!((submission.name.as_str(), submission.whole), ("ada", true));
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
        assert_eq!(submission.notes, ["taken from Week 1.ZIP, which lies in it"]);
        // What is unpacked beside it counts.
        desk.write("ada/ex01/src/echo.rs", "b");
        assert_eq!(taken(&desk.read("ada").unwrap()), ["ex01: echo.rs=b"]);

        fs::create_dir(desk.path("bob")).unwrap();
        desk.zip("bob/1.zip", &[(path, "a")], &[]);
        desk.zip("bob/2.zip", &[(path, "b")], &[]);
        desk.refused("bob", "1.zip, 2.zip lie in it: leave the one that counts");
        desk.zip("cleo.zip", &[("inner.zip", "PK")], &[]);
        desk.refused("cleo.zip", "inner.zip lies in it, which is not looked into: unpack it");
        desk.write("dora/work.7z", "7z");
        desk.refused("dora", "work.7z lies in it, which is not looked into: unpack it first");
        desk.write("eve/work.zip", "no zip");
        desk.refused("eve", "it is neither a folder nor a zip that can be read");
    }

    #[test]
    fn utf_16_is_called_by_its_name() {
        let desk = Desk::new();
        let text: Vec<u8> = "fn f() {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        desk.write("ex01/src/echo.rs", [b"\xff\xfe", &text[..]].concat());
        desk.write("ex01/src/count.rs", text);
        let refused = &desk.read("ex01").unwrap().exercises[0].refused;
        for name in ["echo.rs", "count.rs"] {
            assert!(refused[name].ends_with("it is UTF-16, or no text; save it as UTF-8"));
        }
    }

    #[test]
    fn a_zip_that_unpacks_to_too_much_is_refused() {
        let desk = Desk::new();
        let bomb = "x".repeat(50 << 20);
        desk.zip("ex01.zip", &[("src/echo.rs", &bomb), ("src/count.rs", "c")], &[]);
        let submission = desk.read("ex01.zip").unwrap();
        assert_eq!(taken(&submission), ["ex01: count.rs=c"]);
        let note = "src/echo.rs was refused: it is longer than 256 KiB";
        assert_eq!(submission.exercises[0].notes[0], note);
    }

    #[test]
    fn a_zip_that_lies_about_its_sizes_is_not_believed() {
        let desk = Desk::new();
        desk.zip("ex01.zip", &[("src/echo.rs", &"x".repeat(1 << 20))], &[]);
        let mut bytes = fs::read(desk.path("ex01.zip")).unwrap();
        let size = (1u32 << 20).to_le_bytes();
        let places: Vec<_> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == size).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + 4].copy_from_slice(&5u32.to_le_bytes());
        }
        desk.write("ex01.zip", bytes);
        let submission = desk.read("ex01.zip").unwrap();
        assert_eq!(taken(&submission), ["ex01: "]);
        assert!(submission.exercises[0].notes[0].starts_with("src/echo.rs was refused: "));
    }

    #[test]
    fn what_is_no_submission_is_refused_in_a_sentence() {
        let desk = Desk::new();
        fs::create_dir(desk.path("empty")).unwrap();
        desk.refused("empty", "empty is empty");
        desk.refused("gone", "there is no ");
        desk.write("notes.txt", "hello");
        desk.refused("notes.txt", "it is neither a folder nor a zip that can be read");
        desk.write("other/src/hello.rs", "x");
        desk.refused("other", "belongs to an exercise: hand in a copy of the course");
        desk.write("course2/chapters/ch01-echo/src/echo.rs", "the chapter's own");
        desk.refused("course2", "belongs to an exercise");
        desk.zip("none.zip", &[], &[]);
        desk.refused("none.zip", "is empty");
        desk.write("two/a/chapters/ch01-echo/exercise/src/echo.rs", "a");
        desk.write("two/b/chapters/ch01-echo/exercise/src/echo.rs", "b");
        desk.refused("two", "there are two copies of the course in it: a and b");
        let large = File::create(desk.path("large.zip")).unwrap();
        large.set_len(1 << 30).unwrap();
        desk.refused("large.zip", "it has 1024 MiB, and 32 are the most: hand in the source files");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_a_note_and_the_others_are_taken() {
        let desk = Desk::new();
        desk.write("ex01/src/echo.rs", b"fn f() {} // caf\xe9");
        desk.write("ex01/src/count.rs", "c");
        fs::create_dir_all(desk.path("ex01/catch/src/catch.rs")).unwrap();
        let submission = desk.read("ex01").unwrap();
        assert_eq!(taken(&submission), ["ex01: count.rs=c"]);
        assert_eq!(
            submission.exercises[0].notes,
            [
                "src/echo.rs was refused: it is not UTF-8 text (byte 17 is not); save it as UTF-8",
                "catch/src/catch.rs was refused: it is a folder",
            ]
        );
        let large = File::create(desk.path("ex01/src/count.rs")).unwrap();
        large.set_len(1 << 30).unwrap();
        let notes = &desk.read("ex01").unwrap().exercises[0].notes;
        assert!(notes.contains(&"src/count.rs was refused: it is longer than 256 KiB".to_owned()));
    }

    #[test]
    fn what_of_the_course_was_changed_is_a_note() {
        let desk = Desk::new();
        let inside = "ada/chapters/ch01-echo/exercise";
        desk.write(&format!("{inside}/src/echo.rs"), "a");
        desk.write(&format!("{inside}/src/count.rs"), "b");
        desk.write(&format!("{inside}/catch/src/catch.rs"), "c");
        desk.write(&format!("{inside}/src/lib.rs"), "one\r\ntwo\r\n");
        desk.write("ada/tests/ch01.rs", "tests\n");
        assert_eq!(desk.read("ada").unwrap().exercises[0].notes, [""; 0]);
        desk.write(&format!("{inside}/Cargo.toml"), "[features]");
        desk.write("ada/tests/ch01.rs", "");
        assert_eq!(
            desk.read("ada").unwrap().exercises[0].notes,
            [
                "not as the course has it, and not used (the course's own is): Cargo.toml, tests/ch01.rs"
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_are_refused_and_nothing_waits() {
        use std::os::unix::fs::symlink;
        let desk = Desk::new();
        desk.write("ex01/src/echo.rs", "a");
        symlink(desk.path("ex01"), desk.path("link")).unwrap();
        desk.refused("link", "is a symbolic link; hand in the folder or the zip itself");
        desk.refused("link/", "is a symbolic link");
        symlink("/etc/passwd", desk.path("ex01/src/count.rs")).unwrap();
        symlink("/etc", desk.path("ex01/catch")).unwrap();
        let pipe = desk.path("ex01/src/pipe.rs");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let submission = desk.read("ex01").unwrap();
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
        let notes = &submission.exercises[0].notes;
        assert_eq!(notes[0], "src/count.rs was refused: it is a symbolic link");
        assert_eq!(notes[1], "catch/src/catch.rs was refused: it is a symbolic link");
        fs::rename(&pipe, desk.path("ex01/src/echo.rs")).unwrap();
        let notes = &desk.read("ex01").unwrap().exercises[0].notes;
        assert_eq!(notes[0], "src/echo.rs was refused: it is neither a file nor a folder");
        desk.refused("ex01/src/echo.rs", "is neither a file nor a folder");
        desk.write("ada/chapters/ch02-loop/exercise/src/serve.rs", "s");
        fs::create_dir(desk.path("ada/chapters/ch01-echo")).unwrap();
        symlink(desk.path("ex01"), desk.path("ada/chapters/ch01-echo/exercise")).unwrap();
        let submission = desk.read("ada").unwrap();
        assert_eq!(taken(&submission), ["ex02: serve.rs=s"]);
        let note = "chapters/ch01-echo/exercise is a symbolic link, and was passed over";
        assert_eq!(submission.notes, [note]);
    }
}
