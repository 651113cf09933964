//! The exercises as the book shows them, so that there is one wording: `exercise.toml`.

use crate::course::chapters::{Chapter, Course};
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Kind, SERVERS, Task};
use crate::course::learner_files::source_path;
use anyhow::{Context, Result, ensure};

/// The tasks of a chapter, for its page.
pub fn tasks(checkout: &Checkout, chapter: &Chapter) -> Result<String> {
    let exercise = Exercise::read(&checkout.root, chapter)?
        .with_context(|| format!("{} has no exercise", chapter.id))?;
    let (id, folder) = (&exercise.chapter, &exercise.folder);
    let mut text = format!(
        "Then write. The files for it are in `chapters/{folder}/exercise/`, and \
         `cargo workbook watch {id}` runs their tests at every save: `h` gives a hint. \
         (`cargo workbook check {id}` runs them once, `cargo workbook reset {id}` gives you the \
         first state again.)\n"
    );
    for task in &exercise.tasks {
        ensure!(
            !task.text.contains("```rust"),
            "{}: the task {} has Rust in its text that nobody compiles",
            exercise.id,
            task.id
        );
        text += &shown(task);
    }
    Ok(text)
}

/// One task: its heading, what it costs, what is asked.
fn shown(task: &Task) -> String {
    let kind = task.kind.word();
    let heading = match task.title.to_lowercase().starts_with(kind) {
        true => task.title.clone(),
        false => format!("{}: {}", capital(kind), task.title),
    };
    let files: Vec<_> =
        task.files.iter().map(|file| format!("<code>{}</code>", source_path(file))).collect();
    let mut text = format!(
        "\n### {heading}\n\n<p class=\"facts\">about {} minutes · {} points · {}</p>\n\n{}\n",
        task.minutes,
        task.points,
        files.join(", "),
        task.text.trim()
    );
    if task.kind == Kind::Catch {
        text += "\nThe three are:\n\n";
        for name in SERVERS {
            if let Some(broken) = task.server.get(name) {
                text += &format!("- a server that {}\n", broken.does);
            }
        }
    }
    text
}

/// What the exercises of all chapters take and are worth, as a table for teachers.
pub fn table(checkout: &Checkout, course: &Course) -> Result<String> {
    let mut text =
        "| chapter | build | extend | catch | minutes | points |\n|---|--:|--:|--:|--:|--:|\n"
            .to_owned();
    let (mut minutes, mut points) = (0, 0);
    for (chapter, exercise) in all(checkout, course)? {
        let of = |kind| {
            let of_kind = exercise.tasks.iter().filter(|task| task.kind == kind);
            let each = of_kind.map(|task| format!("{} ({})", task.minutes, task.points));
            each.collect::<Vec<_>>().join(", ")
        };
        text += &format!(
            "| {} {} | {} | {} | {} | {} | {} |\n",
            chapter.number(),
            uncapital(&chapter.title),
            of(Kind::Build),
            of(Kind::Extend),
            of(Kind::Catch),
            exercise.minutes(),
            exercise.points()
        );
        minutes += exercise.minutes();
        points += exercise.points();
    }
    text += &format!("| together | | | | {minutes} | {points} |\n");
    Ok(text)
}

/// The broken servers, what somebody believes who writes one, and a test that notices.
pub fn wrong_answers(checkout: &Checkout, course: &Course) -> Result<String> {
    let mut text = String::new();
    for (chapter, exercise) in all(checkout, course)? {
        let (number, title) = (chapter.number(), uncapital(&chapter.title));
        text += &format!("\n**Chapter {number}, {title}**\n\n");
        for broken in exercise.tasks.iter().flat_map(|task| task.server.values()) {
            text += &format!(
                "- {}: {}. <br>`{}`\n",
                capital(&broken.does),
                broken.belief.trim_end_matches('.'),
                broken.test.trim_start_matches("unix::")
            );
        }
    }
    Ok(text)
}

/// The chapters that have exercises.
fn all<'a>(checkout: &Checkout, course: &'a Course) -> Result<Vec<(&'a Chapter, Exercise)>> {
    let mut all = Vec::new();
    for chapter in &course.chapters {
        if let Some(exercise) = Exercise::read(&checkout.root, chapter)? {
            all.push((chapter, exercise));
        }
    }
    Ok(all)
}

fn uncapital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
