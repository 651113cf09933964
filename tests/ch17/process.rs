//! A program that runs, and what it writes.

use super::shell::{Pipes, SHORT, in_time, shell};
use ch17::{MAX_COMPLAINTS, Process, log};
use mock::{alone, assert_bytes, patience};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::io::{ErrorKind, Seek, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

fn start(script: &str) -> Process {
    Process::start(&mut shell(script), "script", patience()).unwrap()
}

/// All that it writes.
#[track_caller]
fn output(process: &mut Process) -> Vec<u8> {
    process.map(|block| block.expect("a block")).collect::<Vec<_>>().concat()
}

#[test]
fn a_block_comes_as_soon_as_it_is_there() {
    let pipes = Pipes::new();
    let mut process = start(&format!("printf one; {} printf two", pipes.wait()));
    assert_bytes!(process.next().unwrap().unwrap(), "one");
    pipes.go();
    assert_bytes!(process.next().unwrap().unwrap(), "two");
    assert!(process.next().is_none());
    assert!(process.next().is_none(), "and it stays so");
}

#[test]
fn output_is_any_bytes_and_any_length() {
    let mut process = start("printf 'a\\0b\\377'; head -c 300000 /dev/zero");
    let output = output(&mut process);
    assert_bytes!(output[..4], b"a\0b\xff");
    assert_eq!(output.len(), 300_004);
}

#[test]
fn a_program_reads_what_it_was_given() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"from a file").unwrap();
    file.rewind().unwrap();
    let mut process =
        Process::start(shell("cat").stdin(Stdio::from(file)), "cat", patience()).unwrap();
    assert_bytes!(output(&mut process), "from a file");
}

#[test]
fn a_program_that_cannot_be_started_is_an_error() {
    let outcome = Process::start(&mut Command::new("/nowhere/at/all"), "x", patience());
    assert_eq!(outcome.err().unwrap().kind(), ErrorKind::NotFound);
}

#[test]
fn who_complains_a_lot_before_it_writes_is_heard() {
    let mut process = start("head -c 300000 /dev/zero >&2; printf done");
    assert_bytes!(output(&mut process), "done");
}

// Silence

#[test]
fn a_program_that_says_nothing_is_too_late() {
    let pipes = Pipes::new();
    let script = format!("{} printf one; {}", pipes.open(), pipes.wait());
    let mut process = Process::start(&mut shell(&script), "silent", SHORT).unwrap();
    // Whether the first one comes in time is not sure on a busy machine, so that it may wait.
    let kind = loop {
        match process.next().expect("it has not ended") {
            Ok(block) => assert_bytes!(block, "one"),
            Err(error) => break error.kind(),
        }
    };
    assert_eq!(kind, ErrorKind::TimedOut);
    drop(process);
    pipes.wait_for_end();
}

/// What it says on standard error does not count.
#[test]
fn a_program_that_only_complains_is_too_late() {
    let kind = in_time(|| {
        let script = "while :; do echo I am thinking >&2; done";
        let mut process = Process::start(&mut shell(script), "thinker", SHORT).unwrap();
        process.next().expect("it has not ended").unwrap_err().kind()
    });
    assert_eq!(kind, ErrorKind::TimedOut);
}

// The end

/// Nobody has to wait for it any more.
#[track_caller]
fn is_reaped(pid: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let outcome = waitid(WaitId::Pid(pid), options).map(|status| status.is_some());
    assert_eq!(outcome, Err(rustix::io::Errno::CHILD));
}

#[track_caller]
fn pid(text: &[u8]) -> Pid {
    let text = std::str::from_utf8(text).unwrap();
    Pid::from_raw(text.trim().parse().expect(text)).unwrap()
}

#[test]
fn who_has_ended_has_been_waited_for() {
    let mut process = start("echo $$");
    let pid = pid(&output(&mut process));
    drop(process);
    is_reaped(pid);
}

#[test]
fn who_is_not_read_to_the_end_is_told_to_end_with_all_that_it_started() {
    let pipes = Pipes::new();
    let script = format!(
        "{} trap 'echo told >&3; exit' TERM
        (trap 'exit' TERM; echo child >&3; sleep 1000 & wait) & echo $$; wait",
        pipes.open()
    );
    let mut process = start(&script);
    let pid = pid(&process.next().unwrap().unwrap());
    pipes.told.wait_for("child");
    drop(process);
    pipes.wait_for_end();
    assert!(pipes.told.list().contains(&"told".to_owned()));
    is_reaped(pid);
}

