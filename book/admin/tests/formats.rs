//! Each form of the outcome, held against the rules of whoever reads it.

use course_admin::grade::formats::{Environment, Format};
use course_admin::grade::record::{ExerciseRecord, Record, SCHEMA, TaskRecord, TestRecord};
use course_practice::judge::outcome::Status;
use data_encoding::BASE64;
use launch::{Build, Programs, Which};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const STATUS: [Status; 6] =
    [Status::Pass, Status::Fail, Status::Timeout, Status::Crash, Status::Compile, Status::Skipped];

/// Texts that are wrong somewhere: markup, quotes, control bytes, other scripts, formulas.
const TEXTS: [&str; 8] = [
    "",
    "a plain sentence",
    "<script>alert(\"x\")</script> &amp; ]]> 'quoted'",
    "escape \u{1b}[31mred\u{1b}[0m, NUL \0, bell \u{7}, del \u{7f}, next line \u{85}",
    "two\nlines\tand a tab\r\nand CRLF, a CR \r alone",
    "größer, 日本語, \u{1f980}, not a character \u{fffe}\u{ffff}, from right \u{202e}",
    "=HYPERLINK(\"http://127.0.0.1\",\"x\")",
    "{\"json\": [1, 2]} ${shell} $(sub) `tick` \\ back",
];

fn test(exercise: &str, task: &str, order: usize, status: Status, text: &str) -> TestRecord {
    let passed = status == Status::Pass;
    let chapter = exercise.replace("ex", "ch");
    TestRecord {
        id: format!("{exercise}/{task}/a_test_{order}"),
        chapter,
        task: task.to_owned(),
        name: format!("a test {order} {text}").trim().to_owned(),
        order,
        status,
        points: Some(if passed { 0.5 } else { 0.0 }),
        max_points: 0.5,
        duration_ms: 1234,
        message: text.replace('\n', " "),
        // What a record holds is escaped already.
        output: text.replace(|char: char| char.is_control() && char != '\n', "?"),
        hint: text.to_owned(),
        seed: 7,
        repeat: format!("MOCK_SEED=7 cargo test -p {exercise} -- --exact x"),
        sent: BASE64.encode(b"\xff\0GET"),
        expected: (!passed).then(|| BASE64.encode(&[0, 255, 10])),
        actual: (!passed).then(|| BASE64.encode(text.as_bytes())),
        offset: (!passed).then_some(0),
    }
}

/// An exercise with a test of each status and each text.
fn exercise(id: &str) -> ExerciseRecord {
    let task = |name: &str, kind: &str, text: &str| TaskRecord {
        id: name.to_owned(),
        kind: kind.to_owned(),
        title: format!("A task {text}").trim().to_owned(),
        points: Some(0.5),
        max_points: 3.0,
        tests: STATUS
            .iter()
            .zip(1..)
            .map(|(status, order)| test(id, name, order, *status, text))
            .collect(),
    };
    ExerciseRecord {
        id: id.to_owned(),
        chapter: id.replace("ex", "ch"),
        title: "Threads".to_owned(),
        notes: TEXTS.map(str::to_owned).into(),
        tasks: TEXTS
            .iter()
            .zip(1..)
            .map(|(text, number)| task(&format!("task_{number}"), "extend", text))
            .collect(),
    }
}

fn record(submission: &str, exercises: Vec<ExerciseRecord>) -> Record {
    let tasks = || exercises.iter().flat_map(|exercise| &exercise.tasks);
    Record {
        schema: SCHEMA.to_owned(),
        submission: submission.to_owned(),
        seed: u64::MAX,
        complete: true,
        score: tasks().map(|task| task.points).sum(),
        max_score: tasks().map(|task| task.max_points).sum(),
        duration_ms: 61_001,
        notes: TEXTS.map(str::to_owned).into(),
        exercises,
        ..Record::default()
    }
}

