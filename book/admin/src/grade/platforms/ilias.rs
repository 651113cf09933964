//! ILIAS' download of an exercise's submissions.
//!
//! Source: `Modules/Exercise` of github.com/ILIAS-eLearning/ILIAS
//! (`ilExerciseManagementCollectFilesJob`, `ilExSubmission::downloadAllAssignmentFiles`): a folder
//! with the assignment's name, in it one called `Abgaben` or `Submissions`, and in that for each
//! person `Last_First_login_id`. A second file of the same name is `file (2).rs`; before a late
//! one stands a word of the installation's language and ` - `.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, join};
use anyhow::Result;
use regex::Regex;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "ilias", title: "ILIAS", recognises, people };

/// Last and first name, login, number.
static FOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([^_]+_.+?)_([^_]+)_(\d+)$"));

/// What stands before the name of a late file.
static LATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[^-]* - "));

/// The folder in which the people's folders are, and nothing else.
fn top(tree: &Tree) -> Option<String> {
    let is_top = |folder: &str| {
        let mut names = tree.folders_in(folder).peekable();
        names.peek().is_some()
            && names.all(|name| FOLDER.is_match(name))
            && tree.files_in(folder).next().is_none()
    };
    let tops = std::iter::once("").chain(tree.folders_in(""));
    tops.map(str::to_owned).find(|folder| is_top(folder))
}

fn recognises(tree: &Tree) -> bool {
    top(tree).is_some()
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let top = top(tree).unwrap_or_default();
    let handed = |folder: &str| {
        let [name, login, id] = parts(&FOLDER, folder)?;
        let person = Person {
            name: name.replacen('_', ", ", 1).replace('_', " "),
            id: id.to_owned(),
            login: login.to_owned(),
            ..Person::default()
        };
        let path = join(&top, folder);
        let mut handed = HandedIn::new(person, folder, tree.below(&path));
        handed.late = tree.files_in(&path).any(|name| LATE.is_match(name));
        Some(handed)
    };
    Ok(tree.folders_in(&top).filter_map(handed).collect())
}
