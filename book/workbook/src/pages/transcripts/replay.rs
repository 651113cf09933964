//! Replaying the transcripts of the book.

use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use crate::pages::outline::{Block, outline};
use crate::pages::transcripts::lock::{Entry, Lock};
use crate::pages::transcripts::matching::{blessed, compare, matches, shown};
use crate::pages::transcripts::ports::Ports;
use crate::pages::transcripts::script::{Action, script, text};
use crate::pages::transcripts::terminal::{NoLine, PATIENCE, SILENCE, Terminal};
use crate::system::parallel::in_parallel;
use crate::system::programs::build as build_programs;
use crate::system::write_file::write_whole;
use anyhow::{Context, Result, bail};
use launch::{Programs, Which, installed, listening_on};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// The transcripts that matched.
    pub lock: Lock,
    /// Those that did not, with the difference.
    pub faults: Faults,
    /// Those that could not be tried here, and why.
    pub skipped: Vec<String>,
    /// How many were replayed.
    pub replayed: usize,
}

/// How to replay.
#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    /// Rewrite the pages to what was printed.
    pub bless: bool,
    /// How long a line may take to come.
    pub patience: Duration,
    /// Whether a program is there to be used.
    pub installed: fn(&str) -> bool,
}

impl ReplayOptions {
    /// Compare, and write nothing.
    pub const COMPARE: Self = Self { bless: false, patience: PATIENCE, installed };
    /// Rewrite the pages.
    pub const BLESS: Self = Self { bless: true, patience: PATIENCE, installed };
}

/// Builds the chapters and replays every transcript of every page. `progress` is
/// told each page and its number of blocks.
pub fn replay(
    checkout: &Checkout,
    manner: ReplayOptions,
    progress: impl FnMut(&str, usize) + Send,
) -> Result<Report> {
    let build = || build_programs(checkout, Which::All, false);
    replay_with(checkout, build, manner, progress)
}

