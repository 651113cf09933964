//! What can be typed behind `cargo workbook` and is done here. It calls one room for each command.

use anyhow::Result;
use course_admin::{bench, grade, new, verify};
use workbook::course::checkout::Checkout;

/// A command with its options.
#[derive(Debug)]
pub enum Command {
    Grade(Box<grade::command::Options>),
    Handout(String),
    Verify,
    Bench(bench::measure::Options),
    NewChapter(String),
    NewTask { chapter: String, name: String },
}

impl Command {
    /// Understands what was typed.
    pub fn parse(mut words: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let command = match words.next()? {
            Some(Value(word)) => word.string()?,
            Some(other) => return Err(other.unexpected()),
            None => {
                return Err("which command? `grade`, `handout`, `verify`, `bench` or `new`".into());
            }
        };
        // These have options of their own.
        if command == "grade" {
            return Ok(Self::Grade(Box::new(grade::command::Options::parse(&mut words)?)));
        }
        if command == "bench" {
            return Ok(Self::Bench(bench::measure::Options::parse(&mut words)?));
        }
        let mut rest = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Value(word) => rest.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        match (command.as_str(), &rest[..]) {
            ("verify", []) => Ok(Self::Verify),
            ("handout", [folder]) => Ok(Self::Handout(folder.clone())),
            ("new", [what, name]) if what == "chapter" => Ok(Self::NewChapter(name.clone())),
            ("new", [what, chapter, name]) if what == "task" => {
                Ok(Self::NewTask { chapter: chapter.clone(), name: name.clone() })
            }
            ("new", _) => Err("what? As in `cargo workbook new chapter file-server` or \
                     `cargo workbook new task ch03 at_most`"
                .into()),
            ("handout", []) => Err("where to? As in `cargo workbook handout ../handout`".into()),
            ("verify" | "handout", [.., word]) => {
                Err(format!("`{command}` does not know what to do with `{word}`").into())
            }
            (command, _) => Err(format!("there is no command `{command}`").into()),
        }
    }

    /// Does it. `false` if something does not pass, which was said.
    pub fn run(self) -> Result<bool> {
        let checkout = Checkout::find()?;
        match self {
            Self::Grade(options) => grade::command::run(&checkout, *options),
            Self::Handout(folder) => grade::handout::run(&checkout, folder.as_ref()),
            Self::Bench(options) => bench::measure::run(&checkout, &options),
            Self::Verify => verify::claims::run(&checkout),
            Self::NewChapter(name) => new::new_chapter(&checkout, &name),
            Self::NewTask { chapter, name } => new::new_task(&checkout, &chapter, &name),
        }
    }
}
