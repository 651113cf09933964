//! What passes now: tests are run, unless nothing has changed since they were.

use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Kind, Task};
use crate::course::learner_files;
use crate::judge::build::BuildFolder;
use crate::judge::examiner::{Examiner, Processes};
use crate::judge::limits::Limits;
use crate::judge::outcome::Status;
use crate::judge::result::{ExerciseResult, TestResult};
use crate::judge::run::random;
use crate::practice::cache::{ResultCache, target_folder};
use crate::practice::failure::{Reason, reason};
use anyhow::Result;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

/// How long one call of the compiler may take: the first one has most to do.
const COMPILER: Duration = Duration::from_secs(600);

/// A seed has at most so many digits that one likes to type it.
const SEEDS: u64 = 1_000_000;

/// What is run, of that whose result is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// All of it.
    All,
    /// The tests of the learner's code. The broken servers are not: each has to be compiled.
    Own,
    /// Nothing.
    Nothing,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// What is its own is as it was handed out.
    NotBegun,
    /// Something does not pass.
    Fails,
    /// All that can be run here passes.
    Passes,
}

/// Runs exercises as their learner wants to see them.
#[derive(Clone, Debug)]
pub struct ExerciseRunner {
    examiner: Examiner,
    cache: ResultCache,
}

impl ExerciseRunner {
    /// In `checkout`, with values that follow from `seed` or, without one, are new.
    pub fn new(checkout: &Checkout, seed: Option<u64>) -> Self {
        let place = BuildFolder {
            root: checkout.root.clone(),
            target: target_folder(checkout),
            offline: false,
            jobs: None,
            time: COMPILER,
        };
        let examiner = Examiner {
            place,
            seed: seed.unwrap_or_else(|| random() % SEEDS),
            limits: Limits::default(),
            // Many tests wait for something most of the time, and in each process one after the
            // other: so long as there are few of them in one, the longest alone is waited for.
            threads: 8 * thread::available_parallelism().map_or(2, usize::from),
            processes: Processes::Shared { alone: BTreeSet::new() },
            untouched: false,
            shuffle: false,
        };
        Self { examiner, cache: ResultCache::new(checkout) }
    }

    /// Runs a task even if its files are as they were handed out.
    pub fn with_untouched(mut self) -> Self {
        self.examiner.untouched = true;
        self
    }

    /// The tests by which `tasks` are judged, in order.
    pub fn tests(&self, exercise: &Exercise, tasks: &[&Task]) -> Result<Vec<TestResult>> {
        let mut tests = Vec::new();
        for task in tasks {
            tests.extend(self.examiner.tests_of(exercise, task)?);
        }
        Ok(tests)
    }

    /// What passes of `tasks`. Each result is handed to `on` as soon as it is known. Soon
    /// after `stop` has become true it ends with an error.
    pub fn examine(
        &self,
        stop: &AtomicBool,
        exercise: &Exercise,
        tasks: &[&Task],
        rerun: Rerun,
        on: &mut dyn FnMut(&TestResult),
    ) -> Result<ExerciseResult> {
        let inputs = self.cache.inputs(exercise);
        let processes = Processes::Shared { alone: self.cache.failed_last(exercise) };
        let examiner = Examiner { processes, ..self.examiner.clone() };
        let mut result = ExerciseResult { id: exercise.id.clone(), ..ExerciseResult::default() };
        let mut to_run = Vec::new();
        for &task in tasks {
            let may_be_kept = match rerun {
                Rerun::All => false,
                Rerun::Own => task.kind == Kind::Catch,
                Rerun::Nothing => true,
            };
            let kept = may_be_kept.then(|| self.cache.results(&inputs, exercise, task)).flatten();
            match kept {
                Some(tests) => {
                    tests.iter().for_each(&mut *on);
                    result.tests.extend(tests);
                }
                None => to_run.push(task),
            }
        }
        // The learner's server is compiled and tested as a whole, then their tests. What
        // stands first in `tasks` is what they want to see first.
        let first = to_run.first().map(|task| task.kind == Kind::Catch);
        let (first, second): (Vec<_>, Vec<_>) =
            to_run.into_iter().partition(|task| Some(task.kind == Kind::Catch) == first);
        for some in [first, second] {
            if some.is_empty() {
                continue;
            }
            let wanted = |_: &Exercise, task: &Task| some.iter().any(|one| one.id == task.id);
            let mut on = |_: &Exercise, test: &TestResult| on(test);
            let mut results = examiner.examine_unless(stop, &[exercise], &wanted, &mut on)?;
            let ran = results.remove(0);
            // What was saved meanwhile may or may not have been in this run.
            let is_same = self.cache.inputs(exercise) == inputs;
            for task in some {
                let tests: Vec<_> = ran.of(&task.id).collect();
                if is_same && self.is_touched(exercise, task.files.iter().map(String::as_str)) {
                    self.cache.keep(&inputs, exercise, task, &tests)?;
                }
            }
            result.notes.extend(ran.notes);
            result.tests.extend(ran.tests);
        }
        result.tests.sort_by_key(|test| test.order);
        Ok(result)
    }

