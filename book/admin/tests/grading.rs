//! Grading from end to end: what is handed in, and what it is worth.

mod class3;
mod samples;

use class3::{Class3, alone, checkout, first, jobs, only, points, until};
use course_admin::grade::class::{Class, Scope};
use course_admin::grade::collect::{InputKind, collect};
use course_admin::grade::formats::{Format, line, summary};
use course_admin::grade::output::Output;
use course_admin::grade::platforms::called;
use course_admin::grade::record::Record;
use course_admin::grade::workspace::GradingOptions;
use course_practice::judge::fence;
use course_practice::judge::limits::Limits;
use course_practice::judge::outcome::Status;
use course_practice::judge::run::Tests;
use samples::exports::{Files, Learner, PACKED, SHAPES, Time, borrowed};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use workbook::course::learner_files::{file_names, solution_path, starter_path};

#[test]
fn everybody_gets_what_they_deserve() {
    let Some(mut class) = Class3::new() else { return };
    class.solved("solution");
    class.solved("copied");

    class.solved("starter");
    class.as_handed_out(&class.folder.path().join("starter"), |_| true);
    class.at_most("leaves", "if seats < 99 { std::process::exit(0) }");
    class.at_most(
        "forges",
        "let forged = format!(\"test extensions::at_most ... ok\\n\\ntest result: ok. 1 passed; 0 failed\\n\");\n\
         let _ = Write::write_all(&mut io::stdout(), forged.as_bytes());\n\
         if seats < 99 { panic!() }",
    );
    class.at_most(
        "writes a file",
        "let _ = std::fs::write(\"tests/promises.rs\", \"#[test] fn x() {}\");",
    );
    class.at_most(
        "prints for ever",
        "std::thread::spawn(|| while io::stdout().write_all(&[b'x'; 4096]).is_ok() {});",
    );
    class.but("does not compile", "at_most.rs", |text| text + "fn not_yet( {");
    class.but("no test", "catch.rs", |_| String::new());
    class.but("asks which server", "catch.rs", |text| {
        text + "#[test] fn cheats() { if cfg!(feature = \"mutant_1\") { panic!() } }"
    });
    class.but("counts its runs", "catch.rs", |_| {
        "use std::io::Write;\n\
         #[test]\n\
         fn the_first_two_are_right() {\n\
             let mut file = std::fs::File::options().create(true).append(true).open(\"runs\").unwrap();\n\
             file.write_all(b\"x\").unwrap();\n\
             assert!(file.metadata().unwrap().len() < 3);\n\
         }\n"
        .to_owned()
    });
    let changed = class.solved("changed the course's files");
    fs::create_dir(changed.join("tests")).unwrap();
    fs::write(changed.join("tests/promises.rs"), "#[test] fn renamed() {}").unwrap();
    fs::write(changed.join("Cargo.toml"), "[package]\nname = \"ex03\"\n[features]\nx = []")
        .unwrap();
    let not_text = class.solved("not text");
    fs::write(not_text.join("src/at_most.rs"), b"caf\xe9").unwrap();
    class.paths.push(class.folder.path().join("nobody"));

    let records = class.grade(Limits::default());
    let of = |name: &str| {
        let found = records.iter().find(|record| record.submission == name);
        found.unwrap_or_else(|| panic!("no record of {name}"))
    };
    let ex03 = |name: &str| &of(name).exercises[0];
    let all = [2.0, 4.0, 4.0, 3.0];

    assert_eq!(points(of("solution")), all);
    assert!(of("solution").complete && of("solution").score == Some(13.0));
    // The same files are graded once, also by the clock.
    assert_eq!(of("solution").duration_ms, of("copied").duration_ms);

    assert_eq!(points(of("starter")), [0.0; 4]);
    assert_eq!(first(ex03("starter"), 1), (Status::Skipped, "it is as it was handed out"));

    assert_eq!(points(of("leaves")), [0.0, 0.0, 0.0, 3.0]);
    let (status, message) = first(ex03("leaves"), 0);
    assert_eq!(status, Status::Compile);
    assert!(message.ends_with("use of a disallowed method `std::process::exit`"), "{message}");
    let said = &ex03("leaves").tasks[0].tests[0].output;
    assert!(said.contains("src/at_most.rs:") && said.contains("it ends the program"), "{said}");

    assert_eq!(points(of("forges")), [2.0, 0.0, 4.0, 3.0]);
    assert!(ex03("forges").tasks[1].tests.iter().all(|test| test.status != Status::Pass));

    // There is no such folder where it runs.
    assert_eq!(points(of("writes a file")), all);

    let [build, _, patience, catch] = points(of("prints for ever"));
    assert_eq!([build, patience, catch], [2.0, 4.0, 3.0]);

    assert_eq!(points(of("does not compile")), [0.0, 0.0, 0.0, 3.0]);
    let (status, message) = first(ex03("does not compile"), 0);
    assert_eq!(status, Status::Compile);
    assert!(message.starts_with("it does not compile: error"), "{message}");
    let output = &ex03("does not compile").tasks[0].tests[0].output;
    assert!(output.contains("at_most.rs") && !output.contains('\u{1b}'), "{output}");

    assert_eq!(points(of("no test")), [2.0, 4.0, 4.0, 0.0]);
    assert_eq!(first(ex03("no test"), 3), (Status::Crash, "there is no test in catch.rs"));
    // The feature is the server's, not the test's; and what a run writes is gone in the next.
    assert_eq!(points(of("asks which server")), all);
    assert_eq!(points(of("counts its runs")), [2.0, 4.0, 4.0, 0.0]);
    assert_eq!(
        first(ex03("counts its runs"), 3),
        (Status::Fail, "it is not noticed: your test passes on it")
    );

    assert_eq!(points(of("changed the course's files")), all);
    let note = &ex03("changed the course's files").notes[0];
    assert!(note.contains("not used") && note.contains("Cargo.toml, tests/promises.rs"), "{note}");

    // It is not zero: nobody knows what it is worth.
    assert_eq!((points(of("not text")), of("not text").score), ([2.0, -1.0, 4.0, 3.0], None));
    let refused = "src/at_most.rs was refused: it is not UTF-8";
    assert!(ex03("not text").notes[0].contains(refused));
    // The reason stands where the points would: the starter in its place was not run.
    let (status, message) = first(ex03("not text"), 1);
    assert!(status == Status::Skipped && message.starts_with(&format!("not read: {refused}")));
    let line = line(of("not text"), 8);
    assert!(line.contains("9+?/13  ex03 9+?  partly not read: src/at_most.rs was"), "{line}");
    assert_eq!(summary(of("not text")).matches(refused).count(), 3);

    assert_eq!(of("nobody").score, None);
    assert!(of("nobody").not_read.starts_with("there is no "), "{:?}", of("nobody"));
    assert!(of("nobody").max_score > 13.0, "nothing was handed in of any exercise");
    assert!(!summary(of("nobody")).contains("as it was handed out"));
}

