//! The learner's commands: how failures are shown, hints, resets, comparisons, and the whole
//! of it on chapter 3.

#[path = "../../workbook/tests/sample/mod.rs"]
mod sample;

use course_practice::judge::build::BuildFolder;
use course_practice::judge::fence;
use course_practice::judge::outcome::Status;
use course_practice::judge::outcome::{Event, Outcome};
use course_practice::judge::result::{ExerciseResult, TestResult};
use course_practice::practice::cache::ResultCache;
use course_practice::practice::failure::failure;
use course_practice::practice::hints::{HintHistory, find};
use course_practice::practice::report::{Report, sum, table};
use course_practice::practice::runner::{ExerciseRunner, TaskState};
use launch::ProcessGroup;
use sample::Sample;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};
use workbook::course::chapters::Course;
use workbook::course::exercise::{Exercise, sentence};

const EXERCISE: &str = r#"
[[task]]
id = "build"
kind = "build"
title = "Echo"
files = ["say.rs", "both.rs"]
minutes = 30
points = 2
text = "Write `say`."
hint = [{ tests = ["hello_is_said", "a_pause_is_kept"], look = "L", page = "P", code = "C" }]

[[task]]
id = "louder"
kind = "extend"
title = "Louder"
files = ["louder.rs", "both.rs"]
minutes = 20
points = 4
text = "Write `louder`."
hint = [{ tests = ["louder::it_is_loud"], look = "L2", page = "P2", code = "C2" }]

[[task]]
id = "later"
kind = "extend"
title = "Later"
files = ["later.rs"]
minutes = 20
points = 3
text = "Write `later`."
hint = [{ tests = ["later::it_is_late"], look = "L3", page = "P3", code = "C3" }]

[[task]]
id = "catch"
kind = "catch"
title = "Catch three"
files = ["catch.rs"]
minutes = 20
points = 3
text = "Catch them."
hint = [
    { tests = ["real", "other", "mutant_1", "mutant_2", "mutant_3"], look = "", page = "", code = "" },
]

[task.server]
mutant_1 = { does = "is stalled", belief = "b", test = "hello_is_said" }
mutant_2 = { does = "is mute", belief = "b", test = "hello_is_said" }
mutant_3 = { does = "is slow", belief = "b", test = "hello_is_said" }
"#;

const FILES: [&str; 5] = ["say.rs", "both.rs", "louder.rs", "later.rs", "catch.rs"];

/// The sample course, with an exercise in its first chapter that nobody has begun.
fn course() -> (Sample, Exercise) {
    let sample = Sample::new();
    let folder = "chapters/ch01-echo/exercise";
    sample.write(&format!("{folder}/exercise.toml"), EXERCISE);
    for file in FILES {
        let text = format!("// {file}\nfn f() {{\n    todo!(\"write {file}\")\n}}\n");
        sample.write(&format!("{folder}/starter/{file}"), &text);
        sample.write(&format!("{folder}/{}", place(file)), &text);
    }
    let course = Course::read(&sample.path("chapters/course.toml")).unwrap();
    let exercise = Exercise::read(&sample.path(""), course.chapter("ch01").unwrap()).unwrap();
    (sample, exercise.unwrap())
}

fn place(file: &str) -> String {
    if file == "catch.rs" { "catch/src/catch.rs".into() } else { format!("src/{file}") }
}

