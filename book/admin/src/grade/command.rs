//! `workbook grade`: what learners have handed in, judged.

use crate::grade::class::{Class, Scope};
use crate::grade::collect::{InputKind, collect};
use crate::grade::formats::{Format, line, summary};
use crate::grade::merge;
use crate::grade::output::{Output, write_whole};
use crate::grade::platform_package::{self, Platform};
use crate::grade::record::{ClassInfo, Record};
use crate::grade::returns;
use crate::grade::shard::Shard;
use crate::grade::workspace::GradingOptions;
use anyhow::{Context, Result, bail, ensure};
use course_practice::judge::limits::Limits;
use course_practice::judge::run::random;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
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
       cargo workbook grade --merge GRADES.json… [OPTION…]
       cargo workbook grade --package gradescope|classroom50 --output FILE.zip [--until chNN]

A PATH is what a learning platform exports (its folder or its zip), or somebody's work: a copy of
the course, the folder of one exercise, its files, or an archive of these (zip, tar, tar.gz, 7z).
Only the learner's own files are taken from it.

  --from PLATFORM   what it is an export of, if that is not seen: moodle, canvas, blackboard, d2l,
                    sakai, ilias, openolat, studip, gradescope, github, classroom50, nbgrader,
                    submitty, autolab, inginious; folders for one folder or archive a person;
                    one for the work of one person
  --only chNN       this chapter's exercise alone; may be given several times
  --until chNN      the exercises up to this chapter
  --format FORMAT   text, json, csv, gradescope, classroom50 or junit
  --output FILE     where the outcome goes, which is written after every test; for several
                    submissions and the last three formats a folder
  --sheet FILE.csv  the table for grades that you downloaded from Moodle, Canvas, Blackboard or
                    D2L: it is filled in, and written to --output
  --column NAME     which column of it, if there are several
  --feedback FILE.zip  a file for each person, as Moodle takes them
  --shard K/N       the K-th of N parts of the class; needs --seed, and writes JSON
  --merge           the paths are what --format json has written: parts of a class, or a whole
  --exit-zero       exit code 0 even if points are missing
  --seed N          the values of an earlier run
  --jobs N          how many submissions are graded at once (as many as there are cores)
  --seconds N       how long one may take (600)
  --package NAME    pack the course as an autograder for that platform

Exit codes: 0 all points, 1 not (or not read), 2 wrong use.

Learners' code is run as you. Of people whom you do not trust, run it in a container.
";

/// How often the outcome is written and progress is told, where it is.
const WRITE: Duration = Duration::from_millis(200);
const TELL: Duration = Duration::from_secs(10);

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What was handed in.
    pub paths: Vec<PathBuf>,
    /// What they are taken for.
    pub input_kind: InputKind,
    /// What is graded of the course, and of the class.
    pub scope: Scope,
    /// Whether the paths are records, to be joined instead of graded.
    pub merge: bool,
    /// A platform's table to be filled in.
    pub sheet: Option<PathBuf>,
    /// A part of the name of its column.
    pub column: Option<String>,
    /// Where a zip with feedback goes.
    pub feedback: Option<PathBuf>,
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
                Long("from") => options.input_kind = words.value()?.parse()?,
                Long("only") => options.scope.only.push(words.value()?.string()?),
                Long("until") => options.scope.until = Some(words.value()?.string()?),
                Long("shard") => options.scope.shard = Some(words.value()?.parse::<Shard>()?),
                Long("merge") => options.merge = true,
                Long("sheet") => options.sheet = Some(words.value()?.into()),
                Long("column") => options.column = Some(words.value()?.string()?),
                Long("feedback") => options.feedback = Some(words.value()?.into()),
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
        match options.wrong() {
            Some(sentence) => Err(sentence.into()),
            None => Ok(options),
        }
    }

    /// What is wrong with the options together.
    fn wrong(&self) -> Option<&'static str> {
        let is_json = matches!(self.format, None | Some(Format::Json));
        Some(match self.package {
            None if self.paths.is_empty() => {
                "grade what? As in `cargo workbook grade submissions/*`"
            }
            Some(_) if self.output.is_none() => {
                "where to? As in `--package gradescope --output autograder.zip`"
            }
            Some(_) if !self.paths.is_empty() => {
                "`--package` packs the course and grades nothing: name no submission"
            }
            Some(_) if !self.scope.only.is_empty() => {
                "`--package` takes `--until`, and no `--only`"
            }
            _ if self.merge && (!self.scope.only.is_empty() || self.scope.until.is_some()) => {
                "`--merge` joins what was graded, and grades nothing: it takes no chapters"
            }
            _ if self.sheet.is_some() && (self.output.is_none() || self.format.is_some()) => {
                "`--sheet` writes the filled table to `--output`, and needs no `--format`"
            }
            _ if self.scope.shard.is_some() && (self.seed.is_none() || self.merge) => {
                "parts of a class must have the same values: give each the same `--seed`, and \
                 merge them when all are there"
            }
            _ if self.scope.shard.is_some() && (!is_json || self.sheet.is_some()) => {
                "a part of a class is written as JSON; `--merge` makes the rest of all parts"
            }
            _ => return None,
        })
    }
}