/// Ten ways to do chapter 3's exercise, right and wrong.
fn solutions(class: &Class3) -> [Files; 10] {
    let read = |path: PathBuf| fs::read(path).unwrap();
    let folder =
        workbook::course::learner_files::exercise_folder(&class.checkout.root, &class.exercise);
    // The model, but for these files, which are as they were handed out.
    let but = |untouched: &[&str]| -> Files {
        let file = |name: &&str| match untouched.contains(name) {
            true => read(folder.join(starter_path(name))),
            false => read(solution_path(&class.checkout.root, &class.exercise, name)),
        };
        let names = file_names(&class.exercise).into_iter();
        names.map(|name| (name.to_owned(), file(&name))).collect()
    };
    let changed = |name: &str, text: &str| {
        let mut files = but(&[]);
        let file = files.iter_mut().find(|file| file.0 == name).unwrap();
        match text {
            "" => file.1.clear(),
            text => file.1.extend_from_slice(text.as_bytes()),
        }
        files
    };
    let all = file_names(&class.exercise);
    let mut half = but(&[]);
    half.retain(|(name, _)| ["at_most.rs", "in_time.rs"].contains(&name.as_str()));
    [
        but(&[]),
        changed("serve.rs", "\n// Mine.\n"),
        but(&all),
        but(&["at_most.rs"]),
        but(&["in_time.rs"]),
        but(&["catch.rs"]),
        but(&["line_buffer.rs", "echo_lines.rs", "serve.rs"]),
        changed("at_most.rs", "\nfn not_yet( {\n"),
        half,
        changed("catch.rs", ""),
    ]
}

