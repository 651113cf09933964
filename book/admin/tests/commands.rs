//! The program itself: what it prints, and its exit codes.

#[path = "../../workbook/tests/sample/mod.rs"]
mod sample;

use sample::{CH01, Sample};
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-admin"));
    command.args(arguments).current_dir(folder).output().unwrap()
}

#[track_caller]
fn says(output: &Output, code: i32, sentence: &str) {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    let said = if code == 0 { &out } else { &err };
    assert!(said.contains(sentence), "{sentence:?} is not in:\n{out}{err}");
}

/// Not tested where the workbook is: `cargo test` of the whole course does not compile this
/// package.
#[test]
fn cargo_workbook_runs_it() {
    let workbook = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.arg("workbook").args(words).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.output().unwrap()
    };
    says(&workbook(&["grade", "--help"]), 0, "Usage: cargo workbook grade PATH");
    says(&workbook(&["grade"]), 2, "grade what? As in `cargo workbook grade submissions/*`");
}

#[test]
fn wrong_use_is_told_and_is_exit_code_two() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    says(&run(here, &["fly"]), 2, "there is no command `fly`");
    says(&run(here, &["handout"]), 2, "where to?");
    says(&run(here, &["verify", "ch01"]), 2, "`verify` does not know what to do with `ch01`");
    says(&run(here, &["bench", "--rounds", "many"]), 2, "many");
    says(&run(here, &["grade", "--format", "html", "x"]), 2, "there is no format html");
}

#[test]
fn verify_counts_what_is_right_and_tells_what_is_wrong() {
    let sample = Sample::new();
    let output = run(&sample.path(""), &["verify"]);
    says(&output, 0, "right the list of the course: 2 chapters");
    sample.write("book/src/ch01-echo.md", &format!("{CH01}\n[a](gone.md)\n"));
    sample.write("book/src/lost.md", "# Lost\n");
    let output = run(&sample.path(""), &["verify"]);
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("wrong the list of the course: one fault"), "{out}");
    assert!(out.contains("right the transcripts"), "{out}");
    assert!(out.contains("wrong the pages, their steps and links: one fault"), "{out}");
}