    /// What passes of the whole exercise, from kept results as far as they are valid, and
    /// without a word.
    pub fn results(&self, exercise: &Exercise) -> Result<ExerciseResult> {
        let tasks: Vec<_> = exercise.tasks.iter().collect();
        self.examine(&AtomicBool::new(false), exercise, &tasks, Rerun::Nothing, &mut |_| ())
    }

    /// How far `task` is, by a result.
    pub fn state(&self, exercise: &Exercise, task: &Task, result: &ExerciseResult) -> TaskState {
        if !self.examiner.untouched && !self.is_begun(exercise, task) {
            return TaskState::NotBegun;
        }
        let tests: Vec<_> = result.of(&task.id).collect();
        let is_to_do = |test: &&TestResult| matches!(reason(exercise, test), Reason::ToDo(..));
        match is_passed(task, &tests) {
            true => TaskState::Passes,
            // All of its files may have been changed for a task before it.
            false
                if learner_files::own_file_names(exercise, task).is_empty()
                    && !tests.is_empty()
                    && tests.iter().all(is_to_do) =>
            {
                TaskState::NotBegun
            }
            false => TaskState::Fails,
        }
    }

    /// How far all tasks are.
    pub fn states(&self, exercise: &Exercise, result: &ExerciseResult) -> Vec<TaskState> {
        exercise.tasks.iter().map(|task| self.state(exercise, task, result)).collect()
    }

    /// Whether `task` is run at all.
    pub fn is_to_run(&self, exercise: &Exercise, task: &Task) -> bool {
        self.examiner.untouched || self.is_begun(exercise, task)
    }

    /// Whether the learner has changed one of the task's own files: one that it shares with a
    /// task before it was perhaps changed for that one. (If it has no other, nobody knows.)
    pub fn is_begun(&self, exercise: &Exercise, task: &Task) -> bool {
        let own = learner_files::own_file_names(exercise, task);
        match own.is_empty() {
            true => self.is_touched(exercise, task.files.iter().map(String::as_str)),
            false => self.is_touched(exercise, own.into_iter()),
        }
    }

    fn is_touched<'a>(
        &self,
        exercise: &Exercise,
        mut names: impl Iterator<Item = &'a str>,
    ) -> bool {
        let root = &self.examiner.place.root;
        names.any(|name| !learner_files::is_untouched(root, exercise, name).unwrap_or(false))
    }
}

/// Whether everything passes that can be run here. In a copy of the course without broken
/// servers, a catch task passes if its tests pass on the right one.
pub fn is_passed(task: &Task, tests: &[&TestResult]) -> bool {
    let status = |wanted| move |test: &&TestResult| test.outcome.status == wanted;
    let passed = tests.iter().filter(|&test| status(Status::Pass)(test)).count();
    let skipped = tests.iter().filter(|&test| status(Status::Skipped)(test)).count();
    match task.kind {
        Kind::Catch => passed > 0 && passed + skipped == tests.len(),
        Kind::Build | Kind::Extend => passed > 0 && passed == tests.len(),
    }
}