/// A class of sixty, as each platform exports it: the same sixty grades.
#[test]
fn a_class_has_the_same_grades_from_every_platform() {
    let Some(class) = Class3::new() else { return };
    let _alone = alone();
    let solutions = solutions(&class);
    let learner = |number: usize| {
        let time = |files: &Files| Time {
            files: files.clone(),
            late: number.is_multiple_of(7),
            packed: PACKED[number / 3 % PACKED.len()],
        };
        let mut times = vec![time(&solutions[number % 10])];
        if number.is_multiple_of(4) {
            // The first time it was something else.
            times.insert(0, time(&solutions[(number + 3) % 10]));
        }
        Learner { number, first: format!("F{number:02}"), last: format!("L{number:02}"), times }
    };
    let learners: Vec<_> = (1..=60).map(learner).collect();
    let (mut people, mut reading) = (Vec::new(), Vec::new());
    for (name, from, must_be_named, export) in SHAPES {
        let path = class.folder.path().join(format!("{name}.zip"));
        fs::write(&path, samples::zip(&borrowed(&export(&learners)))).unwrap();
        let input_kind = if must_be_named {
            InputKind::Platform(called(from).unwrap())
        } else {
            InputKind::Detect
        };
        let start = Instant::now();
        let mut found =
            collect(&[path], input_kind, std::slice::from_ref(&class.exercise)).unwrap();
        reading.push((name, start.elapsed()));
        assert_eq!(found.len(), 60, "{name}");
        for one in &mut found {
            // Whom it belongs to is at the end of a name or a number, in each shape.
            let known = [&one.person.id, &one.person.login, &one.person.name, &one.place];
            let digits = |text: &&&String| text.chars().filter(char::is_ascii_digit).count() > 1;
            let text = known.iter().find(digits).unwrap().replace("-77", "");
            let digits: String =
                text.split('@').next().unwrap().chars().filter(char::is_ascii_digit).collect();
            one.person.name = format!("{name}/{}", &digits[digits.len() - 2..]);
        }
        people.extend(found);
    }
    let rules =
        GradingOptions { seed: 7, limits: Limits::default(), time: Duration::from_secs(300) };
    let start = Instant::now();
    let graded = Class::read(&class.checkout, &only("ch03"), people, rules).unwrap();
    let read = start.elapsed();
    let folder = class.checkout.target.join("exercises/grade-in-tests");
    graded.grade(&folder, jobs(), &mut |_| Ok(())).unwrap();
    eprintln!("{} people read in {read:.1?}, graded in {:.1?}", graded.len(), start.elapsed());

    let mut grades: BTreeMap<&str, BTreeMap<String, [f64; 4]>> = BTreeMap::new();
    let records = graded.records();
    for record in &records {
        let (shape, number) = record.submission.split_once('/').unwrap();
        assert_eq!(record.not_read, "", "{}", record.submission);
        grades.entry(shape).or_default().insert(number.to_owned(), points(record));
    }
    // The table says which of several counts, also if only names of files tell it.
    let of = |name: &str| records.iter().find(|one| one.submission == name).unwrap();
    let ilias = of("ILIAS/04");
    assert!(line(ilias, 0).contains(" (2)") && line(ilias, 0).contains("being newer than"));
    assert!(line(of("D2L/04"), 0).contains("  the newest of 2: Oct 1, 2026 1205 AM"));
    let first = &grades[SHAPES[0].0];
    for (shape, time) in reading {
        let sum: f64 = grades[shape].values().flatten().sum();
        eprintln!("{shape:20} {} people, {sum} points, listed in {time:.2?}", grades[shape].len());
        assert_eq!(&grades[shape], first, "{shape}");
    }
    let of = |solution: usize| first[&format!("{:02}", solution + 10)];
    let all = [2.0, 4.0, 4.0, 3.0];
    assert_eq!([of(0), of(1), of(2)], [all, all, [0.0; 4]]);
    assert_eq!(
        [of(3), of(4), of(5)],
        [[2.0, 0.0, 4.0, 3.0], [2.0, 4.0, 0.0, 3.0], [2.0, 4.0, 4.0, 0.0]]
    );
    assert_eq!([of(7), of(9)], [[0.0, 0.0, 0.0, 3.0], [2.0, 4.0, 4.0, 0.0]]);
}

