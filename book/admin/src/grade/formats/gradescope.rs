//! Gradescope's `results.json`.
//!
//! Its rules are in `tests/schemas/gradescope.json`.

use crate::grade::formats::values::{details, one_line, plain, shortened, tidy, visible};
use crate::grade::record::{Record, State};
use anyhow::{Context, Result};
use course_practice::judge::outcome::Status;
use serde::Serialize;
use serde_json::json;

/// The most of one test's output, in bytes; the page shows all of them together.
const LONGEST: usize = 8 * 1024;

/// The most of all outputs together. The documentation names no limit.
const LONGEST_ALL: usize = 1024 * 1024;

#[derive(Serialize)]
struct Results {
    /// What counts, whatever the sum of the tests' scores is; not there if nothing was read, so
    /// that Gradescope has no score for it either.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// In seconds.
    execution_time: u64,
    output: String,
    /// The default would take the text for HTML.
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    extra_data: serde_json::Value,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    max_score: f64,
    status: &'static str,
    name: String,
    number: String,
    output: String,
    visibility: &'static str,
}

/// The document for one submission.
pub fn write(record: &Record) -> Result<String> {
    let mut left = LONGEST_ALL;
    let mut tests = Vec::new();
    for exercise in &record.exercises {
        let digits = exercise.id.trim_start_matches(|char: char| !char.is_ascii_digit());
        let number = digits.trim_start_matches('0');
        for (task, place) in exercise.tasks.iter().zip(1..) {
            for (test, inner) in task.tests.iter().zip(1..) {
                let output = shortened(&details(test, LONGEST), LONGEST.min(left));
                left = left.saturating_sub(output.len());
                tests.push(Test {
                    score: test.points.map(tidy),
                    max_score: tidy(test.max_points),
                    status: if test.status == Status::Pass { "passed" } else { "failed" },
                    name: one_line(&format!("{}, {}: {}", exercise.id, task.title, test.name)),
                    number: format!("{number}.{place}.{inner}"),
                    output,
                    visibility: "visible",
                });
            }
        }
    }
    let results = Results {
        score: (record.state() != State::NotRead).then(|| tidy(record.known())),
        execution_time: record.duration_ms.div_ceil(1000),
        output: summary(record),
        output_format: "text",
        test_output_format: "text",
        test_name_format: "text",
        visibility: "visible",
        extra_data: json!({
            "schema": record.schema,
            "seed": record.seed,
            "complete": record.complete,
            "state": record.state().word(),
            "max_score": tidy(record.max_score),
        }),
        tests,
    };
    let text = serde_json::to_string_pretty(&results).context("cannot write results.json")?;
    Ok(text + "\n")
}

/// What concerns the whole submission: points of each task, and notes.
fn summary(record: &Record) -> String {
    let mut lines = Vec::new();
    if record.score.is_none() {
        lines.push(one_line(&record.said()));
    }
    if !record.complete {
        lines.push("Not everything was run; this is what is known.".to_owned());
    }
    lines.extend(record.notes.iter().map(|note| one_line(note)));
    for exercise in &record.exercises {
        lines.push(format!("{} {}", exercise.id, one_line(&exercise.title)));
        for task in &exercise.tasks {
            let points = task.points.map_or("not read".to_owned(), plain);
            let most = plain(task.max_points);
            lines.push(format!("  {points} of {most}: {}", one_line(&task.title)));
        }
        lines.extend(exercise.notes.iter().map(|note| format!("  {}", one_line(note))));
    }
    shortened(&visible(&lines.join("\n")), LONGEST)
}
