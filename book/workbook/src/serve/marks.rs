//! How far the learner is with the exercises, for the book's navigation.
//!
//! Each mark comes of a real run of the exercise, now or, if nothing has changed since, some
//! time ago. An exercise that was not begun is not run and has no mark.

use crate::course::exercise::Exercise;
use crate::course::learner_files;
use crate::serve::site::{Mark, Site};
use crate::system::programs::{PRACTICE, output_of_package};
use crate::system::screen::{DIM, paint, print_error};
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How often the learner's files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How long they must have been left alone before they are run: `workbook watch` in another
/// terminal goes first.
const QUIET: Duration = Duration::from_secs(3);

/// What is known of one exercise.
struct TrackedFiles {
    /// The learner's files, as a number.
    files: u64,
    /// When they were seen to have changed; `None` if they were run since.
    changed: Option<Instant>,
}

/// Keeps the marks true, for ever.
pub fn keep(site: &Site) {
    let mut known = HashMap::new();
    loop {
        if let Err(error) = look(site, &mut known) {
            print_error(paint(DIM, format_args!("workbook: no marks for exercises: {error:#}")));
        }
        thread::sleep(LOOK);
    }
}

/// Looks at all exercises once, and runs those that were changed and then left alone.
fn look(site: &Site, known: &mut HashMap<String, TrackedFiles>) -> Result<()> {
    let checkout = &site.checkout;
    for chapter in checkout.course()?.chapters {
        let Some(exercise) = Exercise::read(&checkout.root, &chapter)? else { continue };
        let files = fingerprint(&checkout.root, &exercise);
        // One that is there when the program starts has been left alone.
        let began = Instant::now().checked_sub(QUIET);
        let known = known
            .entry(exercise.id.clone())
            .or_insert_with(|| TrackedFiles { files, changed: began });
        if known.files != files {
            *known = TrackedFiles { files, changed: Some(Instant::now()) };
        }
        if known.changed.is_none_or(|changed| changed.elapsed() < QUIET) {
            continue;
        }
        known.changed = None;
        let page = chapter.page().replace(".md", ".html");
        if learner_files::all_are_untouched(&checkout.root, &exercise) {
            site.mark(&page, None);
            continue;
        }
        let output = output_of_package(PRACTICE, &["marks", &chapter.id])?;
        site.mark(&page, Some(mark(&output).context("no two numbers")?));
    }
    Ok(())
}

/// How many tasks pass, and how many there are: `3 4`.
fn mark(output: &str) -> Option<Mark> {
    let (passed, tasks) = output.trim().split_once(' ')?;
    Some(Mark { passed: passed.parse().ok()?, tasks: tasks.parse().ok()? })
}

/// The learner's files of an exercise, as a number that is another one when they change.
fn fingerprint(root: &Path, exercise: &Exercise) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in learner_files::file_names(exercise) {
        let file =
            learner_files::exercise_folder(root, exercise).join(learner_files::source_path(name));
        fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}
