//! Where in somebody's files the work lies: in a copy of the course, in folders of exercises, or
//! as files alone.
//!
//! It is never guessed that two pieces of work are one: what may be the work of several people
//! is refused, and it is said how to name them one by one.

use crate::grade::spelling::{Spelled, spelled};
use crate::grade::tree::{Tree, join, split};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::{LONGEST, file_names, source_path};

/// Folders of an exercise that have files of the same names, which are not the learner's.
const OTHERS: [&str; 4] = ["starter", "solution", "servers", "tests"];

/// How many pieces of work are named in a sentence.
const NAMED: usize = 3;

/// Work for one exercise.
#[derive(Debug)]
pub struct Work<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// Its folder.
    pub folder: String,
    /// The top of the copy of the course, if it is in one.
    pub copy: Option<String>,
    /// Where the learner's files are, by the names of `exercise.toml`.
    pub files: BTreeMap<&'a str, String>,
    /// Why nobody knows which file is meant, by the same names.
    pub doubts: BTreeMap<&'a str, String>,
    /// What was understood though it was spelled differently, in sentences.
    pub notes: Vec<String>,
    /// Which of several files of one name counts, in sentences.
    pub newer: Vec<String>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// All exercises of the course.
    pub exercises: &'a [Exercise],
    /// Which of them are graded.
    pub graded: &'a [&'a str],
    /// The path of the files for sentences, if they are not one person's part of an export.
    pub path: Option<&'a str>,
}

