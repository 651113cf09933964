//! What can be typed behind `cargo workbook trace`.

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use course_trace::record::run::record;
use std::env::{self, consts};
use std::fs;
use std::process::{Command as Program, Stdio};
use std::thread;
use workbook::course::checkout::Checkout;
use workbook::pages::trace::alone::alone;
use workbook::pages::trace::engines::{ENGINES, Engine, named};
use workbook::pages::trace::event::{Event, FILE, Recording, Run};
use workbook::pages::trace::timeline::axis_end;
use workbook::pages::trace::{close_up, drawing, plain};
use workbook::system::screen::print_line;

/// Makes this program print the events of a chapter and nothing else.
const EVENTS: &str = "--events";

/// A command with its options.
#[derive(Debug)]
pub enum Command {
    /// Records these and draws them; what `all` is is also kept for the book if that is said.
    Trace { name: String, engines: Vec<&'static Engine>, record: bool },
    /// Records this and prints the events.
    Events(String),
}

impl Command {
    /// Understands what was typed.
    pub fn parse(mut words: lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut names = Vec::new();
        let mut record = false;
        while let Some(word) = words.next()? {
            match word {
                Long("record") => record = true,
                Long("events") => return Ok(Self::Events(words.value()?.string()?)),
                Value(word) => names.push(word.string()?),
                other => return Err(other.unexpected()),
            }
        }
        // The first word is the command's own name.
        let [_, name] = &names[..] else {
            return Err("trace which chapter? As in `cargo workbook trace ch15`, or `all`".into());
        };
        let engines = named(name).map_err(|error| error.to_string())?;
        if record && engines.len() < ENGINES.len() {
            return Err("the book shows all of them: `cargo workbook trace all --record`".into());
        }
        Ok(Self::Trace { name: name.clone(), engines, record })
    }

    /// Does it.
    pub fn run(self) -> Result<bool> {
        match self {
            Self::Events(chapter) => {
                let lines: Vec<_> = record(&chapter)?.iter().map(Event::line).collect();
                print_line(lines.join("\n"));
            }
            Self::Trace { name, engines, record } => trace(&name, &engines, record)?,
        }
        Ok(true)
    }
}

fn trace(name: &str, engines: &[&Engine], record: bool) -> Result<()> {
    let checkout = Checkout::find()?;
    let mut runs = Vec::new();
    for Engine { chapter, title, .. } in engines {
        print_line(format_args!("workbook: recording {chapter}, {title}"));
        runs.push(run(chapter)?);
    }
    print_line("");
    let all: Vec<_> = runs.iter().collect();
    let end = axis_end(&all);
    for run in &runs {
        print_line(plain::lines(run, end)?);
    }
    print_line(format_args!("{}\n{}\n", plain::axis(end), plain::LEGEND));
    let mut pictures = vec![drawing::picture(&all)?];
    if let ([engine], [run]) = (engines, &runs[..]) {
        let steps = plain::close_up(run)?;
        print_line(format_args!("Step by step, {}:\n\n{steps}", engine.close_up));
        pictures.push(close_up::picture(run)?);
    }
    let folder = checkout.target.join("trace");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (picture, what) in pictures.iter().zip(["", "-close-up"]) {
        let file = folder.join(format!("{name}{what}.svg"));
        fs::write(&file, alone(&checkout, picture)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        print_line(format_args!("workbook: drawn in {}", file.display()));
    }
    if record {
        let file = checkout.root.join(FILE);
        fs::write(&file, Recording { about: about(), runs }.text())?;
        print_line(format_args!("workbook: recorded in {FILE}, for the book"));
    }
    Ok(())
}

/// Records a chapter in a process of its own, so that its log is not between our lines.
fn run(chapter: &str) -> Result<Run> {
    let mut program = Program::new(env::current_exe().context("cannot start this program again")?);
    program.args([EVENTS, chapter]).stdin(Stdio::null());
    let output = program.output().context("cannot start this program again")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the run of {chapter} failed:\n{}", said.trim_end());
    let events =
        String::from_utf8_lossy(&output.stdout).lines().map(Event::parse).collect::<Result<_>>()?;
    Ok(Run { chapter: chapter.to_owned(), events })
}

/// When and on what it was recorded.
fn about() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let date = Utc::now().format("%Y-%m-%d");
    format!("Recorded on {date}: {} {}, {cores} cores, a debug build", consts::OS, consts::ARCH)
}
