//! The program itself: what it prints, what it writes, and its exit codes.

use std::fs;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_course-trace"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[track_caller]
fn refuses(arguments: &[&str], sentence: &str) {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
}

#[test]
fn wrong_use_is_told_and_is_exit_code_two() {
    refuses(&["trace"], "trace which chapter? As in `cargo workbook trace ch15`, or `all`");
    refuses(&["trace", "ch15", "ch14"], "trace which chapter?");
    refuses(&["trace", "ch15", "--loud"], "--loud");
    refuses(&["trace", "ch15", "--record"], "`cargo workbook trace all --record`");
    for name in ["ch07", "15", "loop", ""] {
        let sentence = format!("{name} cannot be traced: there are ch05 (one after the other), ");
        refuses(&["trace", name], &sentence);
        refuses(&["trace", name], "ch15 (an event loop)");
    }
}

#[test]
fn a_run_is_shown_as_text_and_drawn_in_files_that_are_named() {
    let output = run(&["trace", "ch14"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "the server's log is not between our lines");
    for line in ["ch14: a pool of two workers\n", "\naccept loop  -", "\n  D waits ", "  parse, "] {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
    let files: Vec<_> =
        said.lines().filter_map(|line| line.strip_prefix("workbook: drawn in ")).collect();
    let [timeline, close_up] = files[..] else { panic!("{said}") };
    for (file, words) in [(timeline, "for their answers wait D"), (close_up, "in the queue")] {
        let svg = fs::read_to_string(file).unwrap();
        assert!(svg.starts_with("<svg xmlns="), "{svg}");
        assert!(svg.contains(words), "{svg}");
    }
}
