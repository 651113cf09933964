//! `workbook watch [chNN]`: what passes, at every save.

use crate::course::chapters::Course;
use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::course::learner_files::{folder, names, place};
use crate::judge::result::{ExerciseResult, TestResult};
use crate::practice::check::{chosen, following, heading};
use crate::practice::choose::beginning;
use crate::practice::hint;
use crate::practice::keys::{Came, Keys};
use crate::practice::progress::{Again, Now, State};
use crate::practice::report::{Report, sum, table};
use crate::system::process::end_all;
use crate::system::screen::{BOLD, DIM, GREEN, Progress, clear, is_lively, paint, say};
use anyhow::{Result, anyhow};
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
    let now = Now::new(checkout, None);
    let mut exercise = chosen(checkout, &course, &now, wanted)?;
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
enum Ended {
    /// Something was saved: the file.
    Saved(String),
    /// It was asked for once more.
    Again,
    /// Another exercise was asked for.
    Next(Exercise),
    /// That is all.
    Quit,
}

impl Watch<'_> {
    /// Runs the exercise at every save. Returns the one that was asked for next.
    fn watch(&self) -> Result<Option<Exercise>> {
        let mut saved: Option<String> = None;
        let mut again = Again::Nothing;
        loop {
            match self.once(saved.as_deref(), again)? {
                Ended::Saved(name) => (saved, again) = (Some(name), Again::Nothing),
                Ended::Again => again = Again::All,
                Ended::Next(exercise) => return Ok(Some(exercise)),
                Ended::Quit => return Ok(None),
            }
        }
    }

    /// Runs it once, and waits for what comes next.
    fn once(&self, saved: Option<&str>, again: Again) -> Result<Ended> {
        let exercise = self.exercise;
        let files = self.files();
        // With new values at every run.
        let now = Now::new(self.checkout, None);
        let mut tasks: Vec<&Task> = exercise.tasks.iter().collect();
        // What was saved comes first.
        tasks.sort_by_key(|task| {
            !saved.is_some_and(|name| task.files.iter().any(|file| file == name))
        });
        tasks.retain(|task| now.is_begun(exercise, task));

        clear();
        if let (Some(name), false) = (saved, is_lively()) {
            say(format_args!("\n--- {name} was saved ---"));
        }
        say(heading(self.course, exercise));
        let mut report = Report::new(exercise, now.tests(exercise, &tasks)?, &self.key('h'));
        if let (true, Ok((columns, lines))) = (is_lively(), crossterm::terminal::size()) {
            report = report.with_room(lines.into(), columns.into());
        }
        let mut progress = Progress::new();
        let mut run = None;
        let mut target = None;
        if tasks.is_empty() {
            let result = ExerciseResult::default();
            target = self.ended(&now, &result, None)?;
        } else {
            progress.show(&report.progress());
            run = Some(Run::start(&now, exercise, &tasks, again)?);
        }
        loop {
            // Lines may all be there at the beginning: each one waits for the run before it.
            let came = match run.is_none() || self.keys.are_keys() {
                true => self.keys.next(LOOK)?,
                false => {
                    thread::sleep(LOOK);
                    Came::Nothing
                }
            };
            match came {
                Came::Nothing => {}
                Came::End | Came::Key('q') => return Ok(Ended::Quit),
                Came::Key('r') => return Ok(Ended::Again),
                Came::Key('n') => match following(self.checkout, self.course, exercise)? {
                    Some(next) => return Ok(Ended::Next(next)),
                    None => say("This is the last exercise."),
                },
                Came::Key('h') => {
                    progress.clear();
                    match report.failure().or(target.as_ref()) {
                        Some(test) => {
                            let hint = hint::next(self.checkout, exercise, test)?;
                            say(format_args!("\n{hint}"));
                        }
                        None if run.is_some() => say("No test has failed yet."),
                        None => say("Everything passes: no hint needed."),
                    }
                }
                Came::Key(_) => say(self.all_keys()),
            }
            let mut over = None;
            while let Some(news) = run.as_ref().and_then(Run::news) {
                match news {
                    News::Test(test) => {
                        let text = report.add(&test);
                        if !text.is_empty() {
                            progress.clear();
                            say(text.trim_end());
                        }
                        progress.show(&report.progress());
                    }
                    News::Ended(result) => {
                        over = Some(result);
                        break;
                    }
                }
            }
            if let Some(result) = over {
                progress.clear();
                run = None;
                match result {
                    Ok(result) => target = self.ended(&now, &result, report.failure())?,
                    // Something may be wrong that the learner mends while this goes on.
                    Err(error) => say(format_args!("workbook: {error:#}\n\n{}", self.all_keys())),
                }
            }
            if let Some(name) = self.changed(&files) {
                return Ok(Ended::Saved(name));
            }
        }
    }

    /// Shows the table and what comes next. Returns the test that a hint is for, if no
    /// failure was shown.
    fn ended(
        &self,
        now: &Now,
        result: &ExerciseResult,
        failure: Option<&TestResult>,
    ) -> Result<Option<TestResult>> {
        let exercise = self.exercise;
        let tasks: Vec<_> = exercise.tasks.iter().collect();
        let states = now.states(exercise, result);
        say(format_args!("\n{}", table(&tasks, &states, result).trim_end()));
        let sum = sum(&tasks, &states, result);
        let mut target = None;
        if states.iter().all(|state| *state == State::Passes) {
            let next = match following(self.checkout, self.course, exercise)? {
                Some(next) => format!("To go on to {}: {}.", next.chapter, self.key('n')),
                None => "That was the last exercise.".to_owned(),
            };
            let id = &exercise.chapter;
            say(paint(GREEN, sum));
            say(format_args!("The solution beside yours: `cargo workbook compare {id}`. {next}"));
        } else {
            say(sum);
            let first = tasks.iter().zip(&states).find(|(_, state)| **state == State::NotBegun);
            if let (Some((task, _)), None) = (first, failure) {
                say(format_args!("\n{}", beginning(self.checkout, exercise, task).trim_end()));
                target = now.tests(exercise, &[task])?.into_iter().next();
            }
        }
        say(format_args!("\n{}", self.all_keys()));
        Ok(target.or_else(|| hint::first(now, exercise, &result.tests)))
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
        let folder = folder(&self.checkout.root, self.exercise);
        let names = names(self.exercise).into_iter().map(|name| {
            let path = folder.join(place(name));
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
            let now = state(path);
            if now == last && now.is_some() {
                break;
            }
            last = now;
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
    fn start(now: &Now, exercise: &Exercise, tasks: &[&Task], again: Again) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, news): (Sender<News>, _) = channel();
        let (now, exercise) = (now.clone(), exercise.clone());
        let ids: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().spawn(move || {
            let tasks: Vec<_> = ids.iter().filter_map(|id| exercise.task(id)).collect();
            let result = now.examine(&stopped, &exercise, &tasks, again, &mut |test| {
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
