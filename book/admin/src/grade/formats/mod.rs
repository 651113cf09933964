//! The outcome, in the form that a person, a program or a platform takes.
//!
//! Everything is made of [`Record`]s, so that a further form is a small thing. What each
//! platform asks for is written down in `tests/schemas/`, with its source.

mod classroom50;
mod csv;
mod feedback;
mod gradescope;
mod json;
mod junit;
mod text;
mod values;

pub use classroom50::Environment;
pub use feedback::{comment, feedback};
pub use json::{class as class_document, read as read_class};
pub use text::{line, summary};

use crate::grade::record::Record;
use anyhow::{Context, Result, bail};
use std::str::FromStr;

/// A form of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// The record itself.
    Json,
    /// A row for each submission.
    Csv,
    /// Gradescope's `results.json`.
    Gradescope,
    /// Classroom 50's `result.json`.
    Classroom50,
    /// JUnit's XML.
    Junit,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Json, Self::Csv, Self::Gradescope, Self::Classroom50, Self::Junit];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Gradescope => "gradescope",
            Self::Classroom50 => "classroom50",
            Self::Junit => "junit",
        }
    }

    /// How a file's name ends that has it.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Json | Self::Gradescope | Self::Classroom50 => "json",
            Self::Junit => "xml",
        }
    }

    /// Whether several submissions are one document. Of the other forms each submission has
    /// its own.
    pub fn is_one_document(self) -> bool {
        matches!(self, Self::Text | Self::Json | Self::Csv)
    }

    /// The document. A form of which each submission has its own document takes one record.
    pub fn write(self, records: &[Record], environment: &Environment) -> Result<String> {
        let one = || match records {
            [one] => Ok(one),
            _ => bail!("{} is a document for one submission", self.name()),
        };
        match self {
            Self::Text => Ok(text::write(records)),
            Self::Json => json::write(records),
            Self::Csv => csv::write(records),
            Self::Gradescope => gradescope::write(one()?),
            Self::Classroom50 => classroom50::write(one()?, environment),
            Self::Junit => Ok(junit::write(one()?)),
        }
    }
}

impl FromStr for Format {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name).join(", ");
        let format = Self::ALL.into_iter().find(|format| format.name() == name);
        format.with_context(|| format!("there is no format {name}; the formats are {names}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
        let said = "html".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            said,
            "there is no format html; the formats are text, json, csv, gradescope, classroom50, junit"
        );
    }
}
