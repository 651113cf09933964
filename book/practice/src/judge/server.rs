//! The tasks whose code is a server's: tests of its functions, and conversations with the program.

use crate::course::exercise::{Exercise, Kind, Task, sentence};
use crate::judge::build::Built;
use crate::judge::conversation;
use crate::judge::examiner::{Examiner, Processes};
use crate::judge::outcome::{Outcome, Status};
use crate::judge::result::{ExerciseResult, TestResult};
use anyhow::Result;
use course_tests::conversations::{Conversation, conversations};
use course_tests::wire::{Corpus, FOLDER};
use mock::Seed;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use workbook::system::parallel::in_parallel;

/// When so many tests of an exercise were not over in time, the others are not run.
const MOST_LATE: usize = 5;

/// If no more tests than these were not over in time, they are run again, with three times the
/// time.
const SECOND_CHANCES: usize = 3;

/// A test that is to be run.
pub(super) enum Job {
    /// In the program of the tests.
    Test { full: String },
    /// With the program itself.
    Conversation(Box<Conversation>),
}

impl Job {
    /// The name of a test in its program.
    fn test(&self) -> Option<&str> {
        match self {
            Self::Test { full } => Some(full),
            Self::Conversation(_) => None,
        }
    }
}

impl Examiner {
    /// The tasks whose code is a server's.
    pub(super) fn examine_own(
        &self,
        stop: &AtomicBool,
        exercises: &[&Exercise],
        wanted: &dyn Fn(&Exercise, &Task) -> bool,
        results: &mut [ExerciseResult],
        on: &mut dyn FnMut(&Exercise, &TestResult),
    ) -> Result<()> {
        let corpus = corpus()?;
        let mut to_build = Vec::new();
        let mut to_run: Vec<(usize, &Exercise, Vec<TestResult>, Vec<Job>)> = Vec::new();
        for (index, exercise) in exercises.iter().enumerate() {
            let is_own = |task: &&Task| task.kind != Kind::Catch && wanted(exercise, task);
            let tasks: Vec<_> = exercise.tasks.iter().filter(is_own).collect();
            let refused = self.refused(exercise, false);
            let (mut tests, mut jobs) = (Vec::new(), Vec::new());
            for task in tasks {
                let untouched = !self.untouched && self.is_untouched(exercise, task);
                for (test, job) in self.jobs(exercise, task, corpus) {
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
    pub(super) fn jobs(
        &self,
        exercise: &Exercise,
        task: &Task,
        corpus: &Corpus,
    ) -> Vec<(TestResult, Job)> {
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
        let conversations = conversations(&exercise.chapter, &task.id, corpus, &mut values);
        let conversations = conversations.into_iter().enumerate().map(|(place, conversation)| {
            let name = format!("tcp::{}", slug(&conversation.name));
            let sentence = format!("over TCP: {}", conversation.name);
            let repeat =
                format!("cargo workbook check {} {} --seed {seed}", exercise.chapter, task.id);
            let mut test = TestResult::new(exercise, task, &name, sentence, repeat);
            test.order += place;
            (test, Job::Conversation(Box::new(conversation)))
        });
        tests.chain(conversations).collect()
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
            .and_then(|tests| Ok((tests, built.program(&exercise.id, &exercise.id)?)))
            .and_then(|programs| self.unread(exercise, false).map_or(Ok(programs), Err));
        let (promises, program) = match programs {
            Ok(programs) => programs,
            Err(said) => {
                let ended: Vec<_> =
                    tests.into_iter().map(|test| test.not_compiled(&said)).collect();
                ended.iter().for_each(|test| on(exercise, test));
                return Ok(ended);
            }
        };
        let runner = self.tests(exercise, promises.clone());
        let late = AtomicUsize::new(0);
        let run = |index: usize| -> Result<Outcome> {
            if late.load(Ordering::Relaxed) >= MOST_LATE {
                let message = format!("not run, since {MOST_LATE} others were not over in time");
                return Ok(Outcome { status: Status::Skipped, message, ..Outcome::default() });
            }
            let outcome = match &jobs[index] {
                Job::Test { full } => runner.run(full)?,
                Job::Conversation(conversation) => self.hold(exercise, program, conversation)?,
            };
            if outcome.status == Status::Timeout {
                late.fetch_add(1, Ordering::Relaxed);
            }
            Ok(outcome)
        };
        let run_all = |batch: &[usize]| -> Result<Vec<Option<Outcome>>> {
            if let [index] = *batch {
                return Ok(vec![Some(run(index)?)]);
            }
            let names: Vec<_> = batch.iter().filter_map(|&index| jobs[index].test()).collect();
            runner.passed_together(&names)
        };
        let (mut ended, mut slow) = (Vec::new(), Vec::new());
        let mut batches = batches(&self.processes, self.threads, &tests, jobs);
        while !batches.is_empty() {
            let mut unknown = Vec::new();
            let run = |place: usize| run_all(&batches[place]);
            in_parallel(stop, self.threads, batches.len(), run, |place, outcomes| {
                for (&index, outcome) in batches[place].iter().zip(outcomes?) {
                    let mut test = tests[index].clone();
                    match outcome {
                        None => unknown.push(vec![index]),
                        Some(outcome) if outcome.status == Status::Timeout => {
                            test.outcome = outcome;
                            slow.push((index, test)); // perhaps not the last word
                        }
                        Some(outcome) => {
                            test.outcome = outcome;
                            on(exercise, &test);
                            ended.push(test);
                        }
                    }
                }
                Ok(())
            })?;
            batches = unknown;
        }
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
    fn hold(
        &self,
        exercise: &Exercise,
        program: &Path,
        conversation: &Conversation,
    ) -> Result<Outcome> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("talk-{}-{count}", std::process::id());
        let (files, scratch) = (self.files(exercise), self.scratch().join(name));
        conversation::hold(program, conversation, &files, &self.limits, &scratch)
    }
}

/// The wire corpus, which is read once.
pub(super) fn corpus() -> Result<&'static Corpus> {
    static CORPUS: LazyLock<Result<Corpus, String>> =
        LazyLock::new(|| Corpus::load(Path::new(FOLDER)));
    CORPUS.as_ref().map_err(|error| anyhow::Error::msg(error.clone()))
}

/// Which of `jobs`, by their places, run in one process, in the order in which they are begun. A
/// conversation is always alone.
fn batches(
    processes: &Processes,
    threads: usize,
    tests: &[TestResult],
    jobs: &[Job],
) -> Vec<Vec<usize>> {
    let (conversations, tested): (Vec<_>, Vec<_>) =
        (0..jobs.len()).partition(|&index| jobs[index].test().is_none());
    let is_alone = |index: &usize| match processes {
        Processes::OneEach => true,
        Processes::Shared { alone } => alone.contains(&tests[*index].test),
    };
    let (alone, others): (Vec<_>, Vec<_>) = tested.into_iter().partition(is_alone);
    let mut tested: Vec<_> = alone.into_iter().map(|index| vec![index]).collect();
    // Neighbours often take long together: they are dealt like cards.
    let count = threads.min(others.len());
    tested.extend((0..count).map(|first| others[first..].iter().copied().step_by(count).collect()));
    // Conversations are often silent: one among some tests keeps nobody waiting, and all of them
    // at the end would.
    let mut conversations = conversations.into_iter().map(|index| vec![index]);
    let mut batches = Vec::new();
    for some in tested.chunks(3) {
        batches.extend_from_slice(some);
        batches.extend(conversations.next());
    }
    batches.extend(conversations);
    batches
}

/// A sentence as a name: `a line comes back, and done` becomes `a_line_comes_back_and_done`.
fn slug(sentence: &str) -> String {
    let words = sentence.split(|char: char| !char.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The names of those that run in one process each; five tests and a conversation.
    fn shared(processes: &Processes, threads: usize) -> Vec<String> {
        let names = ["a", "b", "c", "d", "e", "tcp::f"];
        let outcome = Outcome::default();
        let test = |name: &str| TestResult {
            task: "build".to_owned(),
            test: name.to_owned(),
            sentence: name.to_owned(),
            order: 0,
            outcome: outcome.clone(),
            repeat: String::new(),
        };
        let mut jobs: Vec<_> =
            names[..5].iter().map(|name| Job::Test { full: (*name).to_owned() }).collect();
        jobs.push(Job::Conversation(Box::new(Conversation::new("f", &[], Vec::new()))));
        let batches = batches(processes, threads, &names.map(test), &jobs);
        batches.iter().map(|all| all.iter().map(|&index| names[index]).collect()).collect()
    }

    #[test]
    fn who_grades_gives_each_test_a_process() {
        assert_eq!(shared(&Processes::OneEach, 2), ["a", "b", "c", "tcp::f", "d", "e"]);
    }

    #[test]
    fn who_checks_shares_processes_but_for_what_has_failed_before() {
        let mut alone = BTreeSet::new();
        let processes = |alone: &BTreeSet<String>| Processes::Shared { alone: alone.clone() };
        assert_eq!(shared(&processes(&alone), 2), ["ace", "bd", "tcp::f"]);
        assert_eq!(shared(&processes(&alone), 8), ["a", "b", "c", "tcp::f", "d", "e"]);
        alone.extend(["b".to_owned(), "d".to_owned()]);
        assert_eq!(shared(&processes(&alone), 2), ["b", "d", "ae", "tcp::f", "c"]);
        alone.extend(["a", "c", "e"].map(str::to_owned));
        assert_eq!(shared(&processes(&alone), 2), ["a", "b", "c", "tcp::f", "d", "e"]);
    }
}
