//! From what came of tests to the record that is written down.

use crate::grade::record::{ExerciseRecord, Record, SCHEMA, TaskRecord, TestRecord};
use course_practice::judge::excerpt::{difference, transcript};
use course_practice::judge::outcome::Event;
use course_practice::judge::outcome::Status;
use course_practice::judge::result::{ExerciseResult, TestResult};
use data_encoding::BASE64;
use workbook::course::exercise::{Exercise, Kind, Task};

/// The most of what a test said, in bytes.
const MOST_SAID: usize = 16 * 1024;

/// The most bytes that are kept of what was sent, expected or came.
const MOST_BYTES: usize = 64 * 1024;

/// An exercise of the course, as far as a record needs it.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The exercise.
    pub exercise: Exercise,
    /// The title of its chapter.
    pub title: String,
    /// The tests of each task, before any was run.
    pub tests: Vec<Vec<TestResult>>,
}

/// The record of a submission; its sums are computed.
pub fn record(submission: &str, seed: u64, exercises: Vec<ExerciseRecord>) -> Record {
    let tasks = || exercises.iter().flat_map(|exercise| &exercise.tasks);
    Record {
        schema: SCHEMA.to_owned(),
        submission: submission.to_owned(),
        seed,
        complete: true,
        score: tasks().map(|task| task.points).sum(),
        max_score: tasks().map(|task| task.max_points).sum(),
        duration_ms: tasks().flat_map(|task| &task.tests).map(|test| test.duration_ms).sum(),
        exercises,
        ..Record::default()
    }
}

impl Assignment {
    /// The record of this exercise. A test of which `result` knows nothing was not run, for
    /// the reason `why`.
    pub fn record(&self, result: &ExerciseResult, seed: u64, why: &str) -> ExerciseRecord {
        let exercise = &self.exercise;
        let mut order = 0;
        let tasks = exercise.tasks.iter().zip(&self.tests).map(|(task, asked)| {
            let found =
                |one: &TestResult| result.of(&task.id).find(|test| test.test == one.test).cloned();
            let ran: Vec<_> = asked.iter().map(found).collect();
            let all_ran = ran.iter().all(Option::is_some);
            // Of a task of which only some tests were run nobody knows whether it is solved.
            let earned = if all_ran || task.kind == Kind::Catch { result.points(task) } else { 0 };
            let tests = ran.into_iter().zip(asked).map(|(ran, asked)| {
                order += 1;
                let test = ran.unwrap_or_else(|| not_run(asked, why));
                test_record(exercise, task, &test, order, seed)
            });
            TaskRecord {
                id: task.id.clone(),
                kind: task.kind.word().to_owned(),
                title: task.title.clone(),
                points: Some(f64::from(earned)),
                max_points: f64::from(task.points),
                tests: tests.collect(),
            }
        });
        let mut tasks: Vec<_> = tasks.collect();
        tasks.iter_mut().for_each(share);
        ExerciseRecord {
            id: exercise.id.clone(),
            chapter: exercise.chapter.clone(),
            title: self.title.clone(),
            notes: result.notes.clone(),
            tasks,
        }
    }
}

/// Whether a test of this task can earn something by itself or with others.
fn counts(task: &Task, test: &TestResult) -> bool {
    task.kind != Kind::Catch || test.test.starts_with("mutant")
}

/// Divides the points of a task among its tests.
fn share(task: &mut TaskRecord) {
    let counting = task.tests.iter().filter(|test| test.max_points > 0.0).count().max(1) as f64;
    let (whole, solved) = (task.max_points / counting, task.points >= Some(task.max_points));
    let catch = task.kind == Kind::Catch.word();
    for test in &mut task.tests {
        let passed = test.status == Status::Pass;
        if test.max_points > 0.0 {
            test.max_points = whole;
            test.points = Some(if passed && (solved || catch) { whole } else { 0.0 });
        }
        if passed && !solved && !catch && test.message.is_empty() {
            test.message =
                "it passes; the points of a task are earned when all of its tests pass".to_owned();
        }
    }
}

fn not_run(asked: &TestResult, why: &str) -> TestResult {
    let mut test = asked.clone();
    test.outcome.status = Status::Skipped;
    why.clone_into(&mut test.outcome.message);
    test
}

