//! Canvas' “Download Submissions”.
//!
//! Source: `lib/content_zipper.rb` of github.com/instructure/canvas-lms: files
//! `name_LATE_userid_fileid_file`, or with anonymous grading `LATE_anon_id_fileid_file`. It has
//! the newest submission alone; where a file of the same name was handed in before, Canvas
//! calls the new one `file-1.rs`.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::Tree;
use anyhow::Result;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "canvas", title: "Canvas", recognises, people };

static RULE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(.+?)(_LATE)?_(\d+)_(\d+)_(.+)$"));
static ANONYMOUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(LATE_)?anon_([0-9A-Za-z]+)_(\d+)_(.+)$"));
/// What was typed into a field: a text or a link.
static TYPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(.+?)(_LATE)?_(\d+)_(?:text|link)\.html$"));

/// Who, their number, whether late, and the file; none if it was typed.
type Found<'a> = (&'a str, &'a str, bool, Option<&'a str>);

fn found(name: &str) -> Option<Found<'_>> {
    if let Some([late, id, _, file]) = parts(&ANONYMOUS, name) {
        return Some(("", id, !late.is_empty(), Some(file)));
    }
    if let Some([who, late, id, _, file]) = parts(&RULE, name) {
        return Some((who, id, !late.is_empty(), Some(file)));
    }
    let [who, late, id] = parts(&TYPED, name)?;
    Some((who, id, !late.is_empty(), None))
}

fn recognises(tree: &Tree) -> bool {
    let mut names = tree.files_in("").peekable();
    names.peek().is_some() && names.all(|name| found(name).is_some())
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let mut all: BTreeMap<(&str, &str), (Tree, bool, bool)> = BTreeMap::new();
    for name in tree.files_in("") {
        let Some((who, id, late, file)) = found(name) else { continue };
        let (files, is_late, typed) = all.entry((who, id)).or_default();
        *is_late |= late;
        match file {
            Some(file) => files.take(tree, name, file),
            None => *typed = true,
        }
    }
    let handed = |((who, id), (files, late, typed)): ((&str, &str), (Tree, bool, bool))| {
        let name = if who.is_empty() { format!("anon_{id}") } else { who.to_owned() };
        // The number of anonymous grading is none of the gradebook's.
        let own = if who.is_empty() { String::new() } else { id.to_owned() };
        let person = Person { name, id: own, ..Person::default() };
        let mut handed = HandedIn::new(person, &format!("{who}_{id}"), files);
        handed.late = late;
        if typed {
            handed.typed();
        }
        handed
    };
    Ok(all.into_iter().map(handed).collect())
}
