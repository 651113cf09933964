//! `workbook grade`: what learners have handed in, judged.

use crate::grade::class::Class;
use crate::grade::formats::{Format, line, summary};
use crate::grade::output::Output;
use crate::grade::platform_package::{self, Platform};
use crate::grade::record::Record;
use crate::grade::workspace::GradingOptions;
use anyhow::{Context, Result, ensure};
use course_practice::judge::run::{Limits, random};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use workbook::course::checkout::Checkout;
use workbook::system::screen::{
    BOLD, DIM, GREEN, Progress, RED, is_interactive, paint, print_error, print_line,
};

/// How long a submission may take, in seconds, unless it is said otherwise.
const SECONDS: u64 = 600;

/// A seed has so few digits that one likes to type it.
const SEEDS: u64 = 1_000_000;

const HELP: &str = "\
workbook grade: judges what learners have handed in

Usage: cargo workbook grade PATH… [OPTION…]
       cargo workbook grade --package gradescope|classroom50 --output FILE.zip [--until chNN]

A PATH is a learner's copy of the course, the folder of one exercise, or a zip of either.
Only the learner's own files are taken from it.

  --until chNN      the exercises up to this chapter
  --format FORMAT   text, json, csv, gradescope, classroom50 or junit
  --output FILE     where the outcome goes, which is written after every test; for several
                    submissions and the last three formats a folder
  --exit-zero       exit code 0 even if points are missing
  --seed N          the values of an earlier run
  --jobs N          how many submissions are graded at once (as many as there are cores)
  --seconds N       how long one may take (600)
  --package NAME    pack the course as an autograder for that platform

Exit codes: 0 all points, 1 not, 2 wrong use.

Learners' code is run as you. Of people whom you do not trust, run it in a container.
";

/// How often the outcome is written and progress is told, where it is.
const WRITE: Duration = Duration::from_millis(200);
const TELL: Duration = Duration::from_secs(10);

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// What was handed in.
    pub paths: Vec<PathBuf>,
    /// The last chapter that counts.
    pub until: Option<String>,
    /// The form of the outcome.
    pub format: Option<Format>,
    /// Where it is written.
    pub output: Option<PathBuf>,
    /// Whether it is no failure that points are missing.
    pub exit_zero: bool,
    /// From which the values of the tests follow.
    pub seed: Option<u64>,
    /// How many submissions are graded at once.
    pub jobs: Option<usize>,
    /// How long one may take.
    pub seconds: Option<u64>,
    /// A platform for which the course is packed, instead of grading.
    pub package: Option<Platform>,
    /// Whether only the use is to be told.
    pub help: bool,
}

impl Options {
    /// Understands what was typed behind `grade`.
    pub fn parse(words: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut options = Self::default();
        while let Some(word) = words.next()? {
            match word {
                Long("until") => options.until = Some(words.value()?.string()?),
                Long("format") => options.format = Some(words.value()?.parse()?),
                Long("output") | Short('o') => options.output = Some(words.value()?.into()),
                Long("exit-zero") => options.exit_zero = true,
                Long("seed") => options.seed = Some(words.value()?.parse()?),
                Long("jobs") | Short('j') => options.jobs = Some(words.value()?.parse()?),
                Long("seconds") => options.seconds = Some(words.value()?.parse()?),
                Long("package") => options.package = Some(words.value()?.parse()?),
                Long("help") | Short('h') => return Ok(Self { help: true, ..Self::default() }),
                Value(path) => options.paths.push(path.into()),
                other => return Err(other.unexpected()),
            }
        }
        if options.jobs == Some(0) || options.seconds == Some(0) {
            return Err("with --jobs 0 or --seconds 0 nothing could be graded".into());
        }
        match options.package {
            None if options.paths.is_empty() => {
                Err("grade what? As in `cargo workbook grade submissions/*`".into())
            }
            Some(_) if options.output.is_none() => {
                Err("where to? As in `--package gradescope --output autograder.zip`".into())
            }
            Some(_) if !options.paths.is_empty() => {
                Err("`--package` packs the course and grades nothing: name no submission".into())
            }
            _ => Ok(options),
        }
    }
}

