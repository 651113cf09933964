//! The outcome of tests, as a record that every format is made of.

use course_practice::judge::outcome::Status;
use serde::{Deserialize, Serialize};

/// The form of [`Record`]: the `schema` of a grade.json.
pub const SCHEMA: &str = "servers-by-hand/grade/v1";

/// The grade of one submission: `grade.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The name of what was handed in: that of its folder or file.
    pub submission: String,
    /// From which the values of the tests follow.
    pub seed: u64,
    /// Whether everything was run; a record is written after each test.
    pub complete: bool,
    /// The sum of the points.
    pub score: f64,
    /// The sum of the most points.
    pub max_score: f64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What whoever grades should know: sentences.
    pub notes: Vec<String>,
    /// The exercises, in order.
    pub exercises: Vec<ExerciseRecord>,
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
    /// What was earned.
    pub points: f64,
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
    /// Its share of what the task earned.
    pub points: f64,
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