/// The same with programs that are not the chapters'. They are asked for if
/// there is a transcript at all.
///
/// Pages are replayed at once, except those whose commands name the same file in `target`.
pub fn replay_with(
    checkout: &Checkout,
    programs: impl FnOnce() -> Result<Programs>,
    manner: ReplayOptions,
    progress: impl FnMut(&str, usize) + Send,
) -> Result<Report> {
    let course = checkout.course()?;
    let mut pages = Vec::new();
    for (place, name) in course.pages().into_iter().enumerate() {
        let path = checkout.pages().join(&name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read book/src/{name}"))?;
        let mut blocks = outline(&text).blocks;
        blocks.retain(|block| block.language() == "console");
        if !blocks.is_empty() {
            pages.push(Page { place, name, path, text, blocks });
        }
    }
    let mut report = Report::default();
    if pages.is_empty() {
        return Ok(report);
    }
    if !(manner.installed)("sh") {
        // Nothing is said about them, so what was known of them stays.
        report.lock = Lock::read(&checkout.root)?;
        report.skipped.push("all transcripts: there is no `sh` on the PATH".to_owned());
        return Ok(report);
    }
    let known = Lock::read(&checkout.root)?.hashes();
    let programs = programs()?;
    let progress = Mutex::new(progress);
    let replay_one = |page: &Page| {
        (progress.lock().unwrap_or_else(PoisonError::into_inner))(&page.name, page.blocks.len());
        page.replay(checkout, &programs, manner, &known)
    };
    let groups = apart(pages);
    let replay_group = |index: usize| -> Result<Vec<(usize, Report)>> {
        groups[index].iter().map(|page| Ok((page.place, replay_one(page)?))).collect()
    };
    // Most of the time, they wait.
    let threads = 4 * thread::available_parallelism().map_or(2, usize::from);
    let mut reports = BTreeMap::new();
    in_parallel(&AtomicBool::new(false), threads, groups.len(), replay_group, |_, group| {
        reports.extend(group?);
        Ok(())
    })?;
    for one in reports.into_values() {
        report.lock.0.extend(one.lock.0);
        report.faults.0.extend(one.faults.0);
        report.skipped.extend(one.skipped);
        report.replayed += one.replayed;
    }
    Ok(report)
}

/// A page with transcripts.
struct Page {
    /// Which of them it is.
    place: usize,
    name: String,
    path: PathBuf,
    text: String,
    blocks: Vec<Block>,
}

impl Page {
    fn replay(
        &self,
        checkout: &Checkout,
        programs: &Programs,
        manner: ReplayOptions,
        known: &HashSet<String>,
    ) -> Result<Report> {
        let mut report = Report::default();
        let file = format!("book/src/{}", self.name);
        let mut sitting = PageSession {
            checkout,
            programs,
            manner,
            ports: Ports::default(),
            terminals: HashMap::new(),
        };
        let mut edits = Vec::new();
        for block in &self.blocks {
            let mut entry = Entry {
                hash: block.hash(),
                page: self.name.clone(),
                command: block.text.lines().next().unwrap_or_default().to_owned(),
            };
            match sitting.block(block) {
                Ok(Outcome::Matched) => {
                    report.replayed += 1;
                    report.lock.0.push(entry);
                }
                Ok(Outcome::Blessed(text)) => {
                    report.replayed += 1;
                    edits.push((block.range.clone(), text.clone()));
                    entry.hash = Block { text, ..block.clone() }.hash();
                    report.lock.0.push(entry);
                }
                Ok(Outcome::Differs(difference)) => {
                    report.replayed += 1;
                    let sentence = format!(
                        "the transcript differs from what was printed \
                         (- on the page, + printed; BLESS=1 rewrites the page):\n{difference}"
                    );
                    report.faults.add(&file, block.line, sentence.trim_end());
                }
                Ok(Outcome::Skipped(reason)) => {
                    report.skipped.push(format!("{file}:{}: {reason}", block.line));
                    if known.contains(&entry.hash) {
                        report.lock.0.push(entry);
                    }
                }
                Err(error) => report.faults.add(&file, block.line, format!("{error:#}")),
            }
        }
        if !edits.is_empty() {
            let mut text = self.text.clone();
            for (range, printed) in edits.into_iter().rev() {
                text.replace_range(range, &printed);
            }
            write_whole(&self.path, &text)?;
        }
        Ok(report)
    }

    /// The files and folders in `target` that its commands name.
    fn places(&self) -> BTreeSet<&str> {
        let words = self.blocks.iter().flat_map(|block| block.text.split(['/', ' ', '\n', '\'']));
        let words = words.collect::<Vec<_>>();
        words.windows(2).filter(|pair| pair[0] == "target").map(|pair| pair[1]).collect()
    }
}

/// Pages that can be replayed at once. Those of a group follow one another, since what one leaves
/// in a folder, another would find.
fn apart(pages: Vec<Page>) -> Vec<Vec<Page>> {
    let mut groups: Vec<Vec<Page>> = Vec::new();
    for page in pages {
        let shares = |group: &mut Vec<Page>| {
            group.iter().any(|other| !other.places().is_disjoint(&page.places()))
        };
        let mut group: Vec<Page> = groups.extract_if(.., shares).flatten().collect();
        group.push(page);
        groups.push(group);
    }
    groups
}

enum Outcome {
    Matched,
    Differs(String),
    Blessed(String),
    Skipped(String),
}

/// The terminals of one page.
struct PageSession<'a> {
    checkout: &'a Checkout,
    programs: &'a Programs,
    manner: ReplayOptions,
    ports: Ports,
    terminals: HashMap<String, Terminal>,
}

