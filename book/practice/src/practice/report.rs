//! What came of an exercise, told while it is run: the first failure in full as soon as it is
//! known, then the others a line each, then a table.
//!
//! The first one is that of the test that stands first, and waits for all tests before it. Whoever
//! watches sees the one that came first instead ([`Report::at_once`]), and it stays: a screen on
//! which one failure takes another's place is not read to its end.

use crate::course::exercise::{Exercise, Kind, Task};
use crate::judge::excerpt::shortened;
use crate::judge::outcome::Status;
use crate::judge::result::{ExerciseResult, TestResult};
use crate::practice::failure::{self, FAILS, PASSES, Reason, TO_DO, failure, failures, reason};
use crate::practice::runner::TaskState;
use crate::system::screen::{DIM, GREEN, RED, YELLOW, paint};

/// The most failures that are a line each, and the fewest where there is little room.
const MOST_LINES: usize = 40;
const FEWEST_LINES: usize = 3;

/// The lines below the failures: a table, the sum, the keys, and some that are empty.
const BELOW: usize = 13;

/// The lines of the other failures, at least: the fewest, a heading and an empty one.
const OTHERS: usize = FEWEST_LINES + 2;

/// The fewest lines of the failure that is shown in full.
const FEWEST_OF_FAILURE: usize = 6;

/// A report while it is written. What it returns is to be shown, in this order.
#[derive(Debug)]
pub struct Report<'a> {
    exercise: &'a Exercise,
    hint: String,
    /// The learner's server and their tests, in the order in which they are told.
    sections: Vec<Section>,
    /// The first failure, once it was shown.
    shown: Option<TestResult>,
    /// Whether that is the one that is known first.
    at_once: bool,
    /// How many lines and columns there is room for, and how many lines were told.
    room: (usize, usize),
    told: usize,
}

#[derive(Debug)]
struct Section {
    is_catch: bool,
    /// What came of each test; `None` as long as it is not known.
    tests: Vec<(TestResult, Option<TestResult>)>,
    /// How many servers were told of; their lines come one by one.
    told: usize,
    done: bool,
}

