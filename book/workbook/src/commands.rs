//! What can be typed behind `cargo workbook`. It serves whoever types it, and calls one room for
//! each command.

use anyhow::Result;
use std::ffi::OsString;
use std::time::Instant;
use workbook::course::checkout::Checkout;
use workbook::pages::build::build;
use workbook::system::programs::run_package;
use workbook::system::screen::print_line;
use workbook::{pages, practice, serve};

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
  new chapter NAME  lay out what every chapter has, complete and passing, to be changed
  new task chNN NAME
                    the same for a task of an exercise
  bench [--rounds N]
                    measure every HTTP chapter beside other servers; the book shows it

Exit codes: 0 yes, 1 no, 2 wrong use.
";

/// Where the book is, unless another port is asked for.
const PORT: u16 = 8000;

/// The package of these commands. Showing the book does not need what they need, and does not
/// compile it.
const ADMIN: &str = "course-admin";
const ADMIN_COMMANDS: [&str; 5] = ["grade", "handout", "verify", "bench", "new"];

/// A command with its options.
#[derive(Debug, PartialEq)]
pub enum Command {
    Help,
    Read {
        port: u16,
    },
    Build,
    List,
    Diff(String),
    Check {
        chapter: Option<String>,
        task: Option<String>,
        seed: Option<u64>,
    },
    Watch {
        chapter: Option<String>,
    },
    Hint {
        chapter: String,
        test: Option<String>,
    },
    Reset {
        chapter: String,
        task: Option<String>,
    },
    Compare {
        chapter: String,
        task: Option<String>,
        anyway: bool,
    },
    /// One of the other package, with all its words.
    Admin(Vec<OsString>),
}

impl Command {
    /// Understands what was typed.
    pub fn parse(mut words: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut command = None;
        let mut port = None;
        let mut seed = None;
        let mut anyway = false;
        let mut rest = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Long("help") | Short('h') => return Ok(Self::Help),
                Long("port") => port = Some(words.value()?.parse()?),
                Long("seed") => seed = Some(words.value()?.parse()?),
                Long("anyway") => anyway = true,
                // They have options of their own.
                Value(word) if command.is_none() && is_admin(&word) => {
                    let rest: Vec<_> = words.raw_args()?.collect();
                    // Only `grade` has a help of its own.
                    if word != "grade" && rest.iter().any(|one| one == "--help" || one == "-h") {
                        return Ok(Self::Help);
                    }
                    return Ok(Self::Admin([vec![word], rest].concat()));
                }
                Value(word) if command.is_none() => command = Some(word.string()?),
                Value(word) => rest.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let command = command.as_deref().unwrap_or("read");
        let options = [
            (port.is_some(), "--port", "read"),
            (seed.is_some(), "--seed", "check"),
            (anyway, "--anyway", "compare"),
        ];
        for (is_there, option, its_command) in options {
            if is_there && command != its_command {
                return Err(format!("`{command}` has no {option}").into());
            }
        }
        match (command, &rest[..]) {
            ("read", []) => Ok(Self::Read { port: port.unwrap_or(PORT) }),
            ("help", _) => Ok(Self::Help),
            ("build", []) => Ok(Self::Build),
            ("list", []) => Ok(Self::List),
            ("diff", [chapter]) => Ok(Self::Diff(chapter.clone())),
            ("diff", []) => Err("diff of which chapter? As in `cargo workbook diff ch03`".into()),
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
            (command @ ("hint" | "reset" | "compare"), []) => {
                Err(format!("{command} of which chapter? As in `cargo workbook {command} ch03`")
                    .into())
            }
            (
                command @ ("build" | "list" | "diff" | "read" | "check" | "watch" | "reset"
                | "compare"),
                [.., word],
            ) => Err(format!("`{command}` does not know what to do with `{word}`").into()),
            (command, _) => Err(format!("there is no command `{command}`").into()),
        }
    }

    /// Does it. `false` if something does not pass, which was said.
    pub fn run(self) -> Result<bool> {
        if self == Self::Help {
            print_line(HELP.trim_end());
            return Ok(true);
        }
        if let Self::Admin(words) = self {
            return run_package(ADMIN, &words);
        }
        let checkout = Checkout::find()?;
        match self {
            Self::Read { port } => serve::read::run(&checkout, port),
            Self::Help | Self::Admin(_) | Self::Build => build_book(&checkout),
            Self::List => practice::list::run(&checkout),
            Self::Diff(chapter) => pages::diff::run(&checkout, &chapter),
            Self::Check { chapter, task, seed } => {
                practice::check::run(&checkout, chapter.as_deref(), task.as_deref(), seed)
            }
            Self::Watch { chapter } => practice::watch::run(&checkout, chapter.as_deref()),
            Self::Hint { chapter, test } => {
                practice::hint::run(&checkout, &chapter, test.as_deref())
            }
            Self::Reset { chapter, task } => {
                practice::reset::run(&checkout, &chapter, task.as_deref())
            }
            Self::Compare { chapter, task, anyway } => {
                practice::compare::run(&checkout, &chapter, task.as_deref(), anyway)
            }
        }
    }
}

fn is_admin(word: &OsString) -> bool {
    ADMIN_COMMANDS.iter().any(|command| word == command)
}

/// Builds the book and says where it is.
fn build_book(checkout: &Checkout) -> Result<bool> {
    let start = Instant::now();
    let folder = checkout.html();
    build(checkout, &folder, |swap| swap())?;
    print_line(format_args!(
        "workbook: built the book in {:.2} s: {}",
        start.elapsed().as_secs_f32(),
        folder.join("index.html").display()
    ));
    Ok(true)
}
