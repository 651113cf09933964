//! Moodle's grading worksheet, filled in.
//!
//! Source: `mod/assign/feedback/offline/importgradeslib.php` and `locallib.php` of
//! github.com/moodle/moodle. The importer knows the columns by their names in the language of
//! whoever imports, takes the number at the end of the first cell for the participant's (the one
//! in the names of the exported folders), expects UTF-8 and commas, and compares the time in
//! `Last modified (grade)` with its own, so all else is left as it was. It passes over a row whose
//! grade is empty, but takes an empty feedback for one: a row without a grade is not touched.

use crate::grade::formats::comment;
use crate::grade::record::Record;
use crate::grade::returns::grades::{Filled, Grades};
use crate::grade::returns::table::{Table, number};
use anyhow::{Context, Result};

/// What the column for feedback is called, in parts of words of several languages.
const FEEDBACK: [&str; 7] =
    ["feedback", "comment", "kommentar", "coment", "rückmeldung", "opmerking", "retour"];

/// The number at the end of `Participant 123`.
fn participant(cell: &str) -> Option<&str> {
    let start = cell.trim_end_matches(|char: char| char.is_ascii_digit()).len();
    Some(&cell[start..]).filter(|number| !number.is_empty())
}

/// The place of the grades: before the column with what all points are worth, which is the same
/// number in each row.
fn grade(table: &Table) -> Option<usize> {
    let is_grade = |cell: &str| cell.trim().trim_matches('-').is_empty() || number(cell).is_some();
    let is_most = |at: usize| {
        let first = table.rows.first().and_then(|row| number(&row[at])).filter(|most| *most > 0.0);
        first.is_some() && table.rows.iter().all(|row| number(&row[at]) == first)
    };
    (1..table.head.len().saturating_sub(1))
        .find(|at| is_most(at + 1) && table.rows.iter().all(|row| is_grade(&row[*at])))
}

/// The place of the comments, if the assignment has them: the last column.
fn feedback(table: &Table) -> Option<usize> {
    let last = table.head.len().checked_sub(1)?;
    let name = table.head[last].to_lowercase();
    let is_empty = || table.rows.iter().all(|row| row[last].is_empty());
    (FEEDBACK.iter().any(|part| name.contains(part)) || is_empty()).then_some(last)
}

pub fn recognises(table: &Table) -> bool {
    table.rows.iter().all(|row| participant(&row[0]).is_some()) && table.head.len() > 3
}

pub fn fill(table: &Table, grades: &Grades, column: Option<&str>) -> Result<Filled> {
    let grade = match column {
        Some(name) => table.chosen(&(1..table.head.len()).collect::<Vec<_>>(), Some(name))?,
        None => grade(table).context(
            "which column is for the grades cannot be told: say it, as in `--column Grade`",
        )?,
    };
    let most = table.rows.first().and_then(|row| number(row.get(grade + 1)?));
    let most =
        most.context("the column behind the grades does not say how many points there are")?;
    let feedback = feedback(table).filter(|at| *at > grade + 1);
    let mut filled = table.clone();
    for row in &mut filled.rows {
        let id = participant(&row[0]).unwrap_or_default().to_owned();
        let is_theirs = |record: &Record| record.person.id == id;
        let Some(record) = grades.find(is_theirs) else { continue };
        let Some(points) = grades.points(record, most) else { continue };
        // As the sheet writes its numbers.
        let comma = row[grade + 1].contains(',');
        row[grade] = if comma { points.replace('.', ",") } else { points };
        if let Some(at) = feedback {
            row[at] = comment(record);
        }
    }
    Ok(Filled { table: filled, quoted: false, most })
}