impl<'a> Report<'a> {
    /// Of `tests`, in the order in which they are to be told. `hint` says how one gets a hint.
    pub fn new(exercise: &'a Exercise, tests: Vec<TestResult>, hint: &str) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        for test in tests {
            let task = exercise.task(&test.task);
            let is_catch = task.is_some_and(|task| task.kind == Kind::Catch);
            if sections.last().is_none_or(|section| section.is_catch != is_catch) {
                sections.push(Section { is_catch, tests: Vec::new(), told: 0, done: false });
            }
            if let Some(section) = sections.last_mut() {
                section.tests.push((test, None));
            }
        }
        let hint = hint.to_owned();
        let (shown, at_once, room) = (None, false, (usize::MAX, usize::MAX));
        Self { exercise, hint, sections, shown, at_once, room, told: 0 }
    }

    /// Tells a failure of the learner's server without waiting for the tests that stand before it.
    pub fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }

    /// Tells no more than what fits on a screen of that size, if that is possible: the first
    /// failure is to stay on it.
    pub fn with_room(mut self, lines: usize, columns: usize) -> Self {
        self.room = (lines, columns.max(1));
        self
    }

    /// How many lines `text` takes.
    fn lines_of(&self, text: &str) -> usize {
        let plain = anstream::adapter::strip_str(text).to_string();
        plain.lines().map(|line| line.chars().count().div_ceil(self.room.1).max(1)).sum()
    }

    /// Takes results, and says what can be told now. Of those that come together, the one that
    /// stands first is the first.
    pub fn add(&mut self, results: &[TestResult]) -> String {
        results.iter().for_each(|result| self.take(result));
        self.tell()
    }

    fn take(&mut self, result: &TestResult) {
        let all = self.sections.iter_mut().flat_map(|section| &mut section.tests);
        let is_it = |test: &TestResult| test.task == result.task && test.test == result.test;
        if let Some((_, slot)) = all.into_iter().find(|(test, _)| is_it(test)) {
            *slot = Some(result.clone());
        }
    }

    fn tell(&mut self) -> String {
        let mut text = String::new();
        for index in 0..self.sections.len() {
            if self.sections[index].done {
                continue;
            }
            let told = match self.sections[index].is_catch {
                true => self.tell_catch(index),
                false => self.tell_own(index),
            };
            self.told += self.lines_of(&told);
            text += &told;
            if !self.sections[index].done {
                break;
            }
        }
        text
    }

    /// How far it is, in a line.
    pub fn progress(&self) -> String {
        let all = || self.sections.iter().flat_map(|section| &section.tests);
        let known = all().filter(|(_, result)| result.is_some()).count();
        match known {
            0 => format!("{}: compiling …", self.exercise.chapter),
            known => format!("{}: {known} of {} tests …", self.exercise.chapter, all().count()),
        }
    }

    /// The failure that was shown in full.
    pub fn failure(&self) -> Option<&TestResult> {
        self.shown.as_ref()
    }

    fn tell_own(&mut self, index: usize) -> String {
        let mut text = String::new();
        let section = &self.sections[index];
        let is_known = |(_, result): &&(_, Option<TestResult>)| result.is_some();
        let known = section.tests.iter().filter(is_known).count();
        let may_be_first = |test: &&(_, _)| self.at_once || is_known(test);
        let mut tests = section.tests.iter().take_while(may_be_first);
        let first =
            tests.find_map(|(_, result)| result.as_ref().filter(|test| does_not_pass(test)));
        if let (None, Some(first)) = (&self.shown, first.cloned()) {
            text += &self.in_full(&first);
            self.shown = Some(first);
        }
        if known == section.tests.len() {
            let room = self.room.0.saturating_sub(self.told + self.lines_of(&text) + BELOW);
            text += &self.others(section, room.clamp(FEWEST_LINES, MOST_LINES));
            self.sections[index].done = true;
        }
        text
    }

    /// A failure in full; where there is no room for that, its beginning with the test's name and
    /// its end, which says how it is run again.
    fn in_full(&self, test: &TestResult) -> String {
        let text = failure(self.exercise, test, &self.hint);
        let room = self.room.0.saturating_sub(self.told + BELOW + OTHERS).max(FEWEST_OF_FAILURE);
        let lines: Vec<&str> = text.lines().collect();
        let shortened = |kept: usize| {
            let (start, end) = (&lines[..kept.div_ceil(2)], &lines[lines.len() - kept / 2..]);
            let left_out = lines.len() - kept;
            let check = format!("cargo workbook check {}", self.exercise.chapter);
            let note = format!("  … {left_out} lines are left out; `{check}` shows them …");
            format!("{}\n{note}\n{}\n", start.join("\n"), end.join("\n"))
        };
        if self.lines_of(&text) <= room {
            return text;
        }
        // A long line takes several of the screen's.
        let kept = (FEWEST_OF_FAILURE - 1..room.min(lines.len())).rev();
        let mut shorter = kept.map(shortened);
        let fits = |text: &String| self.lines_of(text) <= room;
        shorter.find(fits).unwrap_or_else(|| shortened((FEWEST_OF_FAILURE - 1).min(lines.len())))
    }

    /// The failures besides the one that was shown in full, in lines.
    fn others(&self, section: &Section, most: usize) -> String {
        let mut lines: Vec<String> = Vec::new();
        let mut to_do: Vec<(String, usize)> = Vec::new();
        for test in section.tests.iter().filter_map(|(_, result)| result.as_ref()) {
            if !does_not_pass(test) || self.is_shown(test) {
                continue;
            }
            match reason(self.exercise, test) {
                Reason::Compile | Reason::Refused(_) => {}
                Reason::ToDo(place, _) => match to_do.iter_mut().find(|(one, _)| *one == place) {
                    Some((_, count)) => *count += 1,
                    None => to_do.push((place, 1)),
                },
                Reason::Other(_) => lines.push(failure::line(self.exercise, test)),
            }
        }
        for (place, count) in to_do {
            let tests = if count == 1 { "test waits" } else { "tests wait" };
            let (mark, place) = (paint(YELLOW, TO_DO), failure::short(self.exercise, &place));
            lines.push(format!("{mark} {count} {tests} for {place}, still to be written"));
        }
        if lines.is_empty() {
            return String::new();
        }
        if lines.len() > most {
            let more = lines.len() - (most - 1);
            lines.truncate(most - 1);
            lines.push(format!("… and {more} more"));
        }
        let heading = match self.shown {
            Some(_) => "Besides:",
            None => "These do not pass:",
        };
        format!("\n{heading}\n  {}\n", lines.join("\n  "))
    }

    fn is_shown(&self, test: &TestResult) -> bool {
        let shown = self.shown.as_ref();
        shown.is_some_and(|shown| shown.task == test.task && shown.test == test.test)
    }

    /// A line for each server, as they come; then the first failure.
    fn tell_catch(&mut self, index: usize) -> String {
        let mut text = String::new();
        let section = &mut self.sections[index];
        let known: Vec<_> = section.tests.iter().map_while(|(_, result)| result.as_ref()).collect();
        // If there is only one thing to say, it is said in full and not in a line as well.
        let whole = known.first().is_some_and(|first| does_not_pass(first));
        // Behind a failure, what is as it should be stands in the table.
        let all = known.len() == section.tests.len();
        let wait = self.shown.is_some() && !all;
        let needless = self.shown.is_some() && !known.iter().any(|test| does_not_pass(test));
        if !whole && !wait && !needless {
            for told in section.told..known.len() {
                if told == 0 {
                    text += "\nYour tests, on each server:\n";
                }
                if let Some(line) = server_line(known[told], &known[..told]) {
                    text += &format!("  {line}\n");
                }
            }
            section.told = known.len();
        }
        let first = known.iter().find(|test| does_not_pass(test)).map(|&first| first.clone());
        if all {
            section.done = true;
            if let (None, Some(first)) = (&self.shown, first) {
                text += &self.in_full(&first);
                self.shown = Some(first);
            }
        }
        text
    }
}