/// A result, as it comes of a run.
fn result(task: &str, test: &str, status: Status, message: &str, said: &str) -> TestResult {
    let outcome = Outcome {
        status,
        message: message.to_owned(),
        said: said.to_owned(),
        ..Outcome::default()
    };
    TestResult {
        task: task.to_owned(),
        test: test.to_owned(),
        sentence: sentence(test),
        order: 0,
        outcome,
        repeat: format!("cargo test -p ex01 -- --exact promises::{test}"),
    }
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn shown(test: &TestResult) -> String {
    plain(&failure(&course().1, test, "press h"))
}

// How a failure is shown

#[test]
fn bytes_that_differ_are_shown_with_what_was_done_and_a_caret() {
    let said = "\
thread 'promises::hello_is_said' (7) panicked at chapters/ch01-echo/exercise/tests/../../../../tests/ch01.rs:20:5:
what ada hears: bytes differ at offset 4
  expected: b\"bye!\\r\\n\"
";
    let message = "what ada hears: bytes differ at offset 4";
    let mut test = result("build", "hello_is_said", Status::Fail, message, said);
    test.outcome.transcript = vec![
        Event::Note("a client connects".into()),
        Event::Sent("a read delivers".into(), b"done".to_vec()),
        Event::Sent("a read delivers".into(), b"\n".to_vec()),
        Event::Received("the server writes".into(), b"bye!\n".to_vec()),
    ];
    test.outcome.difference = Some((b"bye!\r\n".to_vec(), b"bye!\n".to_vec()));
    let text = r#"
✗ hello is said (build)

   1  a client connects
   2  a read delivers    b"done\n"  (2 times)
   3  the server writes  b"bye!\n"

  what ada hears: the first difference is at offset 4
  expected: b"bye!\r\n"
  actual:   b"bye!\n"
                  ^
  at tests/ch01.rs:20

  again: cargo test -p ex01 -- --exact promises::hello_is_said
  hint:  press h
"#;
    assert_eq!(shown(&test), text);
}

#[test]
fn a_todo_is_what_is_still_to_be_written() {
    let said = "\
thread 'promises::hello_is_said' (7) panicked at chapters/ch01-echo/exercise/src/say.rs:3:5:
not yet implemented: say hello
";
    let test = result("build", "hello_is_said", Status::Fail, "not yet implemented", said);
    let text = "
· hello is said (build)

  still to be written: chapters/ch01-echo/exercise/src/say.rs:3
    say hello

  hint:  press h
";
    assert_eq!(shown(&test), text);
}

#[test]
fn a_panic_of_ones_own_code_comes_before_that_of_the_test() {
    let said = "\
[chapters/ch01-echo/exercise/src/say.rs:2:5] count = 3
thread 'promises::hello_is_said' (7) panicked at tests/ch01.rs:20:5:
called `Result::unwrap()` on an `Err` value: Any { .. }

thread '<unnamed>' (8) panicked at chapters/ch01-echo/exercise/src/say.rs:3:5:
index out of bounds: the len is 0 but the index is 3
";
    let test = result("build", "hello_is_said", Status::Fail, "called `Result::unwrap()`", said);
    let text = "
✗ hello is said (build)

  index out of bounds: the len is 0 but the index is 3
  at chapters/ch01-echo/exercise/src/say.rs:3
  called `Result::unwrap()` on an `Err` value: Any { .. }
  at tests/ch01.rs:20

  it printed:
    [chapters/ch01-echo/exercise/src/say.rs:2:5] count = 3

  again: cargo test -p ex01 -- --exact promises::hello_is_said
  hint:  press h
";
    assert_eq!(shown(&test), text);
}

#[test]
fn bytes_that_were_printed_as_numbers_can_be_read() {
    let said = "\
thread 'promises::hello_is_said' (7) panicked at tests/ch01.rs:20:5:
assertion `left == right` failed
  left: [104, 105, 10]
 right: [104, 111, 10]
";
    let test = result("build", "hello_is_said", Status::Fail, "assertion failed", said);
    let text = r#"
  assertion `left == right` failed
    left: [104, 105, 10]
          b"hi\n"
   right: [104, 111, 10]
          b"ho\n"
  at tests/ch01.rs:20
"#;
    assert!(shown(&test).contains(text), "{}", shown(&test));
}

#[test]
fn a_test_that_was_ended_says_so_and_what_it_waited_for() {
    let message = "it was not over after 2s, and was ended";
    let mut test = result("build", "a_pause_is_kept", Status::Timeout, message, "");
    test.outcome.transcript = vec![Event::Note("a read waits".into())];
    let text = "
✗ a pause is kept (build)

   1  a read waits

  it was not over after 2s, and was ended

  again: cargo test -p ex01 -- --exact promises::a_pause_is_kept
  hint:  press h
";
    assert_eq!(shown(&test), text);
}

#[test]
fn a_program_that_ended_itself_shows_what_it_printed_last() {
    let said = "
running 2 tests
thread 'x' has overflowed its stack
fatal runtime error: stack overflow, aborting
";
    let test = result("build", "hello_is_said", Status::Crash, "the program was ended", said);
    let text = "
  the program was ended

  it printed:
    thread 'x' has overflowed its stack
    fatal runtime error: stack overflow, aborting
";
    assert!(shown(&test).contains(text), "{}", shown(&test));
}

#[test]
fn what_the_compiler_says_is_shown_as_it_says_it() {
    let error = |number: usize| {
        format!("error[E{number:04}]: no\n  --> a.rs:1:1\n{}\n", "  |\n".repeat(25))
    };
    let said =
        (1..=4).map(error).collect::<String>() + "error: aborting due to 4 previous errors\n\n";
    let test = result("build", "hello_is_said", Status::Compile, "it does not compile", &said);
    let text = shown(&test);
    assert!(
        text.starts_with("\n✗ it does not compile\n\nerror[E0001]: no\n  --> a.rs:1:1\n"),
        "{text}"
    );
    assert!(text.contains("\n\nerror[E0002]: no\n"), "{text}");
    assert!(text.ends_with("\n\n… and 2 more errors\n"), "{text}");
    assert!(!text.contains("aborting"), "{text}");
    let long = format!("error: no\n{}\n", "  |\n".repeat(200));
    let only = result("build", "hello_is_said", Status::Compile, "", &long);
    assert!(shown(&only).contains("… 142 lines are left out …"), "{}", shown(&only));
    assert!(!shown(&only).contains("more error"), "{}", shown(&only));
}

fn workspace(members: &[&str]) -> String {
    format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n")
}

/// The chapter before, for one, in which a learner has tried something.
#[test]
fn what_is_wrong_in_a_package_that_an_exercise_needs_is_said_in_the_compilers_words() {
    let (sample, exercise) = course();
    let folder = "chapters/ch01-echo/exercise";
    sample.write("Cargo.toml", &workspace(&[folder]));
    sample.write("chapters/clippy.toml", "");
    let manifest = "[package]\nname = \"ex01\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                    [dependencies]\nbefore = { path = \"../../before\" }\n";
    sample.write(&format!("{folder}/Cargo.toml"), manifest);
    sample.write(&format!("{folder}/src/main.rs"), "fn main() {}\n");
    let before = "[package]\nname = \"before\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    sample.write("chapters/before/Cargo.toml", before);
    fence::start_through(env!("CARGO_BIN_EXE_course-practice").into());
    let place = BuildFolder {
        root: sample.path(""),
        target: sample.path("target"),
        offline: true,
        jobs: Some(1),
        time: Duration::from_secs(120),
    };
    let said = || {
        let built = place.build_own(&[&exercise]).unwrap();
        plain(&built.program("ex01", "ex01").unwrap_err())
    };
    sample.write("chapters/before/src/lib.rs", "fn f() {}\npub fn g() -> u8 {\n    half\n}\n");
    let error = said();
    assert!(error.starts_with("error[E0425]: cannot find value `half`"), "{error}");
    assert!(error.contains("before/src/lib.rs:3:5"), "{error}");
    // What no compiler says, cargo does; here of a package without which the other one is built.
    sample.write("chapters/before/src/lib.rs", "");
    sample.write("chapters/before/build.rs", "fn main() { panic!(\"no soup\") }\n");
    sample.write("Cargo.toml", &workspace(&[folder, "chapters/other"]));
    sample.write("chapters/other/Cargo.toml", &before.replace("before", "ex02"));
    sample.write("chapters/other/src/main.rs", "fn main() {}\n");
    let other = Exercise { id: "ex02".to_owned(), ..exercise.clone() };
    let built = place.build_own(&[&exercise, &other]).unwrap();
    assert!(built.program("ex02", "ex02").is_ok());
    let error = built.program("ex01", "ex01").unwrap_err();
    assert!(error.starts_with("error: ex01 was not compiled\n"), "{error}");
    assert!(error.contains("no soup"), "{error}");
}

#[test]
fn what_was_refused_says_where() {
    let message = "it was not run: src/say.rs: line 3: `std::process` is not allowed here";
    let test = result("build", "hello_is_said", Status::Skipped, message, "");
    let text = "
✗ it was not run

  src/say.rs: line 3: `std::process` is not allowed here
";
    assert_eq!(shown(&test), text);
}

#[test]
fn a_conversation_shows_who_said_what() {
    let mut test =
        result("build", "tcp::a_word_comes_back", Status::Fail, "ada hears something else", "");
    test.sentence = "over TCP: a word comes back".into();
    test.repeat = "cargo workbook check ch01 build --seed 7".into();
    test.outcome.transcript = vec![
        Event::Note("ada connects".into()),
        Event::Note("ada sends".into()),
        Event::Sent("sent".into(), b"hi".to_vec()),
        Event::Note("ada hears".into()),
        Event::Received("came".into(), b"ho".to_vec()),
    ];
    test.outcome.difference = Some((b"hi".to_vec(), b"ho".to_vec()));
    let text = r#"
✗ over TCP: a word comes back (build)

   1  ada connects
   2  ada sends  b"hi"
   3  ada hears  b"ho"

  ada hears something else
  the first difference is at offset 1
  expected: b"hi"
  actual:   b"ho"
               ^

  again: cargo workbook check ch01 build --seed 7
  hint:  press h
"#;
    assert_eq!(shown(&test), text);
}

// The report of an exercise

/// What is told when these results come, piece by piece.
fn told(planned: &[TestResult], come: &[TestResult]) -> Vec<String> {
    let exercise = course().1;
    let mut report = Report::new(&exercise, planned.to_vec(), "press h");
    come.chunks(1).map(|test| plain(&report.add(test))).collect()
}

#[test]
fn the_first_failure_is_told_when_it_is_known_and_the_others_in_lines() {
    let pass = |name| result("build", name, Status::Pass, "", "");
    let fail = |name| result("build", name, Status::Fail, "no", "");
    let to_do = "thread 'x' (7) panicked at chapters/ch01-echo/exercise/src/say.rs:3:5:\nnot yet implemented\n";
    let last = result("louder", "louder::it_is_loud", Status::Fail, "not yet implemented", to_do);
    let planned = [pass("one"), pass("two"), pass("three"), last.clone()];
    let told = told(&planned, &[fail("three"), fail("two"), pass("one"), last]);
    // Until the first is known, the second may not be the first failure.
    assert_eq!(told[..2], ["", ""]);
    assert!(told[2].starts_with("\n✗ two (build)\n"), "{}", told[2]);
    let others = "
Besides:
  ✗ three: no
  · 1 test waits for src/say.rs:3, still to be written
";
    assert_eq!(told[3], others);
}

/// `watch` does not wait for what stands before a failure, and what was shown stays.
#[test]
fn whoever_watches_sees_the_failure_that_comes_first_and_it_stays() {
    let pass = |name| result("build", name, Status::Pass, "", "");
    let fail = |name| result("build", name, Status::Fail, "no", "");
    let exercise = course().1;
    let planned = ["one", "two", "three", "four"].map(pass);
    let mut report = Report::new(&exercise, planned.to_vec(), "press h").at_once();
    let mut add = |come: &[TestResult]| plain(&report.add(come));
    assert_eq!(add(&[pass("four")]), "");
    // Of those that come together it is the one that stands first.
    let told = add(&[fail("three"), fail("two")]);
    assert!(told.starts_with("\n✗ two (build)\n") && !told.contains("three"), "{told}");
    assert_eq!(add(&[fail("one")]), "\nBesides:\n  ✗ one: no\n  ✗ three: no\n");
    assert_eq!(report.failure().unwrap().test, "two");
}

#[test]
fn of_many_failures_there_are_as_many_lines_as_there_is_room_for() {
    let fail = |number| result("build", &format!("test_{number}"), Status::Fail, "no", "");
    let tests: Vec<_> = (0..60).map(fail).collect();
    let exercise = course().1;
    let lines = |report: Report<'_>| {
        let mut report = report;
        let told: String = tests.chunks(1).map(|test| report.add(test)).collect();
        let (_, others) = told.split_once("Besides:\n").unwrap();
        (others.lines().count(), others.lines().last().unwrap().trim().to_owned())
    };
    let report = || Report::new(&exercise, tests.clone(), "");
    assert_eq!(lines(report()), (40, "… and 20 more".to_owned()));
    assert_eq!(lines(report().with_room(30, 80)), (10, "… and 50 more".to_owned()));
    assert_eq!(lines(report().with_room(5, 80)), (3, "… and 57 more".to_owned()));
}

