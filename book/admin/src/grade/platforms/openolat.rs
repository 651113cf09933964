//! OpenOlat's “Download all submitted documents” of a task.
//!
//! Source: its documentation (github.com/OpenOLAT/OpenOLAT-docs, “Assessing tasks and group
//! tasks”) and the names of folders that are known: for each person a folder, in it one for each
//! step with a number before its name, `1_submissions`, `2_corrections`, `3_revisions` and so on,
//! in the language of whoever downloads. What was revised last counts.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::pattern::{parts, pattern};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, join};
use anyhow::Result;
use regex::Regex;
use std::sync::LazyLock;

pub const PLATFORM: Platform = Platform { name: "openolat", title: "OpenOlat", recognises, people };

/// The steps in which somebody hands in, in languages that are known.
static STEP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(\d+)_(?i:submissions?|abgaben?|soumissions?|consegne?|revisions?|revised.*|.*berarbeitung.*|r[eé]visions?)(?:_\d+)?$",
    )
});

fn recognises(tree: &Tree) -> bool {
    tree.folders_in("").any(|folder| tree.folders_in(folder).any(|step| STEP.is_match(step)))
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let handed = |folder: &str| {
        let mut steps: Vec<(u32, &str)> = tree
            .folders_in(folder)
            .filter_map(|step| Some((parts::<1>(&STEP, step)?[0].parse().ok()?, step)))
            .filter(|(_, step)| !tree.below(&join(folder, step)).is_empty())
            .collect();
        steps.sort_unstable();
        let last = steps.last().map_or("", |(_, step)| step);
        let files = match last {
            "" => Tree::default(),
            step => tree.below(&join(folder, step)),
        };
        let mut handed = HandedIn::new(Person::named(folder), folder, files);
        if steps.len() > 1 {
            handed.version = format!("the newest of {}: {last}", steps.len());
        }
        handed
    };
    Ok(tree.folders_in("").map(handed).collect())
}
