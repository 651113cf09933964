//! The tasks whose code is a test: it is run on servers that are right and on broken ones.

use crate::course::exercise::{Exercise, Kind, SERVERS, Task, sentence, server_file};
use crate::course::learner_files::exercise_folder;
use crate::judge::build::Built;
use crate::judge::examiner::Examiner;
use crate::judge::outcome::Outcome;
use crate::judge::outcome::Status;
use crate::judge::result::{ExerciseResult, TestResult};
use crate::judge::run::{Tests, random};
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result, ensure};
use mock::Seed;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;
use workbook::system::parallel::in_parallel;

/// The most tests that a file may have.
const MOST_TESTS: usize = 20;

/// How often tests are run on right servers, where they must pass each time (but for once, when
/// they may pass at the second go: the machine may have been slow), and on each broken one, where
/// they must fail each time. Whoever fails by chance gains less than a thousandth of a point,
/// whatever the chance.
const RUNS_ON_RIGHT: usize = 24;
const RUNS_ON_BROKEN: usize = 3;

/// What came of each run of an exercise, with its server, in the order of the runs.
type Runs = Vec<(&'static str, Outcome)>;

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
        let mut runs: Vec<Runs> = vec![Runs::new(); to_run.len()];
        if self.shuffle {
            self.run_in_any_order(stop, &to_run, &mut runs)?;
        } else {
            self.run_one_by_one(stop, &to_run, &mut runs, &mut |one, server, runs| {
                let (index, exercise, task) = to_run[one];
                let test = self.catch_result(exercise, task, server, runs);
                on(exercise, &test);
                results[index].tests.push(test);
            })?;
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

    /// Runs tests on one server after the other, each of which is compiled only when it is its
    /// turn: whoever waits for the result sees at once what is wrong.
    fn run_one_by_one(
        &self,
        stop: &AtomicBool,
        to_run: &[(usize, &Exercise, &Task)],
        runs: &mut [Runs],
        on: &mut dyn FnMut(usize, &'static str, &Runs),
    ) -> Result<()> {
        for server in SERVERS {
            let there: Vec<_> = (0..to_run.len())
                .filter(|&one| self.absent(to_run[one].1, to_run[one].2, server).is_none())
                // Tests that fail on a right server say nothing about the others.
                .filter(|&one| !runs[one].iter().any(is_wrong))
                .collect();
            let packages: Vec<_> = there.iter().map(|&one| to_run[one].1).collect();
            if packages.is_empty() {
                continue;
            }
            let built = self.place.build_catch(&packages, server)?;
            for one in there {
                let outcome = match self.catch_program(to_run[one].1, &built)? {
                    Ok((tests, names)) => self.run_each(stop, &tests, &names)?,
                    Err(outcome) => outcome,
                };
                runs[one].push((server, outcome));
                on(one, server, &runs[one]);
            }
        }
        Ok(())
    }

    /// Runs tests on servers in an order that nobody can know, and so often that nothing is
    /// gained by failing by chance. A program cannot see which server it has been built with:
    /// each is alone in its folder, under the same name, and of the same length.
    fn run_in_any_order(
        &self,
        stop: &AtomicBool,
        to_run: &[(usize, &Exercise, &Task)],
        runs: &mut [Runs],
    ) -> Result<()> {
        let scratch = ScratchFolder::new(self.scratch().join(format!("{:016x}", random())));
        let mut built = Vec::new();
        for server in SERVERS {
            let there = to_run
                .iter()
                .filter(|(_, exercise, task)| self.absent(exercise, task, server).is_none());
            let packages: Vec<_> = there.map(|(_, exercise, _)| *exercise).collect();
            if !packages.is_empty() {
                built.push((server, self.place.build_catch(&packages, server)?));
            }
        }
        for ((_, exercise, task), runs) in to_run.iter().zip(runs) {
            let mut programs = BTreeMap::new();
            for (server, built) in &built {
                if self.absent(exercise, task, server).is_some() {
                    continue;
                }
                match self.catch_program(exercise, built)? {
                    Ok(program) => drop(programs.insert(*server, program)),
                    Err(outcome) => runs.push((server, outcome)),
                }
            }
            if runs.iter().any(is_wrong) {
                continue;
            }
            let files = programs.values_mut().map(|(tests, _)| &mut tests.program);
            copy_alike(files.collect(), scratch.path())?;
            let mut slow = false;
            for server in order_of_runs(programs.keys().copied()) {
                ensure!(!stop.load(Ordering::Relaxed), "it was stopped");
                let (tests, names) = &programs[server];
                let is_lost = runs.iter().any(is_wrong)
                    || !is_right(server)
                        && runs.iter().any(|run| run.0 == server && is_passed(run));
                if is_lost {
                    continue;
                }
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                let mut outcome = tests.run_together(&names)?;
                if outcome.status != Status::Pass && is_right(server) && !slow {
                    slow = true;
                    // If it fails again, what is told is the story of one test.
                    outcome = self.run_each(stop, tests, &programs[server].1)?;
                }
                if outcome.status == Status::Pass {
                    outcome = all_pass(names.len());
                }
                runs.push((server, outcome));
            }
        }
        Ok(())
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

    /// The learner's tests with one server, and their names; or else why there are none.
    fn catch_program(
        &self,
        exercise: &Exercise,
        built: &Built,
    ) -> Result<Result<(Tests, Vec<String>), Outcome>> {
        let package = exercise.catch_package();
        let program = built.program(&package, &package);
        let program = program.and_then(|it| self.unread(exercise, true).map_or(Ok(it), Err));
        let tests = match program {
            // In files, and in itself, it could see which server this is.
            Ok(program) => {
                let tests = self.tests(exercise, program.clone());
                Tests { sees_itself: false, files: Vec::new(), permissions: false, ..tests }
            }
            Err(said) => {
                return Ok(Err(TestResult::default_of(exercise).not_compiled(&said).outcome));
            }
        };
        let names = tests.names()?;
        let why = match names.len() {
            0 => "there is no test in catch.rs".to_owned(),
            1..=MOST_TESTS => return Ok(Ok((tests, names))),
            count => format!("{count} tests are too many: {MOST_TESTS} will do"),
        };
        Ok(Err(Outcome { status: Status::Crash, message: why, ..Outcome::default() }))
    }

    /// Runs each of the learner's tests in a process of its own. The outcome is the one of the
    /// first that does not pass.
    fn run_each(&self, stop: &AtomicBool, tests: &Tests, names: &[String]) -> Result<Outcome> {
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
            None => all_pass(names.len()),
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
        let of = |passed| move |outcome: &&Outcome| (outcome.status == Status::Pass) == passed;
        if is_right(server) {
            return match own().find(of(false)).or(own().next()).cloned() {
                Some(outcome) => TestResult { outcome, ..test },
                None => {
                    test.ended(Status::Skipped, "not run: your tests fail on another right server")
                }
            };
        }
        if runs.iter().any(is_wrong) {
            let why = "tests that fail on a right server do not notice a broken one";
            return test.ended(Status::Skipped, why);
        }
        let Some(outcome) = own().find(of(true)).or(own().next()) else { return test };
        test.outcome = match outcome.status {
            Status::Pass => Outcome {
                status: Status::Fail,
                message: match own().any(|outcome| outcome.status != Status::Pass) {
                    true => "it is noticed in some runs, and not in others".to_owned(),
                    false => format!("it is not noticed: {}", outcome.message),
                },
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

/// Which servers tests are run on, in an order that nobody can know.
fn order_of_runs(servers: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let (right, broken): (Vec<_>, Vec<_>) = servers.partition(|server| is_right(server));
    let right = right.iter().cycle().take(RUNS_ON_RIGHT);
    let mut order: Vec<_> =
        right.chain(broken.iter().flat_map(|one| [one; RUNS_ON_BROKEN])).copied().collect();
    // Not from the seed of the run: the tests know that one.
    let mut seed = Seed::of(random());
    for last in (1..order.len()).rev() {
        order.swap(last, seed.number(0..=last));
    }
    order
}

/// Puts a copy of each program into a folder of its own below `scratch`, and its path in the
/// program's place. Whatever a program can see of itself from outside is the same for all.
fn copy_alike(programs: Vec<&mut PathBuf>, scratch: &Path) -> Result<()> {
    let mut copies = Vec::new();
    for program in programs {
        let folder = scratch.join(format!("{:016x}", random()));
        fs::create_dir_all(&folder)?;
        let copy = folder.join("test");
        let length = fs::copy(&*program, &copy)
            .with_context(|| format!("cannot copy {}", program.display()))?;
        copies.push((copy.clone(), length));
        *program = copy;
    }
    let longest = copies.iter().map(|(_, length)| *length).max().unwrap_or_default();
    for (copy, _) in copies {
        let file = File::options().write(true).open(copy)?;
        // What stands behind the last section of an executable is not looked at. Elsewhere than
        // on Linux there is no fence, and it may be signed.
        if cfg!(target_os = "linux") {
            file.set_len(longest)?;
        }
        file.set_modified(SystemTime::UNIX_EPOCH)?;
    }
    Ok(())
}

fn is_right(server: &str) -> bool {
    server == "real" || server == "other"
}

/// So many tests pass on a server.
fn all_pass(count: usize) -> Outcome {
    let message = match count {
        1 => "your test passes on it".to_owned(),
        count => format!("all {count} of your tests pass on it"),
    };
    Outcome { status: Status::Pass, message, ..Outcome::default() }
}

/// Whether tests did not pass on a server that is right.
fn is_wrong((server, outcome): &(&str, Outcome)) -> bool {
    is_right(server) && outcome.status != Status::Pass
}

fn is_passed((_, outcome): &(&str, Outcome)) -> bool {
    outcome.status == Status::Pass
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_gained_by_failing_by_chance() {
        let order = order_of_runs(SERVERS.into_iter());
        let runs = |right| order.iter().filter(|server| is_right(server) == right).count();
        assert_eq!((runs(true), runs(false)), (RUNS_ON_RIGHT, 3 * RUNS_ON_BROKEN));
        let gained = |chance: f64| {
            let passes = (1.0 - chance).powi(RUNS_ON_RIGHT as i32);
            let passes_but_once = RUNS_ON_RIGHT as f64 * chance * passes;
            3.0 * chance.powi(RUNS_ON_BROKEN as i32) * (passes + passes_but_once)
        };
        let best = (0..=1000).map(|chance| gained(f64::from(chance) / 1000.0)).fold(0.0, f64::max);
        assert!(best < 0.001, "{best}");
    }

    #[test]
    fn a_copy_of_the_course_without_the_other_server_has_as_many_runs() {
        let order = order_of_runs(["real"].into_iter());
        assert_eq!(order, ["real"; RUNS_ON_RIGHT]);
    }

    #[test]
    fn copies_of_programs_look_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut programs = ["short", "longer"].map(|text| {
            let path = folder.path().join(text);
            fs::write(&path, text).unwrap();
            path
        });
        copy_alike(programs.iter_mut().collect(), folder.path()).unwrap();
        let [one, other] = programs.map(|path| {
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
            let about = fs::metadata(&path).unwrap();
            (path.file_name().unwrap().to_owned(), about.len(), about.modified().unwrap())
        });
        assert!(one == other || cfg!(not(target_os = "linux")), "{one:?} {other:?}");
    }
}
