//! From what one person has handed in to the learner's files.
//!
//! Only the files that `exercise.toml` names are taken. Whatever else a learner changed (the
//! manifests, the tests, cargo's configuration) is left where it is, and a note says so.
//!
//! What lies loose counts. What is missing there is taken from the archives that lie beside it,
//! and it is said from which.

use crate::grade::archive::{self, PERSON, is_archive, stem};
use crate::grade::handed_in::HandedIn;
use crate::grade::spelling::numbered;
use crate::grade::tree::{Tree, join, split};
use crate::grade::works::{Search, Work};
use anyhow::{Result, anyhow, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::{LONGEST, file_names, source_path};

/// How many archives may lie in each other.
const DEEPEST: usize = 3;

/// How many archives of one person are opened.
const MOST_ARCHIVES: usize = 12;

/// Between the name of a file and the reason why it was not taken.
pub const REFUSED: &str = " was refused: ";

/// What somebody has handed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
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
    /// Which of several files or archives of one name counts, in sentences.
    pub newer: Vec<String>,
    /// Sentences for whoever grades: what is missing, what was refused, what was not used.
    pub notes: Vec<String>,
}

/// Files that lie together: loose, or in an archive.
struct Part<'a> {
    /// The archive, as a path in what was handed in; nothing for what lies loose.
    archive: Option<String>,
    tree: Tree,
    works: Vec<Work<'a>>,
}

/// What was found of one person.
#[derive(Default)]
struct Parts<'a> {
    parts: Vec<Part<'a>>,
    /// Archives that were not opened, and why.
    closed: Vec<(String, String)>,
    notes: Vec<String>,
}

/// Reads what somebody has handed in, as far as it concerns the exercises of the course at
/// `root`; `graded` are the ids of those that count.
///
/// What is wrong with the whole of it is an error: it was not read. What is wrong with a file is
/// a note.
pub fn read(
    root: &Path,
    exercises: &[Exercise],
    graded: &[&str],
    handed: &HandedIn,
) -> Result<Submission> {
    let tree = handed.work.as_ref().map_err(|error| anyhow!("{error:#}"))?;
    ensure!(!tree.is_empty(), "{} is empty", handed.place);
    let alone = handed.person.platform.is_empty();
    let path = alone.then_some(handed.place.as_str());
    let search = Search { exercises, graded, path };
    let mut found = Parts { notes: tree.notes.clone(), ..Parts::default() };
    found.look_into(&search, tree.clone(), None, &handed.person.name, 0)?;
    let whole = found.parts.iter().flat_map(|part| &part.works).any(|work| work.copy.is_some());
    let mut taken = Vec::new();
    for exercise in exercises {
        taken.extend(found.of(root, exercise)?);
    }
    if taken.is_empty() {
        if let [_, ..] = &found.closed[..] {
            let all: Vec<_> =
                found.closed.iter().map(|(name, why)| format!("{name}: {why}")).collect();
            bail!("{}", all.join("; "));
        }
        bail!(
            "nothing in it belongs to an exercise: hand in a copy of the course (the folder that \
             has chapters/), or the folder of an exercise, or its files, or a zip of any of these"
        );
    }
    for (name, why) in &found.closed {
        found.notes.push(format!("{name} was not opened: {why}"));
    }
    Ok(Submission { exercises: taken, whole, notes: found.notes })
}

impl<'a> Parts<'a> {
    /// Looks for work in `tree` and in the archives in it.
    fn look_into(
        &mut self,
        search: &Search<'a>,
        tree: Tree,
        archive: Option<String>,
        name: &str,
        depth: usize,
    ) -> Result<()> {
        let works = search.find(&tree, name)?;
        let copies: Vec<_> =
            works.iter().filter_map(|work| Some(join(work.copy.as_ref()?, ""))).collect();
        // What is packed in a copy of the course, or beside work in an archive, is no work.
        let inside = |path: &&str| copies.iter().any(|copy| path.starts_with(copy));
        let packed: Vec<_> = match archive.is_none() || works.is_empty() {
            true => tree.paths().filter(|path| is_archive(path) && !inside(path)).collect(),
            false => Vec::new(),
        };
        for path in packed {
            let shown =
                archive.as_ref().map_or(path.to_owned(), |above| format!("{above}: {path}"));
            let opened = match () {
                () if depth == DEEPEST => Err(anyhow!("it lies too deep in other archives")),
                () if self.parts.len() + self.closed.len() >= MOST_ARCHIVES => {
                    Err(anyhow!("there are more than {MOST_ARCHIVES} archives"))
                }
                () => archive::open(&tree, path, PERSON),
            };
            match opened {
                Ok(inner) => {
                    self.notes.extend(inner.notes.iter().map(|note| format!("{shown}: {note}")));
                    let name = stem(split(path).1).to_owned();
                    self.look_into(search, inner, Some(shown), &name, depth + 1)?;
                }
                Err(error) => self.closed.push((shown, format!("{error:#}"))),
            }
        }
        self.parts.push(Part { archive, tree, works });
        Ok(())
    }