/// `watch` tells the failure, then a table: nothing of it may push the name off the screen.
#[test]
fn on_a_small_screen_the_name_of_what_fails_stays() {
    let mut first = result("build", "hello_is_said", Status::Fail, "no", "");
    let events = (0..40).map(|number| Event::Note(format!("step {number} {}", "x".repeat(60))));
    first.outcome.transcript = events.collect();
    let others = (0..9).map(|number| result("build", &number.to_string(), Status::Fail, "no", ""));
    let tests: Vec<_> = [first].into_iter().chain(others).collect();
    let exercise = course().1;
    let told = |lines, columns| {
        let mut report = Report::new(&exercise, tests.clone(), "press h");
        report = report.with_room(lines, columns);
        plain(&tests.chunks(1).map(|test| report.add(test)).collect::<String>())
    };
    for (lines, columns) in [(24, 80), (24, 40), (30, 80), (40, 120)] {
        let text = told(lines, columns);
        // Each task has a line in the table; the rest is a heading, the sum, the keys.
        let below = exercise.tasks.len() + 6;
        let taken: usize =
            text.lines().map(|line| line.chars().count().div_ceil(columns).max(1)).sum();
        assert!(taken + below <= lines, "{lines}x{columns}: {taken} lines:\n{text}");
        assert!(text.starts_with("\n✗ hello is said (build)\n"), "{text}");
        assert!(
            text.contains("lines are left out; `cargo workbook check ch01` shows them"),
            "{text}"
        );
        assert!(text.contains("\n  hint:  press h\n"), "{text}");
    }
    assert!(!told(200, 80).contains("`cargo workbook check ch01`"));
}

