//! Everything by which exercises are judged: tests, conversations, broken servers.

use crate::course::exercise::{Exercise, Kind, SERVERS, Task};
use crate::judge::build::Warning;
use crate::judge::catch::catch_test;
use crate::judge::examiner::Examiner;
use crate::judge::outcome::Outcome;
use crate::judge::result::{ExerciseResult, TestResult};
use crate::judge::server::corpus;
use anyhow::Result;
use std::sync::atomic::AtomicBool;
use workbook::system::parallel::in_parallel;

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

    /// What the compiler warns of in `exercises`, and in their `catch` tasks with each of
    /// `servers`.
    pub fn warnings(&self, exercises: &[&Exercise], servers: &[&str]) -> Result<Vec<Warning>> {
        let mut warnings = self.place.build_own(exercises)?.warnings;
        for server in servers {
            warnings.extend(self.place.build_catch(exercises, server)?.warnings);
        }
        Ok(warnings)
    }

    /// The tests by which `task` is judged, in order, before any of them was run.
    pub fn tests_of(&self, exercise: &Exercise, task: &Task) -> Result<Vec<TestResult>> {
        if task.kind == Kind::Catch {
            return Ok(SERVERS.map(|server| catch_test(exercise, task, server)).into());
        }
        Ok(self.jobs(exercise, task, corpus()?).into_iter().map(|(test, _)| test).collect())
    }

    /// The tests of the learner's test programs that no task names, with the place of their
    /// exercise in `exercises`, and what came of them.
    ///
    /// What no task names must pass on a starter already.
    pub fn unlisted(&self, exercises: &[&Exercise]) -> Result<Vec<(usize, String, Outcome)>> {
        // All together, as they were built before: cargo would compile what they depend on anew for
        // each alone, with fewer features.
        let built = self.place.build_own(exercises)?;
        let mut unlisted = Vec::new();
        for (place, exercise) in exercises.iter().enumerate() {
            let program = built.program(&exercise.id, "promises").map_err(anyhow::Error::msg)?;
            let tests = self.tests(exercise, program.clone());
            let listed: Vec<_> = exercise.tasks.iter().flat_map(Task::tests).collect();
            let is_listed = |name: &String| {
                let (_module, name) = name.split_once("::").unwrap_or(("", name));
                listed.contains(&name)
            };
            let names = tests.names()?.into_iter().filter(|name| !is_listed(name));
            unlisted.extend(names.map(|name| (place, tests.clone(), name)));
        }
        let run = |index: usize| -> Result<_> {
            let (place, tests, name) = &unlisted[index];
            Ok((*place, name.clone(), tests.run(name)?))
        };
        let mut ran = Vec::new();
        in_parallel(&AtomicBool::new(false), self.threads, unlisted.len(), run, |_, one| {
            ran.push(one?);
            Ok(())
        })?;
        ran.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        Ok(ran)
    }
}
