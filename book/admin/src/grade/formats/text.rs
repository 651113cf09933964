//! For people: what was earned, and the first thing that is wrong with each task.

use crate::grade::formats::values::{one_line, plain};
use crate::grade::intake::REFUSED;
use crate::grade::record::{ExerciseRecord, Record, TaskRecord, TestRecord};
use course_practice::judge::outcome::Status;
use std::fmt::Write;

/// A submission in full, or several in a line each.
pub fn write(records: &[Record]) -> String {
    match records {
        [one] => summary(one),
        several => {
            let width = several.iter().map(|one| width(&one.submission)).max().unwrap_or(0);
            several.iter().map(|one| line(one, width)).collect()
        }
    }
}

/// A submission in full.
pub fn summary(record: &Record) -> String {
    let mut text = String::new();
    let name = one_line(&record.submission);
    let points = format!("{} of {} points", plain(record.score), plain(record.max_score));
    let _ = writeln!(text, "{name}: {points}");
    if !record.complete {
        text += "  not everything was run\n";
    }
    for note in &record.notes {
        let _ = writeln!(text, "  {}", one_line(note));
    }
    for exercise in &record.exercises {
        let _ = writeln!(text, "\n{} {}", exercise.id, one_line(&exercise.title));
        for note in &exercise.notes {
            let _ = writeln!(text, "  {}", one_line(note));
        }
        for task in &exercise.tasks {
            text += &lines(task, &exercise.notes);
        }
    }
    text
}

/// A task and what is wrong with it, unless a note says it already.
fn lines(task: &TaskRecord, notes: &[String]) -> String {
    let points = format!("{} of {}", plain(task.points), plain(task.max_points));
    let mut text = format!("  {points:>8}  {}\n", one_line(&task.title));
    let wrong = |status: Status| status != Status::Pass;
    let failed: Vec<_> = task.tests.iter().filter(|test| wrong(test.status)).collect();
    if let Some(first) = failed.first() {
        let message = one_line(&first.message);
        let same =
            |test: &&TestRecord| test.status == Status::Skipped && test.message == first.message;
        let not_begun = failed.iter().all(same);
        if !(not_begun && failed.len() == task.tests.len()) {
            let what = match failed.len() {
                count if count == task.tests.len() && count > 1 => "no test passes".to_owned(),
                1 => "one test does not pass".to_owned(),
                count => format!("{count} of {} tests do not pass", task.tests.len()),
            };
            let (status, name) = (first.status.word(), one_line(&first.name));
            let _ = writeln!(text, "            {what}; {status}: {name}");
        }
        let is_said = notes.iter().any(|note| one_line(note) == message);
        // What was refused of this task is said of this task, though a note says it as well.
        if !message.is_empty() && (!is_said || message.contains(REFUSED)) {
            let _ = writeln!(text, "            {message}");
        }
    }
    text
}

/// A submission in a line: its name in `width` columns, the sum, and the exercises.
pub fn line(record: &Record, columns: usize) -> String {
    let name = one_line(&record.submission);
    let space = " ".repeat(columns.saturating_sub(width(&record.submission)));
    let sum = format!("{}/{}", plain(record.score), plain(record.max_score));
    let mut text = format!("{name}{space}  {sum:>9}");
    for exercise in &record.exercises {
        let _ = write!(text, "  {} {}", exercise.id, plain(points(exercise)));
    }
    let mut of_exercises = record.exercises.iter().flat_map(|exercise| &exercise.notes);
    let refused = of_exercises.find(|note| note.contains(REFUSED));
    let notes = match (record.complete, refused.or(record.notes.first())) {
        (_, Some(first)) => format!("  {}", one_line(first)),
        (false, None) => "  not everything was run".to_owned(),
        (true, None) => String::new(),
    };
    text + &notes + "\n"
}

/// How many columns a name takes, as far as that can be known.
fn width(name: &str) -> usize {
    one_line(name).chars().count()
}

fn points(exercise: &ExerciseRecord) -> f64 {
    exercise.tasks.iter().map(|task| task.points).sum()
}
