//! Folders of chapter 3's exercise as learners could hand them in, and what they are worth.

#![allow(dead_code)] // Not every program of tests needs all of it.

use course_admin::grade::class::{Class, Scope};
use course_admin::grade::collect::{InputKind, collect};
use course_admin::grade::record::{ExerciseRecord, Record, TaskRecord};
use course_admin::grade::workspace::GradingOptions;
use course_practice::judge::fence::start_through;
use course_practice::judge::limits::Limits;
use course_practice::judge::outcome::Status;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::{
    exercise_folder, file_names, solution_path, source_path, starter_path,
};

pub fn checkout() -> Checkout {
    // Programs are started through one that begins as ours do.
    start_through(env!("CARGO_BIN_EXE_course-admin").into());
    Checkout::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

/// All of these tests share a slot, which is warm from run to run, and measure time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many submissions are graded at once: as many as the program would.
pub fn jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Folders of chapter 3's exercise as learners could hand them in.
pub struct Class3 {
    pub folder: TempDir,
    pub checkout: Checkout,
    pub exercise: Exercise,
    pub paths: Vec<PathBuf>,
}

impl Class3 {
    /// `None` where this copy of the course has no solutions, with which all of this begins.
    pub fn new() -> Option<Self> {
        let checkout = checkout();
        let course = checkout.course().unwrap();
        let exercise = Exercise::read(&checkout.root, course.chapter("ch03")?).unwrap()?;
        if !solution_path(&checkout.root, &exercise, "at_most.rs").is_file() {
            eprintln!("this copy of the course has no solutions: nothing was graded");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        Some(Self { folder, checkout, exercise, paths: Vec::new() })
    }

    /// Hands in the solution, in the folder `name/ex03`.
    pub fn solved(&mut self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name).join("ex03");
        for file in file_names(&self.exercise) {
            let path = folder.join(source_path(file));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(solution_path(&self.checkout.root, &self.exercise, file), path).unwrap();
        }
        self.paths.push(self.folder.path().join(name));
        folder
    }

    /// Hands in some files of the submission `folder` as they were handed out, so that the tasks
    /// which they belong to are not run.
    pub fn as_handed_out(&self, folder: &Path, is_meant: impl Fn(&str) -> bool) {
        let own = exercise_folder(&self.checkout.root, &self.exercise);
        for file in file_names(&self.exercise).into_iter().filter(|file| is_meant(file)) {
            let to = folder.join("ex03").join(source_path(file));
            fs::copy(own.join(starter_path(file)), to).unwrap();
        }
    }

    /// Hands in the solution with one file changed.
    pub fn but(&mut self, name: &str, file: &str, change: impl Fn(String) -> String) {
        let path = self.solved(name).join(source_path(file));
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(text.clone());
        assert_ne!(text, changed, "{name}");
        fs::write(path, changed).unwrap();
    }

    /// Hands in the solution with this at the beginning of `serve_at_most`.
    pub fn at_most(&mut self, name: &str, statements: &str) {
        let body = "let free = AtomicUsize::new(seats);";
        self.but(name, "at_most.rs", |text| text.replace(body, &format!("{statements}\n{body}")));
    }

    /// What was handed in, read.
    pub fn read(&self, scope: &Scope, rules: GradingOptions) -> Class {
        let exercises = std::slice::from_ref(&self.exercise);
        let people = collect(&self.paths, InputKind::Detect, exercises).unwrap();
        Class::read(&self.checkout, scope, people, rules).unwrap()
    }

    pub fn grade(&self, limits: Limits) -> Vec<Record> {
        let _alone = alone();
        let rules = GradingOptions { seed: 7, limits, time: Duration::from_secs(300) };
        let class = self.read(&Scope::default(), rules);
        let folder = self.checkout.target.join("exercises/grade-in-tests");
        class.grade(&folder, jobs(), &mut |_| Ok(())).unwrap();
        class.records()
    }
}

/// Build, seats, patience, catch; -1 for what was not read.
pub fn points(record: &Record) -> [f64; 4] {
    let points = |task: &TaskRecord| task.points.unwrap_or(-1.0);
    let tasks: Vec<_> = record.exercises[0].tasks.iter().map(points).collect();
    tasks.try_into().unwrap()
}

pub fn until(chapter: &str) -> Scope {
    Scope { until: Some(chapter.to_owned()), ..Scope::default() }
}

pub fn only(chapter: &str) -> Scope {
    Scope { only: vec![chapter.to_owned()], ..Scope::default() }
}

/// The first test of a task that does not pass: how it ended, and its message.
pub fn first(exercise: &ExerciseRecord, task: usize) -> (Status, &str) {
    let failed = exercise.tasks[task].tests.iter().find(|test| test.status != Status::Pass);
    failed.map_or((Status::Pass, ""), |test| (test.status, &test.message))
}