impl<'a> Search<'a> {
    /// The work in `tree`, whose name is `name`: none, that for one exercise, or of one person
    /// for several.
    pub fn find(&self, tree: &Tree, name: &str) -> Result<Vec<Work<'a>>> {
        let mut copies: BTreeMap<String, BTreeMap<&str, &'a Exercise>> = BTreeMap::new();
        let mut others = Vec::new();
        for path in tree.paths() {
            match self.in_copy(path) {
                Some((copy, exercise)) => {
                    copies.entry(copy).or_default().insert(&exercise.id, exercise);
                }
                None => others.push(path),
            }
        }
        others.retain(|path| !path.contains("chapters/") || !is_in_chapters(path));
        others.retain(|path| copies.keys().all(|copy| !path.starts_with(&join(copy, ""))));
        let mut known: Vec<_> = self.exercises.iter().flat_map(file_names).collect();
        known.sort_unstable();
        known.dedup();
        let mut folders = folders(&others, |name| known.contains(&name));
        if folders.is_empty() && copies.is_empty() {
            folders = self::folders(&others, |name| spelled(name, &known).is_some());
        }
        self.of_one_person(&copies.keys().collect::<Vec<_>>(), &folders)?;
        let mut works = Vec::new();
        for folder in &folders {
            let exercise = self.identify(tree, folder, name, &known)?;
            works.push(work(tree, folder, None, exercise));
        }
        for (copy, exercises) in &copies {
            works.extend(exercises.values().map(|one| {
                let folder = join(copy, &format!("chapters/{}/exercise", one.folder));
                work(tree, &folder, Some(copy), one)
            }));
        }
        works.sort_by_key(|work| work.exercise.id.clone());
        Ok(works)
    }

    /// The copy of the course and the exercise in whose folder a file is.
    fn in_copy(&self, path: &str) -> Option<(String, &'a Exercise)> {
        let (copy, rest) = chapters(path)?;
        let rest = rest.split_once('/')?;
        let exercise = self.exercises.iter().find(|one| one.folder == rest.0)?;
        let is_in = rest.1 == "exercise" || rest.1.starts_with("exercise/");
        is_in.then(|| (copy.to_owned(), exercise))
    }

    /// The exercise whose files are in this folder.
    fn identify(
        &self,
        tree: &Tree,
        folder: &str,
        name: &str,
        known: &[&str],
    ) -> Result<&'a Exercise> {
        let there: BTreeSet<_> =
            places(folder).flat_map(|place| tree.files_in(&place)).collect::<BTreeSet<_>>();
        let there: BTreeSet<_> =
            there.into_iter().filter_map(|name| Some(spelled(name, known)?.known)).collect();
        // How many of its files are there.
        let count =
            |one: &Exercise| file_names(one).iter().filter(|name| there.contains(*name)).count();
        let counts: Vec<_> =
            self.exercises.iter().map(|one| (one, count(one))).filter(|one| one.1 > 0).collect();
        // By the name of the folder, or of the one that `exercise` lies in …
        let called = called(folder).unwrap_or(name);
        if let Some((exercise, _)) = counts.iter().find(|(one, _)| is_called(one, called)) {
            return Ok(exercise);
        }
        // … by its manifest …
        let manifest = tree.read(&join(folder, "Cargo.toml"), LONGEST).unwrap_or_default();
        let manifest = toml::from_str::<toml::Table>(&String::from_utf8_lossy(&manifest));
        let package = manifest
            .ok()
            .and_then(|table| Some(table.get("package")?.get("name")?.as_str()?.to_owned()));
        if let Some((exercise, _)) =
            counts.iter().find(|(one, _)| package.as_ref().is_some_and(|name| one.id == *name))
        {
            return Ok(exercise);
        }
        // … by files that no other exercise has, if it is graded …
        let mut own =
            counts.iter().filter(|(one, _)| self.is_graded(one) && self.has_own(one, &there));
        if let (Some((exercise, _)), None) = (own.next(), own.next()) {
            return Ok(exercise);
        }
        // … or by how many of its files are there.
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
        let best: Vec<_> = counts.iter().filter(|one| one.1 == most).map(|one| one.0).collect();
        let graded: Vec<_> = best.iter().filter(|one| self.is_graded(one)).copied().collect();
        match (&best[..], &graded[..]) {
            ([exercise], _) | (_, [exercise]) => Ok(exercise),
            _ => {
                let ids: Vec<_> = best.iter().map(|exercise| exercise.id.as_str()).collect();
                bail!(
                    "it has files of {}, and does not say of which: hand in the folder with its \
                     Cargo.toml, or call it {}, or say `--only {}`",
                    ids.join(" and "),
                    ids.first().copied().unwrap_or("ex01"),
                    best.first().map_or("ch01", |exercise| exercise.chapter.as_str()),
                )
            }
        }
    }

    fn is_graded(&self, exercise: &Exercise) -> bool {
        self.graded.contains(&exercise.id.as_str())
    }

    /// Whether a file is there that this exercise has and no other one.
    fn has_own(&self, exercise: &Exercise, there: &BTreeSet<&str>) -> bool {
        let is_own = |name: &&str| {
            self.exercises.iter().filter(|one| file_names(one).contains(name)).count() == 1
        };
        file_names(exercise).iter().any(|name| there.contains(name) && is_own(name))
    }

    /// Refuses what may be the work of more than one person. Folders side by side, each called
    /// like another exercise, are those of one.
    fn of_one_person(&self, copies: &[&String], folders: &BTreeSet<String>) -> Result<()> {
        let mut ids = BTreeSet::new();
        let is_named = |folder: &String| {
            let named = self
                .exercises
                .iter()
                .find(|one| called(folder).is_some_and(|name| is_called(one, name)));
            named.is_some_and(|one| ids.insert(&one.id))
        };
        let places: BTreeSet<_> = folders.iter().map(|folder| split(folder).0).collect();
        let is_one = copies.len() + folders.len() <= 1;
        if is_one || copies.is_empty() && places.len() == 1 && folders.iter().all(is_named) {
            return Ok(());
        }
        let mut all: Vec<&str> = copies.iter().map(|copy| copy.as_str()).collect();
        all.extend(folders.iter().map(String::as_str));
        all.sort_unstable();
        let shown: Vec<_> =
            all.iter().take(NAMED).map(|one| if one.is_empty() { "." } else { one }).collect();
        let more = match all.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what =
            format!("there are {} pieces of work in it ({}{more})", all.len(), shown.join(", "));
        match self.path {
            None => bail!("{what}: leave the one that counts"),
            Some(path) => {
                let above = common_folder(&all);
                let glob = join(path.trim_end_matches(['/', '\\']), &join(above, "*"));
                bail!("{what}: if they are of several people, name each, as in `grade {glob}`")
            }
        }
    }
}

/// The top of a copy of the course, and the path below its `chapters`.
fn chapters(path: &str) -> Option<(&str, &str)> {
    let (at, mark) =
        path.match_indices("chapters/").find(|(at, _)| *at == 0 || path[..*at].ends_with('/'))?;
    Some((path[..at].trim_end_matches('/'), &path[at + mark.len()..]))
}

/// Whether a file belongs to a chapter, or to what stands beside it in a copy of the course.
fn is_in_chapters(path: &str) -> bool {
    chapters(path).is_some()
}

