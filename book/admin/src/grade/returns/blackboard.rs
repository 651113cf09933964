//! Blackboard's Grade Center, reduced to one column and to those who have a grade.
//!
//! By its documentation (“Upload or download grades to work offline”), and not tried: the key is
//! `Username`, a column is known by the number behind `|` in its name, cells stand in quotes, and
//! columns that are not in the file are left alone.

use crate::grade::pattern::{parts, pattern};
use crate::grade::record::Record;
use crate::grade::returns::grades::{Filled, Grades};
use crate::grade::returns::table::{Table, number};
use anyhow::{Context, Result};
use regex::Regex;
use std::sync::LazyLock;

/// `Exercise 3 [Total Pts: 13 Score] |123456`, or `up to 13`.
static COLUMN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\[[^\]:]*:[^\]\d]*(\d+(?:[.,]\d+)?)[^\]]*\] *\|\d+ *$"));

pub fn recognises(table: &Table) -> bool {
    table.column("Username").is_some() && table.head.iter().any(|name| COLUMN.is_match(name))
}

pub fn fill(table: &Table, grades: &Grades, column: Option<&str>) -> Result<Filled> {
    let user = table.column("Username").context("there is no column Username")?;
    let all = (0..table.head.len()).filter(|at| COLUMN.is_match(&table.head[*at]));
    let grade = table.chosen(&all.collect::<Vec<_>>(), column)?;
    let most = parts::<1>(&COLUMN, &table.head[grade]).and_then(|[most]| number(most));
    let most = most.filter(|most| *most > 0.0).context("the column does not say its points")?;
    let mut rows = Vec::new();
    for row in &table.rows {
        let is_theirs = |record: &Record| !row[user].is_empty() && record.person.login == row[user];
        let Some(record) = grades.find(is_theirs) else { continue };
        let Some(points) = grades.points(record, most) else { continue };
        let mut row = row.clone();
        row[grade] = points;
        rows.push(row);
    }
    let names = ["Last Name", "First Name"].into_iter().filter_map(|name| table.column(name));
    let columns: Vec<_> = names.chain([user, grade]).collect();
    Ok(Filled { table: table.only(&columns, rows), quoted: true, most })
}