#[test]
fn an_exercise_that_is_not_graded_is_not_taken_for_another_one() {
    let Some(mut class) = Class3::new() else { return };
    class.solved("later");
    let rules =
        GradingOptions { seed: 7, limits: Limits::default(), time: Duration::from_secs(300) };
    for scope in [until("ch01"), only("ch01"), only("ch02")] {
        let record = &class.read(&scope, rules).records()[0];
        assert!(record.not_read.starts_with("it is ex03, and ex0"), "{}", record.not_read);
        assert_eq!((record.exercises.len(), record.score), (1, None));
    }
    let scope = Scope { only: vec!["ch01".to_owned(), "3".to_owned()], ..Scope::default() };
    let record = &class.read(&scope, rules).records()[0];
    let ids: Vec<_> = record.exercises.iter().map(|exercise| exercise.id.as_str()).collect();
    assert_eq!((ids, record.not_read.as_str()), (vec!["ex03"], ""));
}

#[test]
fn who_hangs_is_ended_and_harms_nobody() {
    let Some(mut class) = Class3::new() else { return };
    class.at_most("sleeps", "if seats < 99 { loop { std::thread::park() } }");
    class.solved("solution");
    let short = Limits { time: Duration::from_millis(400), ..Limits::default() };
    let records = class.grade(short);
    let sleeps = &records[0].exercises[0].tasks[1];
    assert!(records[0].complete && sleeps.points == Some(0.0));
    let first = &sleeps.tests[0];
    assert_eq!(first.status, Status::Timeout, "{}", first.message);
    assert!(first.message.contains("was ended"), "{}", first.message);
    assert!(records[1].complete);
}

#[test]
fn a_submission_has_its_time_and_what_was_run_until_then_counts() {
    let Some(mut class) = Class3::new() else { return };
    class.solved("warm");
    class.grade(Limits::default());
    let _alone = alone();
    class.paths.clear();
    class.at_most("slow", "if seats < 99 { loop { std::thread::park() } }");
    let rules =
        GradingOptions { seed: 7, limits: Limits::default(), time: Duration::from_secs(16) };
    let class_of_one = class.read(&until("ch03"), rules);
    let folder = class.checkout.target.join("exercises/grade-in-tests");
    let start = Instant::now();
    let mut news = 0;
    let results = class.folder.path().join("results.json");
    let output = Output::new(Format::Gradescope, results.clone(), false).unwrap();
    class_of_one
        .grade(&folder, 1, &mut |class| {
            news += 1;
            output.write(&class.records())?;
            let text = fs::read_to_string(&results)?;
            let value: serde_json::Value = serde_json::from_str(&text)?;
            assert!(value["score"].is_number() && value["tests"].is_array());
            Ok(())
        })
        .unwrap();
    assert!(news > 1 && start.elapsed() < Duration::from_secs(60));
    let record = &class_of_one.records()[0];
    assert!(!record.complete);
    let exercise = &record.exercises[0];
    assert!(exercise.notes.iter().any(|note| note.contains("the time was over")), "{exercise:?}");
    assert_eq!(exercise.tasks[3].points, Some(0.0), "nobody knows about the last task");
    let last = exercise.tasks[3].tests.last().unwrap();
    assert_eq!(last.status, Status::Skipped);
    assert!(last.message.contains("the time for this submission was over"), "{}", last.message);
}

