//! That the exercises are what they claim: each starter compiles and fails every test that
//! it is judged by, each solution passes all of them, and the solution's own tests notice
//! every broken server. The compiler warns of nothing in them; what Clippy has to say of a starter,
//! in which much is still to be written, does not count.
//!
//! It is done in a copy of the course, since a learner's files may have been changed here.

use crate::grade::course_copy;
use anyhow::{Context, Result};
use course_practice::judge::build::{BuildFolder, Warning};
use course_practice::judge::examiner::{Examiner, Processes};
use course_practice::judge::limits::Limits;
use course_practice::judge::outcome::Status;
use course_practice::judge::result::ExerciseResult;
use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::{Exercise, Kind, SERVERS};
use workbook::course::fault::Faults;
use workbook::course::learner_files::{self, exercise_folder};

/// How long one call of cargo may take. The first one compiles the whole chain of chapters.
const CARGO: Duration = Duration::from_secs(900);

/// Proves all exercises of the course; `tell` is told what is done.
pub fn prove(checkout: &Checkout, tell: &mut dyn FnMut(&str)) -> Result<usize> {
    let course = checkout.course()?;
    let mut exercises = Vec::new();
    for chapter in &course.chapters {
        exercises.extend(Exercise::read(&checkout.root, chapter)?);
    }
    let mut faults = Faults::default();
    for exercise in &exercises {
        check_files(checkout, exercise, &mut faults);
    }
    faults.check()?;

    tell("the starters, the solutions, and the servers that their tests notice …");
    // At once: while tests of the ones wait, the others are compiled.
    let (starters, solutions) = thread::scope(|scope| {
        let starters = scope.spawn(|| prove_starters(checkout, &exercises));
        let solutions = prove_solutions(checkout, &exercises);
        (starters.join().unwrap_or_else(|panic| resume_unwind(panic)), solutions)
    });
    let mut faults = starters?;
    faults.0.extend(solutions?.0);
    faults.check()?;
    Ok(exercises.len())
}

/// What is wrong with the starters.
fn prove_starters(checkout: &Checkout, exercises: &[Exercise]) -> Result<Faults> {
    let all: Vec<_> = exercises.iter().collect();
    let mut faults = Faults::default();
    let (root, examiner) = copy(checkout, "starters")?;
    for exercise in exercises {
        put(&root, exercise, |name| {
            exercise_folder(&root, exercise).join(learner_files::starter_path(name))
        })?;
    }
    let results = examiner.examine(&all, &|_, _| true, &mut |_, _| {})?;
    for (exercise, result) in exercises.iter().zip(&results) {
        check_starter(exercise, result, &mut faults);
    }
    for (place, test, outcome) in examiner.unlisted(&all)? {
        if outcome.status != Status::Pass {
            let why = &outcome.message;
            let sentence = format!(
                "{test} fails on the starter, and no task names it: give it a hint. It says: {why}"
            );
            faults.add(&list_of(&exercises[place]), 0, sentence);
        }
    }
    let of_the_compiler = |warning: &Warning| !warning.lint.starts_with("clippy::");
    let warnings = examiner.warnings(&all, &["real"])?;
    check_warnings("starter", warnings.into_iter().filter(of_the_compiler), &mut faults);
    Ok(faults)
}

/// What is wrong with the solutions, and with the servers that their tests notice.
fn prove_solutions(checkout: &Checkout, exercises: &[Exercise]) -> Result<Faults> {
    let all: Vec<_> = exercises.iter().collect();
    let mut faults = Faults::default();
    let (root, examiner) = copy(checkout, "solutions")?;
    for exercise in exercises {
        put(&root, exercise, |name| learner_files::solution_path(&checkout.root, exercise, name))?;
    }
    let results = examiner.examine(&all, &|_, _| true, &mut |_, _| {})?;
    for (exercise, result) in exercises.iter().zip(&results) {
        check_solution(exercise, result, &mut faults);
    }
    check_warnings("solution", examiner.warnings(&all, &SERVERS)?.into_iter(), &mut faults);
    Ok(faults)
}