/// Outcomes of every kind.
fn records() -> Vec<Record> {
    let mut long = record("long", vec![exercise("ex03")]);
    for test in long.exercises[0].tasks.iter_mut().flat_map(|task| &mut task.tests) {
        test.output = "0123456789 é\n".repeat(5_000);
        test.message = "m".repeat(20_000);
    }
    long.exercises[0].tasks[0].tests[1].output = "0123456789 é\n".repeat(200_000);
    let unfinished = Record { complete: false, ..record("unfinished", vec![exercise("ex10")]) };
    let no_tests = ExerciseRecord {
        tasks: vec![TaskRecord {
            tests: Vec::new(),
            points: Some(0.0),
            ..exercise("ex01").tasks[0].clone()
        }],
        ..exercise("ex01")
    };
    let mut not_read = record("not read", vec![exercise("ex03")]);
    not_read.not_read = format!("broken {}", TEXTS[3].replace('\n', " "));
    let why = not_read.not_read.clone();
    not_read.exercises[0].tasks.iter_mut().for_each(|task| task.not_read(&why));
    not_read.score = None;
    let mut partly = record("partly", vec![exercise("ex03")]);
    partly.exercises[0].tasks[1].not_read("src/x.rs was refused: it is no text");
    partly.score = None;
    vec![
        record("ada", vec![exercise("ex03"), exercise("ex04"), exercise("ex10")]),
        record(TEXTS[3], vec![exercise("ex03")]),
        record(TEXTS[6], vec![exercise("ex04")]),
        record("nothing", Vec::new()),
        record("no tests", vec![no_tests]),
        long,
        unfinished,
        Record { schema: SCHEMA.to_owned(), score: Some(0.0), ..Record::default() },
        not_read,
        partly,
    ]
}

fn environment() -> Environment {
    Environment::from(|name| {
        Some(match name {
            "SUBMISSION_TAG" => "submit/2026-06-01T14-32-05Z-a1b2c3d".to_owned(),
            "ASSIGNMENT_TYPE" => "individual".to_owned(),
            other => format!("the {other}"),
        })
    })
}

fn written(format: Format, record: &Record) -> String {
    format.write(std::slice::from_ref(record), &environment()).unwrap()
}

