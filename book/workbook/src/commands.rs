//! What can be typed behind `cargo workbook`. It serves whoever types it, and calls one room for
//! each command.

use anyhow::Result;
use std::ffi::{OsStr, OsString};
use std::time::Instant;
use workbook::course::checkout::Checkout;
use workbook::pages::build::build;
use workbook::system::programs::{ADMIN, PRACTICE, TRACE, run_package};
use workbook::system::screen::print_line;
use workbook::{pages, serve};

const HELP: &str = "\
workbook: builds, serves and proves the book

Usage: cargo workbook [COMMAND]

  read [--port N]   build the book, serve it at http://127.0.0.1:8000/, and build it
                    again whenever a page or a chapter changes (the default)
  build             build the book once
  list              the chapters and their exercises, and what passes of them now
  diff chNN         what a chapter changed
  trace chNN        what the threads of a server do while five clients are there, one of
                    them silent and one slow: as text, and as a picture in a file; with
                    `all` every engine that can be traced, below each other

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
  bench [--rounds N] [--peers] [--idle N]… [--only NAME]…
                    measure every HTTP chapter beside other servers; the book shows it.
                    With --peers also servers of others' crates, which it builds; with
                    --idle so many idle clients (1000 if nothing is said); with --only
                    only these servers and scenarios, and nothing is written.
  trace all --record
                    trace all engines; the book shows it

Exit codes: 0 yes, 1 no, 2 wrong use.
";

/// Where the book is, unless another port is asked for.
const PORT: u16 = 8000;

/// The commands of other packages. Showing the book does not need what they need, and does not
/// compile it.
const ELSEWHERE: [(&str, &[&str]); 3] = [
    (PRACTICE, &["list", "check", "watch", "hint", "reset", "compare", "marks"]),
    (ADMIN, &["grade", "handout", "verify", "bench", "new"]),
    (TRACE, &["trace"]),
];

/// A command with its options.
#[derive(Debug, PartialEq)]
pub enum Command {
    Help,
    Read {
        port: u16,
    },
    Build,
    Diff(String),
    /// One of another package, with all its words.
    Elsewhere(&'static str, Vec<OsString>),
}

impl Command {
    /// Understands what was typed.
    pub fn parse(mut words: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut command = None;
        let mut port = None;
        let mut rest = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Long("help") | Short('h') => return Ok(Self::Help),
                Long("port") => port = Some(words.value()?.parse()?),
                Value(word) if command.is_none() => {
                    if let Some(package) = package_of(&word) {
                        // It has options of its own.
                        let rest: Vec<_> = words.raw_args()?.collect();
                        // Only `grade` has a help of its own, too.
                        let help = rest.iter().any(|one| one == "--help" || one == "-h");
                        return Ok(match help && word != "grade" {
                            true => Self::Help,
                            false => Self::Elsewhere(package, [vec![word], rest].concat()),
                        });
                    }
                    command = Some(word.string()?);
                }
                Value(word) => rest.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let command = command.as_deref().unwrap_or("read");
        if port.is_some() && command != "read" {
            return Err(format!("`{command}` has no --port").into());
        }
        match (command, &rest[..]) {
            ("read", []) => Ok(Self::Read { port: port.unwrap_or(PORT) }),
            ("help", _) => Ok(Self::Help),
            ("build", []) => Ok(Self::Build),
            ("diff", [chapter]) => Ok(Self::Diff(chapter.clone())),
            ("diff", []) => Err("diff of which chapter? As in `cargo workbook diff ch03`".into()),
            ("build" | "diff" | "read", [.., word]) => {
                Err(format!("`{command}` does not know what to do with `{word}`").into())
            }
            _ => Err(format!("there is no command `{command}`").into()),
        }
    }

    /// Does it. `false` if something does not pass, which was said.
    pub fn run(self) -> Result<bool> {
        match self {
            Self::Help => {
                print_line(HELP.trim_end());
                Ok(true)
            }
            Self::Elsewhere(package, words) => run_package(package, &words),
            Self::Read { port } => serve::read::run(&Checkout::find()?, port),
            Self::Build => build_book(&Checkout::find()?),
            Self::Diff(chapter) => pages::diff::run(&Checkout::find()?, &chapter),
        }
    }
}

/// The package that knows `command`, if it is not this one.
fn package_of(command: &OsStr) -> Option<&'static str> {
    let mut packages = ELSEWHERE.iter();
    packages.find(|(_, commands)| commands.iter().any(|one| command == *one)).map(|found| found.0)
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