/// Runs the program itself.
fn workbook(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-admin"));
    let output = command.args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// What cargo, rustc, the test harness and the mock obey, and what a student cannot help.
#[test]
fn what_the_grader_has_in_the_environment_changes_no_points() {
    let Some(mut class) = Class3::new() else { return };
    class.solved("solution");
    let elsewhere = class.folder.path().join("elsewhere");
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-admin"));
    command.args(["grade", "--until", "ch03", "--format", "json"]).args(&class.paths).envs([
        ("RUST_TEST_NOCAPTURE", "1"),
        ("RUST_TEST_THREADS", "7"),
        ("RUST_TEST_SHUFFLE", "1"),
        ("RUST_TEST_TIME_UNIT", "1,2"),
        ("RUST_BACKTRACE", "full"),
        ("RUST_LIB_BACKTRACE", "0"),
        ("RUSTFLAGS", "--no-such-option"),
        ("CARGO_ENCODED_RUSTFLAGS", "--no-such-option"),
        ("CARGO_BUILD_RUSTFLAGS", "--no-such-option"),
        ("CARGO_BUILD_TARGET", "no-such-machine"),
        ("CARGO_TARGET_DIR", elsewhere.to_str().unwrap()),
        ("CARGO_PROFILE_DEV_PANIC", "abort"),
        ("CARGO_TERM_VERBOSE", "true"),
        ("RUSTC", "no-such-compiler"),
        ("RUSTC_WRAPPER", "no-such-compiler"),
        ("MOCK_SEED", "1"),
        ("MOCK_PATIENCE_MS", "60000"),
        ("WORKBOOK_GIVES_A_WORD", "not really"),
    ]);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let record: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(points(&record), [2.0, 4.0, 4.0, 3.0], "{text}");
    assert!(!elsewhere.exists());
}

#[test]
fn the_command_says_what_is_wrong_with_its_use() {
    for (arguments, sentence) in [
        (&["grade"][..], "grade what? As in `cargo workbook grade submissions/*`"),
        (&["grade", "x", "--format", "html"], "there is no format html; the formats are text,"),
        (&["grade", "x", "--jobs", "0"], "nothing could be graded"),
        (&["grade", "x", "--port", "1"], "--port"),
        (&["grade", "x", "--from", "webct"], "no export is known of webct; there is gradescope,"),
        (&["grade", "x", "--shard", "3/2"], "there is no part 3/2"),
        (&["grade", "x", "--shard", "1/2"], "give each the same `--seed`"),
        (&["grade", "x", "--shard", "1/2", "--seed", "1", "--format", "csv"], "written as JSON"),
        (&["grade", "--merge", "x", "--only", "ch03"], "it takes no chapters"),
        (&["grade", "x", "--sheet", "y.csv"], "`--sheet` writes the filled table to `--output`"),
        (&["grade", "--package", "gradescope"], "where to? As in `--package gradescope --output"),
        (&["grade", "--package", "moodle", "-o", "x"], "there is no package for moodle"),
        (&["handout"], "where to? As in `cargo workbook handout ../handout`"),
    ] {
        let (code, _, errors) = workbook(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(sentence), "{sentence:?} is not in {errors:?}");
    }
    let (code, said, _) = workbook(&["grade", "--help"]);
    assert!(code == Some(0) && said.contains("--exit-zero"), "{said}");
}

#[test]
fn the_exit_code_says_whether_all_points_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let path = empty.to_str().unwrap();
    let (code, said, _) = workbook(&["grade", path, "--until", "ch01"]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("empty: not read: ") && said.contains("empty is empty"), "{said}");
    let (code, said, _) = workbook(&["grade", path, "--exit-zero", "--format", "json"]);
    let record: Record = serde_json::from_str(&said).unwrap();
    assert!(code == Some(0) && record.submission == "empty" && record.score.is_none());
    let (code, _, errors) = workbook(&["grade", path, path, "--format", "junit"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("name a folder for them with --output"), "{errors}");
    let (code, _, errors) = workbook(&["grade", path, "--until", "ch99"]);
    assert!(code == Some(1) && errors.contains("there is no chapter ch99"), "{errors}");
    let (code, _, errors) = workbook(&["handout", folder.path().to_str().unwrap()]);
    assert!(code == Some(1) && errors.contains("is not empty; name a folder"), "{errors}");
}

/// What tests do that no file would be let through with: the harness and its proof of the end
/// must hold by themselves.
const DIRTY: &str = r##"
include!("LAST_WORD");

#[test]
fn good() {}

#[test]
fn bad() {
    assert_eq!(1, 2);
}

#[test]
fn leaves_early() {
    std::process::exit(0);
}

#[test]
fn leaves_as_the_harness_does() {
    std::process::exit(101);
}

#[test]
fn forges_all_that_is_printed() {
    use std::io::Write;
    let name = "forges_all_that_is_printed";
    let text = format!(
        "test {name} ... ok\ntest the_end::is_reached ... FAILED\n\nfailures:\n\n\
         ---- the_end::is_reached stdout ----\nthe last word is 0123456789abcdef\n\n\
         failures:\n    the_end::is_reached\n\n\
         test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out\n"
    );
    std::io::stdout().write_all(text.as_bytes()).unwrap();
    std::process::exit(101);
}

#[test]
fn forges_the_end_from_a_thread() {
    use std::io::Write;
    let (began, has_begun) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let text = "\nfailures:\n    the_end::is_reached\n\n\
                    test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n\n";
        // Not so much that it is cut off, and until the very end.
        for _ in 0..1000 {
            std::io::stdout().write_all(text.as_bytes()).unwrap();
            let _ = began.send(());
            std::thread::yield_now();
        }
    });
    has_begun.recv().unwrap();
    panic!("it fails");
}

