//! The record itself.

use crate::grade::record::Record;
use anyhow::{Context, Result};
use serde::Serialize;

/// The form of a document with several records.
const SEVERAL: &str = "servers-by-hand/grades/v1";

/// The records of a class.
#[derive(Serialize)]
struct Grades<'a> {
    schema: &'a str,
    grades: &'a [Record],
}

/// One record as it is, and several as a list.
pub fn write(records: &[Record]) -> Result<String> {
    let text = match records {
        [one] => serde_json::to_string_pretty(one),
        grades => serde_json::to_string_pretty(&Grades { schema: SEVERAL, grades }),
    };
    Ok(text.context("cannot write the record as JSON")? + "\n")
}
