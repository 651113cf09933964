//! What came of the last run, kept as long as nothing has changed that it depends on.
//!
//! A kept result is one of a real run: it stands beside the digest of all files that went
//! into that run, and a seal over both. It saves the time of the same run once more, and no
//! grade rests on it. What is in the exercise's files counts; of the course's, which are many and
//! seldom change, their lengths and when they were written.

use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Kind, Task};
use crate::course::learner_files::exercise_folder;
use crate::judge::outcome::Status;
use crate::judge::result::TestResult;
use crate::system::write_file::write_whole;
use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The results that are kept for a checkout.
#[derive(Clone, Debug)]
pub struct ResultCache {
    root: PathBuf,
    folder: PathBuf,
    common: OnceCell<String>,
}

/// The digests of what the results of an exercise depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    own: String,
    catch: String,
}

/// What is kept of a task.
#[derive(Serialize, Deserialize)]
struct Entry {
    inputs: String,
    seal: String,
    tests: Vec<TestResult>,
}

impl ResultCache {
    /// Those of `checkout`.
    pub fn new(checkout: &Checkout) -> Self {
        let folder = target_folder(checkout).join("kept");
        Self { root: checkout.root.clone(), folder, common: OnceCell::new() }
    }

    /// What the results of `exercise` depend on now. To be asked before a run, not behind it.
    pub fn inputs(&self, exercise: &Exercise) -> Inputs {
        let common = self.common.get_or_init(|| common(&self.root));
        let top = exercise_folder(&self.root, exercise);
        let of = |names: &[&str]| {
            let mut digest = Sha256::new();
            digest.update(common);
            for path in files(&top, names) {
                let bytes = fs::read(&path).unwrap_or_default();
                digest.update(path.to_string_lossy().as_bytes());
                digest.update([0]);
                digest.update(bytes.len().to_le_bytes());
                digest.update(bytes);
            }
            HEXLOWER.encode(&digest.finalize())
        };
        // A catch task does not see the learner's server, nor the other way round.
        Inputs {
            own: of(&["Cargo.toml", "exercise.toml", "src", "starter", "tests"]),
            catch: of(&["exercise.toml", "starter", "catch", "servers"]),
        }
    }

    /// What came of `task`, if it was run with the same inputs.
    pub fn results(
        &self,
        inputs: &Inputs,
        exercise: &Exercise,
        task: &Task,
    ) -> Option<Vec<TestResult>> {
        let entry = self.read(exercise).remove(&task.id)?;
        let valid = entry.inputs == inputs.of(task) && entry.seal == seal(&entry)?;
        valid.then_some(entry.tests)
    }

    /// The tests of `exercise` that did not pass the last time, whatever has changed since.
    pub fn failed_last(&self, exercise: &Exercise) -> BTreeSet<String> {
        let tests = self.read(exercise).into_values().flat_map(|entry| entry.tests);
        let failed = tests.filter(|test| test.outcome.status != Status::Pass);
        failed.map(|test| test.test).collect()
    }

    /// Keeps what came of `task`. That a test was too slow may have been the machine's fault,
    /// and is kept as the result of no inputs.
    pub fn keep(
        &self,
        inputs: &Inputs,
        exercise: &Exercise,
        task: &Task,
        tests: &[&TestResult],
    ) -> Result<()> {
        let mut entries = self.read(exercise);
        let in_time = tests.iter().all(|test| test.outcome.status != Status::Timeout);
        let inputs = if in_time { inputs.of(task).to_owned() } else { String::new() };
        let tests = tests.iter().map(|&test| test.clone()).collect();
        let mut entry = Entry { inputs, seal: String::new(), tests };
        entry.seal = seal(&entry).context("a result cannot be written as JSON")?;
        entries.insert(task.id.clone(), entry);
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot write to {}", self.folder.display()))?;
        write_whole(&self.file(exercise), &serde_json::to_string(&entries)?)
    }

    fn file(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(format!("{}.json", exercise.id))
    }

    /// What is written there; a file that cannot be read keeps nothing.
    fn read(&self, exercise: &Exercise) -> BTreeMap<String, Entry> {
        let text = fs::read_to_string(self.file(exercise)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }
}

impl Inputs {
    fn of(&self, task: &Task) -> &str {
        match task.kind {
            Kind::Catch => &self.catch,
            Kind::Build | Kind::Extend => &self.own,
        }
    }
}

/// The folder of everything that the learner's commands build and keep.
///
/// It is cargo's second target folder: an editor that runs cargo at every save, as most do,
/// would else hold up each check.
pub fn target_folder(checkout: &Checkout) -> PathBuf {
    checkout.target.join("exercises")
}

/// Shows that an entry was written by this program.
fn seal(entry: &Entry) -> Option<String> {
    let mut digest = Sha256::new();
    digest.update("this came of a real run\0");
    digest.update(&entry.inputs);
    digest.update(serde_json::to_string(&entry.tests).ok()?);
    Some(HEXLOWER.encode(&digest.finalize()))
}

/// The digest of what all exercises depend on: the course's code and tests, and this program.
fn common(root: &Path) -> String {
    let mut digest = Sha256::new();
    let about =
        |path: &Path| format!("{:?}", fs::metadata(path).ok().as_ref().map(length_and_time));
    digest.update(std::env::current_exe().map(|program| about(&program)).unwrap_or_default());
    let mut paths = files(root, &["Cargo.toml", "Cargo.lock", ".cargo", "mock", "tests"]);
    for chapter in inside(&root.join("chapters")) {
        paths.extend(files(&chapter, &["Cargo.toml", "src"]));
    }
    for path in paths {
        digest.update(path.to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(about(&path));
    }
    HEXLOWER.encode(&digest.finalize())
}

fn length_and_time(file: &Metadata) -> (u64, Option<Duration>) {
    let time = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (file.len(), time)
}

/// The files `names` of the folder `top`, and what is in them if they are folders.
fn files(top: &Path, names: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut paths: Vec<_> = names.iter().rev().map(|name| top.join(name)).collect();
    while let Some(path) = paths.pop() {
        match path.is_dir() {
            true => paths.extend(inside(&path).into_iter().rev()),
            false => files.push(path),
        }
    }
    files
}

/// What is in a folder, in order; what is built or hidden there is left out.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let plain = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        !name.starts_with('.') && name != "target"
    });
    let mut paths: Vec<_> = plain.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