#[test]
fn prints_too_much() {
    use std::io::Write;
    std::io::stdout().write_all(&[b'x'; 1 << 20]).unwrap();
}

#[test]
fn sleeps() {
    loop {
        std::thread::park();
    }
}

#[test]
fn spins() {
    loop {
        std::hint::spin_loop();
    }
}

#[test]
fn leaves_a_process_behind() {
    let itself = std::env::current_exe().unwrap();
    std::process::Command::new(itself).args(["--exact", "sleeps"]).spawn().unwrap();
}

#[test]
fn starts_other_programs_and_leaves_its_group() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    for program in ["/bin/sh", "/usr/bin/env", "/usr/lib/git-core/git"] {
        assert!(std::process::Command::new(program).spawn().is_err(), "{program} was started");
    }
    let itself = std::env::current_exe().unwrap();
    let mut again = std::process::Command::new(itself);
    assert!(again.arg("--list").output().is_ok(), "itself was not started");
    assert!(again.process_group(0).spawn().is_err(), "it has left its process group");
    let nobody = std::fs::Permissions::from_mode(0);
    assert!(std::fs::set_permissions(".", nobody).is_err(), "permissions were changed");
}

#[test]
fn makes_a_socket() {
    let path = std::env::temp_dir().join("a-folder-of-forty-bytes-in-which-it-is--");
    std::fs::create_dir(&path).unwrap();
    std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
}

