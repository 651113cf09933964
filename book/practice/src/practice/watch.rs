//! `workbook watch [chNN]`: what passes, at every save.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::course::learner_files::{exercise_folder, file_names, source_path};
use crate::judge::result::{ExerciseResult, TestResult};
use crate::practice::check::{chosen, following, heading};
use crate::practice::choose::beginning;
use crate::practice::hint;
use crate::practice::keys::{KeyInput, Keys};
use crate::practice::report::{Report, sum, table};
use crate::practice::runner::{ExerciseRunner, Rerun, TaskState};
use crate::system::screen::{BOLD, DIM, GREEN, Progress, clear, is_interactive, paint, print_line};
use anyhow::{Result, anyhow};
use launch::end_all;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

/// How long keys are waited for until the files are looked at again.
///
/// They are looked at several times a second: that costs next to nothing, and it works where
/// the system's own events do not arrive.
const LOOK: Duration = Duration::from_millis(50);

/// How long a file must have been left alone: some editors write one in steps.
const QUIET: Duration = Duration::from_millis(20);

/// Watches the exercise of the chapter `wanted`, or the next one that is not solved, until
/// it is told to quit.
pub fn run(checkout: &Checkout, wanted: Option<&str>) -> Result<bool> {
    let course = checkout.course()?;
    let runner = ExerciseRunner::new(checkout, None);
    let mut exercise = chosen(checkout, &course, &runner, wanted)?;
    let keys = Keys::new()?;
    while let Some(one) = exercise {
        let watch = Watch { checkout, course: &course, exercise: &one, keys: &keys };
        exercise = watch.watch()?;
    }
    Ok(true)
}

/// An exercise that is watched.
struct Watch<'a> {
    checkout: &'a Checkout,
    course: &'a Course,
    exercise: &'a Exercise,
    keys: &'a Keys,
}

/// Why a run is over, or of no interest any more.
enum RunEnd {
    /// Something was saved: the file.
    Saved(String),
    /// It was asked for once more.
    Rerun,
    /// Another exercise was asked for.
    Next(Exercise),
    /// That is all.
    Quit,
}