    /// What there is of one exercise.
    fn of(&mut self, root: &Path, exercise: &Exercise) -> Result<Option<SubmittedExercise>> {
        let mut found: Vec<(&Part, &Work)> = Vec::new();
        for part in &self.parts {
            let works = part.works.iter().filter(|work| work.exercise.id == exercise.id);
            found.extend(works.map(|work| (part, work)));
        }
        // What lies loose comes first; of archives of the same name the newest.
        found.sort_by_key(|(part, _)| part.archive.as_deref().map(newest_first));
        let Some(((first, work), others)) = found.split_first() else { return Ok(None) };
        let mut taken = take(&first.tree, work);
        if taken.files.is_empty() && taken.notes.is_empty() {
            return Ok(None);
        }
        let mut notes = Vec::new();
        match &first.archive {
            Some(archive) => {
                notes.push(format!("taken from {archive}"));
                only_newest(archive, &mut taken, others)?;
            }
            None => add_missing(&mut taken, others, &mut notes),
        }
        // What is missing may be in an archive that could not be opened.
        if let [(name, why), ..] = &self.closed[..] {
            for file in file_names(exercise) {
                if !taken.files.contains_key(file) && !taken.refused.contains_key(file) {
                    let why = format!("it may be in {name}, which was not opened: {why}");
                    taken.refuse(file, &why);
                }
            }
        }
        taken.notes.splice(0..0, notes);
        taken.notes.extend(missing(exercise, &taken));
        taken.notes.extend(changed(root, &first.tree, work));
        Ok(Some(taken))
    }
}

impl SubmittedExercise {
    fn refuse(&mut self, name: &str, why: &str) {
        let sentence = format!("{}{REFUSED}{why}", source_path(name));
        self.notes.push(sentence.clone());
        self.refused.insert(name.to_owned(), sentence);
    }
}

/// The name of an archive without its number, and the number, so that higher ones come first.
fn newest_first(archive: &str) -> (String, std::cmp::Reverse<u32>) {
    let (name, number) = numbered(stem(archive));
    (name.to_lowercase(), std::cmp::Reverse(number))
}

/// Refuses work that is in several archives, unless it is the same, or one is newer by its name.
fn only_newest(
    archive: &str,
    taken: &mut SubmittedExercise,
    others: &[(&Part, &Work)],
) -> Result<()> {
    for (part, work) in others {
        let Some(other) = &part.archive else { continue };
        let (own, older) = (newest_first(archive), newest_first(other));
        if own.0 == older.0 && own.1 < older.1 {
            taken.newer.push(format!("{archive} counts, being newer than {other}"));
            continue;
        }
        ensure!(
            take(&part.tree, work).files == taken.files,
            "{} is in {archive} and in {other}, and they differ: leave the one that counts",
            taken.id
        );
    }
    Ok(())
}

/// Takes from archives what does not lie loose.
fn add_missing(taken: &mut SubmittedExercise, others: &[(&Part, &Work)], notes: &mut Vec<String>) {
    for (part, work) in others {
        let Some(archive) = &part.archive else { continue };
        let inner = take(&part.tree, work);
        let mut added = Vec::new();
        for (name, bytes) in inner.files {
            if !taken.refused.contains_key(&name) && !taken.files.contains_key(&name) {
                added.push(source_path(&name));
                taken.files.insert(name, bytes);
            }
        }
        notes.push(match &added[..] {
            [] => format!("what lies beside {archive} counts, and nothing of it was taken"),
            added => {
                format!("what lies beside {archive} counts; of it was taken {}", added.join(", "))
            }
        });
    }
}

/// The learner's files.
fn take(tree: &Tree, work: &Work) -> SubmittedExercise {
    let mut taken =
        SubmittedExercise { id: work.exercise.id.clone(), ..SubmittedExercise::default() };
    taken.notes.clone_from(&work.notes);
    taken.newer.clone_from(&work.newer);
    for name in file_names(work.exercise) {
        if let Some(doubt) = work.doubts.get(name) {
            taken.refuse(name, doubt);
        }
        let Some(path) = work.files.get(name) else { continue };
        match read_text(tree, path) {
            Ok(bytes) => drop(taken.files.insert(name.to_owned(), bytes)),
            Err(error) => taken.refuse(name, &format!("{error:#}")),
        }
    }
    taken
}

fn read_text(tree: &Tree, path: &str) -> Result<Vec<u8>> {
    let bytes = tree.read(path, LONGEST)?;
    // Some editors and shells of Windows write it. (With its mark, or else known by its zeros.)
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    ensure!(!is_utf16 && !bytes.contains(&0), "it is UTF-16, or no text; save it as UTF-8");
    if let Err(error) = std::str::from_utf8(&bytes) {
        bail!("it is not UTF-8 text (byte {} is not); save it as UTF-8", error.valid_up_to() + 1);
    }
    Ok(bytes)
}

/// A note about files that were not handed in.
fn missing(exercise: &Exercise, handed: &SubmittedExercise) -> Option<String> {
    let is_there =
        |name: &str| handed.files.contains_key(name) || handed.refused.contains_key(name);
    let all = file_names(exercise).into_iter();
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
fn changed(root: &Path, tree: &Tree, work: &Work) -> Option<String> {
    let exercise = work.exercise;
    let own = format!("chapters/{}/exercise", exercise.folder);
    let inner = [
        "Cargo.toml",
        "src/lib.rs",
        "src/main.rs",
        "tests/promises.rs",
        "catch/Cargo.toml",
        "catch/src/lib.rs",
    ];
    let inner = inner.map(|name| (join(&own, name), join(&work.folder, name), name.to_owned()));
    let mut pairs = Vec::from(inner);
    if let Some(copy) = &work.copy {
        let tests = [&exercise.chapter, &exercise.id, "last_word"];
        let outer = tests.map(|name| format!("tests/{name}.rs"));
        pairs.extend(outer.map(|name| (name.clone(), join(copy, &name), name)));
        let config = ".cargo/config.toml".to_owned();
        pairs.push((config.clone(), join(copy, &config), config));
    }
    let mut names = BTreeSet::new();
    for (ours, theirs, name) in pairs {
        if !tree.has(&theirs) {
            continue;
        }
        let Ok(ours) = fs::read(root.join(ours)) else { continue };
        let same = tree.read(&theirs, LONGEST).is_ok_and(|theirs| lines(&theirs) == lines(&ours));
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
