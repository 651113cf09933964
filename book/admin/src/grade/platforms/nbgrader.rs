//! nbgrader's folder `submitted`.
//!
//! Source: nbgrader's documentation, “The philosophy and the approach”, from memory:
//! `submitted/student/assignment/` with the files and `timestamp.txt`. It is that of the newest
//! submission. A student with several assignments has several exercises.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, join};
use anyhow::Result;

pub const PLATFORM: Platform = Platform { name: "nbgrader", title: "nbgrader", recognises, people };

fn is_assignment(tree: &Tree, folder: &str) -> bool {
    tree.has(&join(folder, "timestamp.txt"))
}

fn recognises(tree: &Tree) -> bool {
    let mut students = tree.folders_in("").peekable();
    let of = |student: &str| {
        tree.folders_in(student).any(|name| is_assignment(tree, &join(student, name)))
    };
    students.peek().is_some() && students.all(of)
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let handed =
        |student: &str| HandedIn::new(Person::by_login(student), student, tree.below(student));
    Ok(tree.folders_in("").map(handed).collect())
}
