//! Clones of GitHub Classroom: `gh classroom clone student-repos`.
//!
//! Source: the extension `gh classroom` (github.com/github/gh-classroom): a folder
//! `assignment-submissions`, in it for each student a clone `assignment-user`.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::pattern;
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, split};
use anyhow::Result;
use regex::Regex;
use std::sync::LazyLock;

pub const PLATFORM: Platform =
    Platform { name: "github", title: "GitHub Classroom", recognises, people };

/// `01` and `ex01`.
static EXERCISE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:ex|ch)?\d{1,2}$"));

/// The name of the assignment with which each folder begins, and `-`.
fn assignment(tree: &Tree) -> Option<String> {
    let folders: Vec<_> = tree.folders_in("").collect();
    let (first, rest) = folders.split_first()?;
    let mut common = (*first).to_owned();
    for name in rest {
        while !name.starts_with(&common) {
            common.pop();
        }
    }
    // Two students may begin with the same letters.
    let end = common.rfind('-')?;
    // `ex-01` and `ex-02` are exercises of one.
    let is_exercise = |name: &&str| EXERCISE.is_match(&name[end + 1..]);
    let is_class = !rest.is_empty() && end > 0 && !folders.iter().all(is_exercise);
    is_class.then(|| common[..=end].to_owned())
}

/// Nothing but folders that begin alike, and a manifest of cargo's in one of them.
fn recognises(tree: &Tree) -> bool {
    let is_clone = |name: &str| tree.has(&format!("{name}/Cargo.toml"));
    assignment(tree).is_some()
        && tree.files_in("").next().is_none()
        && tree.folders_in("").any(is_clone)
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let assignment = assignment(tree).unwrap_or_default();
    let handed = |folder: &str| {
        let login = folder.strip_prefix(&assignment).unwrap_or(split(folder).1);
        let person = Person::by_login(login);
        HandedIn::new(person, folder, tree.below(folder))
    };
    Ok(tree.folders_in("").map(handed).collect())
}
