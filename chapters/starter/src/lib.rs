//! Lays the files in which a learner writes.
//!
//! What they are at first lies in an exercise's folder `starter`, and nowhere else; the names
//! in that folder are the names of all the learner's files. Where one is missing in `src` (for
//! `catch.rs` in `catch/src`) it is laid: by the build script of this package, which the
//! exercises depend on, and by the workbook program at each start.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where the learner's file `name` lies in the exercise's folder: `src/echo.rs`, and for the
/// tests of a `catch` task `catch/src/catch.rs`.
pub fn source_path(name: &str) -> String {
    match name {
        "catch.rs" => "catch/src/catch.rs".to_owned(),
        name => format!("src/{name}"),
    }
}

/// Lays the files that are missing in the course at `root`. One that is there is not touched.
///
/// The first file that cannot be read or written is an error, which names it.
pub fn lay(root: &Path) -> io::Result<()> {
    for exercise in exercises(root) {
        for first in entries(&exercise.join("starter")) {
            let name = first.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let to = exercise.join(source_path(&name));
            if name.ends_with(".rs") && !to.exists() {
                lay_file(&first, &to).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", to.display()))
                })?;
            }
        }
    }
    Ok(())
}

/// The folders of the exercises in the course at `root`.
pub fn exercises(root: &Path) -> impl Iterator<Item = PathBuf> {
    let exercises = entries(&root.join("chapters")).into_iter().map(|one| one.join("exercise"));
    exercises.filter(|exercise| exercise.join("starter").is_dir())
}

fn lay_file(first: &Path, to: &Path) -> io::Result<()> {
    // Not `fs::copy`, which gives the file the permissions of the other one.
    let text = fs::read(first)?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    match File::create_new(to) {
        Ok(mut file) => file.write_all(&text),
        // Another cargo was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// What is in a folder; nothing if there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_laid_and_what_is_there_stays() {
        let root = tempfile::tempdir().unwrap();
        let exercise = root.path().join("chapters/ch01-echo/exercise");
        let write = |name: &str, text: &str| {
            let path = exercise.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let read = |name: &str| fs::read_to_string(exercise.join(name)).unwrap_or_default();
        write("starter/echo.rs", "todo: echo");
        write("starter/count.rs", "todo: count");
        write("starter/catch.rs", "todo: catch");
        write("starter/count.rs~", "of an editor");
        write("src/count.rs", "a learner's");
        fs::create_dir_all(root.path().join("chapters/program/src")).unwrap();

        lay(root.path()).unwrap();
        assert_eq!(read("src/echo.rs"), "todo: echo");
        assert_eq!(read("src/count.rs"), "a learner's");
        assert_eq!(read("catch/src/catch.rs"), "todo: catch");
        assert!(!exercise.join("src/count.rs~").exists());

        write("src/echo.rs", "");
        fs::remove_dir_all(exercise.join("catch/src")).unwrap();
        lay(root.path()).unwrap();
        assert!(exercise.join("src/echo.rs").exists());
        assert_eq!(read("src/echo.rs"), "", "an empty file is a learner's, too");
        assert_eq!(read("catch/src/catch.rs"), "todo: catch");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let root = tempfile::tempdir().unwrap();
        let exercise = root.path().join("chapters/ch01-echo/exercise");
        fs::create_dir_all(exercise.join("starter")).unwrap();
        fs::write(exercise.join("starter/echo.rs"), "").unwrap();
        fs::write(exercise.join("src"), "a file where a folder must be").unwrap();
        let error = lay(root.path()).unwrap_err().to_string();
        assert!(error.contains("echo.rs: "), "{error}");
    }
}
