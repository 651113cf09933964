//! Many submissions at once.
//!
//! Each workspace takes the next submission that is not graded yet. What several submissions have
//! in common (files that nobody has touched, or that somebody has copied) is graded once.

use crate::grade::assignment::{Assignment, record};
use crate::grade::course_copy::CourseFiles;
use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::intake::{Submission, read};
use crate::grade::record::{ClassInfo, ExerciseRecord, Record};
use crate::grade::shard::Shard;
use crate::grade::workspace::{Graded, GradingJob, GradingOptions, Workspace};
use anyhow::{Result, ensure};
use course_practice::judge::build::BuildFolder;
use course_practice::judge::examiner::{Examiner, Processes};
use course_practice::judge::result::{ExerciseResult, TestResult};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;

/// What a test is told that was not run.
const NOT_YET: &str = "it was not run yet";
const NOT_THERE: &str = "nothing was handed in for it";

/// A class, and its assignments.
#[derive(Debug)]
pub struct Class {
    assignments: Vec<Assignment>,
    course: CourseFiles,
    rules: GradingOptions,
    info: ClassInfo,
    state: Mutex<GradingState>,
    /// Notified when a submission or an exercise is done.
    news: Condvar,
}

/// What is known so far.
#[derive(Debug, Default)]
struct GradingState {
    submissions: Vec<SubmissionState>,
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
struct SubmissionState {
    name: String,
    person: Person,
    /// Where it lies, to tell people of one name apart.
    place: String,
    version: String,
    late: bool,
    /// Why it was not read; empty if it was.
    not_read: String,
    notes: Vec<String>,
    /// Its exercises, by their place in the list of assignments.
    exercises: BTreeMap<usize, ExerciseState>,
    /// Whether what is missing in it counts as well.
    whole: bool,
    finished: bool,
}

/// One exercise of a submission.
#[derive(Debug, Default)]
struct ExerciseState {
    key: Key,
    files: BTreeMap<String, Vec<u8>>,
    notes: Vec<String>,
    /// Why files were not taken, by their names.
    refused: BTreeMap<String, String>,
    graded: Option<Arc<Graded>>,
    /// What is there while it is graded.
    live: Vec<TestResult>,
}

/// The digest of an exercise's files.
type Key = [u8; 32];

/// What a workspace does next.
enum NextStep {
    Grade { submission: usize, exercises: Vec<usize> },
    Wait,
    End,
}

/// What is graded of the course.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The last chapter that counts.
    pub until: Option<String>,
    /// The chapters that count, if not all.
    pub only: Vec<String>,
    /// The part of the class that is graded here.
    pub shard: Option<Shard>,
}

impl Class {
    /// Reads what these people have handed in. What cannot be read has no points, which is not
    /// the same as none.
    pub fn read(
        checkout: &Checkout,
        scope: &Scope,
        people: Vec<HandedIn>,
        rules: GradingOptions,
    ) -> Result<Self> {
        let listed = exercises(checkout, scope)?;
        let tree = CourseFiles::to_grade(&checkout.root)?.with_starters();
        let mut assignments = Vec::new();
        for one in listed.iter().filter(|one| one.counts) {
            let (exercise, title) = (one.exercise.clone(), one.title.clone());
            let tests = tests_of(checkout, &exercise, &rules)?;
            assignments.push(Assignment { exercise, title, tests });
        }
        // The others must be known too, so as not to be taken for one of these.
        let exercises: Vec<_> = listed.into_iter().map(|one| one.exercise).collect();
        let ids = assignments.iter().map(|assignment| assignment.exercise.id.clone());
        let counting: Vec<_> = ids.collect();
        let graded: Vec<_> = counting.iter().map(String::as_str).collect();
        let read = |handed: HandedIn| {
            let read = read(&checkout.root, &exercises, &graded, &handed);
            submission_state(handed, read, &assignments, rules.seed)
        };
        let mut submissions: Vec<_> = people.into_iter().map(read).collect();
        tell_apart(&mut submissions);
        let mut names: Vec<_> = submissions.iter().map(|one| one.name.clone()).collect();
        names.sort();
        names.dedup();
        if let Some(shard) = scope.shard {
            let own: HashSet<_> = shard.of(&names).cloned().collect();
            submissions.retain(|submission| own.contains(&submission.name));
        }
        let info = ClassInfo {
            course: digest(&tree),
            seed: rules.seed,
            exercises: counting,
            people: names,
            shard: scope.shard.map(|shard| shard.to_string()),
        };
        let open = |(number, submission): (usize, &SubmissionState)| {
            (!submission.finished).then_some(number)
        };
        let queue: VecDeque<_> = submissions.iter().enumerate().filter_map(open).collect();
        let finished = submissions.len() - queue.len();
        let state =
            Mutex::new(GradingState { submissions, queue, finished, ..GradingState::default() });
        Ok(Self { assignments, course: tree, rules, info, state, news: Condvar::new() })
    }

