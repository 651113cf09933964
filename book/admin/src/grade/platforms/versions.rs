//! Of what somebody has handed in several times, the newest.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::tree::Tree;
use anyhow::anyhow;
use std::collections::BTreeMap;

/// One of the times that somebody has handed in.
#[derive(Debug)]
pub struct Version {
    /// Later times come later in this order; `None` if the time cannot be read.
    pub order: Option<String>,
    /// The time as the platform writes it.
    pub said: String,
    /// What was handed in.
    pub files: Tree,
    /// Whether it came late.
    pub late: bool,
}

/// People with the versions of their work.
#[derive(Debug, Default)]
pub struct Versions(BTreeMap<(String, String), (Person, Vec<Version>)>);

impl Versions {
    /// Puts a version to the others of the person, who is told apart by name and id.
    pub fn add(&mut self, person: Person, version: Version) {
        let key = (person.name.clone(), person.id.clone());
        self.0.entry(key).or_insert_with(|| (person, Vec::new())).1.push(version);
    }

    /// The same with `file` of `tree`, as `name`, in the version of that time, which begins
    /// with it or has other files.
    pub fn add_file(&mut self, person: Person, said: &str, tree: &Tree, file: &str, name: &str) {
        let key = (person.name.clone(), person.id.clone());
        let versions = &mut self.0.entry(key).or_insert_with(|| (person, Vec::new())).1;
        let at = versions.iter().position(|one| one.said == said).unwrap_or_else(|| {
            let (said, order) = (said.to_owned(), Some(said.to_owned()));
            versions.push(Version { order, said, files: Tree::default(), late: false });
            versions.len() - 1
        });
        if !name.is_empty() {
            versions[at].files.take(tree, file, name);
        }
    }

    /// The newest of each person.
    pub fn newest(self) -> Vec<HandedIn> {
        self.0.into_values().map(|(person, versions)| newest(person, versions)).collect()
    }
}

fn newest(person: Person, mut versions: Vec<Version>) -> HandedIn {
    let count = versions.len();
    let unordered = count > 1 && versions.iter().any(|one| one.order.is_none());
    versions.sort_by(|one, other| one.order.cmp(&other.order));
    let place = format!("{} {}", person.name, person.id).trim().to_owned();
    let Some(last) = versions.pop() else {
        return HandedIn::new(person, &place, Tree::default());
    };
    let mut handed = HandedIn::new(person, &place, last.files);
    handed.late = last.late;
    if unordered {
        let mut all: Vec<_> = versions.into_iter().map(|one| one.said).collect();
        all.push(last.said);
        handed.work = Err(anyhow!(
            "it was handed in {count} times, and which is the newest cannot be told ({}): leave \
             the one that counts",
            all.join("; ")
        ));
    } else if count > 1 {
        handed.version = format!("the newest of {count}: {}", last.said);
    }
    handed
}
