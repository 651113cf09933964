//! JUnit's XML, as build servers read it.
//!
//! It keeps to the schema of Jenkins' xUnit plugin, whose rules are in
//! `tests/schemas/junit.json`: each task is a test suite, and its points are properties.

use crate::grade::formats::values::{details, one_line, plain, shortened, visible};
use crate::grade::record::{ExerciseRecord, Record, TaskRecord, TestRecord};
use course_practice::judge::outcome::Status;
use std::fmt::Write;

/// The most of one test's output, in bytes.
const LONGEST: usize = 64 * 1024;

/// The document for one submission.
pub fn write(record: &Record) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let tasks = record.exercises.iter().flat_map(|exercise| &exercise.tasks);
    let counts = Counts::of(tasks.flat_map(|task| &task.tests));
    let attributes = [
        ("name", record.submission.clone()),
        ("tests", counts.tests.to_string()),
        ("failures", counts.failures.to_string()),
        ("errors", counts.errors.to_string()),
        ("time", seconds(record.duration_ms)),
    ];
    open(&mut xml, 0, "testsuites", &attributes);
    for exercise in &record.exercises {
        for task in &exercise.tasks {
            suite(&mut xml, record, exercise, task);
        }
    }
    xml += "</testsuites>\n";
    xml
}

fn suite(xml: &mut String, record: &Record, exercise: &ExerciseRecord, task: &TaskRecord) {
    let counts = Counts::of(&task.tests);
    let name = format!("{}.{}", exercise.id, task.id);
    let time = task.tests.iter().map(|test| test.duration_ms).sum();
    let attributes = [
        ("name", name.clone()),
        ("tests", counts.tests.to_string()),
        ("failures", counts.failures.to_string()),
        ("errors", counts.errors.to_string()),
        ("skipped", counts.skipped.to_string()),
        ("time", seconds(time)),
    ];
    open(xml, 1, "testsuite", &attributes);
    open(xml, 2, "properties", &[]);
    let mut properties = vec![
        ("max_points", plain(task.max_points)),
        ("title", task.title.clone()),
        ("kind", task.kind.clone()),
        ("submission", record.submission.clone()),
        ("seed", record.seed.to_string()),
        ("complete", record.complete.to_string()),
    ];
    // Where there are none, the reason stands in their place.
    match (task.points, task.why_not_read()) {
        (Some(points), _) => properties.insert(0, ("points", plain(points))),
        (None, why) => properties.insert(0, ("not_read", why.unwrap_or_default().to_owned())),
    }
    for note in record.notes.iter().chain(&exercise.notes) {
        properties.push(("note", note.clone()));
    }
    for (name, value) in properties {
        let attributes = attributes_of(&[("name", name.to_owned()), ("value", value)]);
        let _ = writeln!(xml, "      <property{attributes}/>");
    }
    xml.push_str("    </properties>\n");
    for test in &task.tests {
        case(xml, &name, test);
    }
    xml.push_str("  </testsuite>\n");
}

fn case(xml: &mut String, suite: &str, test: &TestRecord) {
    let attributes = [
        ("name", test.name.clone()),
        ("classname", suite.to_owned()),
        ("time", seconds(test.duration_ms)),
    ];
    open(xml, 2, "testcase", &attributes);
    let element = match test.status {
        // A skipped test is no fault for whoever reads this.
        _ if test.points.is_none() => Some("error"),
        Status::Pass => None,
        Status::Fail => Some("failure"),
        Status::Timeout | Status::Crash | Status::Compile => Some("error"),
        Status::Skipped => Some("skipped"),
    };
    if let Some(element) = element {
        let kind = test.status.word().to_owned();
        let attributes = attributes_of(&[("type", kind), ("message", test.message.clone())]);
        let text = text(&shortened(&details(test, LONGEST), LONGEST));
        let _ = writeln!(xml, "      <{element}{attributes}>{text}</{element}>");
    }
    xml.push_str("    </testcase>\n");
}

struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(tests: impl IntoIterator<Item = &'a TestRecord>) -> Self {
        let mut counts = Self { tests: 0, failures: 0, errors: 0, skipped: 0 };
        for test in tests {
            counts.tests += 1;
            match test.status {
                Status::Pass => {}
                Status::Fail => counts.failures += 1,
                Status::Timeout | Status::Crash | Status::Compile => counts.errors += 1,
                Status::Skipped => counts.skipped += 1,
            }
        }
        counts
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn open(xml: &mut String, depth: usize, name: &str, attributes: &[(&str, String)]) {
    let _ = writeln!(xml, "{}<{name}{}>", "  ".repeat(depth), attributes_of(attributes));
}

fn attributes_of(attributes: &[(&str, String)]) -> String {
    let one = |(name, value): &(&str, String)| format!(" {name}=\"{}\"", text(&one_line(value)));
    attributes.iter().map(one).collect()
}

/// Text as XML has it. Control characters, for which it has no form, are made visible.
fn text(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