/// A task of which every file belongs to one before it, or some do.
#[test]
fn a_file_that_was_changed_for_another_task_begins_no_task() {
    let (sample, exercise) = course();
    let runner = ExerciseRunner::new(&sample.checkout(), None);
    let [build, louder, later, _] = &exercise.tasks[..] else { panic!() };
    let begun = || [build, louder, later].map(|task| runner.is_begun(&exercise, task));
    assert_eq!(begun(), [false; 3]);
    sample.write("chapters/ch01-echo/exercise/src/both.rs", "// for build");
    assert_eq!(begun(), [true, false, false]);
    let fails = result("louder", "louder::it_is_loud", Status::Fail, "no", "");
    let results = |test: &TestResult| ExerciseResult {
        tests: vec![test.clone()],
        ..ExerciseResult::default()
    };
    assert_eq!(runner.state(&exercise, louder, &results(&fails)), TaskState::NotBegun);
    sample.write("chapters/ch01-echo/exercise/src/louder.rs", "// for louder");
    assert_eq!(begun(), [true, true, false]);
    assert_eq!(runner.state(&exercise, louder, &results(&fails)), TaskState::Fails);

    // If it has no file of its own, what is still to be written tells.
    let mut shared = exercise.clone();
    shared.tasks[1].files = vec!["both.rs".to_owned()];
    assert!(runner.is_begun(&shared, &shared.tasks[1]), "it is run");
    assert_eq!(runner.state(&shared, &shared.tasks[1], &results(&fails)), TaskState::Fails);
    let said = "thread 'x' (7) panicked at chapters/ch01-echo/exercise/src/both.rs:3:5:\nnot yet implemented\n";
    let to_do = result("louder", "louder::it_is_loud", Status::Fail, "not yet implemented", said);
    assert_eq!(runner.state(&shared, &shared.tasks[1], &results(&to_do)), TaskState::NotBegun);
}

fn catch(outcomes: [(Status, &str); 5]) -> Vec<TestResult> {
    let servers = ["real", "other", "mutant_1", "mutant_2", "mutant_3"];
    let tests = servers.iter().zip(outcomes);
    tests.map(|(server, (status, message))| result("catch", server, status, message, "")).collect()
}

#[test]
fn broken_servers_are_told_as_they_are_noticed_and_what_is_wrong_with_others_is_not() {
    let tests = catch([
        (Status::Pass, "all 2 of your tests pass on it"),
        (Status::Pass, "all 2 of your tests pass on it"),
        (Status::Pass, "noticed: a server that is stalled"),
        (Status::Fail, "it is not noticed: all 2 of your tests pass on it"),
        (Status::Pass, "noticed: a server that is slow"),
    ]);
    let told = told(&tests, &tests);
    assert_eq!(told[0], "\nYour tests, on each server:\n  ✓ the chapter's own server passes\n");
    assert_eq!(told[1], "  ✓ another right server passes\n");
    assert_eq!(told[2], "  ✓ broken server 1 is noticed: a server that is stalled\n");
    assert_eq!(told[3], "  ✗ broken server 2 is not noticed: all 2 of your tests pass on it\n");
    assert!(told[4].starts_with(
        "  ✓ broken server 3 is noticed: a server that is slow\n\n✗ mutant 2 (catch)\n"
    ));
    assert!(!told.concat().contains("mute"), "{}", told.concat());
}

#[test]
fn tests_that_fail_on_a_right_server_are_told_once() {
    let skipped = (Status::Skipped, "tests that fail on a right server do not notice a broken one");
    let tests =
        catch([(Status::Fail, "your test “x” fails: no"), skipped, skipped, skipped, skipped]);
    let told = told(&tests, &tests).concat();
    let text = "
✗ real (catch)

  your test “x” fails: no

  again: cargo test -p ex01 -- --exact promises::real
  hint:  press h
";
    assert_eq!(told, text);
}

#[test]
fn a_copy_without_broken_servers_says_so_once_and_the_task_passes() {
    let absent = (Status::Skipped, "this copy of the course has only the right server");
    let tests = catch([(Status::Pass, ""), absent, absent, absent, absent]);
    let text = "
Your tests, on each server:
  ✓ the chapter's own server passes
  · this copy of the course has only the right server
";
    assert_eq!(told(&tests, &tests).concat(), text);
    let (sample, exercise) = course();
    sample.write("chapters/ch01-echo/exercise/catch/src/catch.rs", "// mine");
    let runner = ExerciseRunner::new(&sample.checkout(), None);
    let result = ExerciseResult { tests, ..ExerciseResult::default() };
    let task = exercise.task("catch").unwrap();
    assert_eq!(runner.state(&exercise, task, &result), TaskState::Passes);
    assert_eq!(
        plain(&table(&[task], &[TaskState::Passes], &result)),
        "✓ catch  passes on the right server  0 of 3 points\n"
    );
}

#[test]
fn the_table_says_how_far_each_task_is() {
    let exercise = course().1;
    let mut tests = vec![
        result("build", "hello_is_said", Status::Pass, "", ""),
        result("build", "a_pause_is_kept", Status::Pass, "", ""),
        result("louder", "louder::it_is_loud", Status::Compile, "", ""),
    ];
    let noticed = (Status::Pass, "noticed: a server that is stalled");
    let right = (Status::Pass, "");
    tests.extend(catch([right, right, noticed, (Status::Fail, ""), noticed]));
    let result = ExerciseResult { tests, ..ExerciseResult::default() };
    let tasks: Vec<_> = exercise.tasks.iter().collect();
    let states = [TaskState::Passes, TaskState::Fails, TaskState::NotBegun, TaskState::Fails];
    let text = "\
✓ build   all 2 tests pass               2 of 2 points
✗ louder  does not compile               0 of 4 points
· later   not begun, about 20 min        0 of 3 points
✗ catch   2 of 3 broken servers noticed  2 of 3 points
";
    assert_eq!(plain(&table(&tasks, &states, &result)), text);
    assert_eq!(sum(&tasks, &states, &result), "1 of 4 tasks passes: 4 of 12 points.");
}

