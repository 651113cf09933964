//! INGInious' download of submissions.
//!
//! Source: `inginious/frontend/submission_manager.py` of github.com/INGInious/INGInious
//! (`get_submission_archive`): folders as the teacher chose them, each submission with
//! `submission.test` (YAML, with `username` and `submitted_on`), what was uploaded in
//! `uploaded_files` under the name of the problem, and `archive`, which is what grading left.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::platforms::versions::{Version, Versions};
use crate::grade::tree::{Tree, join, split};
use anyhow::{Context, Result};
use serde_yaml_ng::{Value, from_slice};

pub const PLATFORM: Platform =
    Platform { name: "inginious", title: "INGInious", recognises, people };

const MARK: &str = "submission.test";

/// The longest description of a submission that is read, in bytes.
const LONGEST_TEXT: u64 = 16 << 20;

fn folders(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.paths().map(split).filter(|(_, name)| *name == MARK).map(|(folder, _)| folder)
}

fn recognises(tree: &Tree) -> bool {
    folders(tree).next().is_some()
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let mut versions = Versions::default();
    for folder in folders(tree) {
        let text = tree.read(&join(folder, MARK), LONGEST_TEXT)?;
        let about: Value = from_slice(&text).with_context(|| join(folder, MARK))?;
        let said = about.get("submitted_on").and_then(Value::as_str).unwrap_or_default().to_owned();
        let users: Vec<_> = match about.get("username") {
            Some(Value::Sequence(names)) => names.iter().filter_map(Value::as_str).collect(),
            name => name.and_then(Value::as_str).into_iter().collect(),
        };
        for user in users {
            let person = Person::by_login(user);
            let uploaded = tree.below(&join(folder, "uploaded_files"));
            // Without the folder, if it was asked for.
            let files = if uploaded.is_empty() { simple(tree, folder) } else { uploaded };
            let order = (!said.is_empty()).then(|| said.clone());
            versions.add(person, Version { order, said: said.clone(), files, late: false });
        }
    }
    Ok(versions.newest())
}

/// The files beside the description.
fn simple(tree: &Tree, folder: &str) -> Tree {
    let mut files = Tree::default();
    for name in tree.files_in(folder).filter(|name| *name != MARK) {
        files.take(tree, &join(folder, name), name);
    }
    files
}