/// Grades what was handed in, or joins what was graded. `true` if every submission has all
/// points.
pub fn run(checkout: &Checkout, options: Options) -> Result<bool> {
    if options.help {
        print_line(HELP.trim_end());
        return Ok(true);
    }
    if let (Some(platform), Some(path)) = (options.package, &options.output) {
        let until = options.scope.until.as_deref();
        print_line(platform_package::write(
            &checkout.root,
            &checkout.course()?,
            platform,
            until,
            path,
        )?);
        return Ok(true);
    }
    // What cannot be written is to be known before all the work.
    if let Some(sheet) = &options.sheet {
        returns::check(sheet)?;
    }
    for path in options.feedback.iter().chain(options.sheet.as_ref().and(options.output.as_ref())) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let is_there = folder.is_none_or(Path::is_dir) && !path.is_dir();
        ensure!(is_there, "cannot write {}; is its folder there?", path.display());
    }
    let (info, records, output) = match options.merge {
        true => merged(&options)?,
        false => graded(checkout, &options)?,
    };
    let format = options.format.unwrap_or(Format::Text);
    match &output {
        None if format != Format::Text && options.sheet.is_none() => {
            // A document, and nothing else.
            let class = (options.merge || records.len() != 1).then_some(&info);
            print_line(Output::text(format, &records, class)?.trim_end());
        }
        _ => table(&records, info.seed),
    }
    if let Some(output) = &output {
        written(output.path());
    }
    if let (Some(sheet), Some(path)) = (&options.sheet, &options.output) {
        let (bytes, said) = returns::fill(sheet, &records, options.column.as_deref())?;
        write_whole(path, &bytes)?;
        print_error(paint(DIM, format_args!("grade: written to {}: {said}", path.display())));
    }
    if let Some(path) = &options.feedback {
        write_whole(path, &returns::feedback(&records)?)?;
        written(path);
    }
    Ok(options.exit_zero || records.iter().all(is_full))
}

fn written(path: &Path) {
    print_error(paint(DIM, format_args!("grade: written to {}", path.display())));
}

/// What the records have in common, the records, and where they were written.
type Outcome = (ClassInfo, Vec<Record>, Option<Output>);

/// The records of parts, joined and written.
fn merged(options: &Options) -> Result<Outcome> {
    let (info, records) = merge::read(&options.paths)?;
    let several = records.len() > 1;
    let output = output(options, several)?.map(|output| output.of_class(&info));
    if let Some(output) = &output {
        output.write(&records)?;
    }
    Ok((info, records, output))
}

/// The records of what was graded now.
fn graded(checkout: &Checkout, options: &Options) -> Result<Outcome> {
    let seconds = options.seconds.unwrap_or(SECONDS);
    let rules = GradingOptions {
        seed: options.seed.unwrap_or_else(|| random() % SEEDS),
        limits: Limits::default(),
        time: Duration::from_secs(seconds),
    };
    let mut exercises = Vec::new();
    for chapter in &checkout.course()?.chapters {
        exercises.extend(Exercise::read(&checkout.root, chapter)?);
    }
    let people = collect(&options.paths, options.input_kind, &exercises)?;
    ensure!(!people.is_empty(), "nobody has handed in anything");
    let several = people.len() > 1 || options.scope.shard.is_some();
    let output = output(options, several)?;
    let class = Class::read(checkout, &options.scope, people, rules)?;
    let output = output.map(|output| match several {
        true => output.of_class(class.info()),
        false => output,
    });
    let jobs =
        options.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(2, usize::from));
    let mut writer = ProgressWriter::new(output);
    let folder = checkout.target.join("exercises/grade");
    class.grade(&folder, jobs, &mut |class| writer.news(class))?;
    writer.end(&class)?;
    Ok((class.info().clone(), class.records(), writer.output))
}

/// Where the records go. A table to be filled in is no place for them.
fn output(options: &Options, several: bool) -> Result<Option<Output>> {
    let is_part = options.scope.shard.is_some();
    let format = match options.format {
        None if is_part => Format::Json,
        format => format.unwrap_or(Format::Text),
    };
    if options.sheet.is_some() {
        return Ok(None);
    }
    let Some(path) = options.output.clone() else {
        if is_part {
            bail!("where does this part of the class go? As in `--output part-1.json`");
        }
        ensure!(
            !several || format.is_one_document(),
            "{} is a file for each submission: name a folder for them with --output",
            format.name()
        );
        return Ok(None);
    };
    Output::new(format, path, several).map(Some)
}

/// Whether nothing is missing.
fn is_full(record: &Record) -> bool {
    record.complete && record.score >= Some(record.max_score) && record.max_score > 0.0
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
                let plain = record.complete && record.score > Some(0.0);
                match is_full(record) || !plain {
                    true => print_line(paint(style, line.trim_end())),
                    false => print_line(line.trim_end()),
                }
            }
        }
    }
    let unread = records.iter().filter(|one| one.score.is_none()).count();
    if unread > 0 && records.len() > 1 {
        print_line(paint(
            BOLD,
            format_args!("{unread} of {} were not read, or not wholly", records.len()),
        ));
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