    /// What the records of this class have in common.
    pub fn info(&self) -> &ClassInfo {
        &self.info
    }

    /// How many submissions there are.
    pub fn len(&self) -> usize {
        self.state().submissions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are done.
    pub fn finished(&self) -> usize {
        self.state().finished
    }

    /// How many tests were run.
    pub fn ran(&self) -> usize {
        self.state().ran
    }

    /// Counts what has happened.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// Grades everything, in at most `jobs` workspaces at once below `folder`. `news` is called
    /// from now and then, in this thread, until all is done.
    pub fn grade(
        &self,
        folder: &Path,
        jobs: usize,
        news: &mut dyn FnMut(&Self) -> Result<()>,
    ) -> Result<()> {
        let jobs = jobs.clamp(1, self.state().queue.len().max(1));
        let mut workspaces = Vec::new();
        for _ in 0..jobs {
            workspaces.push(Workspace::take(folder)?);
        }
        thread::scope(|scope| {
            let workers: Vec<_> = workspaces
                .iter()
                .map(|workspace| scope.spawn(move || self.work(workspace)))
                .collect();
            let mut said = Ok(());
            while workers.iter().any(|worker| !worker.is_finished()) {
                if said.is_ok() {
                    said = news(self);
                }
                let state = self.state();
                let pause = Duration::from_millis(100);
                drop(self.news.wait_timeout(state, pause));
            }
            said
        })?;
        news(self)
    }

    /// The outcome as far as it is known, in the order in which the submissions were named.
    pub fn records(&self) -> Vec<Record> {
        let state = self.state();
        state.submissions.iter().map(|submission| self.record(submission)).collect()
    }

    fn state(&self) -> MutexGuard<'_, GradingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until nothing is left to do.
    fn work(&self, workspace: &Workspace) {
        let mut state = self.state();
        loop {
            match state.next() {
                NextStep::End => return,
                NextStep::Wait => {
                    state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                NextStep::Grade { submission, exercises } => {
                    let files: Vec<_> = exercises
                        .iter()
                        .filter_map(|place| state.submissions[submission].exercises.get(place))
                        .map(|exercise_state| exercise_state.files.clone())
                        .collect();
                    drop(state);
                    let graded = self.grade_some(workspace, submission, &exercises, &files);
                    state = self.state();
                    state.enter(submission, &exercises, graded);
                    self.news.notify_all();
                }
            }
        }
    }

    fn grade_some(
        &self,
        workspace: &Workspace,
        submission: usize,
        exercises: &[usize],
        files: &[BTreeMap<String, Vec<u8>>],
    ) -> Vec<Graded> {
        let work: Vec<_> = exercises
            .iter()
            .zip(files)
            .map(|(place, files)| GradingJob {
                exercise: &self.assignments[*place].exercise,
                files,
            })
            .collect();
        let on = |exercise: &Exercise, test: &TestResult| {
            let place = self
                .assignments
                .iter()
                .position(|assignment| assignment.exercise.id == exercise.id);
            let mut state = self.state();
            let exercise_state =
                place.and_then(|place| state.submissions[submission].exercises.get_mut(&place));
            if let Some(exercise_state) = exercise_state {
                exercise_state
                    .live
                    .retain(|one| (&one.task, &one.test) != (&test.task, &test.test));
                exercise_state.live.push(test.clone());
            }
            state.ran += 1;
            state.changes += 1;
            self.news.notify_all();
        };
        // A fault of ours must not keep the others waiting for this one.
        let graded = catch_unwind(AssertUnwindSafe(|| {
            workspace.grade(&self.course, &work, &self.rules, &on)
        }));
        let fault = "it was not graded: the grader has a fault, which standard error tells";
        graded.unwrap_or_else(|_| {
            vec![Graded { why: fault.to_owned(), ..Graded::default() }; exercises.len()]
        })
    }

    fn record(&self, submission: &SubmissionState) -> Record {
        let mut record = match submission.not_read.is_empty() {
            true => self.graded(submission),
            false => self.not_read(submission),
        };
        record.person = submission.person.clone();
        record.version.clone_from(&submission.version);
        record.late = submission.late;
        record.notes.clone_from(&submission.notes);
        record
    }

    /// The record of what was not read: the reason stands wherever points would.
    fn not_read(&self, submission: &SubmissionState) -> Record {
        let nothing = ExerciseResult::default();
        let exercises = self.assignments.iter().map(|assignment| {
            let mut record = assignment.record(&nothing, self.rules.seed, NOT_THERE);
            record.tasks.iter_mut().for_each(|task| task.not_read(&submission.not_read));
            record
        });
        let mut record = record(&submission.name, self.rules.seed, exercises.collect());
        record.not_read.clone_from(&submission.not_read);
        record
    }

    fn graded(&self, submission: &SubmissionState) -> Record {
        let mut exercises = Vec::new();
        let mut complete = submission.finished;
        for (place, assignment) in self.assignments.iter().enumerate() {
            let seed = self.rules.seed;
            let id = assignment.exercise.id.clone();
            let Some(exercise_state) = submission.exercises.get(&place) else {
                if submission.whole {
                    let nothing = ExerciseResult { id, ..ExerciseResult::default() };
                    exercises.push(assignment.record(&nothing, seed, NOT_THERE));
                }
                continue;
            };
            let mut written = match &exercise_state.graded {
                Some(graded) => {
                    complete &= graded.is_complete();
                    assignment.record(&graded.result, seed, &graded.why)
                }
                None => {
                    complete = false;
                    let tests = exercise_state.live.clone();
                    assignment.record(
                        &ExerciseResult { id, tests, notes: Vec::new() },
                        seed,
                        NOT_YET,
                    )
                }
            };
            say_what_was_refused(&mut written, &assignment.exercise, &exercise_state.refused);
            written.notes.splice(0..0, exercise_state.notes.iter().cloned());
            exercises.push(written);
        }
        let mut record = record(&submission.name, self.rules.seed, exercises);
        record.complete = complete;
        record
    }
}

impl GradingState {
    /// The next submission of which something is to be done that nobody does yet.
    fn next(&mut self) -> NextStep {
        let mut at = 0;
        while let Some(&number) = self.queue.get(at) {
            let submission = &mut self.submissions[number];
            let mut to_do = Vec::new();
            let mut waits = false;
            let mut here = HashSet::new();
            for (place, exercise_state) in &mut submission.exercises {
                if exercise_state.graded.is_some() {
                    continue;
                }
                if let Some(graded) = self.done.get(&exercise_state.key) {
                    exercise_state.graded = Some(Arc::clone(graded));
                } else if self.claimed.contains(&exercise_state.key)
                    || !here.insert(exercise_state.key)
                {
                    waits = true;
                } else {
                    to_do.push(*place);
                }
            }
            match (to_do.is_empty(), waits) {
                (false, _) => {
                    self.queue.remove(at);
                    self.claimed.extend(here);
                    return NextStep::Grade { submission: number, exercises: to_do };
                }
                (true, true) => at += 1,
                (true, false) => {
                    submission.finished = true;
                    self.queue.remove(at);
                    self.finished += 1;
                    self.changes += 1;
                }
            }
        }
        if self.queue.is_empty() { NextStep::End } else { NextStep::Wait }
    }

    /// Notes down what was graded.
    fn enter(&mut self, submission: usize, exercises: &[usize], graded: Vec<Graded>) {
        for (place, graded) in exercises.iter().zip(graded) {
            let Some(exercise_state) = self.submissions[submission].exercises.get_mut(place) else {
                continue;
            };
            self.claimed.remove(&exercise_state.key);
            let graded = Arc::new(graded);
            // Whoever else has these files does not suffer for the time that this one took.
            if graded.is_complete() {
                self.done.insert(exercise_state.key, Arc::clone(&graded));
            }
            exercise_state.graded = Some(graded);
            exercise_state.live.clear();
        }
        self.queue.push_front(submission);
        self.changes += 1;
    }
}

/// An exercise of the course.
struct Listed {
    exercise: Exercise,
    /// The title of its chapter.
    title: String,
    /// Whether it is graded.
    counts: bool,
}

/// The exercises of the course, of which `scope` says which are graded.
fn exercises(checkout: &Checkout, scope: &Scope) -> Result<Vec<Listed>> {
    let course = checkout.course()?;
    let last = scope.until.as_ref().map(|name| course.chapter_called(name)).transpose()?;
    let only = scope.only.iter().map(|name| course.chapter_called(name));
    let only = only.collect::<Result<Vec<_>>>()?;
    let mut listed = Vec::new();
    for chapter in &course.chapters {
        let Some(exercise) = Exercise::read(&checkout.root, chapter)? else { continue };
        let is_asked = only.is_empty() || only.iter().any(|one| one.id == chapter.id);
        let counts = is_asked && last.is_none_or(|last| chapter.number() <= last.number());
        listed.push(Listed { exercise, title: chapter.title.clone(), counts });
    }
    ensure!(listed.iter().any(|one| one.counts), "there is no exercise to grade");
    Ok(listed)
}

fn submission_state(
    handed: HandedIn,
    read: Result<Submission>,
    assignments: &[Assignment],
    seed: u64,
) -> SubmissionState {
    let mut state = SubmissionState {
        name: handed.person.name.clone(),
        person: handed.person,
        place: handed.place,
        version: handed.version,
        late: handed.late,
        notes: handed.notes,
        ..SubmissionState::default()
    };
    let submission = match read {
        Ok(submission) => submission,
        Err(error) => {
            state.not_read = format!("{error:#}");
            state.finished = true;
            return state;
        }
    };
    // What the platform says of versions, and what the names of files do.
    let told = Some(state.version.clone()).filter(|version| !version.is_empty());
    let newer = submission.exercises.iter().flat_map(|handed| handed.newer.clone());
    state.version = told.into_iter().chain(newer).collect::<Vec<_>>().join("; ");
    let ids: Vec<_> = submission.exercises.iter().map(|handed| handed.id.clone()).collect();
    for handed in submission.exercises {
        if let Some(place) =
            assignments.iter().position(|assignment| assignment.exercise.id == handed.id)
        {
            let key = key(&handed.id, seed, &handed.files);
            let (files, notes, refused) = (handed.files, handed.notes, handed.refused);
            let exercise = ExerciseState { key, files, notes, refused, ..ExerciseState::default() };
            state.exercises.insert(place, exercise);
        }
    }
    state.notes.extend(submission.notes);
    state.whole = submission.whole;
    if state.exercises.is_empty() && !submission.whole {
        let asked: Vec<_> = assignments.iter().map(|one| one.exercise.id.as_str()).collect();
        state.not_read = format!("it is {}, and {} is graded", ids.join(" and "), asked.join(", "));
        state.finished = true;
    }
    state
}

/// A task of which a file was refused was not read: the starter, which stood in its place, would
/// look like untouched work.
fn say_what_was_refused(
    record: &mut ExerciseRecord,
    exercise: &Exercise,
    refused: &BTreeMap<String, String>,
) {
    for (written, task) in record.tasks.iter_mut().zip(&exercise.tasks) {
        if let Some(sentence) = task.files.iter().find_map(|name| refused.get(name)) {
            written.not_read(sentence);
        }
    }
}

/// The digest of the course with which is graded.
fn digest(course: &CourseFiles) -> String {
    let mut digest = Sha256::new();
    for (path, bytes) in &course.0 {
        digest.update(format!("{path} {}\n", bytes.len()));
        digest.update(bytes);
    }
    HEXLOWER.encode(&digest.finalize())
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

/// Gives people of the same name their numbers, or the places of their work, as well.
fn tell_apart(submissions: &mut [SubmissionState]) {
    let by_id = |one: &SubmissionState| match one.person.id.is_empty() {
        true => one.place.clone(),
        false => format!("{} ({})", one.name, one.person.id),
    };
    let by_place = |one: &SubmissionState| one.place.clone();
    for rename in [by_id, by_place] {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for submission in submissions.iter() {
            *counts.entry(submission.name.clone()).or_default() += 1;
        }
        for submission in submissions.iter_mut() {
            if counts.get(&submission.name).is_some_and(|count| *count > 1) {
                submission.name = rename(submission);
            }
        }
    }
}

fn tests_of(
    checkout: &Checkout,
    exercise: &Exercise,
    rules: &GradingOptions,
) -> Result<Vec<Vec<TestResult>>> {
    let place = BuildFolder {
        root: checkout.root.clone(),
        target: checkout.target.clone(),
        offline: true,
        jobs: None,
        time: rules.time,
    };
    let (seed, limits) = (rules.seed, rules.limits);
    let examiner = Examiner {
        place,
        seed,
        limits,
        threads: 1,
        processes: Processes::OneEach,
        untouched: false,
        shuffle: true,
    };
    exercise.tasks.iter().map(|task| examiner.tests_of(exercise, task)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(submissions: &[&[(usize, u8)]]) -> GradingState {
        let submission = |exercises: &&[(usize, u8)]| {
            let exercise_state = |(place, key): &(usize, u8)| {
                (*place, ExerciseState { key: [*key; 32], ..ExerciseState::default() })
            };
            SubmissionState {
                exercises: exercises.iter().map(exercise_state).collect(),
                ..SubmissionState::default()
            }
        };
        let submissions: Vec<_> = submissions.iter().map(submission).collect();
        GradingState {
            queue: (0..submissions.len()).collect(),
            submissions,
            ..GradingState::default()
        }
    }

    fn taken(state: &mut GradingState) -> Option<(usize, Vec<usize>)> {
        match state.next() {
            NextStep::Grade { submission, exercises } => Some((submission, exercises)),
            NextStep::Wait | NextStep::End => None,
        }
    }

    fn done(complete: bool) -> Graded {
        let why = if complete { "" } else { "the time was over" };
        Graded { why: why.to_owned(), ..Graded::default() }
    }

    #[test]
    fn the_same_files_are_graded_once() {
        let mut state = state(&[&[(0, 1), (1, 2)], &[(0, 1), (1, 2)], &[(0, 1), (1, 3)]]);
        assert_eq!(taken(&mut state), Some((0, vec![0, 1])));
        assert_eq!(taken(&mut state), Some((2, vec![1])));
        assert!(matches!(state.next(), NextStep::Wait));
        state.enter(0, &[0, 1], vec![done(true), done(true)]);
        assert!(matches!(state.next(), NextStep::End), "the last one is worked on elsewhere");
        assert_eq!(state.finished, 2);
        state.enter(2, &[1], vec![done(true)]);
        assert!(matches!(state.next(), NextStep::End));
        assert_eq!(state.finished, 3);
    }

    #[test]
    fn what_was_not_finished_is_graded_again_for_the_next() {
        let mut state = state(&[&[(0, 1), (1, 2)], &[(0, 1)]]);
        assert_eq!(taken(&mut state), Some((0, vec![0, 1])));
        state.enter(0, &[0, 1], vec![done(false), done(true)]);
        assert_eq!(taken(&mut state), Some((1, vec![0])));
        assert_eq!(state.finished, 1);
        state.enter(1, &[0], vec![done(true)]);
        assert!(matches!(state.next(), NextStep::End));
        assert!(!state.submissions[0].exercises[&0].graded.as_ref().unwrap().is_complete());
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
    fn people_of_one_name_are_told_apart() {
        let one = |name: &str, id: &str, place: &str| SubmissionState {
            name: name.to_owned(),
            person: Person { id: id.to_owned(), ..Person::named(name) },
            place: place.to_owned(),
            ..SubmissionState::default()
        };
        let mut submissions = vec![
            one("work", "", "1/work"),
            one("ada", "", "ada"),
            one("work", "", "2/work"),
            one("Jo", "7", "Jo_7"),
            one("Jo", "9", "Jo_9"),
        ];
        tell_apart(&mut submissions);
        let names: Vec<_> = submissions.iter().map(|submission| submission.name.as_str()).collect();
        assert_eq!(names, ["1/work", "ada", "2/work", "Jo (7)", "Jo (9)"]);
    }
}
