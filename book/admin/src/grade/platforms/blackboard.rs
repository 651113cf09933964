//! Blackboard's “Assignment File Download”.
//!
//! Source: exports as others describe them (github.com/kwurst/bb-file-cleanup): files
//! `assignment_user_attempt_date_file`, and for each attempt a text
//! `assignment_user_attempt_date.txt` whose first line ends in the user's name in brackets. All
//! attempts are in it if they were asked for.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::platforms::versions::Versions;
use crate::grade::tree::Tree;
use anyhow::Result;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const PLATFORM: Platform =
    Platform { name: "blackboard", title: "Blackboard", recognises, people };

/// Assignment and user, the time, and the file.
static RULE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(.+)_attempt_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:\.txt|_(.+))$"));

/// The first line of an attempt's text, in any language: `Name: Somebody (user)`.
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*[^:]*:\s*(.*?)\s*\(([^()]+)\)\s*$"));

/// How much of such a text is read, in bytes.
const LONGEST_TEXT: u64 = 1 << 20;

fn recognises(tree: &Tree) -> bool {
    tree.files_in("").any(|name| RULE.is_match(name))
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let found: Vec<(&str, [&str; 3])> =
        tree.files_in("").filter_map(|name| Some((name, parts(&RULE, name)?))).collect();
    // Of each user as it stands in the names of files: the name and the user, as the text has it.
    let mut told: BTreeMap<&str, (String, String)> = BTreeMap::new();
    for (name, [stem, _, file]) in &found {
        if file.is_empty()
            && let Some((person, user)) = first_line(tree, name)
            && stem.ends_with(&format!("_{user}"))
        {
            told.insert(stem, (person, user));
        }
    }
    let mut versions = Versions::default();
    for (name, [stem, time, file]) in found {
        let own = || (String::new(), stem.rsplit('_').next().unwrap_or(stem).to_owned());
        let (said, user) = told.get(stem).cloned().unwrap_or_else(own);
        let person = Person {
            name: if said.is_empty() { user.clone() } else { said },
            id: user.clone(),
            login: user,
            ..Person::default()
        };
        versions.add_file(person, time, tree, name, file);
    }
    Ok(versions.newest())
}

fn first_line(tree: &Tree, name: &str) -> Option<(String, String)> {
    let text = tree.read(name, LONGEST_TEXT).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let [person, user] = parts(&NAME, text.trim_start_matches('\u{feff}').lines().next()?)?;
    Some((person.to_owned(), user.to_owned()))
}