fn test_record(
    exercise: &Exercise,
    task: &Task,
    test: &TestResult,
    order: usize,
    seed: u64,
) -> TestRecord {
    let outcome = &test.outcome;
    let name = test.test.strip_prefix(&format!("{}::", task.id)).unwrap_or(&test.test);
    let sent = outcome.transcript.iter().filter_map(|event| match event {
        Event::Sent(_, bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    let sent: Vec<u8> = sent.flatten().copied().take(MOST_BYTES).collect();
    let base64 = |bytes: &[u8]| BASE64.encode(&bytes[..bytes.len().min(MOST_BYTES)]);
    let passed = outcome.status == Status::Pass;
    let compared = outcome.difference.as_ref().filter(|_| !passed);
    let offset = compared.map(|(expected, actual)| {
        expected.iter().zip(actual).take_while(|(one, other)| one == other).count()
    });
    TestRecord {
        id: format!("{}/{}/{}", exercise.id, task.id, name.replace("::", "/")),
        chapter: exercise.chapter.clone(),
        task: task.id.clone(),
        name: test.sentence.clone(),
        order,
        status: outcome.status,
        points: Some(0.0),
        max_points: if counts(task, test) { 1.0 } else { 0.0 },
        duration_ms: outcome.time.as_millis().try_into().unwrap_or(u64::MAX),
        message: escaped(&outcome.message.replace(['\r', '\n'], " ")),
        output: if passed { String::new() } else { output(test) },
        hint: task.hint(&test.test).map(|hint| hint.look.clone()).unwrap_or_default(),
        seed,
        repeat: test.repeat.clone(),
        sent: BASE64.encode(&sent),
        expected: compared.map(|(expected, _)| base64(expected)),
        actual: compared.map(|(_, actual)| base64(actual)),
        offset,
    }
}

/// What was done and what came back, the bytes that differ, and what the test said.
fn output(test: &TestResult) -> String {
    let outcome = &test.outcome;
    let mut parts = Vec::new();
    if !outcome.transcript.is_empty() {
        parts.push(transcript(&outcome.transcript).join("\n"));
    }
    if let Some((expected, actual)) = &outcome.difference {
        parts.push(difference(expected, actual).join("\n"));
    }
    let said = anstream::adapter::strip_str(outcome.said.trim_end()).to_string();
    if !said.is_empty() {
        let end = said.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST_SAID).last();
        let short = &said[..end.filter(|_| said.len() > MOST_SAID).unwrap_or(said.len())];
        parts.push(match short.len() < said.len() {
            true => format!("{short}\n[… {} bytes are left out …]", said.len() - short.len()),
            false => said,
        });
    }
    escaped(&parts.join("\n\n"))
}

/// Text in which control characters can be seen; only lines and tabs stay what they are.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.replace("\r\n", "\n").chars() {
        match char {
            '\n' | '\t' => escaped.push(char),
            char if char.is_control() => escaped.extend(char.escape_default()),
            char => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use course_practice::judge::outcome::Outcome;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn task(id: &str, kind: Kind, points: u32) -> Task {
        Task {
            id: id.to_owned(),
            kind,
            title: "T".to_owned(),
            files: vec!["x.rs".to_owned()],
            minutes: 1,
            points,
            text: String::new(),
            hints: Vec::new(),
            server: BTreeMap::new(),
        }
    }

    fn test(task: &str, name: &str, order: usize, status: Status) -> TestResult {
        TestResult {
            task: task.to_owned(),
            test: name.to_owned(),
            sentence: name.replace('_', " "),
            order,
            outcome: Outcome { status, time: Duration::from_millis(5), ..Outcome::default() },
            repeat: "cargo test".to_owned(),
        }
    }

    fn asked() -> Assignment {
        let tasks = vec![
            task("build", Kind::Build, 2),
            task("seats", Kind::Extend, 3),
            task("catch", Kind::Catch, 3),
        ];
        let exercise = Exercise {
            id: "ex03".to_owned(),
            chapter: "ch03".to_owned(),
            folder: "ch03-x".to_owned(),
            reads: Vec::new(),
            changes_permissions: false,
            tasks,
        };
        let one = |task: &str, names: &[&str]| {
            names.iter().map(|name| test(task, name, 0, Status::Skipped)).collect::<Vec<_>>()
        };
        let tests = vec![
            one("build", &["a", "b", "tcp::c"]),
            one("seats", &["seats::d"]),
            one("catch", &["real", "other", "mutant_1", "mutant_2", "mutant_3"]),
        ];
        Assignment { exercise, title: "Threads".to_owned(), tests }
    }

    fn points(record: &ExerciseRecord) -> Vec<(f64, f64)> {
        record.tasks.iter().map(|task| (task.points.unwrap(), task.max_points)).collect()
    }

    #[test]
    fn points_are_earned_together_and_one_by_one_for_broken_servers() {
        let ran = |task: &str, name: &str, status| test(task, name, 1, status);
        let mut result = ExerciseResult { id: "ex03".to_owned(), ..ExerciseResult::default() };
        result.tests = vec![
            ran("build", "a", Status::Pass),
            ran("build", "b", Status::Fail),
            ran("build", "tcp::c", Status::Pass),
            ran("seats", "seats::d", Status::Pass),
            ran("catch", "real", Status::Pass),
            ran("catch", "other", Status::Pass),
            ran("catch", "mutant_1", Status::Pass),
            ran("catch", "mutant_2", Status::Fail),
            ran("catch", "mutant_3", Status::Pass),
        ];
        let record = asked().record(&result, 7, "why");
        assert_eq!(points(&record), [(0.0, 2.0), (3.0, 3.0), (2.0, 3.0)]);
        let shares = |index: usize| {
            record.tasks[index]
                .tests
                .iter()
                .map(|test| (test.points.unwrap(), test.max_points))
                .collect::<Vec<_>>()
        };
        assert_eq!(shares(0), [(0.0, 2.0 / 3.0); 3]);
        assert_eq!(shares(1), [(3.0, 3.0)]);
        assert_eq!(shares(2), [(0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 1.0)]);
        assert!(record.tasks[0].tests[0].message.starts_with("it passes; the points of a task"));
        let ids: Vec<_> = record
            .tasks
            .iter()
            .flat_map(|task| &task.tests)
            .map(|test| (test.id.as_str(), test.order))
            .collect();
        assert_eq!(
            ids[..4],
            [
                ("ex03/build/a", 1),
                ("ex03/build/b", 2),
                ("ex03/build/tcp/c", 3),
                ("ex03/seats/d", 4)
            ]
        );
    }

    #[test]
    fn a_task_that_was_run_in_part_earns_nothing_yet() {
        let mut result = ExerciseResult { id: "ex03".to_owned(), ..ExerciseResult::default() };
        result.tests =
            vec![test("build", "a", 1, Status::Pass), test("build", "b", 2, Status::Pass)];
        let record = asked().record(&result, 7, "the time was over");
        assert_eq!(points(&record), [(0.0, 2.0), (0.0, 3.0), (0.0, 3.0)]);
        let last = &record.tasks[0].tests[2];
        assert_eq!((last.status, last.message.as_str()), (Status::Skipped, "the time was over"));
    }

    #[test]
    fn bytes_are_kept_as_base64_and_text_without_control_characters() {
        let mut failed = test("seats", "seats::d", 1, Status::Fail);
        failed.outcome.message = "bad \u{1b}[1m\nnews".to_owned();
        failed.outcome.said = format!("\u{1b}[31mred\u{1b}[0m tab\t\u{85} {}", "é".repeat(20_000));
        failed.outcome.transcript = vec![
            Event::Sent("client sends".to_owned(), vec![0, 255]),
            Event::Note("then".to_owned()),
            Event::Sent("client sends".to_owned(), vec![10]),
        ];
        failed.outcome.difference = Some((b"abc".to_vec(), b"abd".to_vec()));
        let result = ExerciseResult {
            id: "ex03".to_owned(),
            tests: vec![failed],
            ..ExerciseResult::default()
        };
        let record = asked().record(&result, 7, "");
        let test = &record.tasks[1].tests[0];
        assert_eq!(test.sent, "AP8K");
        assert_eq!(
            (test.expected.as_deref(), test.actual.as_deref()),
            (Some("YWJj"), Some("YWJk"))
        );
        assert_eq!(test.offset, Some(2));
        assert_eq!(test.message, "bad \\u{1b}[1m news");
        assert!(test.output.contains("red tab\t\\u{85} éé"), "{}", test.output);
        assert!(test.output.ends_with("bytes are left out …]") && test.output.len() < 20_000);
        assert!(test.output.contains("b\"\\x00\\xff\""), "{}", test.output);
    }
}