// Hints

#[test]
fn hints_come_one_by_one_and_are_remembered_for_each_test() {
    let (sample, exercise) = course();
    let test = result("build", "hello_is_said", Status::Fail, "", "");
    // Each time by what was written down the time before.
    let next = |test| plain(&HintHistory::read(&sample.checkout()).next(&exercise, test).unwrap());
    assert_eq!(next(&test), "hello is said\nhint 1 of 3, what to look at:\n  L\n");
    assert_eq!(next(&test), "hello is said\nhint 2 of 3, where to read:\n  P\n");
    let other = result("louder", "louder::it_is_loud", Status::Fail, "", "");
    assert_eq!(next(&other), "it is loud\nhint 1 of 3, what to look at:\n  L2\n");
    assert_eq!(next(&test), "hello is said\nhint 3 of 3, nearly the code:\n  C\n");
    let all = "hello is said\nhint 1 of 3, what to look at:\n  L\nhint 2 of 3, where to read:\n  P\n\
               hint 3 of 3, nearly the code:\n  C\n";
    assert_eq!(next(&test), all);
    assert_eq!(next(&test), all);
}

#[test]
fn a_conversation_has_three_hints_too() {
    let (sample, exercise) = course();
    let test = result("louder", "tcp::a_word_comes_back", Status::Fail, "", "");
    let mut hints = String::new();
    for _ in 0..3 {
        hints += &plain(&HintHistory::read(&sample.checkout()).next(&exercise, &test).unwrap());
    }
    for part in ["hint 1 of 3", "cargo run -p ex01", "127.0.0.1:8001", "hint 3 of 3", "dbg!"] {
        assert!(hints.contains(part), "{part} is not in {hints}");
    }
}

#[test]
fn a_part_of_a_name_is_enough_if_it_can_mean_one_test_only() {
    let names =
        ["hello_is_said", "a_pause_is_kept", "louder::it_is_loud", "louder::it_is_loud_too"];
    let tests = names.map(|name| result("build", name, Status::Fail, "", ""));
    let found = |part: &str| {
        find(&tests, part).map(|test| test.test.clone()).map_err(|error| error.to_string())
    };
    assert_eq!(found("hello"), Ok("hello_is_said".into()));
    assert_eq!(found("A pause"), Ok("a_pause_is_kept".into()));
    assert_eq!(found("it_is_loud"), Ok("louder::it_is_loud".into()), "a whole name is one");
    assert_eq!(
        found("loud"),
        Err("which one is meant by “loud”?\n  louder::it_is_loud\n  louder::it_is_loud_too".into())
    );
    assert_eq!(found("fly"), Err("no test of this exercise has “fly” in its name".into()));
}

// What is kept

#[test]
fn a_result_is_kept_until_a_file_changes_and_cannot_be_made_by_hand() {
    let (sample, exercise) = course();
    let (build, catch) = (exercise.task("build").unwrap(), exercise.task("catch").unwrap());
    let kept = || ResultCache::new(&sample.checkout());
    let found = |task| kept().results(&kept().inputs(&exercise), &exercise, task);
    let pass = result("build", "hello_is_said", Status::Pass, "", "");
    assert!(found(build).is_none());
    kept().keep(&kept().inputs(&exercise), &exercise, build, &[&pass]).unwrap();
    let server = result("catch", "real", Status::Pass, "", "");
    kept().keep(&kept().inputs(&exercise), &exercise, catch, &[&server]).unwrap();
    assert_eq!(found(build).unwrap()[0].test, "hello_is_said");

    // A test of the learner does not see the learner's server.
    sample.write("chapters/ch01-echo/exercise/src/say.rs", "// other");
    assert!(found(build).is_none());
    assert!(found(catch).is_some());
    sample.write("tests/ch01.rs", "// other");
    assert!(found(catch).is_none());
    // Of the course's files, length and time count: here the time.
    kept().keep(&kept().inputs(&exercise), &exercise, catch, &[&server]).unwrap();
    assert!(found(catch).is_some());
    let file = sample.checkout().root.join("tests/ch01.rs");
    let file = File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert!(found(catch).is_none());

    // Of what a learner writes every byte counts: two saves may have the same length and time.
    kept().keep(&kept().inputs(&exercise), &exercise, build, &[&pass]).unwrap();
    let own = sample.checkout().root.join("chapters/ch01-echo/exercise/src/say.rs");
    let time = fs::metadata(&own).unwrap().modified().unwrap();
    fs::write(&own, "// OTHER").unwrap();
    File::options().write(true).open(&own).unwrap().set_modified(time).unwrap();
    assert!(found(build).is_none());

    let fail = result("build", "hello_is_said", Status::Fail, "", "");
    kept().keep(&kept().inputs(&exercise), &exercise, build, &[&fail]).unwrap();
    assert_eq!(found(build).unwrap()[0].outcome.status, Status::Fail);
    let file = "target/exercises/kept/ex01.json";
    sample.write(file, &sample.read(file).replace("\"fail\"", "\"pass\""));
    assert!(found(build).is_none());
    sample.write(file, "not JSON");
    assert!(found(build).is_none());

    // That a test was too slow may have been the machine's fault.
    let slow = result("build", "hello_is_said", Status::Timeout, "", "");
    kept().keep(&kept().inputs(&exercise), &exercise, build, &[&slow]).unwrap();
    assert!(found(build).is_none());
}

// The program

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-practice"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// Asserts an exit code and what is said, and returns all of it.
#[track_caller]
fn says(output: &Output, code: i32, sentences: &[&str]) -> String {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for sentence in sentences {
        assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
    }
    assert!(!said.contains('\x1b'), "colours are for terminals:\n{said}");
    said.into_owned()
}