impl Watch<'_> {
    /// Runs the exercise at every save. Returns the one that was asked for next.
    fn watch(&self) -> Result<Option<Exercise>> {
        let mut saved: Option<String> = None;
        let mut rerun = Rerun::Nothing;
        loop {
            match self.once(saved.as_deref(), rerun)? {
                RunEnd::Saved(name) => (saved, rerun) = (Some(name), Rerun::Nothing),
                RunEnd::Rerun => rerun = Rerun::All,
                RunEnd::Next(exercise) => return Ok(Some(exercise)),
                RunEnd::Quit => return Ok(None),
            }
        }
    }

    /// Runs it once, and waits for what comes next.
    fn once(&self, saved: Option<&str>, rerun: Rerun) -> Result<RunEnd> {
        let exercise = self.exercise;
        let files = self.files();
        // With new values at every run.
        let runner = ExerciseRunner::new(self.checkout, None);
        let mut tasks: Vec<&Task> = exercise.tasks.iter().collect();
        // What was saved comes first.
        tasks.sort_by_key(|task| {
            !saved.is_some_and(|name| task.files.iter().any(|file| file == name))
        });
        tasks.retain(|task| runner.is_begun(exercise, task));

        clear();
        if let (Some(name), false) = (saved, is_interactive()) {
            print_line(format_args!("\n--- {name} was saved ---"));
        }
        print_line(heading(self.course, exercise));
        let planned = runner.tests(exercise, &tasks)?;
        let mut report = Report::new(exercise, planned, &self.key('h')).at_once();
        if let (true, Ok((columns, lines))) = (is_interactive(), crossterm::terminal::size()) {
            report = report.with_room(lines.into(), columns.into());
        }
        let mut progress = Progress::new();
        let mut run = None;
        let mut target = None;
        if tasks.is_empty() {
            let result = ExerciseResult::default();
            target = self.ended(&runner, &result, None)?;
        } else {
            progress.show(&report.progress());
            run = Some(Run::start(&runner, exercise, &tasks, rerun)?);
        }
        loop {
            // Lines may all be there at the beginning: each one waits for the run before it.
            let came = match run.is_none() || self.keys.are_keys() {
                true => self.keys.next(LOOK)?,
                false => {
                    thread::sleep(LOOK);
                    KeyInput::Nothing
                }
            };
            match came {
                KeyInput::Nothing => {}
                KeyInput::End | KeyInput::Key('q') => return Ok(RunEnd::Quit),
                KeyInput::Key('r') => return Ok(RunEnd::Rerun),
                KeyInput::Key('n') => match following(self.checkout, self.course, exercise)? {
                    Some(next) => return Ok(RunEnd::Next(next)),
                    None => print_line("This is the last exercise."),
                },
                KeyInput::Key('h') => {
                    progress.clear();
                    match report.failure().or(target.as_ref()) {
                        Some(test) => {
                            let hint = hint::next(self.checkout, exercise, test)?;
                            print_line(format_args!("\n{hint}"));
                        }
                        None if run.is_some() => print_line("No test has failed yet."),
                        None => print_line("Everything passes: no hint needed."),
                    }
                }
                KeyInput::Key(_) => print_line(self.all_keys()),
            }
            let (mut tests, mut over) = (Vec::new(), None);
            while let Some(news) = run.as_ref().and_then(Run::news) {
                match news {
                    News::Test(test) => tests.push(test),
                    News::Ended(result) => {
                        over = Some(result);
                        break;
                    }
                }
            }
            if !tests.is_empty() {
                let text = report.add(&tests);
                if !text.is_empty() {
                    progress.clear();
                    print_line(text.trim_end());
                }
                progress.show(&report.progress());
            }
            if let Some(result) = over {
                progress.clear();
                run = None;
                match result {
                    Ok(result) => target = self.ended(&runner, &result, report.failure())?,
                    // Something may be wrong that the learner mends while this goes on.
                    Err(error) => {
                        print_line(format_args!("workbook: {error:#}\n\n{}", self.all_keys()))
                    }
                }
            }
            if let Some(name) = self.changed(&files) {
                return Ok(RunEnd::Saved(name));
            }
        }
    }

    /// Shows the table and what comes next. Returns the test that a hint is for, if no
    /// failure was shown.
    fn ended(
        &self,
        runner: &ExerciseRunner,
        result: &ExerciseResult,
        failure: Option<&TestResult>,
    ) -> Result<Option<TestResult>> {
        let exercise = self.exercise;
        let tasks: Vec<_> = exercise.tasks.iter().collect();
        let states = runner.states(exercise, result);
        print_line(format_args!("\n{}", table(&tasks, &states, result).trim_end()));
        let sum = sum(&tasks, &states, result);
        let mut target = None;
        if states.iter().all(|state| *state == TaskState::Passes) {
            let next = match following(self.checkout, self.course, exercise)? {
                Some(next) => format!("To go on to {}: {}.", next.chapter, self.key('n')),
                None => "That was the last exercise.".to_owned(),
            };
            let id = &exercise.chapter;
            print_line(paint(GREEN, sum));
            print_line(format_args!(
                "The solution beside yours: `cargo workbook compare {id}`. {next}"
            ));
        } else {
            print_line(sum);
            let first = tasks.iter().zip(&states).find(|(_, state)| **state == TaskState::NotBegun);
            if let (Some((task, _)), None) = (first, failure) {
                print_line(format_args!(
                    "\n{}",
                    beginning(self.checkout, exercise, task).trim_end()
                ));
                target = runner.tests(exercise, &[task])?.into_iter().next();
            }
        }
        print_line(format_args!("\n{}", self.all_keys()));
        Ok(target.or_else(|| hint::first(runner, exercise, &result.tests)))
    }

    /// How a key is called.
    fn key(&self, key: char) -> String {
        match self.keys.are_keys() {
            true => format!("press {}", paint(BOLD, key)),
            false => format!("{} and Enter", paint(BOLD, key)),
        }
    }

    fn all_keys(&self) -> String {
        let enter = if self.keys.are_keys() { "" } else { "  (and Enter)" };
        let keys = [("h", "hint"), ("n", "next exercise"), ("r", "run again"), ("q", "quit")];
        let keys = keys.map(|(key, what)| format!("{} {}", paint(BOLD, key), paint(DIM, what)));
        format!("{}{}", keys.join("   "), paint(DIM, enter))
    }

    /// The learner's files, and their state now.
    fn files(&self) -> Vec<(String, PathBuf, FileState)> {
        let folder = exercise_folder(&self.checkout.root, self.exercise);
        let names = file_names(self.exercise).into_iter().map(|name| {
            let path = folder.join(source_path(name));
            let state = state(&path);
            (name.to_owned(), path, state)
        });
        names.collect()
    }

    /// The first file that is not as it was.
    fn changed(&self, before: &[(String, PathBuf, FileState)]) -> Option<String> {
        let (name, path, _) = before.iter().find(|(_, path, before)| state(path) != *before)?;
        let mut last = state(path);
        // While it is written it may be half there, or not at all.
        for _ in 0..20 {
            thread::sleep(QUIET);
            let seen = state(path);
            if seen == last && seen.is_some() {
                break;
            }
            last = seen;
        }
        Some(name.clone())
    }
}

/// When a file was written and how long it is; `None` if it is not there.
type FileState = Option<(SystemTime, u64)>;

fn state(path: &PathBuf) -> FileState {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// What a run tells.
enum News {
    Test(TestResult),
    Ended(Result<ExerciseResult>),
}

/// A run in the background. It is stopped when this is dropped.
struct Run {
    stop: Arc<AtomicBool>,
    news: Receiver<News>,
    thread: Option<JoinHandle<()>>,
}

impl Run {
    fn start(
        runner: &ExerciseRunner,
        exercise: &Exercise,
        tasks: &[&Task],
        rerun: Rerun,
    ) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, news): (Sender<News>, _) = channel();
        let (runner, exercise) = (runner.clone(), exercise.clone());
        let ids: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().spawn(move || {
            let tasks: Vec<_> = ids.iter().filter_map(|id| exercise.task(id)).collect();
            let result = runner.examine(&stopped, &exercise, &tasks, rerun, &mut |test| {
                // Nobody listens any more if it was stopped.
                let _ = sender.send(News::Test(test.clone()));
            });
            let _ = sender.send(News::Ended(result));
        })?;
        Ok(Self { stop, news, thread: Some(thread) })
    }

    /// What it tells, if there is anything new.
    fn news(&self) -> Option<News> {
        match self.news.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Empty) => None,
            // The thread has panicked, which was said.
            Err(TryRecvError::Disconnected) => {
                Some(News::Ended(Err(anyhow!("the run broke off: a mistake of this program"))))
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() {
            // Neither a compiler nor a test that hangs is waited for.
            end_all();
            thread::sleep(Duration::from_millis(5));
        }
        let _ = thread.join();
    }
}
