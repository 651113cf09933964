//! The tasks whose code is a test: it is run on servers that are right and on broken ones.

use crate::course::exercise::{Exercise, Kind, SERVERS, Task, sentence, server_file};
use crate::course::learner_files::exercise_folder;
use crate::judge::build::Built;
use crate::judge::examiner::Examiner;
use crate::judge::outcome::Outcome;
use crate::judge::outcome::Status;
use crate::judge::parallel::in_parallel;
use crate::judge::result::{ExerciseResult, TestResult};
use crate::judge::run::random;
use crate::judge::scan::MOST_TESTS;
use anyhow::Result;
use mock::Seed;
use std::sync::atomic::AtomicBool;

impl Examiner {
    /// The tasks whose code is a test.
    pub(super) fn examine_catch(
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
            // Not from the seed of the run: the tests know that one.
            let mut seed = Seed::of(random());
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
        let own = exercise_folder(&self.place.root, exercise);
        let is_there = server_file(server).is_none_or(|file| own.join(file).is_file());
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
        let tests = self.tests(program, exercise_folder(&self.place.root, exercise).join("catch"));
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
}

/// The result for one server, before it is known.
pub(super) fn catch_test(exercise: &Exercise, task: &Task, server: &str) -> TestResult {
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

fn is_right(server: &str) -> bool {
    server == "real" || server == "other"
}

/// Whether tests did not pass on a server that is right.
fn is_wrong((server, outcome): &(&str, Outcome)) -> bool {
    is_right(server) && outcome.status != Status::Pass
}
