//! `workbook check [chNN] [TASK]`: what passes, and what does not.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::judge::build::names_are_resolved;
use crate::judge::result::ExerciseResult;
use crate::practice::choose::{self, beginning};
use crate::practice::report::{Report, sum, table};
use crate::practice::runner::{ExerciseRunner, Rerun, TaskState};
use crate::system::screen::{BOLD, GREEN, Progress, paint, print_line, wrapped};
use anyhow::Result;
use std::sync::atomic::AtomicBool;

/// Checks the exercise of the chapter `wanted`, or the next one that is not solved; with
/// `task`, only this one.
pub fn run(
    checkout: &Checkout,
    wanted: Option<&str>,
    task: Option<&str>,
    seed: Option<u64>,
) -> Result<bool> {
    let course = checkout.course()?;
    let runner = ExerciseRunner::new(checkout, seed);
    let Some(exercise) = chosen(checkout, &course, &runner, wanted)? else { return Ok(true) };
    print_line(heading(&course, &exercise));
    let (runner, tasks) = match task {
        Some(id) => (runner.with_untouched(), vec![choose::task_named(&exercise, id)?]),
        None => (runner, exercise.tasks.iter().collect()),
    };
    let rerun = if seed.is_some() { Rerun::All } else { Rerun::Own };
    let result = run_and_print(&runner, &exercise, &tasks, rerun)?;

    let states: Vec<_> = tasks.iter().map(|task| runner.state(&exercise, task, &result)).collect();
    print_line(format_args!("\n{}", table(&tasks, &states, &result).trim_end()));
    let passes = states.iter().all(|state| *state == TaskState::Passes);
    let id = &exercise.chapter;
    // Of one task, the table says it all.
    let sum = match task {
        Some(_) => String::new(),
        None => sum(&tasks, &states, &result) + " ",
    };
    if passes && task.is_some() {
        let task = &tasks[0].id;
        let next = format!(
            "The solution beside yours: `cargo workbook compare {id} {task}`. All of the \
             exercise: `cargo workbook check {id}`."
        );
        print_line(wrapped(&next, 0));
    } else if passes {
        let next = match following(checkout, &course, &exercise)? {
            Some(next) => format!("Go on with `cargo workbook watch {}`.", next.chapter),
            None => "That was the last exercise.".to_owned(),
        };
        let next = format!("The solution beside yours: `cargo workbook compare {id}`. {next}");
        print_line(format_args!("{}\n{}", paint(GREEN, sum.trim_end()), wrapped(&next, 0)));
    } else if states.contains(&TaskState::Fails) {
        print_line(format_args!("{sum}`cargo workbook watch {id}` checks at every save."));
    } else {
        print_line(format_args!("{sum}`cargo workbook watch {id}` checks at every save.\n"));
        let first = tasks.iter().zip(&states).find(|(_, state)| **state == TaskState::NotBegun);
        if let Some((task, _)) = first {
            print_line(beginning(checkout, &exercise, task).trim_end());
        }
    }
    Ok(passes)
}

/// The exercise that is meant, or the next one; `None` if all are solved, which is said.
pub fn chosen(
    checkout: &Checkout,
    course: &Course,
    runner: &ExerciseRunner,
    wanted: Option<&str>,
) -> Result<Option<Exercise>> {
    if let Some(text) = wanted {
        return choose::exercise_named(checkout, course, text).map(Some);
    }
    let exercises = choose::all(checkout, course)?;
    anyhow::ensure!(!exercises.is_empty(), "this copy of the course has no exercises");
    let mut progress = Progress::new();
    let next = choose::next_unsolved(runner, exercises, &mut |exercise| {
        progress.show(&format!("is {} solved? …", exercise.chapter));
    })?;
    progress.clear();
    match next {
        Some((exercise, why)) => {
            print_line(why);
            Ok(Some(exercise))
        }
        None => {
            print_line(paint(GREEN, "All exercises are solved."));
            Ok(None)
        }
    }
}

/// The chapter's id and title.
pub fn heading(course: &Course, exercise: &Exercise) -> String {
    let title = course.chapter(&exercise.chapter).map_or("", |chapter| &chapter.title);
    paint(BOLD, format_args!("{}, {title}", exercise.chapter))
}

/// The exercise behind this one.
pub fn following(
    checkout: &Checkout,
    course: &Course,
    exercise: &Exercise,
) -> Result<Option<Exercise>> {
    let mut all = choose::all(checkout, course)?.into_iter();
    Ok(all.by_ref().find(|one| one.id == exercise.id).and_then(|_| all.next()))
}

/// What is said where the compiler has no Clippy.
const NO_CLIPPY: &str = "Clippy is not installed, so that names are not looked at which whoever \
                         grades refuses (`rustup component add clippy`).";

/// Runs `tasks`, and shows what comes of it, until the table.
fn run_and_print(
    runner: &ExerciseRunner,
    exercise: &Exercise,
    tasks: &[&Task],
    rerun: Rerun,
) -> Result<ExerciseResult> {
    let is_to_run = |task: &&Task| runner.is_to_run(exercise, task);
    let tasks: Vec<_> = tasks.iter().copied().filter(is_to_run).collect();
    if tasks.is_empty() {
        return Ok(ExerciseResult::default());
    }
    if !names_are_resolved() {
        print_line(wrapped(NO_CLIPPY, 0));
    }
    let hint = format!("cargo workbook hint {}", exercise.chapter);
    let mut report = Report::new(exercise, runner.tests(exercise, &tasks)?, &hint);
    let mut progress = Progress::new();
    progress.show(&report.progress());
    runner.examine(&AtomicBool::new(false), exercise, &tasks, rerun, &mut |test| {
        let text = report.add(std::slice::from_ref(test));
        if !text.is_empty() {
            progress.clear();
            print_line(text.trim_end());
        }
        progress.show(&report.progress());
    })
}
