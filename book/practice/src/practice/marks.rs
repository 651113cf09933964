//! `workbook marks chNN`: how many tasks pass, and how many there are, as two numbers. The book
//! asks for it, for the mark beside the chapter.

use crate::course::checkout::Checkout;
use crate::course::exercise::Exercise;
use crate::practice::runner::{ExerciseRunner, TaskState};
use crate::system::screen::print_line;
use anyhow::{Context, Result};

/// Runs the exercise of the chapter called `wanted`, unless nothing has changed since it was run.
pub fn run(checkout: &Checkout, wanted: &str) -> Result<bool> {
    let course = checkout.course()?;
    let chapter = course.chapter_called(wanted)?;
    let exercise = Exercise::read(&checkout.root, chapter)?
        .with_context(|| format!("{} has no exercise", chapter.id))?;
    let runner = ExerciseRunner::new(checkout, None);
    let states = runner.states(&exercise, &runner.results(&exercise)?);
    let passed = states.iter().filter(|state| **state == TaskState::Passes).count();
    print_line(format_args!("{passed} {}", states.len()));
    Ok(true)
}
