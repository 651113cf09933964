//! A word from whoever judges.

use std::env;
use std::io::{Read, stdin};

/// The word that `cargo workbook check` and `grade` give to a test program on its standard
/// input, to be said at the end; `None` in a program that was started by anybody else, whose
/// input is left alone. It is there for the first who asks.
pub fn given_word() -> Option<String> {
    env::var_os("WORKBOOK_GIVES_A_WORD")?;
    let mut word = String::new();
    stdin().read_to_string(&mut word).ok()?;
    Some(word).filter(|word| !word.is_empty())
}
