//! Classroom 50's `result.json`.
//!
//! Its rules are in `tests/schemas/classroom50.json`. Each task is one entry: its points are
//! whole numbers, and an assignment has at most a hundred tests.

use crate::grade::formats::values::{one_line, shortened};
use crate::grade::record::{Record, TaskRecord};
use anyhow::{Context, Result, ensure};
use course_practice::judge::outcome::Status;
use serde::Serialize;
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// The form of the document.
const SCHEMA: &str = "classroom50/result/v1";

/// The most tests of an assignment.
const MOST_TESTS: usize = 100;

/// The longest name of a test, in bytes.
const LONGEST_NAME: usize = 100;

/// Which submission it is: what the runner tells in the environment.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// The classroom's short name.
    pub classroom: String,
    /// The assignment's.
    pub assignment: String,
    /// `individual` or `group`.
    pub assignment_type: String,
    /// To whom the repository belongs.
    pub owner: String,
    /// The tag of the submission, `submit/…`.
    pub submission: String,
    /// The address of the commit.
    pub commit: String,
    /// The address of the release.
    pub release: String,
    /// The address of all that was changed.
    pub review: String,
    /// When it was handed in, as in `2026-06-01T14:32:01Z`.
    pub datetime: String,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'a str,
    #[serde(flatten)]
    environment: &'a Environment,
    score: u64,
    #[serde(rename = "max-score")]
    max_score: u64,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    #[serde(rename = "test-name")]
    name: String,
    passed: bool,
    score: u64,
    #[serde(rename = "max-score")]
    max_score: u64,
    /// More than is asked for; it is kept.
    message: String,
}

impl Environment {
    /// What the runner tells. Where there is none, words stand in its place, so that the
    /// document can be looked at; Classroom 50 would not take it.
    pub fn read() -> Self {
        Self::from(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// The same from what `value` says.
    pub fn from(value: impl Fn(&str) -> Option<String>) -> Self {
        let or = |name: &str, other: &str| value(name).unwrap_or_else(|| other.to_owned());
        let commit = or("COMMIT_URL", "none");
        Self {
            classroom: or("CLASSROOM", "none"),
            assignment: or("ASSIGNMENT", "none"),
            assignment_type: or("ASSIGNMENT_TYPE", "individual"),
            owner: value("OWNER").unwrap_or_else(|| or("USERNAME", "nobody")),
            submission: or("SUBMISSION_TAG", "submit/none"),
            review: or("REVIEW_URL", &commit),
            release: or("RELEASE_URL", "none"),
            commit,
            datetime: datetime(SystemTime::now()),
        }
    }
}

/// The document for one submission.
pub fn write(record: &Record, environment: &Environment) -> Result<String> {
    ensure!(
        record.score.is_some(),
        "{}; Classroom 50 has no result without points, and so none is written",
        record.said()
    );
    let tasks = || record.exercises.iter().flat_map(|exercise| &exercise.tasks);
    let tests: Vec<_> = match tasks().count() {
        0..=MOST_TESTS => {
            let of = |exercise: &str, task: &TaskRecord| {
                test(&format!("{exercise} {}: {}", task.id, task.title), &[task])
            };
            let exercises = record.exercises.iter();
            exercises.flat_map(|one| one.tasks.iter().map(|task| of(&one.id, task))).collect()
        }
        // More than fit: an entry for each exercise.
        _ => {
            let exercises = record.exercises.iter();
            let of = exercises.map(|one| {
                let tasks: Vec<_> = one.tasks.iter().collect();
                test(&format!("{}: {}", one.id, one.title), &tasks)
            });
            of.collect()
        }
    };
    let document = Document {
        schema: SCHEMA,
        environment,
        score: tests.iter().map(|test| test.score).sum(),
        max_score: tests.iter().map(|test| test.max_score).sum(),
        tests,
    };
    let text = serde_json::to_string_pretty(&document).context("cannot write result.json")?;
    Ok(text + "\n")
}

fn test(name: &str, tasks: &[&TaskRecord]) -> Test {
    let max_score = tasks.iter().map(|task| whole(task.max_points)).sum();
    let score =
        tasks.iter().map(|task| whole(task.points.unwrap_or_default())).sum::<u64>().min(max_score);
    let tests = || tasks.iter().flat_map(|task| &task.tests);
    let failed = tests().find(|test| test.status != Status::Pass);
    let message = failed.map(|test| format!("{}: {}", test.name, test.message));
    Test {
        name: cut(&one_line(name), LONGEST_NAME),
        passed: score == max_score && tests().next().is_some(),
        score,
        max_score,
        message: shortened(&one_line(&message.unwrap_or_default()), 500),
    }
}

/// Points that are whole numbers; a part of one is none.
fn whole(points: f64) -> u64 {
    // What is a little less than a number was computed with fractions.
    (points + 1e-6).max(0.0).floor() as u64
}

/// The beginning of a text, in at most so many bytes.
fn cut(text: &str, most: usize) -> String {
    let ends = text.char_indices().map(|(start, char)| start + char.len_utf8());
    let end = ends.take_while(|end| *end <= most).last().unwrap_or(0);
    text[..end].to_owned()
}

/// A time in UTC, as in `2026-06-01T14:32:01Z`.
fn datetime(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have their odd day at the end; 400 of them are an era. This
    // is Howard Hinnant's "civil_from_days".
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_those_of_the_calendar() {
        let at = |seconds| datetime(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(951_868_800), "2000-03-01T00:00:00Z");
        assert_eq!(at(1_780_324_321), "2026-06-01T14:32:01Z");
        assert_eq!(at(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
    }

    #[test]
    fn what_the_runner_tells_is_taken() {
        let told = |name: &str| Some(format!("the {name}"));
        let environment = Environment::from(told);
        assert_eq!(environment.owner, "the OWNER");
        assert_eq!(environment.review, "the REVIEW_URL");
        let nothing = Environment::from(|name| (name == "COMMIT_URL").then(|| "c".to_owned()));
        assert_eq!(nothing.review, "c");
        assert!(nothing.submission.starts_with("submit/"));
    }

    #[test]
    fn a_part_of_a_point_is_none() {
        assert_eq!([whole(2.0), whole(1.999_999_9), whole(0.5), whole(-1.0)], [2, 2, 0, 0]);
    }
}
