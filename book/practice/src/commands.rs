//! What can be typed behind `cargo workbook` and is done here. It calls one module for each
//! command.

use anyhow::Result;
use course_practice::practice::{check, compare, hint, list, marks, reset, watch};
use workbook::course::checkout::Checkout;

/// A command with its options.
#[derive(Debug, PartialEq)]
pub enum Command {
    List,
    Marks(String),
    Check { chapter: Option<String>, task: Option<String>, seed: Option<u64> },
    Watch { chapter: Option<String> },
    Hint { chapter: String, test: Option<String> },
    Reset { chapter: String, task: Option<String> },
    Compare { chapter: String, task: Option<String>, anyway: bool },
}

impl Command {
    /// Understands what was typed.
    pub fn parse(mut words: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let command = match words.next()? {
            Some(Value(word)) => word.string()?,
            Some(other) => return Err(other.unexpected()),
            None => return Err("which command? As in `cargo workbook check`".into()),
        };
        let mut seed = None;
        let mut anyway = false;
        let mut rest = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Long("seed") if command == "check" => seed = Some(words.value()?.parse()?),
                Long("anyway") if command == "compare" => anyway = true,
                Long(option) => return Err(format!("`{command}` has no --{option}").into()),
                Value(word) => rest.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        match (command.as_str(), &rest[..]) {
            ("list", []) => Ok(Self::List),
            ("marks", [chapter]) => Ok(Self::Marks(chapter.clone())),
            ("check", [] | [_] | [_, _]) => {
                let (chapter, task) = (rest.first().cloned(), rest.get(1).cloned());
                Ok(Self::Check { chapter, task, seed })
            }
            ("watch", [] | [_]) => Ok(Self::Watch { chapter: rest.first().cloned() }),
            ("hint", [chapter, name @ ..]) => {
                // A name that is typed as a sentence is one, too.
                let test = (!name.is_empty()).then(|| name.join("_"));
                Ok(Self::Hint { chapter: chapter.clone(), test })
            }
            ("reset", [chapter] | [chapter, _]) => {
                Ok(Self::Reset { chapter: chapter.clone(), task: rest.get(1).cloned() })
            }
            ("compare", [chapter] | [chapter, _]) => {
                let task = rest.get(1).cloned();
                Ok(Self::Compare { chapter: chapter.clone(), task, anyway })
            }
            ("hint" | "reset" | "compare", []) => {
                Err(format!("{command} of which chapter? As in `cargo workbook {command} ch03`")
                    .into())
            }
            ("list" | "check" | "watch" | "reset" | "compare", [.., word]) => {
                Err(format!("`{command}` does not know what to do with `{word}`").into())
            }
            _ => Err(format!("there is no command `{command}`").into()),
        }
    }

    /// Does it. `false` if something does not pass, which was said.
    pub fn run(self) -> Result<bool> {
        let checkout = Checkout::find()?;
        match self {
            Self::List => list::run(&checkout),
            Self::Marks(chapter) => marks::run(&checkout, &chapter),
            Self::Check { chapter, task, seed } => {
                check::run(&checkout, chapter.as_deref(), task.as_deref(), seed)
            }
            Self::Watch { chapter } => watch::run(&checkout, chapter.as_deref()),
            Self::Hint { chapter, test } => hint::run(&checkout, &chapter, test.as_deref()),
            Self::Reset { chapter, task } => reset::run(&checkout, &chapter, task.as_deref()),
            Self::Compare { chapter, task, anyway } => {
                compare::run(&checkout, &chapter, task.as_deref(), anyway)
            }
        }
    }
}
