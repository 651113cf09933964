use crate::wire::{Corpus, Results};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Which chapter is expected to pass which case.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// For each case the chapters that are expected to pass it.
    passes: BTreeMap<String, BTreeSet<String>>,
}

impl Matrix {
    /// Reads `matrix.toml`: for each subject a table with a line for each case.
    ///
    /// ```toml
    /// [host]
    /// "two Host fields are refused" = "ch07+"
    /// ```
    ///
    /// The value is a list, with spaces between its items: `ch05`, `ch05-ch07`,
    /// `ch07+` (and all later ones), or `none`.
    ///
    /// # Errors
    ///
    /// All that is wrong, a sentence each: a case that is missing or stands
    /// below another subject, a name that is no case, a list that makes no sense.
    pub fn load(path: &Path, corpus: &Corpus, chapters: &[&str]) -> Result<Self, Vec<String>> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| vec![format!("{}: {error}", path.display())])?;
        Self::parse(&text, corpus, chapters)
    }

    /// The same for the text of such a file.
    ///
    /// # Errors
    ///
    /// As with [`load`](Matrix::load).
    pub fn parse(text: &str, corpus: &Corpus, chapters: &[&str]) -> Result<Self, Vec<String>> {
        let tables: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).map_err(|error| vec![format!("the matrix: {error}")])?;
        let mut errors = Vec::new();
        let mut passes = BTreeMap::new();
        for (subject, lines) in &tables {
            for (name, list) in lines {
                if !corpus.about(subject).any(|case| case.name == *name) {
                    errors.push(format!("there is no case {name:?} about {subject}: remove it"));
                }
                match chapters_in(list, chapters) {
                    Some(list) => drop(passes.insert(name.clone(), list)),
                    None => errors.push(format!("{name:?}: {list:?} is no list of chapters")),
                }
            }
        }
        for case in &corpus.cases {
            if !tables.get(&case.subject).is_some_and(|lines| lines.contains_key(&case.name)) {
                let (subject, name) = (&case.subject, &case.name);
                errors.push(format!("nothing is said about {name:?}: add it to [{subject}]"));
            }
        }
        if errors.is_empty() { Ok(Self { passes }) } else { Err(errors) }
    }

    /// Whether `chapter` is expected to pass the case.
    pub fn expects(&self, case: &str, chapter: &str) -> bool {
        self.passes.get(case).is_some_and(|chapters| chapters.contains(chapter))
    }

    /// Where `results` are not what is expected, a report for each.
    ///
    /// It is as wrong to pass where a failure is expected as the other way
    /// round: then either the chapter has changed or the case proves nothing.
    pub fn surprises(&self, corpus: &Corpus, results: &Results) -> Vec<String> {
        let mut surprises = Vec::new();
        for outcome in &results.0 {
            let Some(case) = corpus.cases.iter().find(|case| case.name == outcome.case) else {
                surprises.push(format!("there is no case {:?}", outcome.case));
                continue;
            };
            let what = match (self.expects(&case.name, &outcome.chapter), outcome.passed) {
                (true, true) | (false, false) => continue,
                (true, false) => "expected to pass on",
                (false, true) => "expected to fail on",
            };
            let but = if outcome.passed { ", but passed: update the matrix" } else { "" };
            surprises.push(format!(
                "{what} {}{but}\ncase       {}\nwhy        {}\n{}",
                outcome.chapter, case.name, case.why, outcome.report
            ));
        }
        surprises
    }
}

/// The chapters that a list names; `None` if it cannot be understood.
fn chapters_in(list: &str, chapters: &[&str]) -> Option<BTreeSet<String>> {
    let place = |name: &str| chapters.iter().position(|chapter| *chapter == name);
    let mut named = BTreeSet::new();
    if list == "none" {
        return Some(named);
    }
    for item in list.split(' ') {
        let (first, last) = match (item.strip_suffix('+'), item.split_once('-')) {
            (Some(first), _) => (place(first)?, chapters.len() - 1),
            (None, Some((first, last))) => (place(first)?, place(last)?),
            (None, None) => (place(item)?, place(item)?),
        };
        let range = chapters.get(first..=last).filter(|range| !range.is_empty())?;
        named.extend(range.iter().map(|&name| name.to_owned()));
    }
    Some(named)
}
