//! Submitty's download of all submissions.
//!
//! Source: Submitty's documentation, “Bulk download”, from memory: for each user a folder with one
//! for each version, numbered, and `user_assignment_settings.json`, which says which version is
//! active. Without it the highest counts.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::{Tree, join};
use anyhow::Result;

pub const PLATFORM: Platform = Platform { name: "submitty", title: "Submitty", recognises, people };

const SETTINGS: &str = "user_assignment_settings.json";

/// The longest settings that are read, in bytes.
const LONGEST_SETTINGS: u64 = 4 << 20;

fn versions(tree: &Tree, user: &str) -> Vec<u64> {
    let mut versions: Vec<u64> =
        tree.folders_in(user).filter_map(|name| name.parse().ok()).collect();
    versions.sort_unstable();
    versions
}

fn recognises(tree: &Tree) -> bool {
    let mut users = tree.folders_in("").peekable();
    let is_user = |user: &str| {
        !versions(tree, user).is_empty()
            && tree.folders_in(user).all(|name| name.parse::<u64>().is_ok())
            && tree.files_in(user).all(|name| name == SETTINGS)
    };
    users.peek().is_some() && users.all(is_user) && tree.files_in("").next().is_none()
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let handed = |user: &str| {
        let versions = versions(tree, user);
        let active = active(tree, user).filter(|active| versions.contains(active));
        let counts = active.or(versions.last().copied()).unwrap_or_default();
        let person = Person::by_login(user);
        let files = tree.below(&join(user, &counts.to_string()));
        let mut handed = HandedIn::new(person, user, files);
        if versions.len() > 1 {
            let which = if active.is_some() { "the active one" } else { "the newest" };
            handed.version = format!("{which} of {}: {counts}", versions.len());
        }
        handed
    };
    Ok(tree.folders_in("").map(handed).collect())
}

fn active(tree: &Tree, user: &str) -> Option<u64> {
    let text = tree.read(&join(user, SETTINGS), LONGEST_SETTINGS).ok()?;
    serde_json::from_slice::<serde_json::Value>(&text).ok()?["active_version"].as_u64()
}
