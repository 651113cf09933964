//! D2L's (Brightspace's) “Download” of an assignment's submissions.
//!
//! Source: exports as others describe them: folders `number-number - First Last - Sep 24, 2024
//! 926 PM`, one for each time that somebody handed in, and `index.html`; older ones have the
//! same as the beginning of each file's name. D2L publishes no description.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::platforms::versions::{Version, Versions};
use crate::grade::tree::Tree;
use anyhow::Result;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

pub const PLATFORM: Platform =
    Platform { name: "d2l", title: "D2L Brightspace", recognises, people };

/// Number, name, time.
static FOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d+-\d+) - (.+?) - ([^-]*\d{4}[^-]*)$"));
/// The same, and the file.
static FILE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d+-\d+) - (.+?) - ([^-]*\d{4}[^-]*?) - (.+)$"));
/// Month, day, year, hour and minute, half of the day.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4}) (\d{1,2}):?(\d\d) ?([AP]M)$")
});

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn recognises(tree: &Tree) -> bool {
    tree.folders_in("").any(|name| FOLDER.is_match(name))
        || tree.files_in("").any(|name| FILE.is_match(name))
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let mut found: BTreeMap<[&str; 3], Tree> = BTreeMap::new();
    for name in tree.folders_in("") {
        if let Some(key) = parts(&FOLDER, name) {
            found.entry(key).or_default().take_all(tree, name, "");
        }
    }
    for name in tree.files_in("") {
        if let Some([number, person, time, own]) = parts(&FILE, name) {
            found.entry([number, person, time]).or_default().take(tree, name, own);
        }
    }
    let mut versions = Versions::default();
    for ([number, name, said], files) in found {
        let person = Person { name: name.to_owned(), id: number.to_owned(), ..Person::default() };
        let (order, said) = (order(said), said.to_owned());
        versions.add(person, Version { order, said, files, late: false });
    }
    Ok(versions.newest())
}

/// A time, so that later ones come later: `2024-09-24 21:26`.
fn order(said: &str) -> Option<String> {
    let [month, day, year, hour, minute, half] = parts(&TIME, said)?;
    let month = MONTHS.iter().position(|one| *one == month)? + 1;
    let hour = hour.parse::<u32>().ok()? % 12 + if half == "PM" { 12 } else { 0 };
    Some(format!("{year}-{month:02}-{:02} {hour:02}:{minute}", day.parse::<u32>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_put_in_order() {
        let times = ["Sep 24, 2024 926 AM", "Sep 24, 2024 12:30 PM", "Oct 1, 2024 1200 AM"];
        let ordered = times.map(|time| order(time).unwrap());
        assert_eq!(ordered, ["2024-09-24 09:26", "2024-09-24 12:30", "2024-10-01 00:00"]);
        assert_eq!(order("24 septembre 2024 21 h 26"), None);
    }
}
