//! What `for_every_split` promises: no split is left out, the failing one named.

use std::collections::BTreeSet;
use std::env;
use std::io::{ErrorKind, Read};
use std::process::Command;

use mock::{MockConnection, Script, for_every_split, full_name};

/// The reads that a script makes, as text: pieces between bars.
fn reads(script: Script) -> String {
    let (mut conn, _peer) = MockConnection::pair(script);
    let mut reads = Vec::new();
    loop {
        let mut buffer = [0; 100];
        match conn.read(&mut buffer) {
            Ok(0) => return reads.join("|"),
            Ok(count) => reads.push(buffer[..count].escape_ascii().to_string()),
            Err(error) if error.kind() == ErrorKind::Interrupted => reads.push("!".to_string()),
            Err(error) => panic!("{error}"),
        }
    }
}

fn splits(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let mut splits = Vec::new();
    for_every_split(bytes, |input| splits.push(reads(input)));
    splits
}

#[test]
fn every_cut_is_tried_and_the_whole_and_single_bytes_and_an_interruption() {
    assert_eq!(splits("abcd"), ["abcd", "a|bcd", "ab|cd", "abc|d", "a|b|c|d", "ab|!|cd"]);
}

#[test]
fn no_byte_is_lost_or_doubled_in_any_split() {
    let bytes: Vec<u8> = (150..250).collect();
    let splits = splits(&bytes);
    assert_eq!(splits.len(), 1 + 99 + 1 + 1);
    for split in &splits {
        assert_eq!(split.replace(['!', '|'], ""), splits[0]);
    }
    let different: BTreeSet<_> = splits.iter().collect();
    assert_eq!(different.len(), splits.len());
}

#[test]
fn short_inputs_have_few_splits() {
    assert_eq!(splits(""), ["", "", "!"]);
    assert_eq!(splits("a"), ["a", "a", "!|a"]);
}

/// Not a test of its own: it fails, in the process that the next one starts.
#[test]
fn fails_for_one_split() {
    if env::var_os("FAIL_FOR_ONE_SPLIT").is_some() {
        for_every_split("a\r\nb", |input| assert_ne!(reads(input), r"a\r|\nb"));
    }
}

#[test]
fn the_split_that_fails_is_named() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", &full_name(module_path!(), "fails_for_one_split")])
        .env("FAIL_FOR_ONE_SPLIT", "1")
        .env_remove("RUST_TEST_NOCAPTURE")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    let named = r#"this was for_every_split, with the input b"a\r" | b"\nb""#;
    assert_eq!(printed.matches("this was for_every_split").count(), 1, "{printed}");
    assert!(printed.contains(named), "{printed}");
}
