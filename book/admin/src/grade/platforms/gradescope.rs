//! Gradescope's “Export Submissions”.
//!
//! Source: exports as others read them: `submission_metadata.yml`, whose keys are the names of
//! folders, each with `:submitters:` of `:name:`, `:sid:` and `:email:`. A group is one submission
//! with several people, each of whom gets its grade.

use crate::grade::handed_in::{HandedIn, Person};
use crate::grade::platforms::platform::Platform;
use crate::grade::tree::Tree;
use anyhow::{Context, Result};
use serde_yaml_ng::{Mapping, Value, from_slice};

pub const PLATFORM: Platform =
    Platform { name: "gradescope", title: "Gradescope", recognises, people };

const LIST: &str = "submission_metadata.yml";

/// The longest list that is read, in bytes: it repeats what an autograder said to each.
const LONGEST_LIST: u64 = 64 << 20;

fn recognises(tree: &Tree) -> bool {
    tree.has(LIST)
}

fn people(tree: &Tree) -> Result<Vec<HandedIn>> {
    let text = tree.read(LIST, LONGEST_LIST).context(LIST)?;
    let list: Mapping = from_slice(&text).context(LIST)?;
    let mut people = Vec::new();
    for (folder, about) in &list {
        let Some(folder) = folder.as_str() else { continue };
        let submitters = about.get(":submitters").and_then(Value::as_sequence);
        let submitters = submitters.map(Vec::as_slice).unwrap_or_default();
        for submitter in submitters {
            let field = |name: &str| match submitter.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let person = Person {
                name: field(":name"),
                id: field(":sid"),
                login: field(":email"),
                ..Person::default()
            };
            let mut handed = HandedIn::new(person, folder, tree.below(folder));
            if submitters.len() > 1 {
                handed.notes.push(format!("the work of a group of {}", submitters.len()));
            }
            people.push(handed);
        }
    }
    Ok(people)
}
