//! A folder or an archive for each person, as GitLab, Replit and Codeboard give them one by one,
//! or as somebody has sorted them. It has no marks, and is only taken for this if it is named.

use crate::grade::archive::{PERSON, is_archive, open, stem};
use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::Tree;
use anyhow::Result;

pub const PLATFORM: Platform = Platform {
    name: "folders",
    title: "folders or archives, one for each person",
    recognises,
    people,
};

/// It must be named, and so the search by marks never gets here with anything else.
fn recognises(tree: &Tree) -> bool {
    tree.folders_in("").chain(tree.files_in("").filter(|name| is_archive(name))).nth(1).is_some()
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let of_folder = |name: &str| HandedIn::new(Person::named(name), name, tree.below(name));
    let of_archive = |name: &str| {
        let mut handed = HandedIn::new(Person::named(stem(name)), name, Tree::default());
        handed.work = open(tree, name, PERSON);
        handed
    };
    let archives = tree.files_in("").filter(|name| is_archive(name));
    Ok(tree.folders_in("").map(of_folder).chain(archives.map(of_archive)).collect())
}
