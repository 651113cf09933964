//! Names that follow a rule, and the parts of them.

use regex::Regex;

/// A rule for names. Each is written in this room and compiles; a test of the module shows it.
pub fn pattern(rule: &str) -> Regex {
    Regex::new(rule).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

/// The parts of a name, if it follows the rule; a part that is not there is empty.
pub fn parts<'a, const N: usize>(rule: &Regex, name: &'a str) -> Option<[&'a str; N]> {
    let found = rule.captures(name)?;
    Some(std::array::from_fn(|at| found.get(at + 1).map_or("", |part| part.as_str())))
}
