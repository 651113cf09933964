//! What learning platforms export, one module for each shape.
//!
//! A shape is recognised by its own marks, or named with `--from`. Each module says where its
//! rules come from: the platform's source, its documentation, or exports that others describe.
//! Whoever reads a module knows the platform; nobody else has to.
//!
//! One more is a module here with its `PLATFORM`, which stands in `PLATFORMS`; a sample in
//! `tests/samples/exports.rs`, which all tests of exports then try; and a row on the teacher's
//! page.

mod autolab;
mod blackboard;
mod canvas;
mod classroom50;
mod d2l;
mod folders;
mod github;
mod gradescope;
mod ilias;
mod inginious;
mod moodle;
mod nbgrader;
mod openolat;
pub mod platform;
mod sakai;
mod studip;
mod submitty;
mod versions;

use crate::grade::handed_in::HandedIn;
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::Tree;
use anyhow::{Context, Result, bail};

/// How many folders with nothing else in them may lie around an export: a zip that was
/// unpacked into a folder of its own, which was moved into another one.
const FOLDERS_AROUND: usize = 3;

/// All shapes that are known by their marks, the more telling marks first, and the last one,
/// which has none and must be named.
const PLATFORMS: [&Platform; 16] = [
    &gradescope::PLATFORM,
    &studip::PLATFORM,
    &moodle::PLATFORM,
    &blackboard::PLATFORM,
    &autolab::PLATFORM,
    &canvas::PLATFORM,
    &d2l::PLATFORM,
    &sakai::PLATFORM,
    &openolat::PLATFORM,
    &inginious::PLATFORM,
    &classroom50::PLATFORM,
    &submitty::PLATFORM,
    &nbgrader::PLATFORM,
    &github::PLATFORM,
    &ilias::PLATFORM,
    &folders::PLATFORM,
];

/// The people in `tree`, if it is the export of a platform: of the one that is named, or else of
/// the one whose marks it has.
pub fn people(tree: &Tree, from: Option<&'static Platform>) -> Result<Option<Vec<HandedIn>>> {
    let trees = trees(tree);
    let tried: Vec<_> = from.map_or_else(|| marked().collect(), |one| vec![one]);
    // The more telling marks first, however deep they lie.
    let found = tried.into_iter().find_map(|platform| {
        Some((platform, trees.iter().find(|tree| (platform.recognises)(tree))?))
    });
    match (found, from) {
        (Some((platform, tree)), _) => {
            let mut people = (platform.people)(tree)
                .with_context(|| format!("taken for an export of {}", platform.title))?;
            for one in &mut people {
                platform.name.clone_into(&mut one.person.platform);
            }
            Ok(Some(people))
        }
        (None, Some(platform)) => bail!("it does not look like an export of {}", platform.title),
        (None, None) => Ok(None),
    }
}

/// The shape with this name.
pub fn called(name: &str) -> Result<&'static Platform> {
    let found = PLATFORMS.into_iter().find(|platform| platform.name == name);
    found.with_context(|| {
        let names: Vec<_> = PLATFORMS.iter().map(|platform| platform.name).collect();
        format!("no export is known of {name}; there is {}, and one", names.join(", "))
    })
}

/// Those that have marks.
fn marked() -> impl Iterator<Item = &'static Platform> {
    PLATFORMS.into_iter().filter(|platform| platform.name != folders::PLATFORM.name)
}

/// The tree, and what is in the one folder in it, and so on.
fn trees(tree: &Tree) -> Vec<Tree> {
    let mut trees = vec![tree.clone()];
    for _ in 0..FOLDERS_AROUND {
        let last = &trees[trees.len() - 1];
        let folders: Vec<_> = last.folders_in("").collect();
        match folders[..] {
            [one] if last.files_in("").next().is_none() => trees.push(last.below(one)),
            _ => break,
        }
    }
    trees
}
