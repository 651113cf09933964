//! How transcripts are replayed, with shell scripts in the place of chapters.

use crate::sample::Sample;
use launch::Programs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use workbook::pages::transcripts::lock::Entry;
use workbook::pages::transcripts::replay::{ReplayOptions, Report, replay_with};

/// Prints two lines and what it is told, until its input ends.
const SERVER: &str = "#!/bin/sh
echo \"ch01: listening on 127.0.0.1:41999\"
echo \"given: $*\"
while read -r line; do echo \"heard $line\"; done
echo \"the end\"
";

fn with(transcript: &str) -> Sample {
    let sample = Sample::new().with(transcript);
    sample.write("server", SERVER);
    let path = sample.path("server");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    sample
}

fn replayed(sample: &Sample, manner: ReplayOptions) -> Report {
    let server = sample.path("server");
    let programs = || Ok(Programs::from([("ch01", server.to_str().unwrap())]));
    replay_with(&sample.checkout(), programs, manner, |_, _| {}).unwrap()
}

#[track_caller]
fn right(transcript: &str) {
    let report = replayed(&with(transcript), ReplayOptions::COMPARE);
    assert!(report.faults.0.is_empty(), "{}", report.faults);
    assert!(report.replayed > 0);
}

#[track_caller]
fn wrong(transcript: &str, sentence: &str) {
    let manner = ReplayOptions { patience: Duration::from_millis(300), ..ReplayOptions::COMPARE };
    let report = replayed(&with(transcript), manner);
    let said = report.faults.to_string();
    assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
    assert!(report.lock.0.is_empty(), "a transcript that differs must not be locked");
}

#[test]
fn commands_run_in_order_and_print_what_the_page_says() {
    right("```console\n$ echo a; echo b >&2\na\nb\n$ echo 'x y' | cat\nx y\n```\n");
    right("```console\n$ printf 'no line end'\nno line end\n```\n");
    right("```console\n$ true\n```\n");
}

#[test]
fn pages_are_replayed_at_once() {
    // Each of the two waits for the other.
    let sample = with("```console\n$ mkfifo meet; cat meet\nhello\n```\n");
    let other = "```console\n$ until test -p meet; do :; done; echo hello > meet\n```\n";
    let page = sample.read("book/src/ch02-loop.md") + other;
    sample.write("book/src/ch02-loop.md", &page);
    let report = replayed(&sample, ReplayOptions::COMPARE);
    assert!(report.faults.0.is_empty(), "{}", report.faults);
    assert_eq!(report.replayed, 2);
}

#[test]
fn a_server_runs_from_block_to_block_on_a_port_that_is_translated() {
    right(
        "```console,server\n$ cargo run --bin ch01\nch01: listening on 127.0.0.1:8001\n```\n\n\
         ```console\n$ echo to 127.0.0.1:8001\nto 127.0.0.1:8001\n```\n\n\
         ```console,server\ngiven: 127.0.0.1:0\n> hello\nheard hello\n> ^D\nthe end\n```\n",
    );
}

#[test]
fn a_difference_is_told_line_by_line() {
    wrong(
        "```console\n$ echo a; echo b\na\nc\n```\n",
        "book/src/ch01-echo.md:9: the transcript differs from what was printed",
    );
    wrong(
        "```console\n$ echo a; echo b\na\nc\n```\n",
        "\n    $ echo a; echo b\n    a\n  - c\n  + b",
    );
    wrong("```console\n$ echo a\n```\n", "  + a");
    wrong("```console\n$ true\na\n```\n", "  - a");
    wrong("```console,server\n$ cargo run --bin ch01\n...\nnever\n```\n", "  - never");
}

#[test]
fn a_command_that_does_not_end_is_ended_and_told() {
    wrong("```console\n$ echo a; sleep 600 | cat\na\n```\n", "still running after 0.3 s");
}

#[test]
fn a_server_that_says_nothing_is_told() {
    wrong("```console,server\n> hello\n```\n", "nothing runs in the terminal `server`");
    wrong("```console\na\n```\n", "begins with `$ `");
    wrong("```console\n$ cargo run --bin ch09\n```\n", "no chapter has a program called ch09");
    wrong("```console\n$ cargo run\n```\n", "`cargo run` is followed by `--bin NAME`");
    let sample = with("```console,server\n$ cargo run --bin ch01\n```\n");
    sample.write("server", "#!/bin/sh\necho no port is free\n");
    let report = replayed(&sample, ReplayOptions::COMPARE);
    let said = report.faults.to_string();
    assert!(said.contains("did not say where it listens: no port is free"), "{said}");
}

#[test]
fn blessing_writes_what_was_printed_and_keeps_patterns() {
    let sample = with(
        "```console\n$ echo same; echo new; echo pid $$\nsame\nold\npid [..]\n```\n\n\
         ```console,server\n$ cargo run --bin ch01\n```\n\nThe end.\n",
    );
    let report = replayed(&sample, ReplayOptions::BLESS);
    assert!(report.faults.0.is_empty(), "{}", report.faults);
    let page = sample.read("book/src/ch01-echo.md");
    assert!(page.contains("\nsame\nnew\npid [..]\n```"), "{page}");
    let server = "bin ch01\nch01: listening on 127.0.0.1:8001\ngiven: 127.0.0.1:0\n```\n\nThe end.";
    assert!(page.contains(server), "{page}");
    // What was blessed is right from now on, and the book can be built.
    let report = replayed(&sample, ReplayOptions::COMPARE);
    assert!(report.faults.0.is_empty(), "{}", report.faults);
    report.lock.write(&sample.checkout().root).unwrap();
    assert!(sample.page().contains("The end."));
}

#[test]
fn where_curl_is_missing_its_block_alone_is_skipped_and_stays_locked() {
    let sample = with("```console\n$ curl -s x | cat\nx\n```\n\n```console\n$ echo a\na\n```\n");
    let without =
        ReplayOptions { installed: |program| program != "curl", ..ReplayOptions::COMPARE };
    let first = replayed(&sample, without);
    assert!(first.faults.0.is_empty(), "{}", first.faults);
    let reason = "book/src/ch01-echo.md:9: skipped, curl is not installed here";
    assert_eq!(first.skipped, [reason]);
    assert_eq!((first.replayed, first.lock.0.len()), (1, 1), "never seen, so not locked");

    // What was verified where there is a curl stays verified where there is none.
    let page = sample.read("book/src/ch01-echo.md");
    let mut lock = first.lock.clone();
    let hash = workbook::pages::outline::outline(&page).blocks[1].hash();
    lock.0.insert(0, Entry { hash, page: "ch01-echo.md".to_owned(), command: "$ curl".to_owned() });
    lock.write(&sample.checkout().root).unwrap();
    assert_eq!(replayed(&sample, without).lock.0.len(), 2);
}

#[test]
fn where_there_is_no_shell_nothing_is_said_about_transcripts() {
    let sample = with("```console\n$ echo a\nb\n```\n");
    let report =
        replayed(&sample, ReplayOptions { installed: |_| false, ..ReplayOptions::COMPARE });
    assert!(report.faults.0.is_empty());
    assert_eq!(report.skipped, ["all transcripts: there is no `sh` on the PATH"]);
}
