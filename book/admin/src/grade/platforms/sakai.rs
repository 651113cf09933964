//! Sakai's “Download All”.
//!
//! Source: `AssignmentServiceImpl.java` of github.com/sakaiproject/sakai, from memory: a folder
//! with the assignment's name, in it `grades.csv` (or a spreadsheet) and for each person a folder
//! `Last, First(id)` with `Submission attachment(s)`, `Feedback Attachment(s)`, `timestamp.txt` and
//! texts of Sakai's own. Who handed in nothing has a folder, too.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, join};
use anyhow::Result;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "sakai", title: "Sakai", recognises, people };

/// Name and id.
static FOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(.+?) ?\(([^()]+)\)$"));

/// The folder with what was handed in.
const ATTACHMENTS: &str = "Submission attachment(s)";

/// The column of `grades.csv` that says who was late.
const LATE: &str = "Late submission";

/// The longest table that is read, in bytes.
const LONGEST_TABLE: u64 = 8 << 20;

fn recognises(tree: &Tree) -> bool {
    let has_table = tree.files_in("").any(|name| name.starts_with("grades."));
    let is_person = |name: &str| {
        FOLDER.is_match(name) && (has_table || tree.has_folder(&join(name, ATTACHMENTS)))
    };
    tree.folders_in("").any(is_person)
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let late = late(tree);
    let handed = |folder: &str| {
        let [name, id] = parts(&FOLDER, folder)?;
        let person = Person {
            name: name.to_owned(),
            id: id.to_owned(),
            login: id.to_owned(),
            ..Person::default()
        };
        let files = tree.below(&join(folder, ATTACHMENTS));
        let mut handed = HandedIn::new(person, folder, files);
        handed.late = late.contains(id);
        let typed = tree.files_in(folder).any(|name| name.contains("submissionText"));
        if typed {
            handed.typed();
        }
        Some(handed)
    };
    Ok(tree.folders_in("").filter_map(handed).collect())
}

/// The ids of those who were late, as far as the table says so in English.
fn late(tree: &Tree) -> BTreeSet<String> {
    let table = tree.read("grades.csv", LONGEST_TABLE).unwrap_or_default();
    // The table begins with a row or two about the assignment.
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&table[..]);
    let mut head: Option<(usize, usize)> = None;
    let mut late = BTreeSet::new();
    for row in reader.records().map_while(Result::ok) {
        let place = |name: &str| row.iter().position(|cell| cell.trim() == name);
        match head {
            None => head = place("ID").or_else(|| place("Display ID")).zip(place(LATE)),
            Some((id, said)) => {
                if row.get(said).is_some_and(|cell| cell.trim().eq_ignore_ascii_case("late")) {
                    late.extend(row.get(id).map(str::to_owned));
                }
            }
        }
    }
    late
}
