//! Grades and feedback in the forms that learning platforms take.
//!
//! A platform's own table, as the teacher has downloaded it, is filled in: it has the names and
//! numbers that the platform wants back, and its header is in the teacher's language. Whoever was
//! not read gets no grade: a row stays as it was, or is left out where an empty cell would
//! overwrite what is there.

mod blackboard;
mod canvas;
mod d2l;
mod feedback;
mod grades;
mod moodle;
mod table;

pub use feedback::write as feedback;

use crate::grade::record::Record;
use crate::grade::returns::grades::{Filled, Grades};
use crate::grade::returns::table::Table;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// The format of a platform's table: whether a table has it, and how it is filled in.
type TableFormat = (fn(&Table) -> bool, fn(&Table, &Grades, Option<&str>) -> Result<Filled>);

/// The formats that are known, the more telling marks first.
const FORMATS: [TableFormat; 4] = [
    (canvas::recognises, canvas::fill),
    (d2l::recognises, d2l::fill),
    (blackboard::recognises, blackboard::fill),
    (moodle::recognises, moodle::fill),
];

/// Whether the table at `path` can be filled in, as far as that can be known before the grading.
pub fn check(path: &Path) -> Result<()> {
    open(path).map(|_| ())
}

/// The platform's table at `path` with the grades in it, and what there is to say. `column` is
/// a part of the name of the column, if it has several.
pub fn fill(path: &Path, records: &[Record], column: Option<&str>) -> Result<(Vec<u8>, String)> {
    let (table, (_, fill)) = open(path)?;
    let cannot = || format!("{} cannot be filled in", path.display());
    let grades = Grades::of(records)?;
    let filled = fill(&table, &grades, column).with_context(cannot)?;
    Ok((filled.table.write(filled.quoted)?, grades.said(&filled)))
}

fn open(path: &Path) -> Result<(Table, TableFormat)> {
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let table = Table::read(&bytes).with_context(|| format!("{shown} cannot be filled in"))?;
    match FORMATS.into_iter().find(|(recognises, _)| recognises(&table)) {
        Some(format) => Ok((table, format)),
        None => bail!(
            "{shown} is no table of Moodle, Canvas, Blackboard or D2L: it begins with {}",
            table.head.join(", ")
        ),
    }
}
