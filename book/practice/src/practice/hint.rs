//! `workbook hint chNN [TEST]`: what helps with a test that does not pass.

use crate::course::checkout::Checkout;
use crate::course::exercise::Exercise;
use crate::judge::outcome::Status;
use crate::judge::result::TestResult;
use crate::practice::choose;
use crate::practice::failure::failures;
use crate::practice::hints::{HintHistory, find};
use crate::practice::runner::ExerciseRunner;
use crate::system::screen::{Progress, print_line};
use anyhow::Result;

/// Shows the next hint for the test that `part` names, or else for the first that fails.
pub fn run(checkout: &Checkout, chapter: &str, part: Option<&str>) -> Result<bool> {
    let course = checkout.course()?;
    let exercise = choose::exercise_named(checkout, &course, chapter)?;
    let runner = ExerciseRunner::new(checkout, None);
    let tasks: Vec<_> = exercise.tasks.iter().collect();
    let tests = runner.tests(&exercise, &tasks)?;
    let named = part.map(|part| find(&tests, part)).transpose()?;

    let mut progress = Progress::new();
    progress.show(&format!("{}: which tests pass? …", exercise.chapter));
    let result = runner.results(&exercise)?;
    progress.clear();
    let came = |test: &TestResult| {
        result.tests.iter().find(|one| one.task == test.task && one.test == test.test)
    };
    let test = match named {
        Some(named) => {
            if came(named).is_some_and(|test| test.outcome.status == Status::Pass) {
                print_line(format_args!("“{}” passes: it needs no hint.", named.sentence));
                return Ok(true);
            }
            came(named).unwrap_or(named).clone()
        }
        None => match first(&runner, &exercise, &result.tests) {
            Some(test) => test,
            None => {
                print_line(format_args!(
                    "Everything in {} passes: no hint needed.",
                    exercise.chapter
                ));
                return Ok(true);
            }
        },
    };
    print_line(next(checkout, &exercise, &test)?);
    Ok(true)
}

/// The next hint for a test, and what comes before it.
pub fn next(checkout: &Checkout, exercise: &Exercise, test: &TestResult) -> Result<String> {
    let hint = HintHistory::read(checkout).next(exercise, test)?;
    let before = match test.outcome.status {
        Status::Compile => "It does not compile, and what the compiler says comes first. Then:\n\n",
        _ => "",
    };
    Ok(format!("{before}{}", hint.trim_end()))
}

/// The test that a hint is for, if none was named: the first failure, else the first test of
/// the first task that is not begun.
pub fn first(
    runner: &ExerciseRunner,
    exercise: &Exercise,
    tests: &[TestResult],
) -> Option<TestResult> {
    let is_begun = |test: &&TestResult| {
        exercise.task(&test.task).is_some_and(|task| runner.is_begun(exercise, task))
    };
    let of_begun: Vec<_> = tests.iter().filter(is_begun).collect();
    let first = failures(of_begun).next();
    let not_begun = || tests.iter().find(|test| !is_begun(test));
    first.or_else(not_begun).cloned()
}
