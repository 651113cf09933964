//! What came of tests, one by one and of a whole exercise.

use crate::course::exercise::{Exercise, Kind, Task};
use crate::judge::outcome::{Outcome, Status};
use serde::{Deserialize, Serialize};

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
