//! Everything by which exercises are judged: tests, conversations, broken servers.

use super::build::{Built, Place};
use super::files::{self, folder};
use super::list::{Exercise, Kind, SERVERS, Task, sentence};
use super::record::Status;
use super::run::{Limits, Outcome, Tests};
use super::scan::{allowed, scan};
use super::talk;
use anyhow::{Result, ensure};
use course_tests::conversations::{Conversation, conversations};
use course_tests::wire::{Corpus, FOLDER};
use mock::Seed;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;

/// The most tests of one's own that a `catch` task may have.
const MOST_TESTS: usize = 20;

/// So many tests of an exercise that were not over in time are run again, with three times
/// the time.
const SECOND_CHANCES: usize = 3;

/// Judges exercises in a copy of the course.
#[derive(Clone, Debug)]
pub struct Examiner {
    /// Where they are compiled and run.
    pub place: Place,
    /// From which the values of the tests follow, and the order of the servers.
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
        // That a machine is slow, or has much else to do, is not the learner's fault.
        let mut patient = runner.clone();
        patient.limits.time *= 3;
        let chances = AtomicUsize::new(0);
        let run = |index: usize| match &jobs[index] {
            Job::Test { full } => {
                let outcome = runner.run(full)?;
                let late = outcome.status == Status::Timeout;
                let again = late && chances.fetch_add(1, Ordering::Relaxed) < SECOND_CHANCES;
                if again { patient.run(full) } else { Ok(outcome) }
            }
            Job::Talk(talk) => {
                static COUNT: AtomicU64 = AtomicU64::new(0);
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("talk-{}-{count}", std::process::id());
                talk::hold(program, talk, &self.limits, &self.scratch().join(name))
            }
        };
        let mut ended = Vec::new();
        in_parallel(stop, self.threads, jobs.len(), run, |index, outcome| {
            let mut test = tests[index].clone();
            test.outcome = outcome?;
            on(exercise, &test);
            ended.push(test);
            Ok(())
        })?;
        Ok(ended)
    }

    /// The tasks whose code is a test.
    fn examine_catch(
        &self,
        stop: &AtomicBool,
        exercises: &[&Exercise],
        wanted: &dyn Fn(&Exercise, &Task) -> bool,
        results: &mut [ExerciseResult],
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<()> {
        let mut to_run: Vec<(usize, &Exercise, &Task)> = Vec::new();
        for (index, exercise) in exercises.iter().enumerate() {
            let Some(task) = exercise.tasks.iter().find(|task| task.kind == Kind::Catch) else {
                continue;
            };
            if !wanted(exercise, task) {
                continue;
            }
            let refused = self.refused(exercise, true);
            let why = match &refused {
                Some(sentence) => Some(sentence.as_str()),
                None if !self.untouched && self.is_untouched(exercise, task) => {
                    Some("it is as it was handed out")
                }
                None => None,
            };
            match why {
                None => to_run.push((index, exercise, task)),
                Some(why) => {
                    for server in SERVERS {
                        let test = catch_test(exercise, task, server).ended(Status::Skipped, why);
                        on(exercise, &test);
                        results[index].tests.push(test);
                    }
                    results[index].notes.extend(refused);
                }
            }
        }
        // For each exercise what came of each run, in the order of the runs.
        let mut runs: Vec<Vec<(&str, Outcome)>> = vec![Vec::new(); to_run.len()];
        for server in self.order_of_servers() {
            // Tests that fail on a right server say nothing about the others.
            let is_lost = |one: usize| !self.shuffle && runs[one].iter().any(is_wrong);
            let there: Vec<_> = (0..to_run.len())
                .filter(|&one| self.absent(to_run[one].1, to_run[one].2, server).is_none())
                .filter(|&one| !is_lost(one))
                .collect();
            let packages: Vec<_> = there.iter().map(|&one| to_run[one].1).collect();
            if packages.is_empty() {
                continue;
            }
            let built = self.place.build_catch(&packages, server)?;
            for one in there {
                let (index, exercise, task) = to_run[one];
                let outcome = self.run_catch(stop, exercise, &built, server)?;
                runs[one].push((server, outcome));
                // The first two servers decide what the others mean.
                let known = |name| runs[one].iter().any(|(server, _)| *server == name);
                if !self.shuffle && known("real") {
                    let test = self.catch_result(exercise, task, server, &runs[one]);
                    on(exercise, &test);
                    results[index].tests.push(test);
                }
            }
        }
        for (one, (index, exercise, task)) in to_run.iter().enumerate() {
            for server in SERVERS {
                if results[*index].of(&task.id).any(|test| test.test == server) {
                    continue;
                }
                let test = match self.absent(exercise, task, server) {
                    Some(why) => catch_test(exercise, task, server).ended(Status::Skipped, &why),
                    None => self.catch_result(exercise, task, server, &runs[one]),
                };
                on(exercise, &test);
                results[*index].tests.push(test);
            }
        }
        Ok(())
    }

    /// The servers in the order in which the learner's tests are run on them.
    fn order_of_servers(&self) -> Vec<&'static str> {
        let mut servers = SERVERS.to_vec();
        if self.shuffle {
            servers.push("real");
            let mut seed = Seed::of(self.seed);
            for last in (1..servers.len()).rev() {
                servers.swap(last, seed.number(0..=last));
            }
        }
        servers
    }

    /// Why a server is not there to be run.
    fn absent(&self, exercise: &Exercise, task: &Task, server: &str) -> Option<String> {
        if task.server.get(server).is_some_and(|broken| broken.unix) && !cfg!(unix) {
            return Some("this server is broken on Unix alone".to_owned());
        }
        let file = folder(&self.place.root, exercise).join(format!("servers/{server}.rs"));
        let is_there = server == "real" || file.is_file();
        (!is_there).then(|| {
            "this copy of the course has only the right server; whoever grades has the others"
                .to_owned()
        })
    }

    /// Runs all the learner's tests on one server, until one does not pass. Its outcome is
    /// the one of the first that does not.
    fn run_catch(
        &self,
        stop: &AtomicBool,
        exercise: &Exercise,
        built: &Built,
        server: &str,
    ) -> Result<Outcome> {
        let package = exercise.catch_package();
        let program = match built.program(&package, &package) {
            Ok(program) => program.clone(),
            Err(said) => {
                let test = TestResult::default_of(exercise).not_compiled(&said);
                return Ok(test.outcome);
            }
        };
        let tests = self.tests(program, folder(&self.place.root, exercise).join("catch"));
        let names = tests.names()?;
        let fail =
            |message: String| Ok(Outcome { status: Status::Crash, message, ..Outcome::default() });
        if names.is_empty() {
            return fail("there is no test in catch.rs".to_owned());
        }
        if names.len() > MOST_TESTS {
            return fail(format!("{} tests are too many: {MOST_TESTS} will do", names.len()));
        }
        let mut outcomes = Vec::new();
        in_parallel(
            stop,
            self.threads,
            names.len(),
            |index| tests.run(&names[index]),
            |index, one| {
                outcomes.push((index, one?));
                Ok(())
            },
        )?;
        outcomes.sort_by_key(|(index, _)| *index);
        let first = outcomes.into_iter().find(|(_, one)| one.status != Status::Pass);
        Ok(match first {
            None => Outcome {
                status: Status::Pass,
                message: match (names.len(), server) {
                    (1, _) => "your test passes on it".to_owned(),
                    (count, _) => format!("all {count} of your tests pass on it"),
                },
                ..Outcome::default()
            },
            Some((index, mut outcome)) => {
                let name = sentence(&names[index]);
                outcome.message = format!("your test “{name}” fails: {}", outcome.message);
                outcome
            }
        })
    }

    /// What the runs on `server` mean: the right ones must pass, of the broken ones one test
    /// must fail.
    fn catch_result(
        &self,
        exercise: &Exercise,
        task: &Task,
        server: &str,
        runs: &[(&str, Outcome)],
    ) -> TestResult {
        let mut test = catch_test(exercise, task, server);
        let own = || runs.iter().filter(|(name, _)| *name == server).map(|(_, outcome)| outcome);
        if is_right(server) {
            let worst = own().find(|outcome| outcome.status != Status::Pass).or(own().next());
            return match worst.cloned() {
                Some(outcome) => TestResult { outcome, ..test },
                None => test.ended(Status::Skipped, "the first right server comes first"),
            };
        }
        if runs.iter().any(is_wrong) {
            let why = "tests that fail on a right server do not notice a broken one";
            return test.ended(Status::Skipped, why);
        }
        let Some(outcome) = own().next() else { return test };
        test.outcome = match outcome.status {
            Status::Pass => Outcome {
                status: Status::Fail,
                message: format!("it is not noticed: {}", outcome.message),
                ..Outcome::default()
            },
            // A test that waits in vain has noticed as well.
            Status::Fail | Status::Timeout => {
                let broken = task.server.get(server).map_or("", |broken| broken.does.as_str());
                Outcome {
                    status: Status::Pass,
                    message: format!("noticed: a server that {broken}"),
                    said: outcome.said.clone(),
                    ..Outcome::default()
                }
            }
            _ => outcome.clone(),
        };
        test.outcome.time = outcome.time;
        test
    }

    fn tests(&self, program: PathBuf, folder: PathBuf) -> Tests {
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

    fn is_untouched(&self, exercise: &Exercise, task: &Task) -> bool {
        let untouched =
            |name: &String| files::untouched(&self.place.root, exercise, name).unwrap_or(false);
        task.files.iter().all(untouched)
    }

    /// What must not stand in one of the learner's files: nothing of them is run then.
    fn refused(&self, exercise: &Exercise, catch: bool) -> Option<String> {
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
    fn new(exercise: &Exercise, task: &Task, test: &str, sentence: String, repeat: String) -> Self {
        let before = exercise.tasks.iter().take_while(|one| one.id != task.id);
        // Conversations come behind the tests; a thousand places are enough for a task.
        let order =
            before.count() * 1000 + task.tests().position(|name| name == test).unwrap_or(900);
        let (task, test) = (task.id.clone(), test.to_owned());
        Self { task, test, sentence, order, outcome: Outcome::default(), repeat }
    }

    fn default_of(exercise: &Exercise) -> Self {
        Self::new(exercise, &exercise.tasks[0], "", String::new(), String::new())
    }

    fn ended(mut self, status: Status, message: &str) -> Self {
        self.outcome.status = status;
        self.outcome.message = message.to_owned();
        self
    }

    fn not_compiled(mut self, said: &str) -> Self {
        let plain = anstream::adapter::strip_str(said).to_string();
        let first = plain.lines().find(|line| line.starts_with("error")).unwrap_or("it does not");
        self.outcome.message = format!("it does not compile: {first}");
        self.outcome.status = Status::Compile;
        self.outcome.said = said.to_owned();
        self
    }
}

fn is_right(server: &str) -> bool {
    server == "real" || server == "other"
}

/// Whether tests did not pass on a server that is right.
fn is_wrong((server, outcome): &(&str, Outcome)) -> bool {
    is_right(server) && outcome.status != Status::Pass
}

/// The result for one server, before it is known.
fn catch_test(exercise: &Exercise, task: &Task, server: &str) -> TestResult {
    let sentence = match server {
        "real" => "your tests pass on the chapter's own server".to_owned(),
        "other" => "your tests pass on another right server".to_owned(),
        broken => {
            format!("your tests notice broken server {}", broken.trim_start_matches("mutant_"))
        }
    };
    let feature = match server {
        "real" => String::new(),
        server => format!(" --features {}/{server}", exercise.chapter),
    };
    let repeat = format!("cargo test -p {}{feature}", exercise.catch_package());
    TestResult::new(exercise, task, server, sentence, repeat)
}

/// A sentence as a name: `a line comes back, and done` becomes `a_line_comes_back_and_done`.
fn slug(sentence: &str) -> String {
    let words = sentence.split(|char: char| !char.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    words.collect::<Vec<_>>().join("_")
}

/// Does `work` for each number below `count`, some at once, and hands each result to `on`, in
/// this thread. Once `stop` is true, no more is begun.
fn in_parallel<T: Send>(
    stop: &AtomicBool,
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut on: impl FnMut(usize, T) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, results) = channel();
    let sender = Mutex::new(sender);
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let sender = sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || stop.load(Ordering::Relaxed) {
                        return;
                    }
                    if sender.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in results {
            ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
            on(index, result)?;
        }
        ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
        Ok(())
    })
}