impl PageSession<'_> {
    fn block(&mut self, block: &Block) -> Result<Outcome> {
        let name = block.info.get(1).cloned();
        let lasting = name.is_some();
        let name = name.unwrap_or_default();
        let mut actions = script(&block.text, lasting);
        if let Some(missing) = missing_program(&actions, self.manner.installed) {
            return Ok(Outcome::Skipped(format!("skipped, {missing} is not installed here")));
        }
        if !lasting && !matches!(actions.first(), Some(Action::Run(_))) {
            bail!("a transcript begins with `$ ` and a command");
        }
        let typed = |action: &Action| matches!(action, Action::Type(_) | Action::EndInput);
        if lasting && self.manner.bless && !actions.iter().any(typed) {
            // A place for lines that the page does not have yet.
            if !matches!(actions.last(), Some(Action::Print(_))) {
                actions.push(Action::Print(Vec::new()));
            }
        }
        let mut difference = String::new();
        let mut result = Vec::new();
        let last = actions.len().saturating_sub(1);
        for (index, action) in actions.into_iter().enumerate() {
            match &action {
                Action::Run(command) => self.run(&name, command, lasting)?,
                Action::Type(line) => self.terminal(&name)?.type_line(line)?,
                Action::EndInput => self.terminal(&name)?.end_input(),
                Action::Print(page) => {
                    let bless_more = self.manner.bless && lasting && index == last;
                    let printed = self.printed(&name, page, lasting, bless_more)?;
                    let pieces = compare(page, &printed);
                    if !matches(&pieces) {
                        difference += &shown(&pieces);
                    }
                    result.push(Action::Print(blessed(&pieces)));
                    continue;
                }
            }
            if let Action::Run(command) = &action {
                difference += &format!("    $ {command}\n");
            }
            result.push(action);
        }
        if !lasting {
            self.terminals.remove(&name);
        }
        let differs =
            difference.lines().any(|line| line.starts_with("  - ") || line.starts_with("  + "));
        Ok(match (differs, self.manner.bless) {
            (false, _) => Outcome::Matched,
            (true, false) => Outcome::Differs(difference),
            (true, true) => Outcome::Blessed(text(&result)),
        })
    }

    fn run(&mut self, name: &str, command: &str, lasting: bool) -> Result<()> {
        // An earlier program of this terminal ends first.
        if let Some(earlier) = self.terminals.remove(name) {
            earlier.end();
        }
        let prepared = self.ports.prepare(command, self.programs)?;
        let mut terminal = Terminal::start(&prepared.command, &self.checkout.root, lasting)?;
        if let Some(port) = prepared.serves {
            match terminal.look_for(self.manner.patience, listening_on) {
                Some(real) => self.ports.set(port, real.port()),
                None if lasting => {
                    let mut said = Vec::new();
                    while let Ok(line) = terminal.next_line(Instant::now()) {
                        said.push(line);
                    }
                    bail!("`{command}` did not say where it listens: {}", said.join("\n"));
                }
                None => {}
            }
        }
        self.terminals.insert(name.to_owned(), terminal);
        Ok(())
    }

    fn terminal(&mut self, name: &str) -> Result<&mut Terminal> {
        self.terminals.get_mut(name).with_context(|| {
            format!("nothing runs in the terminal `{name}`: an earlier block starts it with `$ `")
        })
    }

    /// What is printed, as the page would show it: all of it, or in a terminal
    /// that lasts as much as the page has.
    fn printed(
        &mut self,
        name: &str,
        page: &[String],
        lasting: bool,
        bless_more: bool,
    ) -> Result<Vec<String>> {
        let open = page.iter().any(|line| line == "...");
        let deadline = Instant::now() + self.manner.patience;
        let mut printed = Vec::new();
        loop {
            let enough = match (lasting, open) {
                (false, _) => false,
                (true, false) => printed.len() >= page.len(),
                (true, true) => matches(&compare(page, &printed)),
            };
            let until = match enough {
                true if bless_more => Instant::now() + SILENCE,
                true => break,
                false => deadline,
            };
            let line = self.terminal(name)?.next_line(until);
            match line {
                Ok(line) => printed.push(self.ports.page(&line)),
                Err(NoLine::Ended) => break,
                Err(NoLine::Late) if lasting => break,
                Err(NoLine::Late) => bail!(
                    "the command was still running after {} s, and was ended; \
                     what keeps running belongs into a terminal with a name, \
                     as in ```console,server",
                    self.manner.patience.as_secs_f32()
                ),
            }
        }
        Ok(printed)
    }
}

/// A program that the block needs and that is not everywhere.
fn missing_program(actions: &[Action], installed: fn(&str) -> bool) -> Option<&'static str> {
    let needs = |program: &str| {
        actions.iter().any(|action| match action {
            Action::Run(command) => command
                .split(['|', ';', '&'])
                .any(|part| part.split_whitespace().next() == Some(program)),
            _ => false,
        })
    };
    ["curl"].into_iter().find(|program| needs(program) && !installed(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_if_something_leads_from_one_to_the_next() {
        let page = |(place, command): (usize, &str)| {
            let text = format!("```console\n$ {command}\n```\n");
            let blocks = outline(&text).blocks;
            Page { place, name: String::new(), path: PathBuf::new(), text, blocks }
        };
        let commands = [
            "rm -rf target/guests target/guests.old",
            "cat target/orders",
            "cat target/guests-of-honour target/",
            "cargo run --bin ch01 -- --data 'target/orders' > target/log",
            "ls chapters/orders",
            "ls target/guests/entries target/log",
        ];
        let groups = apart(commands.into_iter().enumerate().map(page).collect());
        let places: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(|page| page.place).collect()).collect();
        assert_eq!(places, [vec![2], vec![4], vec![0, 1, 3, 5]]);
    }
}
