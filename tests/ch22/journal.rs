//! The journal.

use ch22::Journal;
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    text: String,
}

fn entry(text: &str) -> Entry {
    Entry { text: text.to_owned() }
}

fn entries(texts: &[&str]) -> Vec<Entry> {
    texts.iter().map(|text| entry(text)).collect()
}

/// Texts that would be more than a line, or less, if they were written as they are.
const STRANGE: [&str; 6] = ["one", "", "two\nlines\r\n", "\0 \" \\ ä € 😀", "[{\"", "six"];

fn open(path: &Path) -> (Journal<Entry>, Vec<Entry>) {
    Journal::open(path).unwrap()
}

/// Opens a journal that has these entries.
#[track_caller]
fn reopen(path: &Path, texts: &[&str]) -> Journal<Entry> {
    let (journal, found) = open(path);
    assert_eq!(found, entries(texts));
    assert_eq!((journal.len(), journal.is_empty()), (texts.len(), texts.is_empty()));
    journal
}

/// A folder, the file in it, and its bytes.
fn file_with(texts: &[&str]) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (mut journal, found) = open(&path);
    assert_eq!(found, []);
    for text in texts {
        journal.add(&entry(text)).unwrap();
    }
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
}

/// The names in the folder of a journal, sorted.
fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.unwrap().file_name().into_string().expect("a name is text")
    };
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn a_journal_that_is_not_there_is_begun() {
    let (folder, path, bytes) = file_with(&[]);
    assert_eq!(bytes, b"");
    assert_eq!(names(&folder), ["journal", "journal.lock"]);
    reopen(&path, &[]);
    assert!(Journal::<Entry>::open(&path.join("not-there")).is_err());
    assert!(Journal::<Entry>::open(folder.path()).is_err());
}

#[test]
fn an_entry_is_in_the_file_when_add_returns_as_a_line_of_json() {
    let (_folder, path, _) = file_with(&[]);
    let (mut journal, _) = open(&path);
    let mut expected = Vec::new();
    for text in STRANGE {
        journal.add(&entry(text)).unwrap();
        expected.push(entry(text));
        assert_eq!((journal.len(), journal.is_empty()), (expected.len(), false));
        let file = fs::read_to_string(&path).unwrap();
        assert!(file.ends_with('\n'));
        let lines = file.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap());
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }
    drop(journal);
    reopen(&path, &STRANGE);
}

#[test]
fn two_cannot_have_it_open_at_once_rewritten_or_not() {
    let (_folder, path, _) = file_with(&["a"]);
    let mut first = reopen(&path, &["a"]);
    let is_refused = || {
        let error = Journal::<Entry>::open(&path).unwrap_err();
        let sentence = format!("{}: another program has it open", path.display());
        assert_eq!(format!("{error:#}"), sentence);
    };
    is_refused();
    first.rewrite(entries(&["b", "c"])).unwrap();
    is_refused();
    first.add(&entry("d")).unwrap();
    drop(first);
    reopen(&path, &["b", "c", "d"]);
}

/// A process that is being started has open what the one that starts it has, until it becomes
/// another program.
#[test]
fn its_lock_is_given_back_while_programs_are_started() {
    let (_folder, path, _) = file_with(&["a"]);
    thread::scope(|scope| {
        let starts = scope.spawn(|| {
            for _ in 0..50 {
                // It is told of no test, and ends.
                let mut command = Command::new(env::current_exe().unwrap());
                command.args(["--exact", "none"]).stdout(Stdio::null());
                assert!(command.status().unwrap().success());
            }
        });
        while !starts.is_finished() {
            reopen(&path, &["a"]);
        }
    });
}

