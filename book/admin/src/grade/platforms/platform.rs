//! What is known of a shape of exports.

use crate::grade::handed_in::HandedIn;
use crate::grade::tree::Tree;
use anyhow::Result;

/// A shape of exports.
#[derive(Debug)]
pub struct Platform {
    /// Its name for `--from`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Whether the files have the marks of this shape.
    pub recognises: fn(&Tree) -> bool,
    /// The people, with the work of each that counts.
    pub people: fn(&Tree) -> Result<Vec<HandedIn>>,
}
