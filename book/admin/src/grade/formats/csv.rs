//! A row for each submission and a column for each task, for a spreadsheet.

use crate::grade::formats::values::{one_line, plain, shortened};
use crate::grade::record::Record;
use anyhow::{Context, Result};
use csv::{Terminator, WriterBuilder};
use std::collections::BTreeMap;

/// The longest note: a cell of a spreadsheet holds 32,767 characters.
const LONGEST: usize = 4000;

/// The table.
pub fn write(records: &[Record]) -> Result<String> {
    // The tasks of all of them, in the order of the course, with what they are worth.
    let mut tasks: BTreeMap<(&str, usize), (&str, f64)> = BTreeMap::new();
    for exercise in records.iter().flat_map(|record| &record.exercises) {
        for (place, task) in exercise.tasks.iter().enumerate() {
            tasks.insert((&exercise.id, place), (&task.id, task.max_points));
        }
    }
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let mut head: Vec<_> =
        ["submission", "score", "max_score", "state", "late", "version"].map(str::to_owned).into();
    for ((exercise, _), (task, points)) in &tasks {
        head.push(cell(&format!("{exercise} {task} (of {})", plain(*points))));
    }
    head.extend(["seed".to_owned(), "notes".to_owned()]);
    table.write_record(&head)?;
    for record in records {
        let score = record.score.map(plain).unwrap_or_default();
        let late = if record.late { "late" } else { "" };
        let said = cell(&shortened(&record.said(), LONGEST));
        let (name, most) = (cell(&record.submission), plain(record.max_score));
        let mut row = vec![name, score, most, said, late.to_owned(), cell(&record.version)];
        for ((exercise, _), (task, _)) in &tasks {
            let exercise = record.exercises.iter().find(|one| one.id == *exercise);
            let task = exercise.and_then(|one| one.tasks.iter().find(|one| one.id == *task));
            row.push(task.and_then(|task| task.points).map(plain).unwrap_or_default());
        }
        row.push(record.seed.to_string());
        let of_exercises = record.exercises.iter().flat_map(|exercise| {
            exercise.notes.iter().map(move |note| format!("{}: {note}", exercise.id))
        });
        let notes: Vec<_> = record.notes.iter().cloned().chain(of_exercises).collect();
        row.push(cell(&shortened(&notes.join("; "), LONGEST)));
        table.write_record(&row)?;
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    String::from_utf8(bytes).context("cannot write the table")
}

/// A text that a spreadsheet does not take for a formula.
fn cell(text: &str) -> String {
    let text = one_line(text);
    // The list of OWASP, "CSV Injection"; a tab or a CR at the front is no longer one here.
    match text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text,
    }
}