#[test]
fn cut_at_any_byte_it_has_all_whole_entries_and_goes_on() {
    let (folder, _, bytes) = file_with(&STRANGE);
    for end in 0..=bytes.len() {
        let path = folder.path().join(format!("cut-at-{end}"));
        fs::write(&path, &bytes[..end]).unwrap();
        let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
        let mut expected = STRANGE[..whole].to_vec();
        let mut journal = reopen(&path, &expected);
        // The file has nothing else in it either: the next line would be the rest of this one.
        let last =
            bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        assert_eq!(fs::read(&path).unwrap(), bytes[..last], "cut at {end}");
        journal.add(&entry("next")).unwrap();
        journal.add(&entry("and more")).unwrap();
        drop(journal);
        expected.extend(["next", "and more"]);
        reopen(&path, &expected);
    }
}

/// What a disk may leave behind where half a line was.
#[test]
fn whatever_is_in_half_a_line_is_removed() {
    for half in [&b"\0\0\0\0"[..], b"\xff", b"{}", b"{\"text\":\"whole but for its end\"}", b"\r"] {
        let (_folder, path, before) = file_with(&["one"]);
        fs::write(&path, [&before, half].concat()).unwrap();
        drop(reopen(&path, &["one"]));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_whole_line_that_is_no_entry_is_an_error_that_names_it() {
    for bad in [
        &b""[..],
        b"{",
        b"{}",
        b"[]",
        b"{\"text\":1}",
        b"{\"text\":\"\xff\"}",
        b"{\"text\":\"a\"}{}",
    ] {
        for number in 1..=3 {
            let (_folder, path, bytes) = file_with(&["one", "two"]);
            let mut lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let line = [bad, b"\n"].concat();
            lines.insert(number - 1, &line);
            let bytes = lines.concat();
            fs::write(&path, &bytes).unwrap();
            let error = format!("{:#}", Journal::<Entry>::open(&path).unwrap_err());
            let place = path.canonicalize().unwrap();
            assert!(error.starts_with(&format!("{}:{number}: ", place.display())), "{error}");
            // Somebody must look at it: nothing is thrown away.
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }
}

/// An entry that refuses to be written in its middle.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Shy(bool);

impl Serialize for Shy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        if !self.0 {
            return serializer.serialize_bool(true);
        }
        let mut items = serializer.serialize_seq(None)?;
        items.serialize_element("half")?;
        Err(S::Error::custom("too shy"))
    }
}

#[test]
fn an_entry_that_cannot_be_written_leaves_the_file_as_it_was() {
    let (_folder, path, _) = file_with(&[]);
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.add(&Shy(false)).unwrap();
    assert!(journal.add(&Shy(true)).is_err());
    assert_eq!((fs::read(&path).unwrap(), journal.len()), (b"true\n".to_vec(), 1));
    journal.add(&Shy(false)).unwrap();
    assert_eq!((fs::read(&path).unwrap(), journal.len()), (b"true\ntrue\n".to_vec(), 2));
}

// Rewriting

#[test]
fn all_entries_are_exchanged_and_more_are_added_behind_the_new_ones() {
    for new in [&[][..], &["x"], &STRANGE, &["a", "b", "c", "d", "e", "f", "g", "h"]] {
        let (folder, path, _) = file_with(&["one", "two", "three"]);
        let mut journal = reopen(&path, &["one", "two", "three"]);
        journal.rewrite(entries(new)).unwrap();
        assert_eq!((journal.len(), journal.is_empty()), (new.len(), new.is_empty()));
        let lines = |texts: &[&str]| -> Vec<u8> {
            let line = |text| serde_json::to_string(&entry(text)).unwrap() + "\n";
            texts.iter().copied().map(line).collect::<String>().into_bytes()
        };
        assert_eq!(fs::read(&path).unwrap(), lines(new));
        assert_eq!(names(&folder), ["journal", "journal.lock"], "nothing is left beside it");
        let more = [new, &["more"]].concat();
        journal.add(&entry("more")).unwrap();
        assert_eq!((journal.len(), fs::read(&path).unwrap()), (more.len(), lines(&more)));
        // And again, as often as one likes.
        journal.rewrite(entries(&["last"])).unwrap();
        journal.add(&entry("very last")).unwrap();
        drop(journal);
        reopen(&path, &["last", "very last"]);
    }
}

#[test]
fn a_rewrite_that_is_cut_leaves_the_old_entries_and_more_can_be_added() {
    let (folder, path, before) = file_with(&["one", "two"]);
    let mut journal = reopen(&path, &["one", "two"]);
    let cut = || -> Box<dyn Iterator<Item = Entry>> {
        let many = (0..10_000).map(|number| entry(&format!("{number}")));
        Box::new(many.chain(std::iter::once_with(|| panic!("the power is gone"))))
    };
    assert!(catch_unwind(AssertUnwindSafe(|| journal.rewrite(cut()))).is_err());
    assert_eq!((fs::read(&path).unwrap(), journal.len()), (before, 2));
    assert_eq!(names(&folder), ["journal", "journal.lock"]);
    journal.add(&entry("three")).unwrap();
    drop(journal);
    reopen(&path, &["one", "two", "three"]);
}

#[test]
fn an_entry_that_cannot_be_written_again_leaves_the_old_entries() {
    let (folder, path, _) = file_with(&[]);
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.add(&Shy(false)).unwrap();
    assert!(journal.rewrite([Shy(false), Shy(false), Shy(true)]).is_err());
    assert_eq!((fs::read(&path).unwrap(), journal.len()), (b"true\n".to_vec(), 1));
    assert_eq!(names(&folder), ["journal", "journal.lock"]);
    journal.add(&Shy(false)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"true\ntrue\n");
}

/// What is written beside it when the power goes is not taken for a journal.
#[test]
fn what_a_rewrite_has_left_beside_it_is_not_read() {
    let (folder, path, _) = file_with(&["one"]);
    fs::write(folder.path().join(".tmpabcdef"), b"{\"text\":\"new\"}\n{\"t").unwrap();
    let mut journal = reopen(&path, &["one"]);
    journal.rewrite(entries(&["two"])).unwrap();
    drop(journal);
    reopen(&path, &["two"]);
}

/// Were they written where the old ones are, a reader would find some of them.
#[cfg(unix)]
#[test]
fn who_reads_while_it_is_rewritten_has_the_old_entries_or_the_new_ones() {
    use std::io::Read;
    let (folder, path, before) = file_with(&["one", "two"]);
    let kept = folder.path().join("kept");
    fs::hard_link(&path, &kept).unwrap();
    let mut reader = fs::File::open(&path).unwrap();
    let mut journal = reopen(&path, &["one", "two"]);
    let looking = (0..5000).map(|number| {
        // The new one is in the same folder: from another file system nothing is renamed.
        if number == 0 {
            assert_eq!(names(&folder).len(), ["journal", "journal.lock", "kept", "new"].len());
        }
        assert_eq!(fs::read(&path).unwrap(), before);
        entry(&number.to_string())
    });
    journal.rewrite(looking).unwrap();
    journal.add(&entry("more")).unwrap();
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    assert_eq!((read, fs::read(&kept).unwrap()), (before.clone(), before));
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 5001);
}

/// The file is where its name leads to, and is exchanged there.
#[cfg(unix)]
#[test]
fn a_journal_by_a_link_is_rewritten_where_it_is() {
    let (folder, path, _) = file_with(&["one"]);
    let link = folder.path().join("link");
    mock::symlink("journal", &link).unwrap();
    let mut journal = reopen(&link, &["one"]);
    journal.rewrite(entries(&["two"])).unwrap();
    drop(journal);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    reopen(&path, &["two"]);
}

/// By the name that it had then: what was on the way to it may be gone.
#[test]
fn it_is_rewritten_where_it_was_opened_by_whatever_path() {
    let (folder, path, _) = file_with(&["one"]);
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let mut journal = reopen(&inner.join("../journal"), &["one"]);
    fs::remove_dir(&inner).unwrap();
    journal.rewrite(entries(&["two"])).unwrap();
    drop(journal);
    reopen(&path, &["two"]);
}
