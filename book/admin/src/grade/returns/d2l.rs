//! D2L's (Brightspace's) grades, reduced to one item and to those who have a grade.
//!
//! By its documentation (“Importing grades”, community.d2l.com), and not tried: the keys are
//! `OrgDefinedId` and `Username`, an item is `Name Points Grade`, and the last column is
//! `End-of-Line Indicator` with `#`. The names of exported folders have neither key, so that
//! people are found by their names, which must be in the table as well.

use crate::grade::pattern::{parts, pattern};
use crate::grade::record::Record;
use crate::grade::returns::grades::{Filled, Grades, plain_name};
use crate::grade::returns::table::{Table, number};
use anyhow::{Context, Result};
use regex::Regex;
use std::sync::LazyLock;

const END: &str = "End-of-Line Indicator";

/// `Exercise 3 Points Grade <Numeric MaxPoints:13>`.
static COLUMN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"Points Grade(?: *<.*MaxPoints: *(\d+(?:[.,]\d+)?).*>)? *$"));

pub fn recognises(table: &Table) -> bool {
    table.column(END).is_some() && table.head.iter().any(|name| COLUMN.is_match(name))
}

pub fn fill(table: &Table, grades: &Grades, column: Option<&str>) -> Result<Filled> {
    let all = (0..table.head.len()).filter(|at| COLUMN.is_match(&table.head[*at]));
    let grade = table.chosen(&all.collect::<Vec<_>>(), column)?;
    let most = parts::<1>(&COLUMN, &table.head[grade]).and_then(|[most]| number(most));
    let most = most.context("the column does not say its points (MaxPoints): export it again")?;
    let name = |name: &str| {
        table
            .column(name)
            .with_context(|| format!("there is no column {name}: export it again with it"))
    };
    let (last, first) = (name("Last Name")?, name("First Name")?);
    let mut rows = Vec::new();
    for row in &table.rows {
        let name = plain_name(&format!("{} {}", row[first], row[last]));
        let same =
            |other: &&Vec<String>| plain_name(&format!("{} {}", other[first], other[last])) == name;
        let is_theirs = |record: &Record| plain_name(&record.person.name) == name;
        if table.rows.iter().filter(same).count() > 1 {
            continue;
        }
        let Some(record) = grades.find(is_theirs) else { continue };
        let Some(points) = grades.points(record, most) else { continue };
        let mut row = row.clone();
        row[grade] = points;
        rows.push(row);
    }
    let keys = ["OrgDefinedId", "Username"].into_iter().filter_map(|name| table.column(name));
    let columns: Vec<_> = keys.chain([grade]).chain(table.column(END)).collect();
    Ok(Filled { table: table.only(&columns, rows), quoted: false, most })
}
