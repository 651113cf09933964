//! The outcome of tests, as a record that every format is made of.

use crate::grade::handed_in::Person;
use course_practice::judge::outcome::Status;
use serde::{Deserialize, Serialize};

/// The form of [`Record`]: the `schema` of a grade.json.
pub const SCHEMA: &str = "servers-by-hand/grade/v1";

/// The grade of one submission: `grade.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The name of what was handed in: that of its folder or file, or of whoever did.
    pub submission: String,
    /// Who handed it in, as the platform knows them.
    pub person: Person,
    /// Which of several versions it is; empty if there is one.
    pub version: String,
    /// Whether the platform says that it came late.
    pub late: bool,
    /// Why it was not read as a whole; empty if it was, though a task may not have been.
    pub not_read: String,
    /// From which the values of the tests follow.
    pub seed: u64,
    /// Whether everything was run; a record is written after each test.
    pub complete: bool,
    /// The sum of the points; nothing if anything that was handed in was not read, since nobody
    /// knows what it is worth.
    pub score: Option<f64>,
    /// The sum of the most points.
    pub max_score: f64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What whoever grades should know: sentences.
    pub notes: Vec<String>,
    /// The exercises, in order.
    pub exercises: Vec<ExerciseRecord>,
}

/// What the records of a class have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassInfo {
    /// The digest of the course that was graded with.
    pub course: String,
    /// From which the values of the tests follow.
    pub seed: u64,
    /// The ids of the exercises that were graded.
    pub exercises: Vec<String>,
    /// The names of all whose work was there, in order, also if this is a part of the class.
    pub people: Vec<String>,
    /// Which part of the class this is, as `2/4`, if it is one.
    pub shard: Option<String>,
}

/// How far a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All of it is known.
    Graded,
    /// The time was over, and what was run until then counts.
    Unfinished,
    /// A file was not read.
    PartlyRead,
    /// Nothing was read.
    NotRead,
}

impl State {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Graded => "graded",
            Self::Unfinished => "unfinished",
            Self::PartlyRead => "partly not read",
            Self::NotRead => "not read",
        }
    }
}

impl Record {
    /// How far it goes.
    pub fn state(&self) -> State {
        match self.score {
            _ if !self.not_read.is_empty() => State::NotRead,
            None => State::PartlyRead,
            Some(_) if !self.complete => State::Unfinished,
            Some(_) => State::Graded,
        }
    }

    /// The state, and why something was not read: `not read: it is empty`.
    pub fn said(&self) -> String {
        let why = match self.not_read.is_empty() {
            false => Some(self.not_read.as_str()),
            true => self.tasks().find_map(TaskRecord::why_not_read),
        };
        match why {
            Some(why) => format!("{}: {why}", self.state().word()),
            None => self.state().word().to_owned(),
        }
    }

    /// The sum of the points that are known.
    pub fn known(&self) -> f64 {
        self.tasks().filter_map(|task| task.points).sum()
    }

    /// The tasks of all exercises.
    pub fn tasks(&self) -> impl Iterator<Item = &TaskRecord> {
        self.exercises.iter().flat_map(|exercise| &exercise.tasks)
    }
}

impl TaskRecord {
    /// Takes the points away, and says why wherever they would stand.
    pub fn not_read(&mut self, why: &str) {
        self.points = None;
        for test in &mut self.tests {
            test.points = None;
            test.status = Status::Skipped;
            test.message = format!("not read: {why}");
            test.output.clear();
            (test.expected, test.actual, test.offset) = (None, None, None);
        }
    }

    /// Why it was not read, if it was not.
    pub fn why_not_read(&self) -> Option<&str> {
        let why = self.tests.first().map_or("", |test| test.message.as_str());
        self.points.is_none().then(|| why.trim_start_matches("not read: "))
    }
}

/// One exercise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExerciseRecord {
    /// `ex03`.
    pub id: String,
    /// `ch03`.
    pub chapter: String,
    /// The chapter's title.
    pub title: String,
    /// What whoever grades should know: sentences.
    pub notes: Vec<String>,
    /// The tasks, in order.
    pub tasks: Vec<TaskRecord>,
}

/// One task. Its points are earned together: all or none, but for `catch`, where each
/// broken server that is caught is a point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// `at_most`.
    pub id: String,
    /// `build`, `extend` or `catch`.
    pub kind: String,
    /// Its heading.
    pub title: String,
    /// What was earned; nothing if a file of it was not read, for a reason that is the message
    /// of each of its tests.
    pub points: Option<f64>,
    /// What could be earned.
    pub max_points: f64,
    /// The tests, in order.
    pub tests: Vec<TestRecord>,
}

/// One test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TestRecord {
    /// `ex03/at_most/who_leaves_makes_room_for_the_next`: the same in every run.
    pub id: String,
    /// `ch03`.
    pub chapter: String,
    /// `at_most`.
    pub task: String,
    /// A sentence.
    pub name: String,
    /// Its place among the tests of the exercise, from 1.
    pub order: usize,
    /// How it ended.
    pub status: Status,
    /// Its share of what the task earned; nothing if the task was not read.
    pub points: Option<f64>,
    /// Its share of what the task can earn.
    pub max_points: f64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What is wrong, in a line; empty if nothing is.
    pub message: String,
    /// What was done and what came back, and what the test said; control characters are
    /// escaped.
    pub output: String,
    /// What to look at.
    pub hint: String,
    /// From which its values follow.
    pub seed: u64,
    /// The command that runs it again.
    pub repeat: String,
    /// The bytes that went to the server, in base64.
    pub sent: String,
    /// The bytes that were expected, in base64, if bytes were compared.
    pub expected: Option<String>,
    /// The bytes that came instead, in base64.
    pub actual: Option<String>,
    /// Where the two differ first.
    pub offset: Option<usize>,
}
