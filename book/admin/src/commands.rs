//! What can be typed behind `cargo workbook` and is done here. It calls one room for each command.

use anyhow::Result;
use course_admin::{bench, grade, new, verify};
use workbook::course::checkout::Checkout;

/// How often everything is measured, unless it is said otherwise.
const ROUNDS: usize = 5;

/// A command with its options.
#[derive(Debug)]
pub enum Command {
    Grade(Box<grade::command::Options>),
    Handout(String),
    Verify,
    Bench { rounds: usize },
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
        // It has options of its own.
        if command == "grade" {
            return Ok(Self::Grade(Box::new(grade::command::Options::parse(&mut words)?)));
        }
        let mut rounds = None;
        let mut rest = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Long("rounds") if command == "bench" => rounds = Some(words.value()?.parse()?),
                Value(word) => rest.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        match (command.as_str(), &rest[..]) {
            ("bench", []) => Ok(Self::Bench { rounds: rounds.unwrap_or(ROUNDS) }),
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
            ("bench" | "verify" | "handout", [.., word]) => {
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
            Self::Bench { rounds } => bench::measure::run(&checkout, rounds),
            Self::Verify => verify::claims::run(&checkout),
            Self::NewChapter(name) => new::new_chapter(&checkout, &name),
            Self::NewTask { chapter, name } => new::new_task(&checkout, &chapter, &name),
        }
    }
}
