//! Moodle's “Download all submissions”, in folders or flat.
//!
//! Source: `mod/assign/feedback/file/importziplib.php` of github.com/moodle/moodle, which reads
//! the same names back: `fullname_userid_plugintype_pluginname`, with `_` at the end until
//! Moodle 4.0; the number belongs to the assignment and not to the person. Moodle exports the
//! newest attempt alone.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::Tree;
use anyhow::Result;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "moodle", title: "Moodle", recognises, people };

/// Name, number, plugin, and of a flat export the file.
static RULE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([^_]*)_(\d+)_assignsubmission_([a-z]+)(?:_(.*))?$"));

fn recognises(tree: &Tree) -> bool {
    tree.folders_in("").chain(tree.files_in("")).any(|name| RULE.is_match(name))
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    // Their files, and whether there is a text written in the browser.
    let mut found: BTreeMap<(&str, &str), (Tree, bool)> = BTreeMap::new();
    for folder in tree.folders_in("") {
        let Some([name, id, plugin, _]) = parts(&RULE, folder) else { continue };
        let (files, typed) = found.entry((name, id)).or_default();
        match plugin {
            "file" => files.take_all(tree, folder, ""),
            _ => *typed = true,
        }
    }
    for file in tree.files_in("") {
        let Some([name, id, plugin, own]) = parts(&RULE, file) else { continue };
        let (files, typed) = found.entry((name, id)).or_default();
        match plugin {
            "file" => files.take(tree, file, own),
            _ => *typed = true,
        }
    }
    let handed = |((name, id), (files, typed)): ((&str, &str), (Tree, bool))| {
        let person = Person { name: name.to_owned(), id: id.to_owned(), ..Person::default() };
        let mut handed = HandedIn::new(person, &format!("{name}_{id}"), files);
        if typed {
            handed.typed();
        }
        handed
    };
    Ok(found.into_iter().map(handed).collect())
}
