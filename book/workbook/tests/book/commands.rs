//! The program itself: what it prints, and its exit codes.

use crate::sample::Sample;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
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

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn help_is_an_answer() {
    says(&run(here(), &["help"]), 0, "Usage: cargo workbook");
    let help = run(here(), &["help"]);
    let text = String::from_utf8_lossy(&help.stdout);
    // Each command stands two spaces from the left in it.
    let lines = text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: BTreeSet<_> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands {
        says(&run(here(), &[command, "--help"]), 0, "Usage: cargo workbook");
        says(&run(here(), &[command, "x", "-h"]), 0, "Usage: cargo workbook");
    }
}

#[test]
fn wrong_use_is_told_and_is_exit_code_two() {
    says(&run(here(), &["fly"]), 2, "there is no command `fly`");
    says(&run(here(), &["diff"]), 2, "diff of which chapter?");
    says(&run(here(), &["build", "ch01"]), 2, "`build` does not know what to do with `ch01`");
    says(&run(here(), &["build", "--port", "1"]), 2, "`build` has no --port");
    says(&run(here(), &["read", "--port", "many"]), 2, "many");
    says(&run(here(), &["--loud"]), 2, "--loud");
}

#[test]
fn the_course_is_found_from_every_folder_in_it() {
    let sample = Sample::new();
    for folder in ["", "chapters/ch01-echo/src"] {
        says(&run(&sample.path(folder), &["diff", "2"]), 0, "The loop: grows out of ch01");
    }
}

#[test]
fn diff_says_what_changed() {
    let sample = Sample::new();
    let output = run(&sample.path(""), &["diff", "2"]);
    says(&output, 0, "\n-     hello();\n+     goodbye();\n");
    assert!(!output.stdout.contains(&0x1b), "colours are for terminals");
    says(&run(&sample.path(""), &["diff", "ch07"]), 1, "there is no chapter ch07");
}

#[test]
fn build_names_the_fault_and_is_exit_code_one() {
    let sample = Sample::new().with("[a](gone.md)\n");
    says(&run(&sample.path(""), &["build"]), 1, "ch01-echo.md: the link gone.html leads nowhere");
    sample.write("chapters/course.toml", "title = 3");
    says(&run(&sample.path(""), &["build"]), 1, "chapters/course.toml cannot be used");
}

#[test]
fn a_port_in_use_is_a_sentence_that_says_what_to_do() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(Sample::new().path("").as_path(), &["read", "--port", &port]);
    says(&output, 1, "is in use: perhaps the book is open already");
    says(&output, 1, "choose another port: cargo workbook read --port 0");
}

#[test]
fn what_another_package_does_is_done_by_it() {
    says(&run(here(), &["hint"]), 2, "hint of which chapter? As in `cargo workbook hint ch03`");
    says(&run(here(), &["trace", "ch07"]), 2, "ch07 cannot be traced: there are ch05");
    let sample = Sample::new();
    says(&run(&sample.path("chapters"), &["list"]), 0, "ch02   90 min  The loop");
}
