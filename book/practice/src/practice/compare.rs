//! `workbook compare chNN [TASK]`: the learner's code beside the solution.

use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::course::learner_files::{exercise_folder, solution_path, source_path};
use crate::judge::result::ExerciseResult;
use crate::pages::diff;
use crate::pages::step::Step;
use crate::practice::choose;
use crate::practice::failure::path;
use crate::practice::report::how_far;
use crate::practice::runner::{ExerciseRunner, Rerun, TaskState};
use crate::system::screen::{BOLD, DIM, Progress, paint, print_error, print_line, wrapped};
use anyhow::Result;
use std::sync::atomic::AtomicBool;

/// Shows the differences in the files of `task`, or of all tasks. A task that does not pass
/// is not shown, unless `anyway`.
pub fn run(checkout: &Checkout, chapter: &str, task: Option<&str>, anyway: bool) -> Result<bool> {
    let course = checkout.course()?;
    let exercise = choose::exercise_named(checkout, &course, chapter)?;
    let tasks = match task {
        Some(id) => vec![choose::task_named(&exercise, id)?],
        None => exercise.tasks.iter().collect(),
    };
    let runner = ExerciseRunner::new(checkout, None);
    let result = match anyway {
        true => ExerciseResult::default(),
        false => {
            let mut progress = Progress::new();
            progress.show(&format!("{}: does it pass? …", exercise.chapter));
            let stop = AtomicBool::new(false);
            runner.examine(&stop, &exercise, &tasks, Rerun::Nothing, &mut |_| ())?
        }
    };
    let mut all = true;
    let mut refused: Vec<String> = Vec::new();
    let mut shown: Vec<&str> = Vec::new();
    for task in tasks {
        let state = runner.state(&exercise, task, &result);
        if !anyway && state != TaskState::Passes {
            refused.push(format!("{} ({})", task.id, how_far(task, state, &result)));
            continue;
        }
        for name in &task.files {
            if !shown.contains(&name.as_str()) {
                all &= show(checkout, &exercise, task, name)?;
                shown.push(name);
            }
        }
    }
    if let Some(first) = refused.first() {
        let id = first.split(' ').next().unwrap_or_default();
        let chapter = &exercise.chapter;
        let not_shown = match refused.len() {
            1 => "This does not pass yet, and is not shown",
            _ => "These do not pass yet, and are not shown",
        };
        print_error(wrapped(
            &format!(
                "{not_shown}: {}. What you find yourself you keep, and `cargo workbook hint \
                 {chapter}` helps. To see a solution all the same: `cargo workbook compare \
                 {chapter} {id} --anyway`.",
                refused.join(", ")
            ),
            0,
        ));
    }
    Ok(all && refused.is_empty())
}

/// Shows what is different in one file; whether there is a solution.
fn show(checkout: &Checkout, exercise: &Exercise, task: &Task, name: &str) -> Result<bool> {
    let solution = solution_path(&checkout.root, exercise, name);
    if !solution.is_file() {
        print_error(format_args!(
            "This copy of the course has no solution of {}: whoever teaches it has.",
            task.id
        ));
        return Ok(false);
    }
    let own = exercise_folder(&checkout.root, exercise).join(source_path(name));
    match Step::between(checkout, &own, &solution)? {
        None => print_line(format_args!(
            "{} {}",
            paint(BOLD, path(exercise, name)),
            paint(DIM, "is the solution, letter for letter")
        )),
        Some(step) => {
            print_line(format_args!(
                "\n{} {}",
                paint(BOLD, &step.old_name),
                paint(DIM, format_args!("beside {}: - yours, + the solution's", step.new_name))
            ));
            diff::print(&step);
        }
    }
    Ok(true)
}
