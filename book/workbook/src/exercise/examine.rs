//! Everything by which exercises are judged: tests, conversations, broken servers.

use super::build::{Built, Place};
use super::catch::catch_test;
use super::files::{self, folder};
use super::list::{Exercise, Kind, SERVERS, Task, sentence};
use super::parallel::in_parallel;
use super::record::Status;
use super::run::{Limits, Outcome, Tests};
use super::scan::{allowed, scan};
use super::talk;
use anyhow::Result;
use course_tests::conversations::{Conversation, conversations};
use course_tests::wire::{Corpus, FOLDER};
use mock::Seed;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// When so many tests of an exercise were not over in time, the others are not run.
const MOST_LATE: usize = 5;

/// If no more tests than these were not over in time, they are run again, with three times the
/// time.
const SECOND_CHANCES: usize = 3;

/// Judges exercises in a copy of the course.
#[derive(Clone, Debug)]
pub struct Examiner {
    /// Where they are compiled and run.
    pub place: Place,
    /// From which the values of the tests follow.
    pub seed: u64,
    /// What each test may use.
    pub limits: Limits,
    /// How many tests run at once.
    pub threads: usize,
    /// Whether a task whose files are as they were handed out is run all the same.
    pub untouched: bool,
    /// Whether the servers of `catch` tasks come in an order that nobody can know, and the
    /// right one twice: tests that count how often they run would else pass.
    pub shuffle: bool,
}

/// What came of one test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestResult {
    /// The id of its task.
    pub task: String,
    /// The name of the test, as `exercise.toml` has it; of a conversation `tcp::…`.
    pub test: String,
    /// Its name as a sentence.
    pub sentence: String,
    /// Its place among the tests of the exercise, from 0.
    pub order: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// The command that runs it again.
    pub repeat: String,
}

/// What came of one exercise: the tests in order.
#[derive(Clone, Debug, Default)]
pub struct ExerciseResult {
    /// `ex03`.
    pub id: String,
    /// The results, in the order of the tasks and their tests.
    pub tests: Vec<TestResult>,
    /// Sentences for whoever judges.
    pub notes: Vec<String>,
}

impl ExerciseResult {
    /// The results of one task, in order.
    pub fn of<'a>(&'a self, task: &'a str) -> impl Iterator<Item = &'a TestResult> {
        self.tests.iter().filter(move |test| test.task == task)
    }

    /// Whether all tests of a task have passed; not if none was run.
    pub fn passed(&self, task: &str) -> bool {
        let mut tests = self.of(task).peekable();
        tests.peek().is_some() && tests.all(|test| test.outcome.status == Status::Pass)
    }

    /// What a task has earned: all or nothing, but for `catch` a point for each broken server
    /// that is noticed by tests that pass on the right ones.
    pub fn points(&self, task: &Task) -> u32 {
        match task.kind {
            Kind::Catch => {
                let caught = |test: &&TestResult| {
                    test.test.starts_with("mutant") && test.outcome.status == Status::Pass
                };
                self.of(&task.id).filter(caught).count() as u32
            }
            _ if self.passed(&task.id) => task.points,
            _ => 0,
        }
    }
}

/// A test that is to be run.
enum Job {
    /// In the program of the tests.
    Test { full: String },
    /// With the program itself.
    Talk(Box<Conversation>),
}