#[test]
fn wrong_use_is_told() {
    let (sample, _) = course();
    let check = |arguments: &[&str], code, sentence| {
        says(&run(&sample.path(""), arguments), code, &[sentence]);
    };
    check(&["hint"], 2, "hint of which chapter? As in `cargo workbook hint ch03`");
    check(&["reset"], 2, "reset of which chapter?");
    check(&["compare"], 2, "compare of which chapter?");
    check(&["check", "ch01", "build", "x"], 2, "`check` does not know what to do with `x`");
    check(&["watch", "ch01", "build"], 2, "`watch` does not know what to do with `build`");
    check(&["reset", "ch01", "--seed", "1"], 2, "`reset` has no --seed");
    check(&["check", "--anyway"], 2, "`check` has no --anyway");
    check(&["check", "--seed", "many"], 2, "many");
    check(&["check", "ch07"], 1, "there is no chapter ch07; the chapters are ch01 to ch02");
    check(&["check", "ch02"], 1, "ch02 has no exercise; there is one in ch01");
    check(&["watch", "2"], 1, "ch02 has no exercise");
    check(
        &["check", "ch01", "fly"],
        1,
        "the exercise of ch01 has no task fly; it has build, louder",
    );
    check(&["hint", "ch01", "fly"], 1, "no test of this exercise has “fly” in its name");
    check(&["hint", "ch01", "loud", "or", "not"], 1, "no test of this exercise has “loud_or_not”");
    check(&["check"], 1, "ch01 is next: it is not begun yet.");
    fs::remove_file(sample.path("chapters/ch01-echo/exercise/exercise.toml")).unwrap();
    check(&["check"], 1, "this copy of the course has no exercises");
    check(&["check", "ch01"], 1, "ch01 has no exercise, nor has any other chapter here");
    check(&["list"], 0, "ch01   60 min  Echo");
}

#[test]
fn where_names_are_not_looked_at_that_is_said() {
    let (sample, _) = course();
    sample.write(&format!("chapters/ch01-echo/exercise/{}", place(FILES[0])), "fn f() {}\n");
    for (path, is_said) in [(std::env::var_os("PATH").unwrap(), false), ("nowhere".into(), true)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course-practice"));
        command.args(["check", "ch01"]).current_dir(sample.path("")).env("PATH", path);
        // The sample does not compile, whatever the path.
        let said = says(&command.stdin(Stdio::null()).output().unwrap(), 1, &[]);
        assert_eq!(said.contains("Clippy is not installed"), is_said, "{said}");
    }
}

#[test]
fn an_exercise_that_is_not_begun_says_where_to_begin() {
    let (sample, _) = course();
    let said = says(&run(&sample.path(""), &["check", "ch01"]), 1, &[]);
    let text = "\
ch01, Echo

· build   not begun, about 30 min  0 of 2 points
· louder  not begun, about 20 min  0 of 4 points
· later   not begun, about 20 min  0 of 3 points
· catch   not begun, about 20 min  0 of 3 points
0 of 4 tasks pass: 0 of 12 points. `cargo workbook watch ch01` checks at every save.

Next is build, Echo (about 30 min, 2 points)
  Write `say`.

Write it here, and save:
  chapters/ch01-echo/exercise/src/say.rs:3
  chapters/ch01-echo/exercise/src/both.rs:3
";
    assert_eq!(said, text);
    let list = says(&run(&sample.path(""), &["list"]), 0, &[]);
    assert!(list.contains("\n         90 min  exercise not begun, 12 points\n"), "{list}");
    says(&run(&sample.path(""), &["hint", "ch01"]), 0, &["hello is said\nhint 1 of 3"]);
    says(&run(&sample.path(""), &["hint", "ch01", "it", "is", "late"]), 0, &["  L3\n"]);
}

#[test]
fn a_reset_gives_the_first_state_and_keeps_what_was_written() {
    let (sample, _) = course();
    let top = "chapters/ch01-echo/exercise";
    let reset = |arguments: &[&str]| {
        let arguments = [&["reset", "ch01"], arguments].concat();
        says(&run(&sample.path("chapters"), &arguments), 0, &[])
    };
    assert!(reset(&[]).contains("There is nothing to reset"));
    assert!(!sample.path(&format!("{top}/backup")).exists());

    let starter = sample.read(&format!("{top}/starter/both.rs"));
    sample.write(&format!("{top}/src/both.rs"), "// mine");
    sample.write(&format!("{top}/catch/src/catch.rs"), "// my test");
    let said = reset(&["louder"]);
    assert!(
        said.contains("both.rs belongs to build, too, whose code in it goes as well."),
        "{said}"
    );
    assert!(said.contains(&format!("What you had written is in {top}/backup/1.")), "{said}");
    assert!(!said.contains("louder.rs is as"), "an untouched file is not touched: {said}");
    assert_eq!(sample.read(&format!("{top}/src/both.rs")), starter);
    assert_eq!(sample.read(&format!("{top}/backup/1/src/both.rs")), "// mine");
    assert!(!sample.path(&format!("{top}/backup/1/src/louder.rs")).exists());
    assert_eq!(sample.read(&format!("{top}/catch/src/catch.rs")), "// my test");

    sample.write(&format!("{top}/src/say.rs"), "// mine, too");
    fs::remove_file(sample.path(&format!("{top}/src/later.rs"))).unwrap();
    let said = reset(&[]);
    assert!(said.contains("backup/2"), "{said}");
    assert_eq!(sample.read(&format!("{top}/backup/2/src/say.rs")), "// mine, too");
    assert_eq!(sample.read(&format!("{top}/backup/2/catch/src/catch.rs")), "// my test");
    assert_eq!(sample.read(&format!("{top}/backup/1/src/both.rs")), "// mine");
    assert!(sample.read(&format!("{top}/src/later.rs")).contains("todo!"));
    assert!(reset(&[]).contains("There is nothing to reset"));

    fs::rename(sample.path(&format!("{top}/src")), sample.path(&format!("{top}/src-old"))).unwrap();
    fs::remove_dir_all(sample.path(&format!("{top}/catch"))).unwrap();
    reset(&[]);
    for file in FILES {
        let first = sample.read(&format!("{top}/starter/{file}"));
        assert_eq!(sample.read(&format!("{top}/{}", place(file))), first);
    }

    fs::rename(sample.path(top), sample.path(&format!("{top}-old"))).unwrap();
    let sentence =
        "the exercise of ch01 is in chapters/ch01-echo/exercise-old: call that `exercise`";
    says(&run(&sample.path(""), &["reset", "ch01"]), 1, &[sentence]);
}