/// What is wrong with `value` by a schema; nothing if it is right.
fn faults(schema: &str, value: &Value) -> String {
    static PROGRAMS: LazyLock<Programs> = LazyLock::new(|| {
        Programs::build(here(), Which::Of(&["schemas"]), Build::default()).unwrap()
    });
    let mut command = Command::new(PROGRAMS.path("schemas").unwrap());
    command.arg(here().join("tests/schemas").join(schema));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = command.spawn().unwrap();
    // It prints when it has read all.
    program.stdin.take().unwrap().write_all(value.to_string().as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "{schema} is no schema");
    String::from_utf8(output.stdout).unwrap()
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn valid(schema: &str, value: &Value, submission: &str) {
    let faults = faults(schema, value);
    assert!(faults.is_empty(), "{submission}:\n{faults}");
}

#[test]
fn the_record_is_what_its_schema_says_and_is_read_again_as_it_was() {
    let schema = "grade.json";
    for record in records() {
        let text = written(Format::Json, &record);
        valid(schema, &serde_json::from_str(&text).unwrap(), &record.submission);
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
    let all = Format::Json.write(&records(), &environment()).unwrap();
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(all["schema"], "servers-by-hand/grades/v1");
    for grade in all["grades"].as_array().unwrap() {
        valid(schema, grade, "of a class");
    }
}

#[test]
fn a_schema_refuses_what_is_wrong() {
    let schema = "grade.json";
    let good: Value = serde_json::from_str(&written(Format::Json, &records()[0])).unwrap();
    let mut changes = vec![good.clone(); 4];
    changes[0]["score"] = json!(-1);
    changes[1]["exercises"][0]["tasks"][0]["tests"][0]["status"] = json!("passed");
    changes[2]["exercises"][0]["tasks"][0]["tests"][1]["expected"] = json!("no base64");
    changes[3]["exercises"][0]["tasks"][0]["tests"][0]["output"] = json!("\u{1b}");
    assert_eq!(faults(schema, &good), "");
    for (changed, number) in changes.iter().zip(0..) {
        assert_ne!(faults(schema, changed), "", "{number}");
    }
}

#[test]
fn gradescope_takes_it() {
    let schema = "gradescope.json";
    for record in records() {
        let text = written(Format::Gradescope, &record);
        assert!(text.len() < 2 << 20, "{} bytes", text.len());
        let value: Value = serde_json::from_str(&text).unwrap();
        valid(schema, &value, &record.submission);
        let score = (record.not_read.is_empty()).then(|| record.known());
        assert_eq!(value["score"].as_f64(), score, "{}", record.submission);
        // Else what a learner's program printed would be rendered as HTML.
        for format in ["output_format", "test_output_format", "test_name_format"] {
            assert_eq!(value[format], "text");
        }
        let tests = value["tests"].as_array().unwrap();
        let ours = record.exercises.iter().flat_map(|one| &one.tasks).flat_map(|task| &task.tests);
        assert_eq!(tests.len(), ours.clone().count());
        let numbers: HashSet<_> = tests.iter().map(|test| test["number"].as_str()).collect();
        assert_eq!(numbers.len(), tests.len(), "each test has its own number");
        for (test, ours) in tests.iter().zip(ours) {
            let passed = if ours.status == Status::Pass { "passed" } else { "failed" };
            assert_eq!(test["status"], passed);
            assert_eq!(test["score"].as_f64(), ours.points);
            assert!(test["output"].as_str().unwrap().len() < 9000);
            assert!(!test["name"].as_str().unwrap().contains(char::is_control));
        }
        let said = value["output"].as_str().unwrap();
        assert_eq!(said.contains("Not everything was run"), !record.complete);
    }
}

#[test]
fn classroom_50_takes_it() {
    let schema = "classroom50.json";
    let mut many = record("many", Vec::new());
    for number in 1..=30 {
        many.exercises.push(exercise(&format!("ex{number:02}")));
    }
    let (read, other): (Vec<_>, Vec<_>) =
        records().into_iter().chain([many]).partition(|one| one.score.is_some());
    // It has no place for work without points.
    assert_eq!(other.len(), 2);
    for record in other {
        let error = Format::Classroom50.write(&[record], &environment()).unwrap_err().to_string();
        assert!(error.contains("not read: ") && error.contains("none is written"), "{error}");
    }
    for record in read {
        let value: Value = serde_json::from_str(&written(Format::Classroom50, &record)).unwrap();
        valid(schema, &value, &record.submission);
        let tests = value["tests"].as_array().unwrap();
        let number = |value: &Value| value.as_u64().unwrap();
        let sum = |key: &str| tests.iter().map(|test| number(&test[key])).sum::<u64>();
        assert_eq!(number(&value["score"]), sum("score"));
        assert_eq!(number(&value["max-score"]), sum("max-score"));
        assert!(number(&value["score"]) <= number(&value["max-score"]));
        let mut names = HashSet::new();
        for test in tests {
            assert!(number(&test["score"]) <= number(&test["max-score"]));
            let name = test["test-name"].as_str().unwrap();
            assert!(name.len() <= 100 && names.insert(name), "{name}");
        }
        assert_eq!(value["owner"], "the OWNER");
    }
    // Whole points are told as they are.
    let mut solved = record("solved", vec![exercise("ex03")]);
    for task in &mut solved.exercises[0].tasks {
        task.points = Some(task.max_points);
    }
    let value: Value = serde_json::from_str(&written(Format::Classroom50, &solved)).unwrap();
    assert_eq!((&value["score"], &value["max-score"]), (&json!(24), &json!(24)));
    assert!(value["tests"].as_array().unwrap().iter().all(|test| test["passed"] == true));
}

/// An element as its schema sees it.
fn element(node: roxmltree::Node) -> Value {
    let attributes = node.attributes().map(|one| (one.name().to_owned(), json!(one.value())));
    let children = node.children().filter(roxmltree::Node::is_element);
    let text: String =
        node.children().filter(roxmltree::Node::is_text).filter_map(|text| text.text()).collect();
    json!({
        "tag": node.tag_name().name(),
        "attributes": serde_json::Map::from_iter(attributes),
        "text": text.trim(),
        "children": children.map(element).collect::<Vec<_>>(),
    })
}

#[test]
fn jenkins_takes_it() {
    let schema = "junit.json";
    for record in records() {
        let text = written(Format::Junit, &record);
        let document = roxmltree::Document::parse(&text).unwrap();
        let value = element(document.root_element());
        valid(schema, &value, &record.submission);
        let suites = value["children"].as_array().unwrap();
        let tasks: Vec<_> = record.exercises.iter().flat_map(|one| &one.tasks).collect();
        assert_eq!(suites.len(), tasks.len());
        for (suite, task) in suites.iter().zip(tasks) {
            let parts = suite["children"].as_array().unwrap();
            let properties = parts[0]["children"].as_array().unwrap();
            let value = |name: &str| {
                let found = properties.iter().find(|one| one["attributes"]["name"] == name);
                found.map(|one| one["attributes"]["value"].as_str().unwrap().to_owned())
            };
            assert_eq!(value("points"), task.points.map(|points| points.to_string()));
            assert_eq!(value("not_read").is_some(), task.points.is_none());
            if task.points.is_none() {
                let is_error = |case: &Value| case["children"][0]["tag"] == "error";
                assert!(parts[1..].iter().all(is_error));
                continue;
            }
            let outcomes = parts[1..].iter().map(|case| case["children"][0]["tag"].as_str());
            let all = [
                None,
                Some("failure"),
                Some("error"),
                Some("error"),
                Some("error"),
                Some("skipped"),
            ];
            assert_eq!(outcomes.collect::<Vec<_>>(), all[..task.tests.len()]);
            if !task.tests.is_empty() {
                let counts = ["tests", "failures", "errors", "skipped"];
                assert_eq!(counts.map(|key| &suite["attributes"][key]), ["6", "1", "3", "1"]);
            }
        }
    }
}

#[test]
fn control_bytes_are_escaped_and_not_dropped() {
    let record = record("x", vec![exercise("ex03")]);
    for format in
        [Format::Junit, Format::Gradescope, Format::Text, Format::Csv, Format::Classroom50]
    {
        let text = written(format, &record);
        let json = text.replace("\\\\", "\\");
        for escaped in [r"\u{1b}[31mred", r"NUL \u{0}", r"\u{7f}", r"\u{85}", r"\u{fffe}\u{ffff}"] {
            assert!(json.contains(escaped), "{escaped} is not in {}", format.name());
        }
        let strange = |char: &char| char.is_control() && !"\r\n\t".contains(*char);
        assert_eq!(text.chars().find(strange), None, "in {}", format.name());
    }
}

#[test]
fn a_spreadsheet_takes_it() {
    let all = records();
    let text = Format::Csv.write(&all, &environment()).unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<_> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let first = ["submission", "score", "max_score", "state", "late", "version"];
    assert_eq!(
        (&head[..6], head[6].as_str()),
        (&first.map(str::to_owned)[..], "ex01 task_1 (of 3)")
    );
    assert_eq!(head.len(), 6 + 1 + 3 * 8 + 2);
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), all.len());
    for (row, record) in rows.iter().zip(&all) {
        assert_eq!(row[1].parse::<f64>().ok(), record.score);
        for cell in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            assert!(cell.len() < 32_767 && !cell.contains(['\r', '\n']), "{cell}");
        }
    }
    assert!(rows[2][0].starts_with("'=HYPERLINK("));
    let place = |name: &str| head.iter().position(|column| column == name).unwrap();
    assert_eq!(&rows[0][place("ex04 task_2 (of 3)")], "0.5");
    assert_eq!(&rows[1][place("ex04 task_2 (of 3)")], "");
    assert_eq!(&rows[6][place("state")], "unfinished");
    assert_eq!(&rows[0][place("state")], "graded");
    // What was not read is empty, and not zero, and the reason stands beside it.
    assert!(rows[8][place("state")].starts_with("not read: broken escape \\u{1b}"));
    assert_eq!(&rows[8][place("ex03 task_1 (of 3)")], "");
    let why = "partly not read: src/x.rs was refused: it is no text";
    assert_eq!(&rows[9][place("state")], why);
    assert_eq!(&rows[9][place("ex03 task_1 (of 3)")], "0.5");
    assert_eq!(&rows[9][place("ex03 task_2 (of 3)")], "");
    assert_eq!(&rows[0][place("seed")], u64::MAX.to_string());
}

