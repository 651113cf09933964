//! Many submissions at once.
//!
//! Each slot takes the next submission that is not graded yet. What several submissions have
//! in common (files that nobody has touched, or that somebody has copied) is graded once.

use crate::course::checkout::Checkout;
use crate::course::exercise::Exercise;
use crate::grade::course_copy::Tree;
use crate::grade::intake::{Submission, name_of, read};
use crate::grade::record::Record;
use crate::grade::slot::{Graded, Rules, Slot, Work};
use crate::grade::to_record::{Asked, record};
use crate::judge::build::Place;
use crate::judge::examiner::Examiner;
use crate::judge::result::{ExerciseResult, TestResult};
use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What a test is told that was not run.
const NOT_YET: &str = "it was not run yet";
const NOT_THERE: &str = "nothing was handed in for it";

/// A class, and what is asked of it.
#[derive(Debug)]
pub struct Class {
    asked: Vec<Asked>,
    course: Tree,
    rules: Rules,
    board: Mutex<Board>,
    /// Notified when a submission or an exercise is done.
    news: Condvar,
}

/// What is known so far.
#[derive(Debug, Default)]
struct Board {
    desks: Vec<Desk>,
    /// The submissions that are not done and that nobody works on.
    queue: VecDeque<usize>,
    /// What is known of files that more than one may have handed in.
    done: HashMap<Key, Arc<Graded>>,
    /// What somebody works on.
    claimed: HashSet<Key>,
    finished: usize,
    /// How many tests were run.
    ran: usize,
    /// Counts the changes, so that nothing is written twice.
    changes: u64,
}

/// A submission.
#[derive(Debug, Default)]
struct Desk {
    name: String,
    notes: Vec<String>,
    /// Its exercises, by their place in the list of those that are asked.
    sheets: BTreeMap<usize, Sheet>,
    /// Whether what is missing in it counts as well.
    whole: bool,
    finished: bool,
}

/// One exercise of a submission.
#[derive(Debug, Default)]
struct Sheet {
    key: Key,
    files: BTreeMap<String, Vec<u8>>,
    notes: Vec<String>,
    graded: Option<Arc<Graded>>,
    /// What is there while it is graded.
    live: Vec<TestResult>,
}

/// The digest of an exercise's files.
type Key = [u8; 32];

/// What a slot does next.
enum Next {
    Grade { desk: usize, sheets: Vec<usize> },
    Wait,
    End,
}

impl Class {
    /// Reads the submissions at `paths`. One that cannot be read is one without points.
    pub fn read(
        checkout: &Checkout,
        until: Option<&str>,
        paths: &[PathBuf],
        rules: Rules,
    ) -> Result<Self> {
        let course = checkout.course()?;
        let last = until.map(|name| course.chapter_called(name)).transpose()?;
        let (mut asked, mut exercises) = (Vec::new(), Vec::new());
        for chapter in &course.chapters {
            let Some(exercise) = Exercise::read(&checkout.root, chapter)? else { continue };
            if last.is_none_or(|last| chapter.number() <= last.number()) {
                asked.push((exercise.clone(), chapter.title.clone()));
            }
            // A later one must be known too, so as not to be taken for one of these.
            exercises.push(exercise);
        }
        ensure!(!asked.is_empty(), "there is no exercise to grade");
        let tree = Tree::to_grade(&checkout.root)?.with_starters();
        let asked = asked.into_iter().map(|(exercise, title)| {
            let tests = tests_of(checkout, &exercise, &rules)?;
            Ok(Asked { exercise, title, tests })
        });
        let asked = asked.collect::<Result<Vec<_>>>()?;

        let mut desks: Vec<Desk> = paths
            .iter()
            .map(|path| match read(&checkout.root, &exercises, path) {
                Ok(submission) => desk(submission, &asked, rules.seed),
                Err(error) => Desk {
                    name: name_of(path),
                    notes: vec![format!("{error:#}")],
                    whole: true,
                    finished: true,
                    ..Desk::default()
                },
            })
            .collect();
        tell_apart(&mut desks, paths);
        let open = |(number, desk): (usize, &Desk)| (!desk.finished).then_some(number);
        let queue: VecDeque<_> = desks.iter().enumerate().filter_map(open).collect();
        let finished = desks.len() - queue.len();
        let board = Mutex::new(Board { desks, queue, finished, ..Board::default() });
        Ok(Self { asked, course: tree, rules, board, news: Condvar::new() })
    }