/// The introduction says what to do when cargo says this, and then no command of ours works.
#[test]
fn the_page_quotes_what_cargo_says_when_the_files_of_an_exercise_are_gone() {
    let (sample, _) = course();
    let folder = "chapters/ch03-threads/exercise";
    sample.write("Cargo.toml", &workspace(&[folder]));
    sample.write("chapters/clippy.toml", "");
    let manifest = "[package]\nname = \"ex03\"\n\n[lib]\nname = \"ch03\"\n";
    sample.write(&format!("{folder}/Cargo.toml"), manifest);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(sample.path(""));
    let said = String::from_utf8(cargo.output().unwrap().stderr).unwrap();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/introduction.md");
    let page = fs::read_to_string(page).unwrap();
    let start = "error: failed to load manifest for workspace member `";
    let rest = "  can't find library `ch03`, rename file to `src/lib.rs` or specify lib.path\n";
    for quoted in [start, rest] {
        assert!(page.contains(quoted) && said.contains(quoted), "{quoted}\n{said}");
    }
}

#[test]
fn a_file_that_is_missing_is_laid_at_the_start_of_any_command() {
    let (sample, _) = course();
    let top = "chapters/ch01-echo/exercise";
    fs::remove_dir_all(sample.path(&format!("{top}/src"))).unwrap();
    fs::remove_file(sample.path(&format!("{top}/catch/src/catch.rs"))).unwrap();
    // Whatever comes of it.
    run(&sample.path("chapters"), &["compare", "ch01"]);
    for file in FILES {
        let (own, first) = (format!("{top}/{}", place(file)), format!("{top}/starter/{file}"));
        assert_eq!(sample.read(&own), sample.read(&first));
    }
}

