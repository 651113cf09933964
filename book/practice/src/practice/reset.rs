//! `workbook reset chNN [TASK]`: the first state again. What was written is kept.

use crate::course::checkout::Checkout;
use crate::course::exercise::Exercise;
use crate::course::learner_files::{
    exercise_folder, file_names, is_untouched, source_path, starter_path,
};
use crate::practice::choose;
use crate::practice::failure::path;
use crate::system::screen::{BOLD, DIM, paint, print_line};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Puts back the files of `task`, or of the whole exercise.
pub fn run(checkout: &Checkout, chapter: &str, task: Option<&str>) -> Result<bool> {
    let course = checkout.course()?;
    let exercise = choose::exercise_named(checkout, &course, chapter)?;
    let wanted: Vec<&str> = match task {
        Some(id) => choose::task_named(&exercise, id)?.files.iter().map(String::as_str).collect(),
        None => file_names(&exercise),
    };
    // A file that cannot be read counts as changed: what is missing is put back.
    let is_touched = |name: &&&str| !is_untouched(&checkout.root, &exercise, name).unwrap_or(false);
    let changed: Vec<&str> = wanted.iter().filter(is_touched).copied().collect();
    if changed.is_empty() {
        print_line("There is nothing to reset: the files are as they were handed out.");
        return Ok(true);
    }
    for name in &changed {
        if let Some(others) = shared(&exercise, name, task) {
            print_line(format_args!(
                "{name} belongs to {others}, too, whose code in it goes as well."
            ));
        }
    }
    let top = exercise_folder(&checkout.root, &exercise);
    let backup = back_up(&top, &changed)?;
    for name in &changed {
        let (from, to) = (top.join(starter_path(name)), top.join(source_path(name)));
        let what = || format!("cannot put {} back", path(&exercise, name));
        fs::create_dir_all(to.parent().unwrap_or(&top)).with_context(what)?;
        // Not `copy`, which gives the file the permissions of the other one.
        fs::write(&to, fs::read(&from).with_context(what)?).with_context(what)?;
        print_line(format_args!("{} is as it was handed out.", path(&exercise, name)));
    }
    if let Some(number) = backup {
        let below = format!("chapters/{}/exercise", exercise.folder);
        let kept = format!("{below}/backup/{number}");
        print_line(format_args!(
            "What you had written is in {}. To have it back:",
            paint(BOLD, &kept)
        ));
        let command = match cfg!(windows) {
            true => format!("xcopy /s /y {} {}", kept.replace('/', "\\"), below.replace('/', "\\")),
            false => format!("cp -r {kept}/. {below}/"),
        };
        print_line(paint(DIM, format_args!("  {command}")));
    }
    Ok(true)
}

/// The other tasks that `name` belongs to, if only `task` is reset.
fn shared(exercise: &Exercise, name: &str, task: Option<&str>) -> Option<String> {
    let task = task?;
    let others = exercise.tasks.iter().filter(|one| one.id != task);
    let others = others.filter(|one| one.files.iter().any(|file| file == name));
    let ids: Vec<_> = others.map(|one| one.id.as_str()).collect();
    (!ids.is_empty()).then(|| ids.join(" and "))
}

/// Copies the files `names` to a new folder below `backup`, and returns its number; `None`
/// if none of them exists.
fn back_up(top: &Path, names: &[&str]) -> Result<Option<u32>> {
    let there: Vec<_> = names.iter().filter(|name| top.join(source_path(name)).is_file()).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let folder = top.join("backup");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let numbers =
        entries.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    let number = numbers.max().unwrap_or(0) + 1;
    for name in there {
        let to = folder.join(number.to_string()).join(source_path(name));
        let what = || format!("cannot keep your {name} in {}; nothing was reset", to.display());
        fs::create_dir_all(to.parent().unwrap_or(&folder)).with_context(what)?;
        fs::copy(top.join(source_path(name)), &to).with_context(what)?;
    }
    Ok(Some(number))
}