#[test]
fn people_can_read_it() {
    let solved = {
        let mut task = exercise("ex03").tasks[1].clone();
        task.tests.truncate(1);
        (task.id, task.title, task.points) = ("build".to_owned(), "Lines".to_owned(), Some(3.0));
        task
    };
    let mut failed =
        TaskRecord { title: "At most N".to_owned(), points: Some(0.0), ..solved.clone() };
    failed.tests.push(TestRecord {
        name: "who leaves makes room".to_owned(),
        message: "the client was told \"full\"".to_owned(),
        ..test("ex03", "at_most", 2, Status::Fail, "")
    });
    let ex03 =
        ExerciseRecord { tasks: vec![solved, failed], notes: Vec::new(), ..exercise("ex03") };
    let ada = Record { notes: Vec::new(), ..record("ada", vec![ex03]) };
    assert_eq!(
        written(Format::Text, &ada),
        "ada: 3 of 6 points\n\
         \n\
         ex03 Threads\n    \
             3 of 3  Lines\n    \
             0 of 3  At most N\n            \
                     one test does not pass; fail: who leaves makes room\n            \
                     the client was told \"full\"\n"
    );
    let bob = Record { complete: false, submission: "bob".to_owned(), ..ada.clone() };
    let long = Record {
        submission: "eleanor".to_owned(),
        exercises: Vec::new(),
        score: None,
        not_read: "it is empty".to_owned(),
        late: true,
        version: "the newest of 2: Monday".to_owned(),
        ..ada.clone()
    };
    assert_eq!(
        Format::Text.write(&[ada, bob, long], &environment()).unwrap(),
        "ada            3/6  ex03 3\n\
         bob            3/6  ex03 3  not everything was run\n\
         eleanor          -  not read: it is empty  late  the newest of 2: Monday\n"
    );
}

#[test]
fn a_form_for_one_submission_takes_one() {
    for format in Format::ALL {
        let several = format.write(&records(), &environment());
        assert_eq!(several.is_ok(), format.is_one_document(), "{}", format.name());
    }
}