impl Examiner {
    /// Judges `exercises`, of each the tasks that are `wanted`. Each result is handed to `on`
    /// as soon as it is there, in no particular order.
    ///
    /// An error is one of the machine or of the course; what is wrong with a learner's code is
    /// a result.
    pub fn examine(
        &self,
        exercises: &[&Exercise],
        wanted: &dyn Fn(&Exercise, &Task) -> bool,
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<Vec<ExerciseResult>> {
        self.examine_unless(&AtomicBool::new(false), exercises, wanted, on)
    }

    /// Like [`examine`](Self::examine); soon after `stop` has become true, nothing more is
    /// started, and an error is returned.
    pub fn examine_unless(
        &self,
        stop: &AtomicBool,
        exercises: &[&Exercise],
        wanted: &dyn Fn(&Exercise, &Task) -> bool,
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<Vec<ExerciseResult>> {
        let mut results = Vec::new();
        for exercise in exercises {
            results.push(ExerciseResult { id: exercise.id.clone(), ..ExerciseResult::default() });
        }
        self.examine_own(stop, exercises, wanted, &mut results, on)?;
        self.examine_catch(stop, exercises, wanted, &mut results, on)?;
        for result in &mut results {
            result.tests.sort_by_key(|test| test.order);
        }
        Ok(results)
    }

    /// The tests by which `task` is judged, in order, before any of them was run.
    pub fn tests_of(&self, exercise: &Exercise, task: &Task) -> Result<Vec<TestResult>> {
        if task.kind == Kind::Catch {
            return Ok(SERVERS.map(|server| catch_test(exercise, task, server)).into());
        }
        let corpus = Corpus::load(Path::new(FOLDER)).map_err(anyhow::Error::msg)?;
        Ok(self.jobs(exercise, task, &corpus).into_iter().map(|(test, _)| test).collect())
    }

    /// The tasks whose code is a server's.
    fn examine_own(
        &self,
        stop: &AtomicBool,
        exercises: &[&Exercise],
        wanted: &dyn Fn(&Exercise, &Task) -> bool,
        results: &mut [ExerciseResult],
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<()> {
        let corpus = Corpus::load(Path::new(FOLDER)).map_err(anyhow::Error::msg)?;
        let mut to_build = Vec::new();
        let mut to_run: Vec<(usize, &Exercise, Vec<TestResult>, Vec<Job>)> = Vec::new();
        for (index, exercise) in exercises.iter().enumerate() {
            let is_own = |task: &&Task| task.kind != Kind::Catch && wanted(exercise, task);
            let tasks: Vec<_> = exercise.tasks.iter().filter(is_own).collect();
            let refused = self.refused(exercise, false);
            let (mut tests, mut jobs) = (Vec::new(), Vec::new());
            for task in tasks {
                let untouched = !self.untouched && self.is_untouched(exercise, task);
                for (test, job) in self.jobs(exercise, task, &corpus) {
                    if let Some(sentence) = &refused {
                        let test = test.ended(Status::Skipped, sentence);
                        on(exercise, &test);
                        results[index].tests.push(test);
                    } else if untouched {
                        let test = test.ended(Status::Skipped, "it is as it was handed out");
                        on(exercise, &test);
                        results[index].tests.push(test);
                    } else {
                        tests.push(test);
                        jobs.push(job);
                    }
                }
            }
            results[index].notes.extend(refused);
            if !tests.is_empty() {
                to_build.push(*exercise);
                to_run.push((index, exercise, tests, jobs));
            }
        }
        if to_build.is_empty() {
            return Ok(());
        }
        let built = self.place.build_own(&to_build)?;
        for (index, exercise, tests, jobs) in to_run {
            let ended = self.run_own(stop, exercise, &built, tests, &jobs, on)?;
            results[index].tests.extend(ended);
        }
        Ok(())
    }

    /// The tests and conversations of a task.
    fn jobs(&self, exercise: &Exercise, task: &Task, corpus: &Corpus) -> Vec<(TestResult, Job)> {
        let module = if task.kind == Kind::Build { "promises" } else { "extensions" };
        let (id, seed) = (&exercise.id, self.seed);
        // Some tests are about what only Unix has, and are compiled nowhere else.
        let tests = task.tests().filter(|name| cfg!(unix) || !name.starts_with("unix::"));
        let tests = tests.map(|name| {
            let full = format!("{module}::{name}");
            let with_seed = match task.kind {
                Kind::Extend => format!("MOCK_SEED={seed} "),
                _ => String::new(),
            };
            let repeat = format!("{with_seed}cargo test -p {id} -- --exact {full}");
            (TestResult::new(exercise, task, name, sentence(name), repeat), Job::Test { full })
        });
        let mut values = Seed::of(seed);
        let talks = conversations(&exercise.chapter, &task.id, corpus, &mut values);
        let talks = talks.into_iter().enumerate().map(|(place, talk)| {
            let name = format!("tcp::{}", slug(&talk.name));
            let sentence = format!("over TCP: {}", talk.name);
            let repeat =
                format!("cargo workbook check {} {} --seed {seed}", exercise.chapter, task.id);
            let mut test = TestResult::new(exercise, task, &name, sentence, repeat);
            test.order += place;
            (test, Job::Talk(Box::new(talk)))
        });
        tests.chain(talks).collect()
    }

    fn run_own(
        &self,
        stop: &AtomicBool,
        exercise: &Exercise,
        built: &Built,
        tests: Vec<TestResult>,
        jobs: &[Job],
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<Vec<TestResult>> {
        let programs = built
            .program(&exercise.id, "promises")
            .and_then(|tests| Ok((tests, built.program(&exercise.id, &exercise.id)?)));
        let (promises, program) = match programs {
            Ok(programs) => programs,
            Err(said) => {
                let ended: Vec<_> =
                    tests.into_iter().map(|test| test.not_compiled(&said)).collect();
                ended.iter().for_each(|test| on(exercise, test));
                return Ok(ended);
            }
        };
        let runner = self.tests(promises.clone(), folder(&self.place.root, exercise));
        let late = AtomicUsize::new(0);
        let run = |index: usize| {
            if late.load(Ordering::Relaxed) >= MOST_LATE {
                let message = format!("not run, since {MOST_LATE} others were not over in time");
                return Ok(Outcome { status: Status::Skipped, message, ..Outcome::default() });
            }
            let outcome = match &jobs[index] {
                Job::Test { full } => runner.run(full)?,
                Job::Talk(talk) => self.hold(program, talk)?,
            };
            if outcome.status == Status::Timeout {
                late.fetch_add(1, Ordering::Relaxed);
            }
            Ok(outcome)
        };
        let (mut ended, mut slow) = (Vec::new(), Vec::new());
        let order = order(jobs);
        let run = |place: usize| run(order[place]);
        in_parallel(stop, self.threads, jobs.len(), run, |place, outcome: Result<Outcome>| {
            let index = order[place];
            let mut test = tests[index].clone();
            test.outcome = outcome?;
            if test.outcome.status == Status::Timeout {
                slow.push((index, test)); // perhaps not the last word
            } else {
                on(exercise, &test);
                ended.push(test);
            }
            Ok(())
        })?;
        // If it is only some, the machine may be slow, or have much else to do.
        let again = slow.len() <= SECOND_CHANCES;
        let mut patient = runner;
        patient.limits.time *= 3;
        for (index, mut test) in slow {
            if let Job::Test { full } = &jobs[index]
                && again
            {
                test.outcome = patient.run(full)?;
            }
            on(exercise, &test);
            ended.push(test);
        }
        Ok(ended)
    }

    /// Holds a conversation with the learner's program.
    fn hold(&self, program: &Path, talk: &Conversation) -> Result<Outcome> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("talk-{}-{count}", std::process::id());
        talk::hold(program, talk, &self.limits, &self.scratch().join(name))
    }

    pub(super) fn tests(&self, program: PathBuf, folder: PathBuf) -> Tests {
        let (seed, limits) = (self.seed, self.limits);
        Tests { program, folder, scratch: self.scratch(), seed, limits }
    }

    /// The tests of the learner's test program that no task names, and whether they pass.
    ///
    /// What no task names must pass on a starter already.
    pub fn unlisted(&self, exercise: &Exercise) -> Result<Vec<(String, bool)>> {
        let built = self.place.build_own(&[exercise])?;
        let program = built.program(&exercise.id, "promises").map_err(anyhow::Error::msg)?;
        let tests = self.tests(program.clone(), folder(&self.place.root, exercise));
        let listed: Vec<_> = exercise.tasks.iter().flat_map(Task::tests).collect();
        let is_listed = |name: &String| {
            let (_module, name) = name.split_once("::").unwrap_or(("", name));
            listed.contains(&name)
        };
        let names = tests.names()?.into_iter().filter(|name| !is_listed(name));
        names.map(|name| Ok((name.clone(), tests.run(&name)?.status == Status::Pass))).collect()
    }

    /// The folder for what tests write.
    fn scratch(&self) -> PathBuf {
        self.place.target.join("scratch")
    }

    pub(super) fn is_untouched(&self, exercise: &Exercise, task: &Task) -> bool {
        let untouched =
            |name: &String| files::untouched(&self.place.root, exercise, name).unwrap_or(false);
        task.files.iter().all(untouched)
    }

    /// What must not stand in one of the learner's files: nothing of them is run then.
    pub(super) fn refused(&self, exercise: &Exercise, catch: bool) -> Option<String> {
        let names =
            files::names(exercise).into_iter().filter(|name| (*name == "catch.rs") == catch);
        names.into_iter().find_map(|name| {
            let place = files::place(name);
            let path = folder(&self.place.root, exercise).join(&place);
            let found = match fs::read_to_string(&path) {
                Ok(text) => scan(name, &text, &allowed(exercise, name)).map(|it| it.to_string()),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let chapter = &exercise.chapter;
                    Some(format!("it is missing; `cargo workbook reset {chapter}` gives it back"))
                }
                Err(error) => Some(error.to_string()),
            };
            found.map(|sentence| format!("it was not run: {place}: {sentence}"))
        })
    }
}

impl TestResult {
    pub(super) fn new(
        exercise: &Exercise,
        task: &Task,
        test: &str,
        sentence: String,
        repeat: String,
    ) -> Self {
        let before = exercise.tasks.iter().take_while(|one| one.id != task.id);
        // Conversations come behind the tests; a thousand places are enough for a task.
        let order =
            before.count() * 1000 + task.tests().position(|name| name == test).unwrap_or(900);
        let (task, test) = (task.id.clone(), test.to_owned());
        Self { task, test, sentence, order, outcome: Outcome::default(), repeat }
    }

    pub(super) fn default_of(exercise: &Exercise) -> Self {
        Self::new(exercise, &exercise.tasks[0], "", String::new(), String::new())
    }

    pub(super) fn ended(mut self, status: Status, message: &str) -> Self {
        self.outcome.status = status;
        self.outcome.message = message.to_owned();
        self
    }

    pub(super) fn not_compiled(mut self, said: &str) -> Self {
        let plain = anstream::adapter::strip_str(said).to_string();
        let first = plain.lines().find(|line| line.starts_with("error")).unwrap_or("it does not");
        self.outcome.message = format!("it does not compile: {first}");
        self.outcome.status = Status::Compile;
        self.outcome.said = said.to_owned();
        self
    }
}

/// The order in which jobs are begun. Conversations are often silent: one among some tests
/// keeps nobody waiting, and all of them at the end would.
fn order(jobs: &[Job]) -> Vec<usize> {
    let is_talk = |index: &usize| matches!(jobs[*index], Job::Talk(_));
    let (talks, tests): (Vec<_>, Vec<_>) = (0..jobs.len()).partition(is_talk);
    let mut talks = talks.into_iter();
    let mut order = Vec::with_capacity(jobs.len());
    for some in tests.chunks(3) {
        order.extend(some);
        order.extend(talks.next());
    }
    order.extend(talks);
    order
}

/// A sentence as a name: `a line comes back, and done` becomes `a_line_comes_back_and_done`.
fn slug(sentence: &str) -> String {
    let words = sentence.split(|char: char| !char.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    words.collect::<Vec<_>>().join("_")
}
