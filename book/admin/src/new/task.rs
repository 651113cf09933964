//! A new `extend` task of an exercise.

use crate::new::words::{fill, insert_sorted, is_name, lay};
use anyhow::{Context, Result, ensure};
use std::fs;
use workbook::course::checkout::Checkout;
use workbook::system::screen::print_line;
use workbook::system::write_file::write_whole;

/// Lays the task `name` in the exercise of a chapter, before its `catch` task: the learner's
/// file, its model, a test, and the entry in `exercise.toml`.
pub fn new_task(checkout: &Checkout, chapter: &str, name: &str) -> Result<bool> {
    ensure!(
        is_name(&name.replace('_', "-")) && !name.contains('-'),
        "{name} cannot be a task's name here: small letters and digits, as in at_most or count"
    );
    let course = checkout.course()?;
    let chapter =
        course.chapter(chapter).with_context(|| format!("the list has no chapter {chapter}"))?;
    let number = &chapter.id[2..];
    lay_files(checkout, &chapter.folder, number, name)?;

    let values = [("@NN@", number), ("@TASK@", name)];
    let library = format!("chapters/{}/exercise/src/lib.rs", chapter.folder);
    insert_sorted(&checkout.root, &library, "mod ", &format!("mod {name};"))?;
    insert_sorted(&checkout.root, &library, "pub use ", &format!("pub use {name}::{name};"))?;
    let tests = checkout.root.join(format!("tests/ex{number}.rs"));
    let text = fs::read_to_string(&tests).context("cannot read the tests of the exercise")?;
    let test = fill(include_str!("task/test.rs.txt"), &values);
    write_whole(&tests, &format!("{text}\n{test}"))?;

    let list = checkout.root.join(format!("chapters/{}/exercise/exercise.toml", chapter.folder));
    let text = fs::read_to_string(&list).context("cannot read exercise.toml")?;
    let catch =
        text.find("[[task]]\nid = \"catch\"").context("exercise.toml has no task `catch`")?;
    let entry = fill(include_str!("task/exercise.toml.txt"), &values);
    write_whole(&list, &format!("{}{entry}\n{}", &text[..catch], &text[catch..]))?;
    starter::lay(&checkout.root).context("the learner's file cannot be laid")?;

    print_line(format_args!("The task `{name}` is laid. It is complete, of one function:"));
    print_line(format_args!("    cargo workbook check {} {name}", chapter.id));
    print_line(format_args!("    cargo workbook verify"));
    print_line(format_args!("CONTRIBUTING.md says what to change, and in which order."));
    Ok(true)
}

/// The learner's file and its model.
pub(super) fn lay_files(checkout: &Checkout, folder: &str, number: &str, name: &str) -> Result<()> {
    let values = [("@NN@", number), ("@TASK@", name)];
    for (place, text) in [
        ("starter", include_str!("task/starter.rs.txt")),
        ("solution", include_str!("task/solution.rs.txt")),
    ] {
        let file = format!("chapters/{folder}/exercise/{place}/{name}.rs");
        lay(&checkout.root, &file, &fill(text, &values))?;
    }
    Ok(())
}