#[test]
fn a_solution_is_shown_when_it_is_found_or_asked_for_all_the_same() {
    let (sample, _) = course();
    let top = "chapters/ch01-echo/exercise";
    sample.write(&format!("{top}/solution/louder.rs"), "// louder.rs\nfn f() {\n    shout()\n}\n");
    let compare = |arguments: &[&str], code, sentences: &[&str]| {
        let arguments = [&["compare", "ch01"], arguments].concat();
        says(&run(&sample.path(""), &arguments), code, sentences)
    };
    let said = compare(&["louder"], 1, &["louder (not begun, about 20 min)"]);
    assert!(said.contains("compare ch01 louder --anyway`"), "{said}");
    assert!(!said.contains("shout"), "{said}");
    compare(&[], 1, &["These do not pass yet, and are not shown: build (not begun,"]);
    let text = "\
chapters/ch01-echo/exercise/src/louder.rs beside chapters/ch01-echo/exercise/solution/louder.rs: \
- yours, + the solution's
  … from line 1
  // louder.rs
  fn f() {
-     todo!(\"write louder.rs\")
+     shout()
  }
";
    // Of its other file there is no solution here.
    let said = compare(&["louder", "--anyway"], 1, &["has no solution of louder"]);
    assert!(said.contains(text), "{said}");
    sample.write(&format!("{top}/solution/later.rs"), &sample.read(&format!("{top}/src/later.rs")));
    compare(&["later", "--anyway"], 0, &["later.rs is the solution, letter for letter"]);
}

/// A copy of the course with the exercise of chapter 3, made anew where it differs: what was
/// compiled the last time need not be compiled again.
struct Copy(PathBuf);

/// Where the compiler keeps what serves the next time.
const INCREMENTAL: &str = "target/exercises/debug/incremental";

impl Copy {
    fn new() -> Self {
        let copy = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join("checking"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for name in ["Cargo.toml", "Cargo.lock", ".cargo", "mock", "tests", "book", "chapters"] {
            copy.take(&root, name);
        }
        let folder = copy.0.join(EX03);
        let _ = fs::remove_dir_all(folder.join("backup"));
        let _ = fs::remove_dir_all(copy.0.join("target/exercises/kept"));
        let _ = fs::remove_dir_all(copy.0.join(INCREMENTAL));
        let _ = fs::remove_file(copy.0.join("target/exercises/hints.json"));
        copy
    }

    fn take(&self, root: &Path, name: &str) {
        let from = root.join(name);
        if from.is_dir() {
            for entry in fs::read_dir(&from).unwrap() {
                let file = entry.unwrap().file_name().into_string().unwrap();
                let other = file == "exercise" && !name.ends_with("ch03-threads");
                if file != "target" && file != "backup" && !other {
                    self.take(root, &format!("{name}/{file}"));
                }
            }
        } else {
            self.put(name, &fs::read(from).unwrap());
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let to = self.0.join(name);
        if fs::read(&to).ok().as_deref() != Some(bytes) {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
    }

    /// Puts the text of another file in the place of one of the learner's.
    fn solve(&self, file: &str, from: &str) {
        self.put(&format!("{EX03}/{}", place(file)), &fs::read(self.0.join(from)).unwrap());
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let name = format!("{EX03}/{}", place(file));
        let text = fs::read_to_string(self.0.join(&name)).unwrap();
        assert!(text.contains(from), "{from:?} is not in {file}");
        self.put(&name, text.replace(from, to).as_bytes());
    }
}

const EX03: &str = "chapters/ch03-threads/exercise";
const BUILD: [&str; 3] = ["line_buffer.rs", "echo_lines.rs", "serve.rs"];

#[test]
fn chapter_3_from_the_starter_to_the_end() {
    let copy = Copy::new();
    let workbook = |words: &str| run(&copy.0, &words.split(' ').collect::<Vec<_>>());
    for file in BUILD.iter().chain(&["at_most.rs", "in_time.rs", "catch.rs"]) {
        copy.solve(file, &format!("{EX03}/starter/{file}"));
    }
    says(&workbook("check ch03"), 1, &["0 of 4 tasks pass", "src/line_buffer.rs:"]);
    // A task that is named is run as it is.
    let to_do = "\n  still to be written: chapters/ch03-threads/exercise/src/at_most.rs:";
    let said = says(&workbook("check ch03 at_most"), 1, &[to_do, "tests wait for src/at_most.rs:"]);
    assert!(said.contains("\n✗ at_most  0 of "), "{said}");

    // Wrong.
    for file in BUILD {
        copy.solve(file, &format!("chapters/ch03-threads/src/{file}"));
    }
    copy.replace("echo_lines.rs", "b\"bye!\\n\"", "b\"bye.\\n\"");
    let first = "\n✗ each line comes back and done is answered bye (build)\n\n   1  ";
    let bytes = "\\xff\\nbye.\\n\"\n                                              ^\n  at tests/";
    let again = "cargo test -p ex03 -- --exact promises::each_line_comes_back_and_done_is";
    let said = says(&workbook("check ch03"), 1, &[first, bytes, again, "\nBesides:\n  ✗ "]);
    assert!(said.contains("\n· at_most  not begun, about 30 min  0 of 4 points\n"), "{said}");
    // Whoever edits it does not wait until all of it is compiled anew, as a chapter is.
    let mut kept = fs::read_dir(copy.0.join(INCREMENTAL)).unwrap();
    assert!(kept.any(|one| one.unwrap().file_name().to_string_lossy().starts_with("ex03-")));
    says(
        &workbook("hint ch03"),
        0,
        &["each line comes back and done is answered bye\nhint 1 of 3"],
    );
    copy.replace("echo_lines.rs", "conn.write_all(b\"bye.", "conn.write_al(b\"bye!");
    let error = "✗ it does not compile\n\nerror[E0599]: no method";
    let said = says(&workbook("check ch03"), 1, &[error]);
    assert!(said.contains("\n✗ build    does not compile "), "{said}");
    says(&workbook("compare ch03 build"), 1, &["and is not shown: build (does not compile)."]);

    // Right.
    copy.replace("echo_lines.rs", "write_al(", "write_all(");
    let said = says(&workbook("check ch03"), 1, &["\n1 of 4 tasks passes: 2 of 13 points."]);
    assert!(said.contains("\nNext is at_most, At most N clients"), "{said}");
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(EX03).join("solution").is_dir() {
        eprintln!("this copy of the course has no solutions: the rest was not tried");
        return;
    }
    for file in ["at_most.rs", "in_time.rs", "catch.rs"] {
        copy.solve(file, &format!("{EX03}/solution/{file}"));
    }
    says(&workbook("check ch03"), 0, &["\n4 of 4 tasks pass: 13 of 13 points.\n"]);
    says(&workbook("check ch03 --seed 7"), 0, &["broken server 3 is noticed: a server that "]);
    says(&workbook("check"), 0, &["All exercises are solved."]);
    says(&workbook("hint ch03"), 0, &["Everything in ch03 passes"]);
    says(&workbook("hint ch03 many_lines"), 0, &["“many lines in one read all come back” passes"]);
    says(&workbook("compare ch03"), 0, &["at_most.rs is the solution, letter for letter"]);
    says(&workbook("list"), 0, &["  ✓ build  ✓ at_most  ✓ in_time  ✓ catch  13 of 13 points"]);

    // A test that ends its process is the only one that fails of those in it.
    let deep = "fn deep(depth: u64) -> &'static [u8] {
        if depth == u64::MAX { b\"\" } else { std::hint::black_box(deep(depth + 1)) }
    }\n\npub fn echo_lines";
    copy.replace("echo_lines.rs", "pub fn echo_lines", deep);
    copy.replace("echo_lines.rs", "b\"bye!\\n\"", "deep(0)");
    let said = says(&workbook("check ch03 build"), 1, &["the program was ended in the middle of"]);
    assert!(said.contains("\n  ✗ done may be the first word: the program was ended"), "{said}");
    assert!(!said.contains("many lines in one read"), "{said}");
    copy.solve("echo_lines.rs", "chapters/ch03-threads/src/echo_lines.rs");

    // Tests that notice nothing, and one that asks for too much.
    copy.replace("catch.rs", "#[test]", "");
    copy.replace("catch.rs", "use mock::", "#[test]\nfn nothing() {}\nuse mock::");
    says(&workbook("check ch03 catch"), 1, &["✗ broken server 3 is not noticed: your test passes"]);
    copy.replace("catch.rs", "fn nothing() {}", "fn nothing() { assert_bytes!(\"a\", \"b\") }");
    let what = ["your test “nothing” fails:\n  the first difference is at offset 0\n", "catch.rs:"];
    says(&workbook("check ch03 catch"), 1, &what);
    copy.solve("catch.rs", &format!("{EX03}/solution/catch.rs"));

    watched(&copy);
}

/// `watch` without a terminal: it reads lines, and prints no more than lines.
fn watched(copy: &Copy) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-practice"));
    command.args(["watch", "ch03"]).current_dir(&copy.0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut watch = ProcessGroup::start(&mut command).unwrap();
    let mut keys = watch.child().stdin.take().unwrap();
    let mut lines = BufReader::new(watch.child().stdout.take().unwrap()).lines();
    let mut until = |wanted: &str| {
        let mut said = String::new();
        loop {
            let line =
                lines.next().unwrap_or_else(|| panic!("{wanted:?} is not in:\n{said}")).unwrap();
            said += &line;
            said.push('\n');
            if line.contains(wanted) {
                return said;
            }
        }
    };
    until("4 of 4 tasks pass: 13 of 13 points.");
    until("h hint");
    copy.replace("at_most.rs", "b\"full\\n\"", "b\"fool\\n\"");
    until("--- at_most.rs was saved ---");
    let said = until("3 of 4 tasks pass");
    assert!(said.contains("actual:   b\"fool\\n\"\n               ^\n"), "{said}");
    assert!(said.contains("hint:  h and Enter\n"), "{said}");
    writeln!(keys, "h").unwrap();
    until("hint 1 of 3, what to look at:");
    writeln!(keys, "n").unwrap();
    until("This is the last exercise.");
    writeln!(keys, "r").unwrap();
    until("3 of 4 tasks pass");
    // The end of the lines is the end of the watch.
    drop(keys);
    assert!(watch.child().wait().unwrap().success());
}
