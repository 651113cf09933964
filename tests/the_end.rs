//! Proof that a test was run to its end, and that it was the test harness which said so.
//!
//! `cargo workbook check` and `grade` start each test in a process of its own, and behind
//! it this one, which then fails with a word that was made up for this run. A program that
//! leaves early (`std::process::exit(0)`), or prints `ok` by itself, does not come here. Run
//! by hand, without such a word, it passes.

use std::env;

#[test]
fn is_reached() {
    if let Some(word) = env::var_os("WORKBOOK_LAST_WORD") {
        panic!("the last word is {}", word.display());
    }
}
