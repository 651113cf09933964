//! A list in a file, whatever happens to its end.

use ch18::Journal;
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    text: String,
}

fn entry(text: &str) -> Entry {
    Entry { text: text.to_owned() }
}

/// Texts that would be more than a line, or less, if they were written as they are.
const STRANGE: [&str; 6] = ["one", "", "two\nlines\r\n", "\0 \" \\ ä € 😀", "[{\"", "six"];

fn open(path: &Path) -> Journal<Entry> {
    Journal::open(path).unwrap()
}

fn add(journal: &Journal<Entry>, text: &str) -> usize {
    journal.add(|_| entry(text)).unwrap()
}

fn texts(journal: &Journal<Entry>) -> Vec<String> {
    journal.entries().iter().map(|entry| entry.text.clone()).collect()
}

/// A folder, the file in it, and its bytes.
fn file_with(entries: &[&str]) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("entries");
    let journal = open(&path);
    for text in entries {
        add(&journal, text);
    }
    let bytes = fs::read(&path).unwrap();
    (folder, path, bytes)
}

#[test]
fn a_journal_that_is_not_there_is_begun() {
    let (_folder, path, bytes) = file_with(&[]);
    assert_eq!(bytes, b"");
    assert!(open(&path).entries().is_empty());
    assert!(Journal::<Entry>::open(&path.join("not-there")).is_err());
    assert!(Journal::<Entry>::open(path.parent().unwrap()).is_err());
}

#[test]
fn an_entry_is_in_the_file_when_add_returns_as_a_line_of_json() {
    let (_folder, path, _) = file_with(&[]);
    let journal = open(&path);
    let mut expected = Vec::new();
    for (number, text) in STRANGE.iter().enumerate() {
        assert_eq!(add(&journal, text), number);
        expected.push((*text).to_owned());
        assert_eq!(texts(&journal), expected);
        let file = fs::read_to_string(&path).unwrap();
        assert!(file.ends_with('\n'));
        let lines = file.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap().text);
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }
    drop(journal);
    assert_eq!(texts(&open(&path)), expected);
}

#[test]
fn two_cannot_have_it_open_at_once() {
    let (_folder, path, bytes) = file_with(&["a"]);
    let first = open(&path);
    let error = Journal::<Entry>::open(&path).unwrap_err();
    let sentence = format!("{}: another program has it open", path.display());
    assert_eq!(format!("{error:#}"), sentence);
    assert_eq!(fs::read(&path).unwrap(), bytes);
    add(&first, "b");
    drop(first);
    assert_eq!(texts(&open(&path)), ["a", "b"]);
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
            assert_eq!(texts(&open(&path)), ["a"]);
        }
    });
}

#[test]
fn whoever_makes_an_entry_is_told_its_number() {
    let (_folder, path, _) = file_with(&["a", "b"]);
    let journal = open(&path);
    for expected in 2..5 {
        let number = journal.add(|number| entry(&number.to_string())).unwrap();
        assert_eq!((number, &*journal.entries()[number].text), (expected, &*expected.to_string()));
    }
}

#[test]
fn cut_at_any_byte_it_has_all_whole_entries_and_goes_on() {
    let (folder, _, bytes) = file_with(&STRANGE);
    for end in 0..=bytes.len() {
        let path = folder.path().join(format!("cut-at-{end}"));
        fs::write(&path, &bytes[..end]).unwrap();
        let whole = bytes[..end].iter().filter(|byte| **byte == b'\n').count();
        let mut expected: Vec<_> = STRANGE[..whole].iter().map(|text| (*text).to_owned()).collect();
        let journal = open(&path);
        assert_eq!(texts(&journal), expected, "cut at {end}");
        // The file has nothing else in it either: the next line would be the rest of this one.
        let last =
            bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        assert_eq!(fs::read(&path).unwrap(), bytes[..last], "cut at {end}");
        assert_eq!(add(&journal, "next"), whole);
        add(&journal, "and more");
        drop(journal);
        expected.extend(["next", "and more"].map(str::to_owned));
        assert_eq!(texts(&open(&path)), expected, "cut at {end}");
    }
}

/// What a disk may leave behind where half a line was.
#[test]
fn whatever_is_in_half_a_line_is_removed() {
    for half in [&b"\0\0\0\0"[..], b"\xff", b"{}", b"{\"text\":\"whole but for its end\"}", b"\r"] {
        let (_folder, path, mut bytes) = file_with(&["one"]);
        bytes.extend(half);
        fs::write(&path, bytes).unwrap();
        assert_eq!(texts(&open(&path)), ["one"]);
    }
}

#[test]
fn a_whole_line_that_is_no_entry_is_an_error_that_names_it() {
    for bad in ["", "{", "{}", "[]", "{\"text\":1}", "{\"text\":\"a\"} {\"text\":\"b\"}", "\0"] {
        for number in 1..=3 {
            let (_folder, path, bytes) = file_with(&["one", "two"]);
            let text = String::from_utf8(bytes).unwrap();
            let mut lines: Vec<_> = text.lines().collect();
            lines.insert(number - 1, bad);
            let text = lines.join("\n") + "\n";
            fs::write(&path, &text).unwrap();
            let error = Journal::<Entry>::open(&path).expect_err(bad);
            let place = format!("{}:{number}", path.display());
            let error = format!("{error:#}");
            assert!(error.starts_with(&format!("{place}: ")), "{error}");
            // Somebody must look at it: nothing is thrown away.
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}

#[test]
fn a_line_that_is_no_text_is_an_error_that_names_it() {
    let (_folder, path, mut bytes) = file_with(&["one"]);
    bytes.extend(b"{\"text\":\"\xff\"}\n");
    fs::write(&path, bytes).unwrap();
    let error = Journal::<Entry>::open(&path).unwrap_err().to_string();
    assert!(error.ends_with(":2"), "{error}");
}

/// An entry that refuses to be written in its middle.
#[derive(Debug, Deserialize)]
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
fn an_entry_that_cannot_be_written_leaves_the_file_and_the_list_as_they_were() {
    let (_folder, path, _) = file_with(&[]);
    let journal = Journal::open(&path).unwrap();
    journal.add(|_| Shy(false)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(journal.add(|_| Shy(true)).is_err());
    assert_eq!((fs::read(&path).unwrap(), journal.entries().len()), (before.clone(), 1));
    assert_eq!(journal.add(|_| Shy(false)).unwrap(), 1);
    assert_eq!(fs::read(&path).unwrap(), before.repeat(2));
}

#[test]
fn whoever_panics_while_it_makes_an_entry_stops_nobody() {
    let (_folder, path, _) = file_with(&["one"]);
    let journal = open(&path);
    let panics = || journal.add(|_| panic!("no entry"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    assert_eq!(add(&journal, "two"), 1);
    drop(journal);
    assert_eq!(texts(&open(&path)), ["one", "two"]);
}

#[test]
fn many_add_at_once_and_each_entry_is_there_once_under_its_number() {
    const THREADS: usize = 8;
    const EACH: usize = 25;
    let (_folder, path, _) = file_with(&[]);
    let journal = open(&path);
    let together = Barrier::new(THREADS);
    let added: Vec<(usize, String)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (journal, together) = (&journal, &together);
                scope.spawn(move || {
                    together.wait();
                    (0..EACH)
                        .map(|number| {
                            let text = format!("{thread} says {number}\n");
                            (add(journal, &text), text)
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let listed = texts(&journal);
    assert_eq!(listed.len(), THREADS * EACH);
    for (number, text) in &added {
        assert_eq!(&listed[*number], text);
    }
    drop(journal);
    assert_eq!(texts(&open(&path)), listed);
}
