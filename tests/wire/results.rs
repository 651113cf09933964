use crate::wire::Corpus;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What came of all cases on all chapters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results(
    /// In the order of the corpus, and for each case in the order of the chapters.
    pub Vec<Outcome>,
);

/// What came of one case on one chapter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The name of the case.
    pub case: String,
    /// The name of the chapter.
    pub chapter: String,
    /// Whether it was passed, over every transport.
    pub passed: bool,
    /// The last [`Verdict`](crate::wire::Verdict) as text: the first one that is
    /// a failure, or the one over TCP. Empty where nobody wants it.
    pub report: String,
}

impl Results {
    /// Whether `chapter` passed the case; `None` if it was not run.
    pub fn passed(&self, case: &str, chapter: &str) -> Option<bool> {
        let outcome = self.0.iter().find(|any| any.case == case && any.chapter == chapter)?;
        Some(outcome.passed)
    }

    /// How many cases `chapter` passed.
    pub fn total(&self, chapter: &str) -> usize {
        self.0.iter().filter(|any| any.chapter == chapter && any.passed).count()
    }

    /// What stands before the totals. All chapters have the same cases.
    fn passed_of(&self, chapters: &[&str]) -> String {
        let first = chapters.first();
        let count = self.0.iter().filter(|any| Some(&&*any.chapter) == first).count();
        format!("passed, of {count} cases")
    }

    fn mark(&self, case: &str, chapter: &str) -> &'static str {
        match self.passed(case, chapter) {
            Some(true) => "✓",
            Some(false) => "–",
            None => " ",
        }
    }

    /// A table for a terminal: cases by subject, a column for each chapter, and
    /// the totals.
    pub fn table(&self, corpus: &Corpus, chapters: &[&str]) -> String {
        let last = self.passed_of(chapters);
        let names = corpus.cases.iter().map(|case| case.name.chars().count());
        let width = names.chain([last.len()]).max().unwrap_or_default();
        let mut table = String::new();
        let mut line = |first: &str, cells: Vec<String>| {
            let cells: String = cells.iter().map(|cell| format!(" {cell:^5}")).collect();
            // Writing to a string does not fail.
            let _ = writeln!(table, "{}", format!("{first:width$}{cells}").trim_end());
        };
        for subject in &corpus.subjects {
            let heads = chapters.iter().map(|chapter| (*chapter).to_owned()).collect();
            line(&format!("{}:", subject.name), heads);
            for case in corpus.about(&subject.name) {
                let marks = chapters.iter().map(|chapter| self.mark(&case.name, chapter));
                line(&case.name, marks.map(str::to_owned).collect());
            }
            line("", Vec::new());
        }
        let totals = chapters.iter().map(|chapter| self.total(chapter).to_string()).collect();
        line(&last, totals);
        table
    }

    /// The same in Markdown: a section for each subject, and the totals first.
    pub fn markdown(&self, corpus: &Corpus, chapters: &[&str]) -> String {
        let mut text = String::new();
        let row = |text: &mut String, first: &str, cells: Vec<String>| {
            let _ = writeln!(text, "| {first} | {} |", cells.join(" | "));
        };
        let head = |text: &mut String, first: &str| {
            row(text, first, chapters.iter().map(|chapter| (*chapter).to_owned()).collect());
            row(text, "---", chapters.iter().map(|_| ":-:".to_owned()).collect());
        };
        head(&mut text, "");
        let totals = chapters.iter().map(|chapter| self.total(chapter).to_string());
        row(&mut text, &self.passed_of(chapters), totals.collect());
        for subject in &corpus.subjects {
            let _ = write!(text, "\n### {}\n\n{}\n\n", subject.name, subject.about);
            head(&mut text, "case");
            for case in corpus.about(&subject.name) {
                let marks = chapters.iter().map(|chapter| self.mark(&case.name, chapter));
                row(&mut text, &escape(&case.name), marks.map(str::to_owned).collect());
            }
        }
        text
    }
}

/// `text` as it must stand in a cell of a table, so that nothing in it is taken
/// for Markdown.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if "\\`*_[]<>|&~".contains(char) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}
