//! Canvas' gradebook, reduced to one assignment and to those who have a grade.
//!
//! Source: `lib/gradebook_importer.rb` of github.com/instructure/canvas-lms: the columns up to
//! `Section` say who it is (the number in `ID` first), an assignment is `Title (number)`, and a row
//! `Points Possible` stands before the people. An empty cell overwrites a score, so that whoever
//! was not read is left out, and so is every other column.

use crate::grade::record::Record;
use crate::grade::returns::grades::{Filled, Grades};
use crate::grade::returns::table::{Table, number};
use anyhow::{Context, Result};

const POINTS: &str = "Points Possible";

pub fn recognises(table: &Table) -> bool {
    let first = table.head.first().map(String::as_str);
    matches!(first, Some("Student" | "LastName")) && table.column("Section").is_some()
}

/// Whether an assignment has this name: `Title (123)`.
fn is_assignment(name: &str) -> bool {
    let number = name.strip_suffix(')').and_then(|name| Some(name.rsplit_once('(')?.1));
    number.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

pub fn fill(table: &Table, grades: &Grades, column: Option<&str>) -> Result<Filled> {
    let section = table.column("Section").context("there is no column Section")?;
    let all = (section + 1..table.head.len()).filter(|at| is_assignment(&table.head[*at]));
    let grade = table.chosen(&all.collect::<Vec<_>>(), column)?;
    let above = |row: &&Vec<String>| row[0].contains(POINTS);
    let points = table.rows.iter().find(above).context("there is no row “Points Possible”")?;
    let most = number(&points[grade])
        .with_context(|| format!("{POINTS} of {} is no number", table.head[grade]))?;
    let mut rows = vec![points.clone()];
    let (id, login) = (table.column("ID"), table.column("SIS Login ID"));
    for row in table.rows.iter().filter(|row| !above(row)) {
        let has = |at: Option<usize>, value: &str| {
            !value.is_empty() && at.is_some_and(|at| row[at].trim() == value)
        };
        let is_theirs =
            |record: &Record| has(id, &record.person.id) || has(login, &record.person.login);
        let Some(record) = grades.find(is_theirs) else { continue };
        let Some(points) = grades.points(record, most) else { continue };
        let mut row = row.clone();
        row[grade] = points;
        rows.push(row);
    }
    let columns: Vec<_> = (0..=section).chain([grade]).collect();
    Ok(Filled { table: table.only(&columns, rows), quoted: false, most })
}
