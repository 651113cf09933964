//! Who has handed in what: all that the rest of grading knows about where work comes from.

use crate::grade::tree::Tree;
use anyhow::{Result, anyhow};
use serde::{Deserialize, Serialize};

/// Somebody, as a platform knows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The platform, as `--from` calls it; empty for a folder or file that was named.
    pub platform: String,
    /// The name to be read by people.
    pub name: String,
    /// What the platform tells people apart by, if it is in the export.
    pub id: String,
    /// The name for logging in, if it is in the export.
    pub login: String,
}

/// The work of one person that counts.
#[derive(Debug)]
pub struct HandedIn {
    /// Whose it is.
    pub person: Person,
    /// Where it lies, which is different for each: told when two people have the same name.
    pub place: String,
    /// Which of several versions it is: `the newest of 2: attempt 2026-10-12`. Empty if there
    /// is one.
    pub version: String,
    /// Whether the platform says that it came late.
    pub late: bool,
    /// The files, or why there are none to be read.
    pub work: Result<Tree>,
    /// Sentences for whoever grades.
    pub notes: Vec<String>,
}

impl Person {
    /// Somebody of whom the name alone is known.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Somebody of whom the name for logging in is known, which nobody else has.
    pub fn by_login(login: &str) -> Self {
        Self { id: login.to_owned(), login: login.to_owned(), ..Self::named(login) }
    }
}

impl HandedIn {
    /// What is known if there is nothing but a person and their files.
    pub fn new(person: Person, place: &str, work: Tree) -> Self {
        let place = place.to_owned();
        Self {
            person,
            place,
            version: String::new(),
            late: false,
            work: Ok(work),
            notes: Vec::new(),
        }
    }

    /// Notes that a text was written in the browser, which matters if there is no file.
    pub fn typed(&mut self) {
        if self.work.as_ref().is_ok_and(Tree::is_empty) {
            self.work = Err(anyhow!("it is a text that was written in the browser, and no file"));
        }
    }
}
