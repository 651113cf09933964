//! What is wrong with a page, and where.

use std::fmt;

/// One thing that is wrong on a page, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The file, seen from the top folder.
    pub file: String,
    /// The line, from 1; 0 if the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do, in a sentence.
    pub sentence: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.sentence),
            line => write!(f, "{}:{line}: {}", self.file, self.sentence),
        }
    }
}

/// Everything that is wrong: a build reports all faults at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Adds one.
    pub fn add(&mut self, file: &str, line: usize, sentence: impl fmt::Display) {
        self.0.push(Fault { file: file.to_owned(), line, sentence: sentence.to_string() });
    }

    /// Adds one that is found again at each use of the file.
    pub fn add_once(&mut self, file: &str, line: usize, sentence: impl fmt::Display) {
        self.add(file, line, sentence);
        if let Some((last, before)) = self.0.split_last()
            && before.contains(last)
        {
            self.0.pop();
        }
    }

    /// An error if there is any.
    pub fn check(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "one fault")?,
            count => write!(f, "{count} faults")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
}

impl std::error::Error for Faults {}
