//! The record itself.

use crate::grade::record::{ClassInfo, Record};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The form of a document with several records.
const SEVERAL: &str = "servers-by-hand/grades/v1";

/// The records of a class, or of a part of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Grades {
    /// Its form.
    pub schema: String,
    /// What they have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassInfo>,
    /// The records.
    pub grades: Vec<Record>,
}

/// One record as it is, and several as a list.
pub fn write(records: &[Record]) -> Result<String> {
    match records {
        [one] => pretty(one),
        grades => class(grades, None),
    }
}

/// The records of a class, however many there are.
pub fn class(records: &[Record], info: Option<&ClassInfo>) -> Result<String> {
    let (schema, class) = (SEVERAL.to_owned(), info.cloned());
    pretty(&Grades { schema, class, grades: records.to_vec() })
}

/// The records in a document that [`class`] wrote.
pub fn read(text: &str) -> Result<Grades> {
    let grades: Grades = serde_json::from_str(text)
        .context("it is not what `grade --format json` writes for a class")?;
    anyhow::ensure!(grades.schema == SEVERAL, "its form is {}, not {SEVERAL}", grades.schema);
    Ok(grades)
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    Ok(text.context("cannot write the record as JSON")? + "\n")
}
