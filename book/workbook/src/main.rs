//! `cargo workbook`: builds, serves and proves the book.

use anyhow::Result;
use std::process::ExitCode;
use workbook::checkout::Checkout;
use workbook::commands;
use workbook::process::end_all_on_ctrl_c;
use workbook::screen::{say, tell};

const HELP: &str = "\
workbook: builds, serves and proves the book

Usage: cargo workbook [COMMAND]

  read [--port N]   build the book, serve it at http://127.0.0.1:8000/, and build it
                    again whenever a page or a chapter changes (the default)
  build             build the book once
  list              the chapters, with their minutes
  diff chNN         what a chapter changed
  verify            replay the transcripts, build the book, look for what is missing
  bench [--rounds N]
                    measure every HTTP chapter beside other servers; the book shows it

Exit codes: 0 yes, 1 no, 2 wrong use.
";

/// Where the book is, unless another port is asked for.
const PORT: u16 = 8000;

/// How often everything is measured, unless it is said otherwise.
const ROUNDS: usize = 5;

/// What was asked for.
#[derive(Debug, PartialEq)]
enum Wish {
    Help,
    Read { port: u16 },
    Build,
    List,
    Diff(String),
    Verify,
    Bench { rounds: usize },
}

fn main() -> ExitCode {
    let wish = match wish(lexopt::Parser::from_env()) {
        Ok(wish) => wish,
        Err(error) => {
            tell(format_args!("workbook: {error}\nworkbook: `cargo workbook help` tells more"));
            return ExitCode::from(2);
        }
    };
    end_all_on_ctrl_c();
    match carry_out(wish) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tell(format_args!("workbook: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn carry_out(wish: Wish) -> Result<bool> {
    if wish == Wish::Help {
        say(HELP.trim_end());
        return Ok(true);
    }
    let checkout = Checkout::find()?;
    match wish {
        Wish::Read { port } => commands::read::run(&checkout, port),
        Wish::Help | Wish::Build => commands::build::run(&checkout),
        Wish::List => commands::list::run(&checkout),
        Wish::Diff(chapter) => commands::diff::run(&checkout, &chapter),
        Wish::Bench { rounds } => commands::bench::run(&checkout, rounds),
        Wish::Verify => commands::verify::run(&checkout),
    }
}

/// Understands what was typed.
fn wish(mut words: lexopt::Parser) -> Result<Wish, lexopt::Error> {
    use lexopt::prelude::*;
    let mut command = None;
    let mut port = None;
    let mut rounds = None;
    let mut rest = Vec::new();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(Wish::Help),
            Long("port") => port = Some(words.value()?.parse()?),
            Long("rounds") => rounds = Some(words.value()?.parse()?),
            Value(word) if command.is_none() => command = Some(word.string()?),
            Value(word) => rest.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let command = command.as_deref().unwrap_or("read");
    if port.is_some() && command != "read" {
        return Err(format!("`{command}` has no --port").into());
    }
    if rounds.is_some() && command != "bench" {
        return Err(format!("`{command}` has no --rounds").into());
    }
    match (command, &rest[..]) {
        ("bench", []) => Ok(Wish::Bench { rounds: rounds.unwrap_or(ROUNDS) }),
        ("read", []) => Ok(Wish::Read { port: port.unwrap_or(PORT) }),
        ("help", _) => Ok(Wish::Help),
        ("build", []) => Ok(Wish::Build),
        ("list", []) => Ok(Wish::List),
        ("diff", [chapter]) => Ok(Wish::Diff(chapter.clone())),
        ("diff", []) => Err("diff of which chapter? As in `cargo workbook diff ch03`".into()),
        ("verify", []) => Ok(Wish::Verify),
        (command @ ("build" | "list" | "verify" | "diff" | "read" | "bench"), [.., word]) => {
            Err(format!("`{command}` does not know what to do with `{word}`").into())
        }
        (command, _) => Err(format!("there is no command `{command}`").into()),
    }
}
