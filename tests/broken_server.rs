//! The build script of the packages `servers01`, `servers02`, …: it lays the server that the
//! tests of a `catch` task are run on.
//!
//! That is a copy of the chapter's library. With the feature `mutant_1` the edit in
//! `mutant_1.edit` is made in it; with the feature `other`, `other.rs` takes the place of its
//! `lib.rs`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A library's source files by their paths below `src`, with LF at the ends of lines.
type Files = BTreeMap<String, String>;

#[allow(dead_code)] // The tests of this file have a `main` of their own.
fn main() {
    let variable = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let (here, out) = (variable("CARGO_MANIFEST_DIR"), variable("OUT_DIR").join("server"));
    let source = here.join("../../src");
    println!("cargo::rerun-if-changed={}", source.display());
    let mut files = read(&source);
    for (name, _) in env::vars() {
        let Some(feature) = name.strip_prefix("CARGO_FEATURE_") else { continue };
        let feature = feature.to_ascii_lowercase();
        let ending = if feature == "other" { "rs" } else { "edit" };
        let path = here.join(format!("{feature}.{ending}"));
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; whoever grades has the other servers", path.display())
        });
        if feature == "other" {
            files.insert("lib.rs".to_owned(), text);
        } else if let Err(what) = apply(&text, &mut files) {
            panic!("{}:{what}", path.display());
        }
    }
    // A file is included, so it has no documentation of its own. And what it lists of other
    // chapters is not where it was, seen from here.
    if let Some(library) = files.get_mut("lib.rs") {
        let elsewhere = format!("#[path = \"{}/", source.display().to_string().replace('\\', "/"));
        *library = library.replace("//!", "//").replace("#[path = \"", &elsewhere);
    }
    // What the chapter no longer has goes.
    let _ = fs::remove_dir_all(&out);
    fs::create_dir(&out).expect("cargo has made the folder above");
    for path in paths(&source).filter(|path| path.is_file()) {
        let bytes = fs::read(&path).expect("the chapter can be read");
        fs::write(out.join(name(&path)), bytes).expect("the folder was made");
    }
    for (name, text) in files {
        fs::write(out.join(name), text).expect("the folder was made");
    }
}

/// Makes the edit in `edit`. Behind a blank line stands each of its hunks: the name of a file,
/// lines behind `- ` that the file has once, and lines behind `+ ` that take their place. They
/// need not be whole lines.
///
/// An error begins with the hunk's line in `edit`.
pub fn apply(edit: &str, files: &mut Files) -> Result<(), String> {
    let edit = edit.replace("\r\n", "\n");
    let mut line = 1;
    for (number, paragraph) in edit.trim_end().split("\n\n").enumerate() {
        // The first one says what is broken.
        if number > 0 {
            replace(paragraph, files).map_err(|what| format!("{line}: {what}"))?;
        }
        line += paragraph.matches('\n').count() + 2;
    }
    Ok(())
}

fn replace(hunk: &str, files: &mut Files) -> Result<(), String> {
    let (name, changes) = hunk.split_once('\n').unwrap_or((hunk, ""));
    let text = files.get_mut(name).ok_or(format!("the chapter has no file {name}"))?;
    let side = |sign| {
        let lines = changes.lines().filter_map(|line| line.strip_prefix(sign));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (from, to) = (side('-'), side('+'));
    let count = text.matches(&from).count();
    if count != 1 {
        return Err(format!("{name} must have this once, and has it {count} times:\n{from}"));
    }
    *text = text.replace(&from, &to);
    Ok(())
}

/// The source files in a folder.
pub fn read(folder: &Path) -> Files {
    let source = paths(folder).filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let text =
        |path: &Path| fs::read_to_string(path).expect("source is text").replace("\r\n", "\n");
    source.map(|path| (name(&path), text(&path))).collect()
}

fn paths(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).expect("the chapter has a folder src");
    entries.map(|entry| entry.expect("it can be read").path())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
