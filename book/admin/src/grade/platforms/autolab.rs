//! Autolab's “Download All Submissions”.
//!
//! Source: `app/models/submission.rb` of github.com/autolab/Autolab (`handin_file_long_filename`):
//! files `email_version_file`, where the file is often a tar.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::platforms::versions::{Version, Versions};
use crate::grade::tree::Tree;
use anyhow::Result;
use regex::Regex;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "autolab", title: "Autolab", recognises, people };

/// Email, version, file.
static RULE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^([^@]+@[^_]+(?:_[^_\d][^_]*)*)_(\d+)_(.+)$"));

fn recognises(tree: &Tree) -> bool {
    let mut names = tree.files_in("").peekable();
    names.peek().is_some() && names.all(|name| RULE.is_match(name))
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let mut versions = Versions::default();
    for path in tree.files_in("") {
        let Some([email, version, file]) = parts(&RULE, path) else { continue };
        let mut files = Tree::default();
        files.take(tree, path, file);
        let person = Person::by_login(email);
        let order = Some(format!("{version:0>9}"));
        let said = format!("version {version}");
        versions.add(person, Version { order, said, files, late: false });
    }
    Ok(versions.newest())
}
