//! A place in which submissions are graded, one after the other.
//!
//! It is a copy of the course with a folder of its own for what is built, and both stay from
//! run to run, so that only what a learner has changed is compiled.

use crate::grade::course_copy::CourseFiles;
use anyhow::{Context, Result, bail, ensure};
use course_practice::judge::build::{BuildFolder, names_are_resolved};
use course_practice::judge::examiner::{Examiner, Processes};
use course_practice::judge::fence;
use course_practice::judge::limits::Limits;
use course_practice::judge::result::{ExerciseResult, TestResult};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::source_path;

/// What a test is told that was not run.
const OVER: &str = "it was not run: the time for this submission was over";

/// What whoever grades is told where the system has no fence.
const NO_FENCE: &str = "it was run without a fence, since this system has none: it could have read \
                        and changed what the grader can";

/// How many workspaces there can be.
const MOST_WORKSPACES: usize = 256;

/// How long one call of cargo may take; the first one compiles the chapters.
const CARGO: Duration = Duration::from_secs(300);

/// A workspace, which no other program uses meanwhile.
#[derive(Debug)]
pub struct Workspace {
    folder: PathBuf,
    /// It is locked as long as it is open.
    _lock: File,
}

/// One exercise to be graded, with the learner's files.
#[derive(Clone, Copy, Debug)]
pub struct GradingJob<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The learner's files; for others the starter stands there.
    pub files: &'a BTreeMap<String, Vec<u8>>,
}

/// What came of the grading of one exercise.
#[derive(Clone, Debug, Default)]
pub struct Graded {
    /// The results, and notes.
    pub result: ExerciseResult,
    /// Why not everything was run that was to be; empty if it was.
    pub why: String,
}

/// How it is graded.
#[derive(Clone, Copy, Debug)]
pub struct GradingOptions {
    /// From which the values of the tests follow.
    pub seed: u64,
    /// What each test may use.
    pub limits: Limits,
    /// How long a submission may take.
    pub time: Duration,
}

impl Workspace {
    /// The first workspace in `folder` that is free.
    pub fn take(folder: &Path) -> Result<Self> {
        ensure!(
            names_are_resolved(),
            "clippy is missing, which refuses what no exercise needs: `rustup component add clippy`"
        );
        for number in 1..=MOST_WORKSPACES {
            let folder = folder.join(format!("slot-{number}"));
            let cannot = || format!("cannot write to {}", folder.display());
            fs::create_dir_all(&folder).with_context(cannot)?;
            let mut options = File::options();
            let lock = options.write(true).create(true).truncate(false).open(folder.join("lock"));
            let lock = lock.with_context(cannot)?;
            if lock.try_lock().is_ok() {
                return Ok(Self { folder, _lock: lock });
            }
        }
        bail!("all {MOST_WORKSPACES} places in {} are taken", folder.display())
    }

    /// Grades some exercises of one submission. Each result is handed to `on` at once.
    ///
    /// `course` has the starters where the learner's files belong. An exercise whose code
    /// harms the others is found by trying each alone.
    pub fn grade(
        &self,
        course: &CourseFiles,
        work: &[GradingJob],
        rules: &GradingOptions,
        on: &(dyn Fn(&Exercise, &TestResult) + Sync),
    ) -> Vec<Graded> {
        let end = Instant::now() + rules.time;
        match self.try_grade(course, work, rules, end, on) {
            Ok(graded) => graded,
            Err(_) if work.len() > 1 => {
                let alone = work.iter().map(|one| {
                    let alone = std::slice::from_ref(one);
                    let graded = self.try_grade(course, alone, rules, end, on);
                    graded.map_or_else(|error| spoiled(one, &error), |mut graded| graded.remove(0))
                });
                alone.collect()
            }
            Err(error) => work.iter().map(|one| spoiled(one, &error)).collect(),
        }
    }

    fn try_grade(
        &self,
        course: &CourseFiles,
        work: &[GradingJob],
        rules: &GradingOptions,
        end: Instant,
        on: &(dyn Fn(&Exercise, &TestResult) + Sync),
    ) -> Result<Vec<Graded>> {
        let mut tree = course.clone();
        for one in work {
            for (name, bytes) in one.files {
                let path =
                    format!("chapters/{}/exercise/{}", one.exercise.folder, source_path(name));
                tree.0.insert(path, bytes.clone());
            }
        }
        let root = self.folder.join("course");
        tree.write_to(&root)?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(work.iter().map(|one| unfinished(one, &[])).collect());
        }
        let examiner = Examiner {
            place: BuildFolder {
                root: root.clone(),
                target: self.folder.join("target"),
                offline: true,
                jobs: Some(1),
                // If one exercise is compiled without end, there must be time for the others.
                time: CARGO.min(Duration::from_secs(left.as_secs() / 4 + 1)),
            },
            seed: rules.seed,
            limits: rules.limits,
            threads: 1,
            processes: Processes::OneEach,
            untouched: false,
            shuffle: true,
        };
        let exercises: Vec<_> = work.iter().map(|one| one.exercise).collect();
        // What is there when the time is over.
        let seen: Mutex<Vec<(String, TestResult)>> = Mutex::default();
        let stop = AtomicBool::new(false);
        let examined = thread::scope(|scope| {
            let (sender, done) = mpsc::channel::<()>();
            let stop = &stop;
            scope.spawn(move || {
                if done.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Timeout) {
                    stop.store(true, Ordering::Relaxed);
                }
            });
            let mut on = |exercise: &Exercise, test: &TestResult| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push((exercise.id.clone(), test.clone()));
                on(exercise, test);
            };
            let examined = examiner.examine_unless(stop, &exercises, &|_, _| true, &mut on);
            drop(sender);
            examined
        });
        let results = match examined {
            Ok(mut results) => {
                if !fence::is_there() {
                    results.iter_mut().for_each(|result| result.notes.push(NO_FENCE.to_owned()));
                }
                results.into_iter().map(|result| Graded { result, why: String::new() }).collect()
            }
            // The time is over, whatever cargo says about it.
            Err(_) if end <= Instant::now() || stop.load(Ordering::Relaxed) => {
                let seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
                work.iter().map(|one| unfinished(one, &seen)).collect()
            }
            Err(error) => return Err(error),
        };
        let changed = tree.changed(&root)?;
        if let [first, ..] = &changed[..] {
            bail!("while it ran, it changed files of the course, {first} among them");
        }
        Ok(results)
    }
}

/// What came of an exercise until the time was over.
fn unfinished(work: &GradingJob, seen: &[(String, TestResult)]) -> Graded {
    let id = &work.exercise.id;
    let tests = seen.iter().filter(|(exercise, _)| exercise == id).map(|(_, test)| test.clone());
    let result = ExerciseResult {
        id: id.clone(),
        tests: tests.collect(),
        notes: vec!["the time was over before everything was run".to_owned()],
    };
    Graded { result, why: OVER.to_owned() }
}

/// An exercise of which nothing is believed.
fn spoiled(work: &GradingJob, error: &anyhow::Error) -> Graded {
    // What cargo says may be long; its first lines say what is wrong.
    let said = format!("{error:#}");
    let first: Vec<_> = said.lines().take(3).map(str::trim).collect();
    let why = format!("it was not graded: {}", first.join(" "));
    let result = ExerciseResult {
        id: work.exercise.id.clone(),
        tests: Vec::new(),
        notes: vec![why.clone()],
    };
    Graded { result, why }
}

impl Graded {
    /// Whether everything was run that was to be.
    pub fn is_complete(&self) -> bool {
        self.why.is_empty()
    }
}