#[test]
fn who_does_not_listen_is_ended_with_all_that_it_started() {
    let pipes = Pipes::new();
    // The child has been started, and ignores what its parent does.
    let script = format!("{} trap '' TERM; sleep 1000 & echo $$; wait", pipes.open());
    let mut process = start(&script);
    let pid = pid(&process.next().unwrap().unwrap());
    in_time(move || drop(process));
    pipes.wait_for_end();
    is_reaped(pid);
}

/// It would write to the log for ever, and keep whoever has started it.
#[test]
fn who_complains_without_end_is_ended() {
    let pipes = Pipes::new();
    let script = format!(
        "{} trap '' TERM; (while :; do echo no >&2; done) & printf one; wait",
        pipes.open()
    );
    let mut process = start(&script);
    assert_bytes!(process.next().unwrap().unwrap(), "one");
    in_time(move || drop(process));
    pipes.wait_for_end();
}

#[test]
fn who_has_been_read_to_the_end_may_end_by_itself() {
    let pipes = Pipes::new();
    let script = format!(
        "{} trap 'echo told >&3; exit' TERM; printf all; exec >&- 2>&-; sleep 0.05; echo done >&3",
        pipes.open()
    );
    let mut process = start(&script);
    assert_bytes!(output(&mut process), "all");
    drop(process);
    pipes.wait_for_end();
    assert_eq!(pipes.told.list(), ["done", "END"]);
}

/// A server would leave it behind, with whatever it holds.
#[test]
fn whoever_is_left_behind_by_a_program_that_has_ended_is_ended() {
    let pipes = Pipes::new();
    let script = format!("{} sleep 1000 >&- 2>&- & printf done", pipes.open());
    let mut process = start(&script);
    assert_bytes!(output(&mut process), "done");
    drop(process);
    pipes.wait_for_end();
}

/// Its standard error is what a program that was left behind may hold, too.
#[test]
fn whoever_holds_only_the_standard_error_is_not_waited_for_without_end() {
    let pipes = Pipes::new();
    let script = format!("{} sleep 1000 >&- & printf done", pipes.open());
    let mut process = start(&script);
    assert_bytes!(output(&mut process), "done");
    let since = Instant::now();
    in_time(move || drop(process));
    assert!(since.elapsed() < patience());
    pipes.wait_for_end();
}

#[test]
fn who_dies_of_a_signal_has_not_written_all() {
    let mut process = start("printf half; kill -9 $$");
    assert_bytes!(process.next().unwrap().unwrap(), "half");
    assert!(process.next().unwrap().is_err());
    assert!(process.next().is_none());
}

// The log

#[test]
fn what_a_program_complains_about_is_logged_line_by_line() {
    let test = "what_a_program_complains_about_is_logged_line_by_line";
    let logged = alone(module_path!(), test, &[], || {
        output(&mut start("printf 'one\\n\\ntwo \\033[31m\\n' >&2; printf 'no end' >&2"));
        log("-- exit");
        output(&mut start("exit 3"));
        log("-- signal");
        start("kill -9 $$").for_each(drop);
        log("-- much");
        // Lines that fill just what is logged, and more.
        let line = "x".repeat(1023);
        output(&mut start(&format!(
            "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h i; do echo {line} >&2; done"
        )));
        log("-- in one line");
        output(&mut start("head -c 100000 /dev/zero | tr '\\0' y >&2"));
        log("-- well");
        output(&mut start("printf 'fine\\n'"));
    });
    let Some(logged) = logged else { return };
    let lines: Vec<_> = logged
        .lines()
        .filter_map(|line| line.strip_prefix("script: ").or(line.starts_with("--").then_some(line)))
        .collect();
    let mut expected =
        vec!["one", "two \\u{1b}[31m", "no end", "-- exit", "exit status: 3", "-- signal"];
    expected.extend(["signal: 9 (SIGKILL)", "-- much"]);
    let (line, long) = ("x".repeat(1023), "y".repeat(MAX_COMPLAINTS));
    expected.extend([&*line; MAX_COMPLAINTS / 1024]);
    let more = "it complains about more than is logged";
    expected.extend([more, "-- in one line", &long, more, "-- well"]);
    assert_eq!(lines, expected, "{logged}");
}

/// The log is not what others are to forge.
#[test]
fn the_name_of_a_program_is_escaped_in_the_log() {
    let test = "the_name_of_a_program_is_escaped_in_the_log";
    let logged = alone(module_path!(), test, &[], || {
        let mut process = Process::start(&mut shell("exit 1"), "a\nb", patience()).unwrap();
        assert_bytes!(output(&mut process), "");
    });
    let Some(logged) = logged else { return };
    assert!(logged.lines().any(|line| line == "a\\nb: exit status: 1"), "{logged}");
}
