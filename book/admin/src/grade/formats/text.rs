//! For people: what was earned, and the first thing that is wrong with each task.

use crate::grade::formats::values::{one_line, plain};
use crate::grade::record::{ExerciseRecord, Record, State, TaskRecord, TestRecord};
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
    let points = format!("{} of {} points", plain(record.known()), plain(record.max_score));
    let _ = match record.state() {
        State::NotRead => writeln!(text, "{name}: {}", one_line(&record.said())),
        State::PartlyRead => writeln!(text, "{name}: {points}, {}", one_line(&record.said())),
        State::Graded | State::Unfinished => writeln!(text, "{name}: {points}"),
    };
    for fact in facts(record) {
        let _ = writeln!(text, "  {}", one_line(&fact));
    }
    if !record.complete {
        text += "  not everything was run\n";
    }
    for note in &record.notes {
        let _ = writeln!(text, "  {}", one_line(note));
    }
    if record.state() == State::NotRead {
        return text;
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
    let points = task.points.map_or("?".to_owned(), plain);
    let points = format!("{points} of {}", plain(task.max_points));
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
        // What was not read is said of this task, though a note says it as well.
        if !message.is_empty() && (!is_said || task.points.is_none()) {
            let _ = writeln!(text, "            {message}");
        }
    }
    text
}

/// A submission in a line: its name in `width` columns, the sum, and the exercises.
pub fn line(record: &Record, columns: usize) -> String {
    let name = one_line(&record.submission);
    let space = " ".repeat(columns.saturating_sub(width(&record.submission)));
    let mut text = format!("{name}{space}  ");
    if record.state() == State::NotRead {
        text += &format!("{:>9}", "-");
    } else {
        let known = plain(record.known());
        let open = if record.score.is_none() { "+?" } else { "" };
        let _ = write!(text, "{:>9}", format!("{known}{open}/{}", plain(record.max_score)));
        for exercise in &record.exercises {
            let _ = write!(text, "  {} {}", exercise.id, points(exercise));
        }
    }
    let mut facts = facts(record);
    match record.state() {
        State::NotRead | State::PartlyRead => facts.insert(0, record.said()),
        State::Unfinished if record.notes.is_empty() => {
            facts.insert(0, "not everything was run".to_owned());
        }
        State::Graded | State::Unfinished => facts.extend(record.notes.first().cloned()),
    }
    for fact in facts {
        let _ = write!(text, "  {}", one_line(&fact));
    }
    text + "\n"
}

/// What is to be known of a version.
fn facts(record: &Record) -> Vec<String> {
    let late = record.late.then(|| "late".to_owned());
    let version = Some(record.version.clone()).filter(|version| !version.is_empty());
    late.into_iter().chain(version).collect()
}

/// How many columns a name takes, as far as that can be known.
fn width(name: &str) -> usize {
    one_line(name).chars().count()
}

/// The points of an exercise, with a mark if not all of them are known.
fn points(exercise: &ExerciseRecord) -> String {
    let known: f64 = exercise.tasks.iter().filter_map(|task| task.points).sum();
    let is_known = exercise.tasks.iter().all(|task| task.points.is_some());
    format!("{}{}", plain(known), if is_known { "" } else { "+?" })
}
