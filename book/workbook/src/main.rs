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
  list              the chapters and their exercises, and what passes of them now
  diff chNN         what a chapter changed

  check [chNN] [TASK] [--seed N]
                    run the tests of an exercise: the first failure in full, the others a
                    line each; without a chapter, of the next one that is not solved. With a
                    seed all of it is run anew, with values that follow from it.
  watch [chNN]      the same at every save, with keys for hints and for the next exercise
  hint chNN [TEST]  the next of three hints for the first test that fails, or for TEST,
                    which may be a part of its name
  reset chNN [TASK] the files as they were handed out; yours are kept beside them
  compare chNN [TASK] [--anyway]
                    your code beside the solution, once it passes

  grade PATH…       judge what was handed in: copies of the course, folders of exercises, or
                    zips of either; `cargo workbook grade --help` tells more
  handout DIR       write the course as learners get it to the folder DIR

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
    Check { chapter: Option<String>, task: Option<String>, seed: Option<u64> },
    Watch { chapter: Option<String> },
    Hint { chapter: String, test: Option<String> },
    Reset { chapter: String, task: Option<String> },
    Compare { chapter: String, task: Option<String>, anyway: bool },
    Grade(Box<commands::grade::Options>),
    Handout(String),
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
        Wish::Check { chapter, task, seed } => {
            commands::check::run(&checkout, chapter.as_deref(), task.as_deref(), seed)
        }
        Wish::Watch { chapter } => commands::watch::run(&checkout, chapter.as_deref()),
        Wish::Hint { chapter, test } => commands::hint::run(&checkout, &chapter, test.as_deref()),
        Wish::Reset { chapter, task } => commands::reset::run(&checkout, &chapter, task.as_deref()),
        Wish::Compare { chapter, task, anyway } => {
            commands::compare::run(&checkout, &chapter, task.as_deref(), anyway)
        }
        Wish::Grade(options) => commands::grade::run(&checkout, *options),
        Wish::Handout(folder) => commands::handout::run(&checkout, folder.as_ref()),
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
    let mut seed = None;
    let mut anyway = false;
    let mut rest = Vec::new();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(Wish::Help),
            Long("port") => port = Some(words.value()?.parse()?),
            Long("rounds") => rounds = Some(words.value()?.parse()?),
            Long("seed") => seed = Some(words.value()?.parse()?),
            Long("anyway") => anyway = true,
            // It has options of its own.
            Value(word) if command.is_none() && word == "grade" => {
                let options = commands::grade::Options::parse(&mut words)?;
                return Ok(Wish::Grade(Box::new(options)));
            }
            Value(word) if command.is_none() => command = Some(word.string()?),
            Value(word) => rest.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    let command = command.as_deref().unwrap_or("read");
    let options = [
        (port.is_some(), "--port", "read"),
        (rounds.is_some(), "--rounds", "bench"),
        (seed.is_some(), "--seed", "check"),
        (anyway, "--anyway", "compare"),
    ];
    for (is_there, option, its_command) in options {
        if is_there && command != its_command {
            return Err(format!("`{command}` has no {option}").into());
        }
    }
    match (command, &rest[..]) {
        ("bench", []) => Ok(Wish::Bench { rounds: rounds.unwrap_or(ROUNDS) }),
        ("read", []) => Ok(Wish::Read { port: port.unwrap_or(PORT) }),
        ("help", _) => Ok(Wish::Help),
        ("build", []) => Ok(Wish::Build),
        ("list", []) => Ok(Wish::List),
        ("diff", [chapter]) => Ok(Wish::Diff(chapter.clone())),
        ("diff", []) => Err("diff of which chapter? As in `cargo workbook diff ch03`".into()),
        ("handout", [folder]) => Ok(Wish::Handout(folder.clone())),
        ("handout", []) => Err("where to? As in `cargo workbook handout ../handout`".into()),
        ("verify", []) => Ok(Wish::Verify),
        ("check", [] | [_] | [_, _]) => {
            let (chapter, task) = (rest.first().cloned(), rest.get(1).cloned());
            Ok(Wish::Check { chapter, task, seed })
        }
        ("watch", [] | [_]) => Ok(Wish::Watch { chapter: rest.first().cloned() }),
        ("hint", [chapter, name @ ..]) => {
            // A name that is typed as a sentence is one, too.
            let test = (!name.is_empty()).then(|| name.join("_"));
            Ok(Wish::Hint { chapter: chapter.clone(), test })
        }
        ("reset", [chapter] | [chapter, _]) => {
            Ok(Wish::Reset { chapter: chapter.clone(), task: rest.get(1).cloned() })
        }
        ("compare", [chapter] | [chapter, _]) => {
            let task = rest.get(1).cloned();
            Ok(Wish::Compare { chapter: chapter.clone(), task, anyway })
        }
        (command @ ("hint" | "reset" | "compare"), []) => {
            Err(format!("{command} of which chapter? As in `cargo workbook {command} ch03`").into())
        }
        (
            command @ ("build" | "list" | "verify" | "diff" | "read" | "bench" | "check" | "watch"
            | "reset" | "compare" | "handout"),
            [.., word],
        ) => Err(format!("`{command}` does not know what to do with `{word}`").into()),
        (command, _) => Err(format!("there is no command `{command}`").into()),
    }
}
