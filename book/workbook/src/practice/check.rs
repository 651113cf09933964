//! `workbook check [chNN] [TASK]`: what passes, and what does not.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::judge::result::ExerciseResult;
use crate::practice::choose::{self, beginning};
use crate::practice::progress::{Again, Now, State};
use crate::practice::report::{Report, sum, table};
use crate::system::screen::{BOLD, GREEN, Progress, paint, say, wrapped};
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
    let now = Now::new(checkout, seed);
    let Some(exercise) = chosen(checkout, &course, &now, wanted)? else { return Ok(true) };
    say(heading(&course, &exercise));
    let (now, tasks) = match task {
        Some(id) => (now.with_untouched(), vec![choose::task(&exercise, id)?]),
        None => (now, exercise.tasks.iter().collect()),
    };
    let again = if seed.is_some() { Again::All } else { Again::Own };
    let result = tell(&now, &exercise, &tasks, again)?;

    let states: Vec<_> = tasks.iter().map(|task| now.state(&exercise, task, &result)).collect();
    say(format_args!("\n{}", table(&tasks, &states, &result).trim_end()));
    let passes = states.iter().all(|state| *state == State::Passes);
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
        say(wrapped(&next, 0));
    } else if passes {
        let next = match following(checkout, &course, &exercise)? {
            Some(next) => format!("Go on with `cargo workbook watch {}`.", next.chapter),
            None => "That was the last exercise.".to_owned(),
        };
        let next = format!("The solution beside yours: `cargo workbook compare {id}`. {next}");
        say(format_args!("{}\n{}", paint(GREEN, sum.trim_end()), wrapped(&next, 0)));
    } else if states.contains(&State::Fails) {
        say(format_args!("{sum}`cargo workbook watch {id}` checks at every save."));
    } else {
        say(format_args!("{sum}`cargo workbook watch {id}` checks at every save.\n"));
        let first = tasks.iter().zip(&states).find(|(_, state)| **state == State::NotBegun);
        if let Some((task, _)) = first {
            say(beginning(checkout, &exercise, task).trim_end());
        }
    }
    Ok(passes)
}

/// The exercise that is meant, or the next one; `None` if all are solved, which is said.
pub fn chosen(
    checkout: &Checkout,
    course: &Course,
    now: &Now,
    wanted: Option<&str>,
) -> Result<Option<Exercise>> {
    if let Some(text) = wanted {
        return choose::called(checkout, course, text).map(Some);
    }
    let exercises = choose::all(checkout, course)?;
    anyhow::ensure!(!exercises.is_empty(), "this copy of the course has no exercises");
    let mut progress = Progress::new();
    let next = choose::next(now, exercises, &mut |exercise| {
        progress.show(&format!("is {} solved? …", exercise.chapter));
    })?;
    progress.clear();
    match next {
        Some((exercise, why)) => {
            say(why);
            Ok(Some(exercise))
        }
        None => {
            say(paint(GREEN, "All exercises are solved."));
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

/// Runs `tasks`, and shows what comes of it, until the table.
fn tell(now: &Now, exercise: &Exercise, tasks: &[&Task], again: Again) -> Result<ExerciseResult> {
    let is_to_run = |task: &&Task| now.is_to_run(exercise, task);
    let tasks: Vec<_> = tasks.iter().copied().filter(is_to_run).collect();
    if tasks.is_empty() {
        return Ok(ExerciseResult::default());
    }
    let hint = format!("cargo workbook hint {}", exercise.chapter);
    let mut report = Report::new(exercise, now.tests(exercise, &tasks)?, &hint);
    let mut progress = Progress::new();
    progress.show(&report.progress());
    now.examine(&AtomicBool::new(false), exercise, &tasks, again, &mut |test| {
        let text = report.add(test);
        if !text.is_empty() {
            progress.clear();
            say(text.trim_end());
        }
        progress.show(&report.progress());
    })
}
