//! `workbook list`: the course at a glance.

use crate::course::checkout::Checkout;
use crate::course::exercise::Exercise;
use crate::course::learner_files;
use crate::pages::preprocess::missing_sections;
use crate::practice::failure::{FAILS, PASSES, TO_DO};
use crate::practice::runner::{ExerciseRunner, TaskState};
use crate::system::screen::{BOLD, DIM, GREEN, Progress, RED, paint, print_line};
use anyhow::Result;
use std::fs;

/// Prints parts and chapters with their minutes, and what passes of their exercises.
pub fn run(checkout: &Checkout) -> Result<bool> {
    let course = checkout.course()?;
    let runner = ExerciseRunner::new(checkout, None);
    print_line(paint(BOLD, &course.title));
    for (part, number) in course.parts.iter().zip(1..) {
        let chapters = part.chapters.iter().filter_map(|id| course.chapter(id));
        let chapters: Vec<_> = chapters.collect();
        let minutes: u32 = chapters.iter().map(|chapter| chapter.minutes).sum();
        let heading = format!("Part {number}: {}", part.title);
        print_line(format_args!("\n{} {}", paint(BOLD, heading), paint(DIM, hours(minutes))));
        for chapter in chapters {
            let page = fs::read_to_string(checkout.pages().join(chapter.page()));
            let state = match page.as_deref().map(missing_sections) {
                Ok(missing) if missing.is_empty() => String::new(),
                Ok(missing) => format!("the page lacks: {}", missing.join(", ")),
                Err(_) => "has no page".to_owned(),
            };
            let minutes = format!("{:>3} min", chapter.minutes);
            print_line(format_args!(
                "  {}  {minutes}  {:<20} {}",
                chapter.id, chapter.title, chapter.idea
            ));
            if !state.is_empty() {
                print_line(format_args!("  {}", paint(DIM, format_args!("{:15}{state}", ""))));
            }
            if let Some(exercise) = Exercise::read(&checkout.root, chapter)? {
                print_line(format_args!("{:8}{}", "", in_a_line(checkout, &runner, &exercise)?));
            }
        }
    }
    print_line(format_args!(
        "\nRead a chapter with `cargo workbook`, run it with `cargo run --bin ch01`, see what it \
         changed with\n`cargo workbook diff ch02`, do its exercise with `cargo workbook watch ch01`."
    ));
    Ok(true)
}

/// How far an exercise is. One that is not begun is not run, nor is one of which nothing has
/// changed since it was run.
fn in_a_line(checkout: &Checkout, runner: &ExerciseRunner, exercise: &Exercise) -> Result<String> {
    let (minutes, most) = (exercise.minutes(), exercise.points());
    let minutes = format!("{minutes:>3} min");
    if learner_files::all_are_untouched(&checkout.root, exercise) {
        let text = format!("{minutes}  exercise not begun, {most} points");
        return Ok(paint(DIM, text));
    }
    let mut progress = Progress::new();
    progress.show(&format!("{}: what passes? …", exercise.chapter));
    let result = runner.results(exercise)?;
    progress.clear();
    let tasks = exercise.tasks.iter().zip(runner.states(exercise, &result)).map(|(task, state)| {
        let mark = match state {
            TaskState::Passes => paint(GREEN, PASSES),
            TaskState::Fails => paint(RED, FAILS),
            TaskState::NotBegun => paint(DIM, TO_DO),
        };
        format!("{mark} {}", task.id)
    });
    let tasks = tasks.collect::<Vec<_>>().join("  ");
    let points: u32 = exercise.tasks.iter().map(|task| result.points(task)).sum();
    Ok(format!("{}  {tasks}  {}", minutes, paint(DIM, format_args!("{points} of {most} points"))))
}

fn hours(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