/// Whether something is wrong.
fn does_not_pass(test: &TestResult) -> bool {
    failures([test]).next().is_some()
}

/// What came of a server; `None` if it need not be said after what was said of those `before`.
fn server_line(test: &TestResult, before: &[&TestResult]) -> Option<String> {
    let outcome = &test.outcome;
    let which = match test.test.strip_prefix("mutant_") {
        Some(number) => format!("broken server {number}"),
        None if test.test == "real" => "the chapter's own server".to_owned(),
        None => "another right server".to_owned(),
    };
    let is_right = !test.test.starts_with("mutant_");
    Some(match outcome.status {
        Status::Pass if is_right => format!("{} {which} passes", paint(GREEN, PASSES)),
        Status::Pass => format!("{} {which} is {}", paint(GREEN, PASSES), outcome.message),
        Status::Skipped
            if before
                .iter()
                .any(|one| does_not_pass(one) || one.outcome.message == outcome.message) =>
        {
            return None;
        }
        Status::Skipped => paint(DIM, format_args!("{TO_DO} {}", outcome.message)),
        _ if is_right => format!("{} {which}: {}", paint(RED, FAILS), first_line(&outcome.message)),
        Status::Fail => {
            let message = outcome.message.trim_start_matches("it is not noticed: ");
            format!("{} {which} is not noticed: {message}", paint(RED, FAILS))
        }
        _ => format!("{} {which}: {}", paint(RED, FAILS), first_line(&outcome.message)),
    })
}

fn first_line(message: &str) -> String {
    shortened(message.lines().next().unwrap_or_default(), 70)
}

/// A line for each task: how far it is, and what it has earned.
pub fn table(tasks: &[&Task], states: &[TaskState], result: &ExerciseResult) -> String {
    let rows: Vec<_> = tasks
        .iter()
        .zip(states)
        .map(|(task, state)| {
            let mark = match state {
                TaskState::Passes => paint(GREEN, PASSES),
                TaskState::Fails => paint(RED, FAILS),
                TaskState::NotBegun => paint(DIM, TO_DO),
            };
            let points = format!("{} of {} points", result.points(task), task.points);
            (mark, &task.id, how_far(task, *state, result), points)
        })
        .collect();
    let width = |of: &dyn Fn(usize) -> usize| (0..rows.len()).map(of).max().unwrap_or(0);
    let ids = width(&|row| rows[row].1.chars().count());
    let states = width(&|row| rows[row].2.chars().count());
    let lines = rows.iter().map(|(mark, id, state, points)| {
        format!("{mark} {id:<ids$}  {state:<states$}  {points}\n")
    });
    lines.collect()
}

/// How far a task is, in words.
pub fn how_far(task: &Task, state: TaskState, result: &ExerciseResult) -> String {
    let tests: Vec<_> = result.of(&task.id).collect();
    let has = |status| tests.iter().any(|test| test.outcome.status == status);
    let passed = tests.iter().filter(|test| test.outcome.status == Status::Pass).count();
    if state == TaskState::NotBegun {
        return format!("not begun, about {} min", task.minutes);
    }
    if has(Status::Compile) {
        return "does not compile".to_owned();
    }
    if passed == 0 && tests.iter().all(|test| test.outcome.status == Status::Skipped) {
        return "was not run".to_owned();
    }
    if task.kind != Kind::Catch {
        return match passed == tests.len() {
            true => format!("all {passed} tests pass"),
            false => format!("{passed} of {} tests pass", tests.len()),
        };
    }
    let right = |test: &&&TestResult| !test.test.starts_with("mutant_");
    if tests.iter().filter(right).any(|test| does_not_pass(test)) {
        return "fails on a right server".to_owned();
    }
    let (noticed, there) = {
        let broken = || tests.iter().filter(|test| test.test.starts_with("mutant_"));
        let there = broken().filter(|test| test.outcome.status != Status::Skipped).count();
        (result.points(task) as usize, there)
    };
    match there {
        0 => "passes on the right server".to_owned(),
        _ => format!("{noticed} of {there} broken servers noticed"),
    }
}

/// The sum of all tasks, in a sentence.
pub fn sum(tasks: &[&Task], states: &[TaskState], result: &ExerciseResult) -> String {
    let passed = states.iter().filter(|state| **state == TaskState::Passes).count();
    let points: u32 = tasks.iter().map(|task| result.points(task)).sum();
    let most: u32 = tasks.iter().map(|task| task.points).sum();
    let passes = if passed == 1 { "passes" } else { "pass" };
    format!("{passed} of {} tasks {passes}: {points} of {most} points.", tasks.len())
}