/// Grades what was handed in. `true` if every submission has all points.
pub fn run(checkout: &Checkout, options: Options) -> Result<bool> {
    if options.help {
        print_line(HELP.trim_end());
        return Ok(true);
    }
    if let (Some(platform), Some(path)) = (options.package, &options.output) {
        let until = options.until.as_deref();
        print_line(platform_package::write(
            &checkout.root,
            &checkout.course()?,
            platform,
            until,
            path,
        )?);
        return Ok(true);
    }
    let seconds = options.seconds.unwrap_or(SECONDS);
    let rules = GradingOptions {
        seed: options.seed.unwrap_or_else(|| random() % SEEDS),
        limits: Limits::default(),
        time: Duration::from_secs(seconds),
    };
    let format = options.format.unwrap_or(Format::Text);
    let several = options.paths.len() > 1;
    ensure!(
        options.output.is_some() || !several || format.is_one_document(),
        "{} is a file for each submission: name a folder for them with --output",
        format.name()
    );
    let output = options.output.map(|path| Output::new(format, path, several)).transpose()?;
    let class = Class::read(checkout, options.until.as_deref(), &options.paths, rules)?;
    let jobs =
        options.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(2, usize::from));
    let mut writer = ProgressWriter::new(output);
    let folder = checkout.target.join("exercises/grade");
    class.grade(&folder, jobs, &mut |class| writer.news(class))?;
    writer.end(&class)?;

    let records = class.records();
    match &writer.output {
        None if format != Format::Text => {
            // A document, and nothing else.
            let text = Output::text(format, &records)?;
            print_line(text.trim_end());
        }
        _ => table(&records, rules.seed),
    }
    if let Some(output) = &writer.output {
        print_error(paint(DIM, format_args!("grade: written to {}", output.path().display())));
    }
    Ok(options.exit_zero || records.iter().all(is_full))
}

/// Whether nothing is missing.
fn is_full(record: &Record) -> bool {
    record.complete && record.score >= record.max_score && record.max_score > 0.0
}

/// The outcome at a glance.
fn table(records: &[Record], seed: u64) {
    match records {
        [one] => print_line(summary(one).trim_end()),
        several => {
            let width = several.iter().map(|one| one.submission.chars().count()).max();
            print_line(paint(BOLD, format_args!("{} submissions", several.len())));
            for record in several {
                let line = line(record, width.unwrap_or(0));
                let style = if is_full(record) { GREEN } else { RED };
                let plain = record.complete && record.score > 0.0;
                match is_full(record) || !plain {
                    true => print_line(paint(style, line.trim_end())),
                    false => print_line(line.trim_end()),
                }
            }
        }
    }
    print_line(paint(DIM, format_args!("The same values again: --seed {seed}")));
}

/// Tells how far it is, and writes what there is.
struct ProgressWriter {
    output: Option<Output>,
    progress: Progress,
    lively: bool,
    start: Instant,
    written: (u64, Instant),
    told: Instant,
}

impl ProgressWriter {
    fn new(output: Option<Output>) -> Self {
        let now = Instant::now();
        Self {
            output,
            progress: Progress::new(),
            lively: is_interactive(),
            start: now,
            written: (u64::MAX, now),
            told: now,
        }
    }

    fn news(&mut self, class: &Class) -> Result<()> {
        let (changes, last) = self.written;
        if changes == u64::MAX || class.changes() != changes && last.elapsed() >= WRITE {
            self.write(class)?;
        }
        let (done, all) = (class.finished(), class.len());
        let seconds = self.start.elapsed().as_secs();
        let ran = class.ran();
        let line = format!("grade: {done} of {all} submissions done, {ran} tests run, {seconds} s");
        if self.lively {
            self.progress.show(&line);
        } else if self.told.elapsed() >= TELL {
            print_error(line);
            self.told = Instant::now();
        }
        Ok(())
    }

    fn write(&mut self, class: &Class) -> Result<()> {
        // What happens while it is written is written the next time.
        self.written = (class.changes(), Instant::now());
        match &self.output {
            Some(output) => output.write(&class.records()).context("the outcome cannot be written"),
            None => Ok(()),
        }
    }

    fn end(&mut self, class: &Class) -> Result<()> {
        self.progress.clear();
        self.write(class)
    }
}
