//! `workbook handout`: the course as learners get it.

use crate::grade::course_copy::{about_strangers, hand_out, strangers};
use anyhow::Result;
use std::path::Path;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
use workbook::system::screen::{print_line, wrapped};

/// Writes the course to the folder `target`, without what learners are to find themselves.
pub fn run(checkout: &Checkout, target: &Path) -> Result<bool> {
    let course = checkout.course()?;
    let mut exercises = Vec::new();
    for chapter in &course.chapters {
        exercises.extend(Exercise::read(&checkout.root, chapter)?);
    }
    let count = hand_out(&checkout.root, &exercises, target)?;
    let ids: Vec<_> = exercises.iter().map(|exercise| exercise.chapter.as_str()).collect();
    print_line(format_args!(
        "The course is in {}: {count} files, with the exercises of {} as they are at first.\n\
         The solutions are not in it, nor the servers that a `catch` task is about: whoever \
         grades has them.\n\n\
         Look at it as a learner does: `cd {0} && cargo run`. Then hand it out as a folder, as a \
         zip or as a repository. What comes back is graded here, as a learning platform exports it \
         or one by one: `cargo workbook grade EXPORT.zip`, `cargo workbook grade DIR/*`.",
        target.display(),
        ids.join(", ")
    ));
    let left_out = about_strangers(&strangers(&checkout.root)?);
    if !left_out.is_empty() {
        print_line(format_args!("\n{}", wrapped(&left_out, 0)));
    }
    Ok(true)
}