/// The folders of exercises that have files with such names.
fn folders(paths: &[&str], is_known: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for (folder, name) in paths.iter().map(|path| split(path)) {
        if is_known(name) {
            let parts: Vec<_> = folder.split('/').collect();
            let top = match parts[..] {
                [ref top @ .., "catch", "src"]
                | [ref top @ .., "src"]
                | [ref top @ .., "catch"] => top,
                ref all => all,
            };
            folders.insert(top.join("/"));
        }
    }
    let is_other = |folder: &String| {
        let (above, last) = split(folder);
        OTHERS.contains(&last) && folders.contains(above)
    };
    folders.iter().filter(|folder| !is_other(folder)).cloned().collect()
}

/// Where files of an exercise may lie.
fn places(folder: &str) -> impl Iterator<Item = String> {
    ["src", "catch/src", "", "catch"].into_iter().map(move |place| match place {
        "" => folder.to_owned(),
        place => join(folder, place),
    })
}

/// The name of a folder, or of the one that `exercise` lies in.
fn called(folder: &str) -> Option<&str> {
    folder.rsplit('/').find(|part| *part != "exercise").filter(|name| !name.is_empty())
}

fn is_called(exercise: &Exercise, name: &str) -> bool {
    [&exercise.id, &exercise.chapter, &exercise.folder].iter().any(|known| known.as_str() == name)
}

/// The folder in which all of these are.
fn common_folder<'p>(paths: &[&'p str]) -> &'p str {
    let Some((first, rest)) = paths.split_first() else { return "" };
    let mut common = *first;
    while !common.is_empty() && !rest.iter().all(|path| path.starts_with(&join(common, ""))) {
        common = split(common).0;
    }
    if rest.is_empty() { split(common).0 } else { common }
}

/// The files of an exercise in its folder.
fn work<'a>(tree: &Tree, folder: &str, copy: Option<&str>, exercise: &'a Exercise) -> Work<'a> {
    let mut work = Work {
        exercise,
        folder: folder.to_owned(),
        copy: copy.map(str::to_owned),
        files: BTreeMap::new(),
        doubts: BTreeMap::new(),
        notes: Vec::new(),
        newer: Vec::new(),
    };
    let names = file_names(exercise);
    let mut found: BTreeMap<&str, Vec<(Spelled<'a>, String)>> = BTreeMap::new();
    for place in places(folder) {
        for file in tree.files_in(&place) {
            if let Some(spelled) = spelled(file, &names) {
                found.entry(spelled.known).or_default().push((spelled, join(&place, file)));
            }
        }
    }
    for name in names {
        let mut all = found.remove(name).unwrap_or_default();
        let own = join(folder, &source_path(name));
        if all.iter().any(|(_, path)| *path == own) || tree.has_folder(&own) {
            work.files.insert(name, own);
            continue;
        }
        if let Some(why) = blocked(tree, folder, &own) {
            work.doubts.insert(name, why);
            continue;
        }
        // The newest, and of those the one that is spelled best; of two that are equal the
        // first, as the places are ordered.
        all.sort_by_key(|(spelled, _)| (std::cmp::Reverse(spelled.number), !spelled.exact));
        let Some((best, path)) = all.first() else { continue };
        let rank = |one: &Spelled| (one.number, one.exact);
        let rival = all[1..].iter().find(|(other, _)| rank(other) == rank(best));
        if let Some((_, rival)) = rival
            && tree.read(path, LONGEST).ok() != tree.read(rival, LONGEST).ok()
        {
            let doubt = format!("it may be {path} or {rival}: leave the one that counts");
            work.doubts.insert(name, doubt);
            continue;
        }
        let older: Vec<_> = all[1..].iter().map(|(_, path)| path.as_str()).collect();
        if best.number > 0 && !older.is_empty() {
            let older = older.join(", ");
            work.newer.push(format!("{path} counts for {name}, being newer than {older}"));
        } else if !best.exact {
            work.notes.push(format!("{path} was taken for {name}"));
        }
        work.files.insert(name, path.clone());
    }
    work
}

/// Why a folder on the way to a file cannot be looked into: it is a link, or no folder.
fn blocked(tree: &Tree, folder: &str, file: &str) -> Option<String> {
    let mut above = file;
    while above.len() > folder.len() {
        above = split(above).0;
        if tree.has(above) {
            let why = tree.read(above, LONGEST).err();
            return Some(why.map_or("its folder is a file".to_owned(), |why| format!("{why:#}")));
        }
    }
    None
}