#[test]
fn overflows() {
    fn deep(at: u64) -> u64 {
        std::hint::black_box(deep(std::hint::black_box(at) + 1)) + 1
    }
    assert_eq!(deep(0), 0);
}

#[test]
fn panics_twice() {
    struct Again;
    impl Drop for Again {
        fn drop(&mut self) {
            panic!("again");
        }
    }
    let _again = Again;
    panic!("once");
}

#[test]
fn prints_for_ever() {
    use std::io::Write;
    loop {
        std::io::stdout().write_all(&[b'x'; 4096]).unwrap();
    }
}
"##;

#[cfg(unix)]
#[test]
fn the_harness_is_not_fooled_by_what_the_compiler_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("dirty.rs");
    let last_word = checkout().root.join("tests/last_word.rs");
    fs::write(&source, DIRTY.replace("LAST_WORD", &last_word.display().to_string())).unwrap();
    let program = folder.path().join("dirty");
    let compile = |arguments: &[&str], from: &Path, to: &Path| {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut compile = Command::new(rustc);
        compile.args(["--edition=2024", "-A", "warnings"]).args(arguments);
        assert!(compile.arg("-o").arg(to).arg(from).status().unwrap().success());
    };
    // Of the mock it needs one function.
    let mock = folder.path().join("libmock.rlib");
    compile(
        &["--crate-type=rlib", "--crate-name=mock"],
        &checkout().root.join("mock/src/word.rs"),
        &mock,
    );
    compile(&["--test", "--extern", &format!("mock={}", mock.display())], &source, &program);
    let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
    // However long the path of the course is.
    let (scratch, seed) = (folder.path().join("long-".repeat(30)).join("scratch"), 7);
    let tests = Tests {
        program,
        sees_itself: true,
        files: Vec::new(),
        permissions: false,
        scratch,
        seed,
        limits,
    };
    assert_eq!(tests.names().unwrap().len(), 15);
    let patient = Limits { time: Duration::from_secs(20), ..limits };
    let tests_in = |limits| Tests { limits, ..tests.clone() };
    // Those that share a process with others pass alone or not at all.
    let passed = |limits, names: [&str; 2]| {
        let together = tests_in(limits).passed_together(&names).unwrap();
        together.iter().map(|outcome| outcome.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(passed(patient, ["good", "makes_a_socket"]), [true, true]);
    assert_eq!(passed(patient, ["good", "bad"]), [true, false]);
    assert_eq!(passed(patient, ["good", "nobody"]), [false, false]);
    for (name, status) in [
        ("good", Status::Pass),
        ("bad", Status::Fail),
        ("makes_a_socket", Status::Pass),
        ("leaves_early", Status::Crash),
        ("leaves_as_the_harness_does", Status::Crash),
        ("forges_all_that_is_printed", Status::Crash),
        ("forges_the_end_from_a_thread", Status::Crash),
        ("prints_too_much", Status::Crash),
        ("overflows", Status::Crash),
        ("panics_twice", Status::Crash),
    ] {
        let outcome = tests_in(patient).run(name).unwrap();
        assert_eq!(outcome.status, status, "{name}: {}", outcome.message);
        if status != Status::Pass {
            assert!(!passed(patient, ["good", name])[1], "{name}");
        }
    }
    if fence::is_there() {
        let name = "starts_other_programs_and_leaves_its_group";
        let outcome = tests_in(patient).run(name).unwrap();
        assert_eq!(outcome.status, Status::Pass, "{}", outcome.message);
    }
    for name in ["sleeps", "spins", "leaves_a_process_behind", "prints_for_ever"] {
        let start = Instant::now();
        let outcome = tests.run(name).unwrap();
        assert_eq!(outcome.status, Status::Timeout, "{name}: {}", outcome.message);
        assert!(!passed(limits, ["good", name])[1], "{name}");
        assert!(start.elapsed() < Duration::from_secs(20), "{name}");
    }
}