    /// How many submissions there are.
    pub fn len(&self) -> usize {
        self.board().desks.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are done.
    pub fn finished(&self) -> usize {
        self.board().finished
    }

    /// How many tests were run.
    pub fn ran(&self) -> usize {
        self.board().ran
    }

    /// Counts what has happened.
    pub fn changes(&self) -> u64 {
        self.board().changes
    }

    /// Grades everything, in at most `jobs` slots at once below `folder`. `news` is called
    /// from now and then, in this thread, until all is done.
    pub fn grade(
        &self,
        folder: &Path,
        jobs: usize,
        news: &mut dyn FnMut(&Self) -> Result<()>,
    ) -> Result<()> {
        let jobs = jobs.clamp(1, self.board().queue.len().max(1));
        let mut slots = Vec::new();
        for _ in 0..jobs {
            slots.push(Slot::take(folder)?);
        }
        thread::scope(|scope| {
            let workers: Vec<_> =
                slots.iter().map(|slot| scope.spawn(move || self.work(slot))).collect();
            let mut said = Ok(());
            while workers.iter().any(|worker| !worker.is_finished()) {
                if said.is_ok() {
                    said = news(self);
                }
                let board = self.board();
                let pause = Duration::from_millis(100);
                drop(self.news.wait_timeout(board, pause));
            }
            said
        })?;
        news(self)
    }

    /// The outcome as far as it is known, in the order in which the submissions were named.
    pub fn records(&self) -> Vec<Record> {
        let board = self.board();
        board.desks.iter().map(|desk| self.record(desk)).collect()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until nothing is left to do.
    fn work(&self, slot: &Slot) {
        let mut board = self.board();
        loop {
            match board.next() {
                Next::End => return,
                Next::Wait => {
                    board = self.news.wait(board).unwrap_or_else(PoisonError::into_inner);
                }
                Next::Grade { desk, sheets } => {
                    let files: Vec<_> = sheets
                        .iter()
                        .filter_map(|sheet| board.desks[desk].sheets.get(sheet))
                        .map(|sheet| sheet.files.clone())
                        .collect();
                    drop(board);
                    let graded = self.grade_some(slot, desk, &sheets, &files);
                    board = self.board();
                    board.enter(desk, &sheets, graded);
                    self.news.notify_all();
                }
            }
        }
    }

    fn grade_some(
        &self,
        slot: &Slot,
        desk: usize,
        sheets: &[usize],
        files: &[BTreeMap<String, Vec<u8>>],
    ) -> Vec<Graded> {
        let work: Vec<_> = sheets
            .iter()
            .zip(files)
            .map(|(sheet, files)| Work { exercise: &self.asked[*sheet].exercise, files })
            .collect();
        let on = |exercise: &Exercise, test: &TestResult| {
            let place = self.asked.iter().position(|asked| asked.exercise.id == exercise.id);
            let mut board = self.board();
            let sheet = place.and_then(|place| board.desks[desk].sheets.get_mut(&place));
            if let Some(sheet) = sheet {
                sheet.live.retain(|one| (&one.task, &one.test) != (&test.task, &test.test));
                sheet.live.push(test.clone());
            }
            board.ran += 1;
            board.changes += 1;
            self.news.notify_all();
        };
        // A fault of ours must not keep the others waiting for this one.
        let graded =
            catch_unwind(AssertUnwindSafe(|| slot.grade(&self.course, &work, &self.rules, &on)));
        let fault = "it was not graded: the grader has a fault, which standard error tells";
        graded.unwrap_or_else(|_| {
            vec![Graded { why: fault.to_owned(), ..Graded::default() }; sheets.len()]
        })
    }

    fn record(&self, desk: &Desk) -> Record {
        let mut exercises = Vec::new();
        let mut complete = desk.finished;
        for (place, asked) in self.asked.iter().enumerate() {
            let seed = self.rules.seed;
            let id = asked.exercise.id.clone();
            let Some(sheet) = desk.sheets.get(&place) else {
                if desk.whole {
                    let nothing = ExerciseResult { id, ..ExerciseResult::default() };
                    exercises.push(asked.record(&nothing, seed, NOT_THERE));
                }
                continue;
            };
            let mut written = match &sheet.graded {
                Some(graded) => {
                    complete &= graded.is_complete();
                    asked.record(&graded.result, seed, &graded.why)
                }
                None => {
                    complete = false;
                    let tests = sheet.live.clone();
                    asked.record(&ExerciseResult { id, tests, notes: Vec::new() }, seed, NOT_YET)
                }
            };
            written.notes.splice(0..0, sheet.notes.iter().cloned());
            exercises.push(written);
        }
        let mut record = record(&desk.name, self.rules.seed, exercises);
        record.complete = complete;
        record.notes.clone_from(&desk.notes);
        record
    }
}

impl Board {
    /// The next submission of which something is to be done that nobody does yet.
    fn next(&mut self) -> Next {
        let mut at = 0;
        while let Some(&number) = self.queue.get(at) {
            let desk = &mut self.desks[number];
            let mut to_do = Vec::new();
            let mut waits = false;
            let mut here = HashSet::new();
            for (place, sheet) in &mut desk.sheets {
                if sheet.graded.is_some() {
                    continue;
                }
                if let Some(graded) = self.done.get(&sheet.key) {
                    sheet.graded = Some(Arc::clone(graded));
                } else if self.claimed.contains(&sheet.key) || !here.insert(sheet.key) {
                    waits = true;
                } else {
                    to_do.push(*place);
                }
            }
            match (to_do.is_empty(), waits) {
                (false, _) => {
                    self.queue.remove(at);
                    self.claimed.extend(here);
                    return Next::Grade { desk: number, sheets: to_do };
                }
                (true, true) => at += 1,
                (true, false) => {
                    desk.finished = true;
                    self.queue.remove(at);
                    self.finished += 1;
                    self.changes += 1;
                }
            }
        }
        if self.queue.is_empty() { Next::End } else { Next::Wait }
    }

    /// Notes down what was graded.
    fn enter(&mut self, desk: usize, sheets: &[usize], graded: Vec<Graded>) {
        for (place, graded) in sheets.iter().zip(graded) {
            let Some(sheet) = self.desks[desk].sheets.get_mut(place) else { continue };
            self.claimed.remove(&sheet.key);
            let graded = Arc::new(graded);
            // Whoever else has these files does not suffer for the time that this one took.
            if graded.is_complete() {
                self.done.insert(sheet.key, Arc::clone(&graded));
            }
            sheet.graded = Some(graded);
            sheet.live.clear();
        }
        self.queue.push_front(desk);
        self.changes += 1;
    }
}

fn desk(submission: Submission, asked: &[Asked], seed: u64) -> Desk {
    let mut sheets = BTreeMap::new();
    for handed in submission.exercises {
        if let Some(place) = asked.iter().position(|asked| asked.exercise.id == handed.id) {
            let key = key(&handed.id, seed, &handed.files);
            let (files, notes) = (handed.files, handed.notes);
            sheets.insert(place, Sheet { key, files, notes, ..Sheet::default() });
        }
    }
    let (name, mut notes, mut whole) = (submission.name, submission.notes, submission.whole);
    if sheets.is_empty() {
        notes.push("it has none of the exercises that are graded".to_owned());
        whole = true;
    }
    Desk { name, notes, sheets, whole, finished: false }
}

/// The digest of all on which a result depends.
fn key(id: &str, seed: u64, files: &BTreeMap<String, Vec<u8>>) -> Key {
    let mut digest = Sha256::new();
    digest.update(format!("{id} {seed}"));
    for (name, bytes) in files {
        digest.update(format!("\n{name} {}\n", bytes.len()));
        digest.update(bytes);
    }
    digest.finalize().into()
}

/// Gives submissions of the same name the paths as their names.
fn tell_apart(desks: &mut [Desk], paths: &[PathBuf]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for desk in desks.iter() {
        *counts.entry(desk.name.clone()).or_default() += 1;
    }
    for (desk, path) in desks.iter_mut().zip(paths) {
        if counts.get(&desk.name).is_some_and(|count| *count > 1) {
            desk.name = path.to_string_lossy().into_owned();
        }
    }
}

fn tests_of(
    checkout: &Checkout,
    exercise: &Exercise,
    rules: &Rules,
) -> Result<Vec<Vec<TestResult>>> {
    let place = Place {
        root: checkout.root.clone(),
        target: checkout.target.clone(),
        offline: true,
        jobs: None,
        time: rules.time,
    };
    let (seed, limits) = (rules.seed, rules.limits);
    let examiner = Examiner { place, seed, limits, threads: 1, untouched: false, shuffle: true };
    exercise.tasks.iter().map(|task| examiner.tests_of(exercise, task)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(desks: &[&[(usize, u8)]]) -> Board {
        let desk = |sheets: &&[(usize, u8)]| {
            let sheet = |(place, key): &(usize, u8)| {
                (*place, Sheet { key: [*key; 32], ..Sheet::default() })
            };
            Desk { sheets: sheets.iter().map(sheet).collect(), ..Desk::default() }
        };
        let desks: Vec<_> = desks.iter().map(desk).collect();
        Board { queue: (0..desks.len()).collect(), desks, ..Board::default() }
    }

    fn taken(board: &mut Board) -> Option<(usize, Vec<usize>)> {
        match board.next() {
            Next::Grade { desk, sheets } => Some((desk, sheets)),
            Next::Wait | Next::End => None,
        }
    }

    fn done(complete: bool) -> Graded {
        let why = if complete { "" } else { "the time was over" };
        Graded { why: why.to_owned(), ..Graded::default() }
    }

    #[test]
    fn the_same_files_are_graded_once() {
        let mut board = board(&[&[(0, 1), (1, 2)], &[(0, 1), (1, 2)], &[(0, 1), (1, 3)]]);
        assert_eq!(taken(&mut board), Some((0, vec![0, 1])));
        assert_eq!(taken(&mut board), Some((2, vec![1])));
        assert!(matches!(board.next(), Next::Wait));
        board.enter(0, &[0, 1], vec![done(true), done(true)]);
        assert!(matches!(board.next(), Next::End), "the last one is worked on elsewhere");
        assert_eq!(board.finished, 2);
        board.enter(2, &[1], vec![done(true)]);
        assert!(matches!(board.next(), Next::End));
        assert_eq!(board.finished, 3);
    }

    #[test]
    fn what_was_not_finished_is_graded_again_for_the_next() {
        let mut board = board(&[&[(0, 1), (1, 2)], &[(0, 1)]]);
        assert_eq!(taken(&mut board), Some((0, vec![0, 1])));
        board.enter(0, &[0, 1], vec![done(false), done(true)]);
        assert_eq!(taken(&mut board), Some((1, vec![0])));
        assert_eq!(board.finished, 1);
        board.enter(1, &[0], vec![done(true)]);
        assert!(matches!(board.next(), Next::End));
        assert!(!board.desks[0].sheets[&0].graded.as_ref().unwrap().is_complete());
    }

    #[test]
    fn the_key_is_of_names_and_contents() {
        let files = |files: &[(&str, &str)]| {
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
                .collect()
        };
        let first = key("ex01", 7, &files(&[("a.rs", "x"), ("b.rs", "y")]));
        assert_eq!(first, key("ex01", 7, &files(&[("b.rs", "y"), ("a.rs", "x")])));
        for other in [
            key("ex02", 7, &files(&[("a.rs", "x"), ("b.rs", "y")])),
            key("ex01", 8, &files(&[("a.rs", "x"), ("b.rs", "y")])),
            key("ex01", 7, &files(&[("a.rs", "xy"), ("b.rs", "")])),
            key("ex01", 7, &files(&[("a.rs", "x")])),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn submissions_of_one_name_are_called_by_their_paths() {
        let name = |name: &str| Desk { name: name.to_owned(), ..Desk::default() };
        let mut desks = vec![name("work"), name("ada"), name("work")];
        tell_apart(&mut desks, &["1/work", "ada", "2/work"].map(PathBuf::from));
        let names: Vec<_> = desks.iter().map(|desk| desk.name.as_str()).collect();
        assert_eq!(names, ["1/work", "ada", "2/work"]);
    }
}
