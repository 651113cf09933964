//! Clones of Classroom 50: `gh teacher download`.
//!
//! Source: the wiki of github.com/foundation50/classroom50: each student's repository has a file
//! `.classroom50.yml`; the folder that holds it is the student's, however deep it lies.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, split};
use anyhow::Result;
use std::collections::BTreeSet;

pub const PLATFORM: Platform =
    Platform { name: "classroom50", title: "Classroom 50", recognises, people };

const MARK: &str = ".classroom50.yml";

fn folders(tree: &Tree) -> BTreeSet<&str> {
    let marked = tree.paths().filter_map(|path| path.strip_suffix(MARK)?.strip_suffix('/'));
    marked.collect()
}

fn recognises(tree: &Tree) -> bool {
    !folders(tree).is_empty()
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let handed = |folder: &str| {
        let login = split(folder).1;
        let person = Person::by_login(login);
        HandedIn::new(person, folder, tree.below(folder))
    };
    Ok(folders(tree).into_iter().map(handed).collect())
}
