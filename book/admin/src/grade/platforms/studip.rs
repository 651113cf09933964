//! Stud.IP's download of a folder of files.
//!
//! Source: exports as others describe them: all files in one folder, where a name that is there
//! twice has `[1]_` before it, and `archive_filelist.csv`, in which each line has the path and
//! the owner's name. Its columns are named in the installation's language; they are known by
//! what stands in them, so that a column whose cells are the paths of files is the one with the
//! paths, and the owner's is the one whose name says so.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::pattern;
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, split};
use anyhow::{Context, Result, anyhow, ensure};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "studip", title: "Stud.IP", recognises, people };

const LIST: &str = "archive_filelist.csv";

/// The longest list that is read, in bytes.
const LONGEST_LIST: u64 = 8 << 20;

/// What the owner's column is called.
const OWNERS: [&str; 9] = [
    "besitzer",
    "besitzerin",
    "besitzer/-in",
    "besitzer/in",
    "autor",
    "autor/in",
    "autor/-in",
    "owner",
    "author",
];

/// What Stud.IP puts before a name that is there already.
static AGAIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[\d+\]_"));

fn recognises(tree: &Tree) -> bool {
    tree.has(LIST)
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let text = tree.read(LIST, LONGEST_LIST).context(LIST)?;
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') { b';' } else { b',' };
    let mut table =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let head: Vec<_> = table.headers()?.iter().map(|cell| cell.trim().to_lowercase()).collect();
    let owner = head.iter().position(|cell| OWNERS.contains(&cell.as_str()));
    let owner = owner
        .with_context(|| format!("no column of {LIST} is called one of {}", OWNERS.join(", ")))?;
    let rows: Vec<_> = table.records().collect::<Result<_, _>>().context(LIST)?;
    let is_path = |at: usize| {
        let cells = || rows.iter().filter_map(|row| row.get(at));
        cells().next().is_some() && cells().all(|cell| tree.has(path_of(cell)))
    };
    let path = (0..head.len()).find(|at| is_path(*at));
    let path = path.with_context(|| format!("no column of {LIST} has the paths of files"))?;
    // Their files, and one that is there twice.
    let mut found: BTreeMap<String, (Tree, Option<String>)> = BTreeMap::new();
    for row in &rows {
        let (Some(person), Some(path)) = (row.get(owner), row.get(path)) else { continue };
        let path = path_of(path);
        let name = AGAIN.replace(split(path).1, "").into_owned();
        let (files, twice) = found.entry(person.trim().to_owned()).or_default();
        match files.has(&name) {
            true => *twice = Some(name),
            false => files.take(tree, path, &name),
        }
    }
    let told = |path: &str| rows.iter().any(|row| row.iter().any(|cell| path_of(cell) == path));
    let strange = tree.paths().find(|path| *path != LIST && !told(path));
    ensure!(strange.is_none(), "{LIST} does not say whose {} is", strange.unwrap_or_default());
    let handed = |(name, (files, twice)): (String, (Tree, Option<String>))| {
        let mut handed = HandedIn::new(Person::named(&name), &name, files);
        if let Some(file) = twice {
            handed.work = Err(anyhow!(
                "{file} is there twice: from {name} or from two people of this name, which the \
                 list does not tell"
            ));
        }
        handed
    };
    Ok(found.into_iter().map(handed).collect())
}

/// A path as the list has it, which may begin at the top.
fn path_of(cell: &str) -> &str {
    cell.trim().trim_start_matches("./").trim_start_matches('/')
}