/// A copy of the course, and who examines it. Two copies, so that what has not changed since
/// the last proof is not compiled again.
fn copy(checkout: &Checkout, name: &str) -> Result<(PathBuf, Examiner)> {
    let folder = checkout.target.join("exercises/proof");
    let root = folder.join(name);
    course_copy::write_grading_copy(checkout, &root)?;
    let place = BuildFolder {
        root: root.clone(),
        // Not one for both: cargo knows a package by its place in the workspace, and would
        // take what it has built in the one copy for up to date in the other.
        target: folder.join(format!("target-{name}")),
        offline: true,
        jobs: None,
        time: CARGO,
    };
    // A machine that proves does other things as well; a test that hangs is to be seen all the
    // same.
    let limits = Limits { time: Duration::from_secs(6), ..Limits::default() };
    // Many tests wait for something most of the time.
    let threads = 4 * thread::available_parallelism().map_or(2, usize::from);
    Ok((
        root,
        Examiner {
            place,
            seed: 7,
            limits,
            threads,
            processes: Processes::OneEach,
            untouched: true,
            shuffle: false,
        },
    ))
}

/// Writes the learner's files of an exercise in the copy at `root`.
fn put(root: &Path, exercise: &Exercise, from: impl Fn(&str) -> PathBuf) -> Result<()> {
    for name in learner_files::file_names(exercise) {
        let from = from(name);
        let text = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
        let to = exercise_folder(root, exercise).join(learner_files::source_path(name));
        // What is the same is left alone, so that cargo does not compile it again.
        if fs::read(&to).ok().as_ref() != Some(&text) {
            fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    Ok(())
}

fn list_of(exercise: &Exercise) -> String {
    format!("chapters/{}/exercise/exercise.toml", exercise.folder)
}

/// Every file that a task names exists, and none besides.
fn check_files(checkout: &Checkout, exercise: &Exercise, faults: &mut Faults) {
    let own = exercise_folder(&checkout.root, exercise);
    let names = learner_files::file_names(exercise);
    for name in &names {
        let first = learner_files::starter_path(name);
        if !own.join(&first).is_file() {
            faults.add(&list_of(exercise), 0, format!("there is no file {first}"));
        }
        if !learner_files::solution_path(&checkout.root, exercise, name).is_file() {
            faults.add(&list_of(exercise), 0, format!("{name} has no solution"));
        }
    }
    for folder in ["starter", "solution"] {
        let entries = fs::read_dir(own.join(folder)).into_iter().flatten().flatten();
        for name in entries.map(|entry| entry.file_name().to_string_lossy().into_owned()) {
            if !names.contains(&name.as_str()) {
                let sentence = format!("no task names {folder}/{name}");
                faults.add(&list_of(exercise), 0, sentence);
            }
        }
    }
}

fn check_warnings(of: &str, warnings: impl Iterator<Item = Warning>, faults: &mut Faults) {
    for Warning { package, lint, said } in warnings {
        faults.add_once(&package, 0, format!("{lint}, in the {of}\n{said}"));
    }
}

/// A starter fails every test, and it does so by saying that something is still to be written.
fn check_starter(exercise: &Exercise, result: &ExerciseResult, faults: &mut Faults) {
    for test in &result.tests {
        // The other servers come after tests that pass on the chapter's own.
        let later = test.test == "other" || test.test.starts_with("mutant_");
        let not_run = later && test.outcome.status == Status::Skipped;
        if test.outcome.status != Status::Fail && !not_run {
            let (task, name) = (&test.task, &test.test);
            let (status, message) = (test.outcome.status.word(), &test.outcome.message);
            let sentence = format!(
                "{task}: on the starter {name} must fail, but it is: {status} {message}\n{}",
                test.outcome.said
            );
            faults.add(&list_of(exercise), 0, sentence);
        }
    }
    let wants = exercise.tasks.iter().filter(|task| result.points(task) > 0);
    for task in wants {
        faults.add(&list_of(exercise), 0, format!("the starter has points for {}", task.id));
    }
}

/// A solution passes every test and has all points.
fn check_solution(exercise: &Exercise, result: &ExerciseResult, faults: &mut Faults) {
    for test in result.tests.iter().filter(|test| test.outcome.status != Status::Pass) {
        let unix = exercise.tasks.iter().filter(|task| task.kind == Kind::Catch).any(|task| {
            task.server.get(&test.test).is_some_and(|broken| broken.unix) && !cfg!(unix)
        });
        if unix {
            continue;
        }
        let (task, name, outcome) = (&test.task, &test.test, &test.outcome);
        let (status, message) = (outcome.status.word(), &outcome.message);
        let sentence =
            format!("{task}: the solution fails {name}: {status} {message}\n{}", outcome.said);
        faults.add(&list_of(exercise), 0, sentence);
    }
}
