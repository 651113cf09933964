//! Who judges: where, with which values and within which limits.

use crate::course::exercise::{Exercise, Task};
use crate::course::learner_files::{self, exercise_folder};
use crate::judge::build::BuildFolder;
use crate::judge::limits::Limits;
use crate::judge::run::Tests;
use crate::judge::source::{is_read, objection};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Judges exercises in a copy of the course.
#[derive(Clone, Debug)]
pub struct Examiner {
    /// Where they are compiled and run.
    pub place: BuildFolder,
    /// From which the values of the tests follow.
    pub seed: u64,
    /// What each test may use.
    pub limits: Limits,
    /// How many tests run at once.
    pub threads: usize,
    /// Which of them share a process.
    pub processes: Processes,
    /// Whether a task whose files are as they were handed out is run all the same.
    pub untouched: bool,
    /// Whether the servers of `catch` tasks come in an order that nobody can know, and the
    /// right one twice: tests that count how often they run would else pass.
    pub shuffle: bool,
}

/// Which tests of a learner's server share a process.
#[derive(Clone, Debug)]
pub enum Processes {
    /// None: what one leaves behind, say in a `static`, no other one finds. It is for grades, and
    /// for the proof that a solution deserves its own.
    OneEach,
    /// Some run one after the other, as `cargo test` has them too: for whoever checks what they
    /// have written, and would deceive themselves alone. It is quicker by all that a process does
    /// once.
    Shared {
        /// Those that failed the last time, and perhaps fail again: each has a process of its own.
        alone: BTreeSet<String>,
    },
}

impl Examiner {
    pub(super) fn tests(&self, exercise: &Exercise, program: PathBuf) -> Tests {
        let (seed, limits, files) = (self.seed, self.limits, self.files(exercise));
        let permissions = exercise.changes_permissions;
        let scratch = self.scratch();
        Tests { program, sees_itself: true, files, permissions, scratch, seed, limits }
    }

    /// The files that the exercise's programs may read.
    pub(super) fn files(&self, exercise: &Exercise) -> Vec<PathBuf> {
        exercise.reads.iter().map(|file| self.place.root.join(file)).collect()
    }

    /// The folder for what tests write.
    pub(super) fn scratch(&self) -> PathBuf {
        self.place.target.join("scratch")
    }

    pub(super) fn is_untouched(&self, exercise: &Exercise, task: &Task) -> bool {
        let untouched = |name: &String| {
            learner_files::is_untouched(&self.place.root, exercise, name).unwrap_or(false)
        };
        task.files.iter().all(untouched)
    }

    /// What must not stand in one of the learner's files: nothing of them is run then.
    pub(super) fn refused(&self, exercise: &Exercise, catch: bool) -> Option<String> {
        self.first_that(exercise, catch, |text| Some(objection(text)?.to_string()))
    }

    /// The same for files that compile, and that we cannot read all the same.
    pub(super) fn unread(&self, exercise: &Exercise, catch: bool) -> Option<String> {
        const WHY: &str = "the compiler reads it, and whoever judges cannot";
        self.first_that(exercise, catch, |text| (!is_read(text)).then(|| WHY.to_owned()))
    }

    fn first_that(
        &self,
        exercise: &Exercise,
        catch: bool,
        objection: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let names = learner_files::file_names(exercise)
            .into_iter()
            .filter(|name| (*name == "catch.rs") == catch);
        names.into_iter().find_map(|name| {
            let place = learner_files::source_path(name);
            let path = exercise_folder(&self.place.root, exercise).join(&place);
            let found = match fs::read_to_string(&path) {
                Ok(text) => objection(&text),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let chapter = &exercise.chapter;
                    Some(format!("it is missing; `cargo workbook reset {chapter}` gives it back"))
                }
                Err(error) => Some(error.to_string()),
            };
            found.map(|sentence| format!("it was not run: {place}: {sentence}"))
        })
    }
}
