//! The edits by which `broken_server.rs` makes a broken server of a chapter.

#[path = "broken_server.rs"]
mod build_script;

use build_script::{apply, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What becomes of a chapter of two files.
fn edited(edit: &str) -> Result<(String, String), String> {
    let files = [("a.rs", "one\n    two\nthree\n"), ("b.rs", "two two\n")];
    let mut files = BTreeMap::from(files.map(|(name, text)| (name.to_owned(), text.to_owned())));
    apply(edit, &mut files)?;
    let [a, b] = ["a.rs", "b.rs"].map(|name| files.remove(name).unwrap());
    Ok((a, b))
}

#[test]
fn a_hunk_replaces_a_part_of_a_line_or_some_lines() {
    let untouched = "two two\n".to_owned();
    let edit = "Broken.\n\na.rs\n- w\n+ en\n";
    assert_eq!(edited(edit).unwrap(), ("one\n    teno\nthree\n".to_owned(), untouched.clone()));
    let edit = "Broken.\n\na.rs\n- one\n-     two\n+ 1\n+\n+   2\n+ 3";
    assert_eq!(edited(edit).unwrap(), ("1\n\n  2\n3\nthree\n".to_owned(), untouched.clone()));
    let edit = "Broken.\n\na.rs\n-     two\n- three";
    assert_eq!(edited(edit).unwrap(), ("one\n\n".to_owned(), untouched));
}

#[test]
fn hunks_are_made_one_after_the_other() {
    let edit = "Broken, as it takes\ntwo lines to say.\n\na.rs\n- one\n+ two!\n\nb.rs\n- two two\n+ 2\n\na.rs\n- two!\n+ 1\n";
    assert_eq!(edited(edit).unwrap(), ("1\n    two\nthree\n".to_owned(), "2\n".to_owned()));
}

#[test]
fn line_ends_do_not_matter() {
    let edit = "Broken.\n\na.rs\n- one\n-     two\n+ 1\n+ 2\n\nb.rs\n- two two\n+ 2\n";
    assert_eq!(edited(&edit.replace('\n', "\r\n")).unwrap(), edited(edit).unwrap());

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.rs"), "one\r\ntwo\r\n").unwrap();
    fs::write(folder.path().join("a.png"), [0xff]).unwrap();
    let files = BTreeMap::from([("a.rs".to_owned(), "one\ntwo\n".to_owned())]);
    assert_eq!(read(folder.path()), files);
}

#[test]
fn what_does_not_fit_exactly_once_is_told_with_its_line() {
    let told = |edit: &str| edited(edit).unwrap_err();
    let twice = "Broken.\n\na.rs\n- one\n+ 1\n\nb.rs\n- two\n+ 2\n";
    assert_eq!(told(twice), "7: b.rs must have this once, and has it 2 times:\ntwo");
    let missing = "Broken,\nand how.\n\na.rs\n- four\n- five\n+ 4\n";
    assert_eq!(told(missing), "4: a.rs must have this once, and has it 0 times:\nfour\nfive");
    assert_eq!(told("Broken.\n\nc.rs\n- one\n"), "3: the chapter has no file c.rs");
    // Between all characters there is nothing.
    assert!(told("Broken.\n\na.rs\n+ one\n").starts_with("3: a.rs must have this once, and has"));
}

#[test]
fn every_edit_fits_its_chapter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut faults = Vec::new();
    for chapter in fs::read_dir(root.join("chapters")).unwrap() {
        let chapter = chapter.unwrap().path();
        let Ok(entries) = fs::read_dir(chapter.join("exercise/servers")) else { continue };
        // In a copy for learners there are no edits.
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|ending| ending == "edit") {
                let before = read(&chapter.join("src"));
                let mut files = before.clone();
                match apply(&fs::read_to_string(&path).unwrap(), &mut files) {
                    Ok(()) if files != before => {}
                    Ok(()) => faults.push(format!("{}: it changes nothing", path.display())),
                    Err(what) => faults.push(format!("{}:{what}", path.display())),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
