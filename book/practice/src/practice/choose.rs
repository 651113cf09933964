//! Which exercise is meant, which one is next, and where one begins.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::course::learner_files::{exercise_folder, source_path};
use crate::practice::failure::path;
use crate::practice::report::sum;
use crate::practice::runner::{ExerciseRunner, TaskState};
use crate::system::screen::{BOLD, DIM, paint, wrapped};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// All exercises that this copy of the course has, in the order of the chapters.
pub fn all(checkout: &Checkout, course: &Course) -> Result<Vec<Exercise>> {
    let mut all = Vec::new();
    for chapter in &course.chapters {
        all.extend(Exercise::read(&checkout.root, chapter)?);
    }
    Ok(all)
}

/// The exercise of the chapter that `text` means.
pub fn exercise_named(checkout: &Checkout, course: &Course, text: &str) -> Result<Exercise> {
    let chapter = course.chapter_called(text)?;
    if let Some(exercise) = Exercise::read(&checkout.root, chapter)? {
        return Ok(exercise);
    }
    if let Some(name) = renamed(&checkout.chapter(chapter)) {
        let folder = format!("chapters/{}", chapter.folder);
        bail!("the exercise of {} is in {folder}/{name}: call that `exercise` again", chapter.id)
    }
    let others: Vec<_> = all(checkout, course)?.into_iter().map(|one| one.chapter).collect();
    match others.is_empty() {
        true => bail!("{} has no exercise, nor has any other chapter here", chapter.id),
        false => bail!("{} has no exercise; there is one in {}", chapter.id, others.join(", ")),
    }
}

/// The folder in a chapter's that holds an exercise under another name.
fn renamed(chapter: &Path) -> Option<String> {
    let folders = fs::read_dir(chapter).ok()?.flatten();
    let mut named = folders.filter(|folder| folder.path().join("exercise.toml").is_file());
    Some(named.next()?.file_name().to_string_lossy().into_owned())
}

/// The task of `exercise` that `id` names.
pub fn task_named<'a>(exercise: &'a Exercise, id: &str) -> Result<&'a Task> {
    exercise.task(id).with_context(|| {
        let ids: Vec<_> = exercise.tasks.iter().map(|task| task.id.as_str()).collect();
        format!("the exercise of {} has no task {id}; it has {}", exercise.chapter, ids.join(", "))
    })
}

/// The first of `exercises` that is not solved, and a sentence that says why it is this one.
/// `on` is told which one is looked at.
pub fn next_unsolved(
    runner: &ExerciseRunner,
    exercises: Vec<Exercise>,
    on: &mut dyn FnMut(&Exercise),
) -> Result<Option<(Exercise, String)>> {
    // Whatever comes behind one that is not solved is not looked at.
    for (solved, exercise) in exercises.into_iter().enumerate() {
        let before = match solved {
            0 => String::new(),
            1 => "The exercise before it is solved. ".to_owned(),
            _ => "The exercises before it are solved. ".to_owned(),
        };
        let begun = exercise.tasks.iter().filter(|task| runner.is_begun(&exercise, task)).count();
        let chapter = exercise.chapter.clone();
        if begun == 0 {
            let why = format!("{before}{chapter} is next: it is not begun yet.");
            return Ok(Some((exercise, why)));
        }
        // What is not begun is not solved, and it need not be run to know it.
        if begun < exercise.tasks.len() {
            let why = format!("{before}{chapter} is next: not all of its tasks are begun.");
            return Ok(Some((exercise, why)));
        }
        on(&exercise);
        let result = runner.results(&exercise)?;
        let states = runner.states(&exercise, &result);
        if states.iter().any(|state| *state != TaskState::Passes) {
            let tasks: Vec<_> = exercise.tasks.iter().collect();
            let sum = sum(&tasks, &states, &result);
            return Ok(Some((exercise, format!("{before}{chapter} is next: {sum}"))));
        }
    }
    Ok(None)
}

/// What a task that is not begun asks for, and where it is written.
pub fn beginning(checkout: &Checkout, exercise: &Exercise, task: &Task) -> String {
    let facts = format!("about {} min, {} points", task.minutes, task.points);
    let mut text = format!(
        "Next is {} {}\n{}\n",
        paint(BOLD, format_args!("{}, {}", task.id, task.title)),
        paint(DIM, format_args!("({facts})")),
        wrapped(&task.text, 2)
    );
    let to_do = task.files.iter().filter_map(|name| {
        let line = first_to_do(&exercise_folder(&checkout.root, exercise).join(source_path(name)))?;
        Some(format!("  {}:{line}\n", path(exercise, name)))
    });
    let to_do: Vec<_> = to_do.collect();
    if !to_do.is_empty() {
        text += &format!("\nWrite it here, and save:\n{}", to_do.concat());
    }
    text
}

/// The line of the first `todo!()` in a file, from 1.
fn first_to_do(path: &Path) -> Option<usize> {
    let text = fs::read_to_string(path).ok()?;
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let (line, _) =
        (1..).zip(text.lines()).find(|(_, line)| is_code(line) && line.contains("todo!("))?;
    Some(line)
}
