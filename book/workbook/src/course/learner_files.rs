//! The learner's files of an exercise, and what they were at first.

pub use starter::source_path;

use crate::course::exercise::{Exercise, Task};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The longest file of a learner that is looked at, in bytes.
pub const LONGEST: u64 = 256 * 1024;

/// The folder of an exercise in the course at `root`.
pub fn exercise_folder(root: &Path, exercise: &Exercise) -> PathBuf {
    root.join("chapters").join(&exercise.folder).join("exercise")
}

/// The names of the learner's files, each once, in the order of the tasks.
pub fn file_names(exercise: &Exercise) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for file in exercise.tasks.iter().flat_map(|task| &task.files) {
        if !names.contains(&file.as_str()) {
            names.push(file);
        }
    }
    names
}

/// The files of `task` that no task before it has: whoever works on those may change the others.
pub fn own_file_names<'a>(exercise: &'a Exercise, task: &'a Task) -> Vec<&'a str> {
    let before = || exercise.tasks.iter().take_while(|one| one.id != task.id);
    let is_own = |name: &&String| before().all(|one| !one.files.contains(*name));
    task.files.iter().filter(is_own).map(String::as_str).collect()
}

/// Where the file lies that a learner's file was at first.
pub fn starter_path(name: &str) -> String {
    format!("starter/{name}")
}

/// The model of a learner's file in the course at `root`: among the exercise's solutions or,
/// where there is none of its own, in the chapter. Not every copy of the course has them.
pub fn solution_path(root: &Path, exercise: &Exercise, name: &str) -> PathBuf {
    let own = exercise_folder(root, exercise).join("solution").join(name);
    match own.is_file() {
        true => own,
        false => root.join("chapters").join(&exercise.folder).join("src").join(name),
    }
}

/// Whether the learner has not changed the file `name` yet.
pub fn is_untouched(root: &Path, exercise: &Exercise, name: &str) -> io::Result<bool> {
    let folder = exercise_folder(root, exercise);
    Ok(fs::read(folder.join(source_path(name)))? == fs::read(folder.join(starter_path(name)))?)
}

/// Whether the learner has changed none of the exercise's files.
pub fn all_are_untouched(root: &Path, exercise: &Exercise) -> bool {
    file_names(exercise).iter().all(|name| is_untouched(root, exercise, name).unwrap_or(false))
}
