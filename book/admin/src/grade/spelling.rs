//! Names of files that are not quite what an exercise calls them.
//!
//! Browsers, platforms and systems change names: `at_most-1.rs`, `at_most (1).rs`,
//! `at_most.rs.txt`, `At_Most.RS`, `Late - at_most.rs`.

use crate::grade::pattern::{parts, pattern};
use regex::Regex;
use std::sync::LazyLock;

/// A name without the number or the word that makes it another one, and the number.
static AGAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(.+?)(?: ?\((\d{1,3})\)|-(\d{1,3})| - (?:copy|kopie|copie))$"));

/// What stands between a word in front and the name.
const BETWEEN: [char; 4] = [' ', '_', '-', '.'];

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spelled<'a> {
    /// The name of the exercise's file.
    pub known: &'a str,
    /// The number behind it: a file of the same name was there before. 0 if there is none.
    pub number: u32,
    /// Whether it is spelled as the exercise has it.
    pub exact: bool,
}

/// The file among `known` (`at_most.rs`) that is meant by `name`.
pub fn spelled<'a>(name: &str, known: &[&'a str]) -> Option<Spelled<'a>> {
    if let Some(known) = known.iter().find(|known| **known == name) {
        return Some(Spelled { known, number: 0, exact: true });
    }
    let lower = name.trim().to_lowercase();
    let lower = lower.strip_suffix(".txt").unwrap_or(&lower);
    let mut stem = lower.strip_suffix(".rs")?;
    stem = stem.strip_suffix(".rs").unwrap_or(stem);
    let (stem, number) = numbered(stem);
    let plain = stem.replace([' ', '-'], "_");
    let fits = |known: &&&str| {
        let own = known.strip_suffix(".rs").unwrap_or(known);
        let front = plain.strip_suffix(own).map(|front| &stem[..front.len()]);
        front.is_some_and(|front| front.is_empty() || front.ends_with(BETWEEN))
    };
    // The longest: `echo_lines` and not `lines`.
    let known = known.iter().filter(fits).max_by_key(|known| known.len())?;
    Some(Spelled { known, number, exact: false })
}

/// `at_most-1` and `at_most (1)` as `at_most` and 1.
pub fn numbered(stem: &str) -> (&str, u32) {
    match parts(&AGAIN, stem) {
        Some([stem, bracket, dash]) => (stem, format!("{bracket}{dash}").parse().unwrap_or(1)),
        None => (stem, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_understood() {
        let known = ["at_most.rs", "catch.rs", "serve.rs", "http_error.rs", "error.rs"];
        for (name, meant, number) in [
            ("at_most-1.rs", "at_most.rs", 1),
            ("at_most (12).rs", "at_most.rs", 12),
            ("at_most(2).rs", "at_most.rs", 2),
            ("at_most - Copy.rs", "at_most.rs", 1),
            ("at_most.rs.txt", "at_most.rs", 0),
            ("at_most.rs.rs", "at_most.rs", 0),
            ("At_Most.RS", "at_most.rs", 0),
            ("at most.rs", "at_most.rs", 0),
            ("at-most.rs", "at_most.rs", 0),
            ("Verspaetete Abgabe - catch (2).rs", "catch.rs", 2),
            ("ada_serve.rs", "serve.rs", 0),
            ("my_http_error.rs", "http_error.rs", 0),
        ] {
            let found = spelled(name, &known);
            assert_eq!(found, Some(Spelled { known: meant, number, exact: false }), "{name}");
        }
        let exact = Spelled { known: "serve.rs", number: 0, exact: true };
        assert_eq!(spelled("serve.rs", &known), Some(exact));
        for name in
            ["observe.rs", "serves.rs", "serve.py", "serve", "serve.txt", "rs", ".rs", "ж.rs"]
        {
            assert_eq!(spelled(name, &known), None, "{name}");
        }
    }
}
