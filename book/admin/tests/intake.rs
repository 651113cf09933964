//! What people hand in, and which of it is taken. Nothing is compiled here.

mod samples;

use anyhow::Result;
use course_admin::grade::archive::{self, Bounds};
use course_admin::grade::collect::{InputKind, collect};
use course_admin::grade::intake::{self, Submission, SubmittedExercise};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;
use workbook::course::exercise::{Exercise, Kind as TaskKind, Task};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn exercise(number: u8, folder: &str, files: &[&str]) -> Exercise {
    let task = Task {
        id: "build".to_owned(),
        kind: TaskKind::Build,
        title: "T".to_owned(),
        files: files.iter().map(|name| (*name).to_owned()).collect(),
        minutes: 1,
        points: 2,
        text: String::new(),
        hints: Vec::new(),
        server: BTreeMap::new(),
    };
    Exercise {
        id: format!("ex{number:02}"),
        chapter: format!("ch{number:02}"),
        folder: folder.to_owned(),
        reads: Vec::new(),
        changes_permissions: false,
        tasks: vec![task],
    }
}

/// A course, a learner's files, and a folder for them.
struct Fixture {
    folder: TempDir,
    exercises: Vec<Exercise>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let exercises = vec![
            exercise(1, "ch01-echo", &["echo.rs", "count.rs", "catch.rs"]),
            exercise(2, "ch02-loop", &["serve.rs", "catch.rs"]),
        ];
        let fixture = Self { folder, exercises };
        fixture
            .write("course/chapters/ch01-echo/exercise/Cargo.toml", "[package]\nname = \"ex01\"");
        fixture.write("course/chapters/ch01-echo/exercise/src/lib.rs", "one\ntwo\n");
        fixture.write("course/tests/ch01.rs", "tests\n");
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A zip with these files; `links` among them lead to what is their content.
    fn zip(&self, name: &str, files: &[(&str, &str)], links: &[&str]) {
        let mut zip = ZipWriter::new(File::create(self.path(name)).unwrap());
        let options = SimpleFileOptions::default();
        for (path, content) in files {
            if links.contains(path) {
                zip.add_symlink(*path, *content, options).unwrap();
            } else {
                zip.start_file(*path, options).unwrap();
                zip.write_all(content.as_bytes()).unwrap();
            }
        }
        zip.finish().unwrap();
    }

    /// A zip of files that are no text.
    fn zip_bytes(&self, name: &str, files: &[(&str, &[u8])]) {
        self.write(name, samples::zip(files));
    }

    /// The zip in so many others.
    fn nested(&self, zip: &[u8], depth: usize) -> Vec<u8> {
        (0..depth).fold(zip.to_vec(), |zip, _| samples::zip(&[("inner.zip", &zip)]))
    }

    fn read(&self, name: &str) -> Result<Submission> {
        let people = collect(&[self.path(name)], InputKind::OnePerson, &self.exercises)?;
        intake::read(&self.path("course"), &self.exercises, &[], &people[0])
    }

    /// The name under which it is known.
    fn name(&self, name: &str) -> String {
        let people = collect(&[self.path(name)], InputKind::OnePerson, &self.exercises).unwrap();
        people[0].person.name.clone()
    }

    #[track_caller]
    fn refused(&self, name: &str, sentence: &str) {
        let said = format!("{:#}", self.read(name).unwrap_err());
        assert!(said.contains(sentence), "{sentence:?} is not in {said:?}");
    }
}

/// The exercises and files that were taken: `ex01: echo.rs=text …`.
fn taken(submission: &Submission) -> Vec<String> {
    let files = |handed: &SubmittedExercise| {
        let files = handed
            .files
            .iter()
            .map(|(name, bytes)| format!("{name}={}", String::from_utf8_lossy(bytes)));
        files.collect::<Vec<_>>().join(" ")
    };
    submission.exercises.iter().map(|one| format!("{}: {}", one.id, files(one))).collect()
}

#[test]
fn a_copy_of_the_course_is_found_wherever_it_lies() {
    let fixture = Fixture::new();
    for top in ["ada", "bob/course-main", "cleo/work/week 1"] {
        let inside = format!("{top}/chapters/ch01-echo/exercise");
        fixture.write(&format!("{inside}/src/echo.rs"), "a");
        fixture.write(&format!("{inside}/src/count.rs"), "b");
        fixture.write(&format!("{inside}/catch/src/catch.rs"), "c");
        fixture.write(&format!("{inside}/src/another.rs"), "not taken");
        fixture.write(&format!("{top}/chapters/ch02-loop/exercise/src/serve.rs"), "d");
        let name = top.split('/').next().unwrap();
        let submission = fixture.read(name).unwrap();
        assert_eq!(fixture.name(name), name);
        let all = ["ex01: catch.rs=c count.rs=b echo.rs=a", "ex02: serve.rs=d"];
        assert_eq!(taken(&submission), all);
        assert_eq!(submission.exercises[0].notes, [""; 0]);
        let missing = "catch/src/catch.rs was not handed in; the starter stands in its place";
        assert_eq!(submission.exercises[1].notes, [missing]);
    }
    for inside in ["ada/chapters/ch01-echo/exercise/src", "ada/chapters/ch01-echo"] {
        let submission = fixture.read(inside).unwrap();
        assert_eq!(taken(&submission), ["ex01: catch.rs=c count.rs=b echo.rs=a"]);
        assert_eq!(fixture.name(inside), "ada");
    }
    assert_eq!(fixture.read("ada/chapters").unwrap().exercises.len(), 2);
}

#[test]
fn the_folder_of_one_exercise_is_known_by_its_name_or_manifest_or_files() {
    let fixture = Fixture::new();
    fixture.write("ex02/catch/src/catch.rs", "c");
    assert_eq!(taken(&fixture.read("ex02").unwrap()), ["ex02: catch.rs=c"]);
    fixture.write("ada/exercise/catch/src/catch.rs", "c");
    fixture.write("ada/exercise/Cargo.toml", "[package]\nname = \"ex01\"");
    assert_eq!(taken(&fixture.read("ada").unwrap()), ["ex01: catch.rs=c"]);
    fixture.write("bob/serve.rs", "s");
    fixture.write("bob/catch.rs", "c");
    assert_eq!(taken(&fixture.read("bob").unwrap()), ["ex02: catch.rs=c serve.rs=s"]);
    fixture.write("cleo/catch.rs", "c");
    fixture.refused("cleo", "it has files of ex01 and ex02, and does not say of which");
    fixture.write("dora/ex01/src/echo.rs", "a");
    fixture.write("dora/ex02/src/serve.rs", "s");
    let both = ["ex01: echo.rs=a", "ex02: serve.rs=s"];
    assert_eq!(taken(&fixture.read("dora").unwrap()), both);
}

#[test]
fn a_zip_is_read_like_a_folder() {
    let fixture = Fixture::new();
    let path = "course-main/chapters/ch01-echo/exercise/src/echo.rs";
    let other = "__MACOSX/course-main/chapters/ch01-echo/exercise/src/._echo.rs";
    fixture.zip("ada.zip", &[(path, "a"), (other, "x"), ("course-main/README.md", "r")], &[]);
    let submission = fixture.read("ada.zip").unwrap();
    assert_eq!(
        (fixture.name("ada.zip"), taken(&submission)),
        ("ada".into(), vec!["ex01: echo.rs=a".into()])
    );
    fixture.zip("ex02.ZIP", &[("src\\serve.rs", "s")], &[]);
    assert_eq!(taken(&fixture.read("ex02.ZIP").unwrap()), ["ex02: serve.rs=s"]);
}

#[test]
fn what_leads_out_of_a_zip_is_left_out_and_named() {
    let fixture = Fixture::new();
    let good = ("ex01/src/echo.rs", "a");
    for path in ["../x.rs", "ex01/../../x", "/etc/x", "C:/x", "C:x", "..\\x", "\\\\host\\x"] {
        fixture.zip("bad.zip", &[good, (path, "x")], &[]);
        let submission = fixture.read("bad.zip").unwrap();
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"], "{path}");
        let note = "a file in the archive wants to be outside of it, and was left out: ";
        assert!(submission.notes[0].starts_with(note), "{:?}", submission.notes);
    }
    // A link that is asked for is no file, and another one is nobody's business.
    let link = "ex01/src/count.rs";
    fixture.zip("bad.zip", &[good, (link, "/etc/passwd"), ("ex01/x", "/etc")], &[link, "ex01/x"]);
    let submission = fixture.read("bad.zip").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    let refused = &submission.exercises[0].refused;
    assert_eq!(refused["count.rs"], "src/count.rs was refused: it is a symbolic link");
    assert_eq!((refused.len(), submission.notes.len()), (1, 0));
}

#[test]
fn a_colon_in_a_name_is_no_drive() {
    let fixture = Fixture::new();
    for top in ["10:30 ada", "ada: last one", "2026-11-28T10:30:00"] {
        let path = format!("{top}/chapters/ch01-echo/exercise/src/echo.rs");
        fixture.zip("ada.zip", &[(&path, "a"), (&format!("{top}/README.md"), "r")], &[]);
        assert_eq!(taken(&fixture.read("ada.zip").unwrap()), ["ex01: echo.rs=a"], "{top}");
    }
}

/// The zip `name` again, with this written over the field at `offset` of each file's header
/// and of its entry in the list of names.
fn patch(fixture: &Fixture, name: &str, offset: usize, value: u16) {
    let mut bytes = fs::read(fixture.path(name)).unwrap();
    // The same fields stand two bytes later in the list.
    for (mark, offset) in [(b"PK\x03\x04", offset), (b"PK\x01\x02", offset + 2)] {
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == *mark {
                bytes[at + offset..at + offset + 2].copy_from_slice(&value.to_le_bytes());
            }
        }
    }
    fixture.write(name, bytes);
}

#[test]
fn a_zip_that_is_packed_in_another_way_says_which() {
    let fixture = Fixture::new();
    for (method, word) in [(12, "bzip2"), (14, "LZMA"), (93, "Zstandard"), (77, "another")] {
        fixture.zip("ex01.zip", &[("src/echo.rs", "a"), ("src/count.rs", "b")], &[]);
        patch(&fixture, "ex01.zip", 8, method);
        let submission = fixture.read("ex01.zip").unwrap();
        assert_eq!(taken(&submission), ["ex01: "]);
        let refused = &submission.exercises[0].refused;
        let start = format!("src/echo.rs was refused: it is packed with {word}");
        assert!(refused["echo.rs"].starts_with(&start), "{refused:?}");
        assert_eq!(refused.len(), 2);
    }
    fixture.zip("ex01.zip", &[("src/echo.rs", "a")], &[]);
    patch(&fixture, "ex01.zip", 6, 1);
    let refused = &fixture.read("ex01.zip").unwrap().exercises[0].refused;
    assert!(refused["echo.rs"].contains("encrypted in the zip"), "{refused:?}");
}

#[test]
fn an_archive_in_a_learners_folder_is_what_was_handed_in() {
    let fixture = Fixture::new();
    let path = "work/chapters/ch01-echo/exercise/src/echo.rs";
    fs::create_dir(fixture.path("ada")).unwrap();
    fixture.zip("ada/Week 1.ZIP", &[(path, "a")], &[]);
    let submission = fixture.read("ada").unwrap();
    assert_eq!((fixture.name("ada").as_str(), submission.whole), ("ada", true));
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    assert_eq!(submission.exercises[0].notes[0], "taken from Week 1.ZIP");
    // A zip in a zip, as some systems pack a folder that is a zip already.
    let inner = fs::read(fixture.path("ada/Week 1.ZIP")).unwrap();
    fixture.zip_bytes("cleo.zip", &[("hand in/work.zip", &inner)]);
    let submission = fixture.read("cleo.zip").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    assert_eq!(submission.exercises[0].notes[0], "taken from hand in/work.zip");
    fixture.zip_bytes("four.zip", &[("3.zip", &fixture.nested(&inner, 3))]);
    fixture.refused("four.zip", "it lies too deep in other archives");
}

#[test]
fn what_lies_loose_counts_and_the_rest_is_taken_from_the_archive() {
    let fixture = Fixture::new();
    fixture.write("ada/echo.rs", "loose");
    fixture.zip(
        "ada/all.zip",
        &[("ex01/src/echo.rs", "packed"), ("ex01/src/count.rs", "packed")],
        &[],
    );
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: count.rs=packed echo.rs=loose"]);
    assert_eq!(
        submission.exercises[0].notes[0],
        "what lies beside all.zip counts; of it was taken src/count.rs"
    );
    fixture.write("bob/ex01/src/echo.rs", "loose");
    fixture.zip("bob/1.zip", &[("ex02/src/serve.rs", "packed")], &[]);
    let both = ["ex01: echo.rs=loose", "ex02: serve.rs=packed"];
    assert_eq!(taken(&fixture.read("bob").unwrap()), both);
}

#[test]
fn of_several_archives_the_newer_counts_or_none() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path("ada")).unwrap();
    let path = "ex01/src/echo.rs";
    fixture.zip("ada/work.zip", &[(path, "old")], &[]);
    fixture.zip("ada/work (2).zip", &[(path, "new")], &[]);
    fixture.zip("ada/work (1).zip", &[(path, "older")], &[]);
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=new"]);
    let newer = &submission.exercises[0].newer;
    assert!(
        newer.contains(&"work (2).zip counts, being newer than work.zip".to_owned()),
        "{newer:?}"
    );
    fs::create_dir(fixture.path("bob")).unwrap();
    fixture.zip("bob/first.zip", &[(path, "a")], &[]);
    fixture.zip("bob/last.zip", &[(path, "a")], &[]);
    assert_eq!(taken(&fixture.read("bob").unwrap()), ["ex01: echo.rs=a"]);
    fixture.zip("bob/last.zip", &[(path, "b")], &[]);
    fixture.refused("bob", "ex01 is in first.zip and in last.zip, and they differ: leave the one");
}

#[test]
fn an_archive_that_is_not_opened_is_named_and_what_may_be_in_it_is_not_taken_for_untouched() {
    let fixture = Fixture::new();
    for (name, bytes, sentence) in [
        ("work.rar", &b"Rar!\x1a\x07\x01\x00"[..], "work.rar: it is a RAR archive, which is not"),
        ("work.zip", b"Rar!\x1a\x07\x01\x00", "work.zip: it is a RAR archive, which is not opened"),
        ("w.tar.bz2", b"BZh91AY", "w.tar.bz2: it is packed with bzip2, which is not opened here"),
        ("w.tar.xz", b"\xfd7zXZ\0", "w.tar.xz: it is packed with xz, which is not opened here"),
        ("w.tar.zst", b"\x28\xb5\x2f\xfd", "w.tar.zst: it is packed with Zstandard, which is not"),
        ("w.zip", b"no zip", "w.zip: it is no archive that is known here"),
        ("w.zip", b"", "w.zip: it is empty"),
        ("w.zip", b"PK\x03\x04 and nothing more", "w.zip: the zip cannot be read"),
        ("w.7z", b"7z\xbc\xaf\x27\x1c\0\x04 no", "w.7z: the 7z is damaged"),
        ("w.tgz", b"\x1f\x8b\x08 no", "w.tgz: it is packed with gzip, and is no tar that can be"),
    ] {
        let folder = TempDir::new_in(fixture.folder.path()).unwrap();
        let folder = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        fixture.write(&format!("{folder}/{name}"), bytes);
        fixture.refused(&folder, sentence);
    }
    fixture.write("ada/echo.rs", "a");
    fixture.write("ada/work.rar", b"Rar!\x1a\x07\x01\x00");
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    let refused = &submission.exercises[0].refused;
    assert!(
        refused["count.rs"].contains("it may be in work.rar, which was not opened: it is a RAR")
    );
    assert_eq!(refused.len(), 2);
    // All is there: it does not matter.
    fixture.write("ada/count.rs", "b");
    fixture.write("ada/catch.rs", "c");
    let submission = fixture.read("ada").unwrap();
    assert_eq!(submission.exercises[0].refused.len(), 0);
    assert!(submission.notes[0].starts_with("work.rar was not opened: it is a RAR archive"));
}

#[test]
fn a_tar_and_a_7z_are_read_like_a_zip() {
    let fixture = Fixture::new();
    let files = [
        ("w/chapters/ch01-echo/exercise/src/echo.rs", &b"a"[..]),
        ("w/target/debug/large", &[0; 3 << 20]),
        ("w/README.md", &[b'r'; 300 << 10]),
        ("../w/x.rs", b"outside"),
    ];
    let tar = samples::tar(&files);
    for (name, bytes) in [
        ("ada.tar", tar.clone()),
        ("ada.tar.gz", samples::gzip(&tar)),
        ("ada.tgz", samples::gzip(&tar)),
        ("ada.7z", samples::seven_zip(&files)),
        // Its ending says something else than its bytes.
        ("ada.zip", samples::gzip(&tar)),
    ] {
        fixture.write(name, &bytes);
        let submission = fixture.read(name).unwrap();
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"], "{name}");
        assert!(submission.whole && submission.notes[0].ends_with("left out: ../w/x.rs"), "{name}");
        assert_eq!(fixture.name(name), "ada");
        // The same in somebody's folder.
        let folder = format!("folder of {name}");
        fixture.write(&format!("{folder}/{name}"), &bytes);
        let submission = fixture.read(&folder).unwrap();
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"], "{folder}");
        // Cut off, it is damaged, and that is all.
        fixture.write(&format!("cut {name}"), &bytes[..bytes.len() / 2]);
        assert!(fixture.read(&format!("cut {name}")).is_err(), "{name}");
    }
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused() {
    let bounds = Bounds { list: 100, kept: 1000, passed: 5000 };
    let open = |bytes: Vec<u8>| {
        archive::read(Box::new(std::io::Cursor::new(bytes)), bounds).map(|_| ()).unwrap_err()
    };
    let kept: Vec<_> = (0..11).map(|number| (format!("{number}.rs"), [b'x'; 100])).collect();
    let kept: Vec<_> = kept.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let passed = [("a.rs", &[0; 6000][..])];
    for (files, sentence) in [(&kept[..], "of source files are in it"), (&passed, "it unpacks to")]
    {
        for bytes in
            [samples::tar(files), samples::gzip(&samples::tar(files)), samples::seven_zip(files)]
        {
            assert!(format!("{:#}", open(bytes)).contains(sentence), "{sentence}");
        }
    }
    let error = open(samples::zip(&kept));
    assert!(format!("{error:#}").contains("the list of its files is too long"), "{error:#}");
}

#[test]
fn utf_16_is_called_by_its_name() {
    let fixture = Fixture::new();
    let text: Vec<u8> = "fn f() {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fixture.write("ex01/src/echo.rs", [b"\xff\xfe", &text[..]].concat());
    fixture.write("ex01/src/count.rs", text);
    let refused = &fixture.read("ex01").unwrap().exercises[0].refused;
    for name in ["echo.rs", "count.rs"] {
        assert!(refused[name].ends_with("it is UTF-16, or no text; save it as UTF-8"));
    }
}

#[test]
fn a_zip_that_unpacks_to_too_much_is_refused() {
    let fixture = Fixture::new();
    let bomb = "x".repeat(50 << 20);
    fixture.zip("ex01.zip", &[("src/echo.rs", &bomb), ("src/count.rs", "c")], &[]);
    let submission = fixture.read("ex01.zip").unwrap();
    assert_eq!(taken(&submission), ["ex01: count.rs=c"]);
    let note = "src/echo.rs was refused: it is longer than 256 KiB";
    assert_eq!(submission.exercises[0].notes[0], note);
}

#[test]
fn a_zip_that_lies_about_its_sizes_is_not_believed() {
    let fixture = Fixture::new();
    fixture.zip("ex01.zip", &[("src/echo.rs", &"x".repeat(1 << 20))], &[]);
    let mut bytes = fs::read(fixture.path("ex01.zip")).unwrap();
    let size = (1u32 << 20).to_le_bytes();
    let places: Vec<_> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&5u32.to_le_bytes());
    }
    fixture.write("ex01.zip", bytes);
    let submission = fixture.read("ex01.zip").unwrap();
    assert_eq!(taken(&submission), ["ex01: "]);
    assert!(submission.exercises[0].notes[0].starts_with("src/echo.rs was refused: "));
}

#[test]
fn what_is_no_submission_is_refused_in_a_sentence() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path("empty")).unwrap();
    fixture.refused("empty", "empty is empty");
    fixture.refused("gone", "there is no ");
    fixture.write("notes.txt", "hello");
    fixture.refused(
        "notes.txt",
        "is neither a folder nor an archive that can be read: it is no archive",
    );
    fixture.write("other/src/hello.rs", "x");
    fixture.refused("other", "belongs to an exercise: hand in a copy of the course");
    fixture.write("course2/chapters/ch01-echo/src/echo.rs", "the chapter's own");
    fixture.refused("course2", "belongs to an exercise");
    fixture.zip("none.zip", &[], &[]);
    fixture.refused("none.zip", "is empty");
    fixture.write("two/a/chapters/ch01-echo/exercise/src/echo.rs", "a");
    fixture.write("two/b/chapters/ch01-echo/exercise/src/echo.rs", "b");
    fixture.refused(
        "two",
        "there are 2 pieces of work in it (a, b): if they are of several people, name each, as in \
         `grade ",
    );
    let large = File::create(fixture.path("large.zip")).unwrap();
    large.set_len(1 << 30).unwrap();
    fixture.refused("large.zip", "it is no archive that is known here");
}

#[test]
fn a_file_that_cannot_be_used_is_a_note_and_the_others_are_taken() {
    let fixture = Fixture::new();
    fixture.write("ex01/src/echo.rs", b"fn f() {} // caf\xe9");
    fixture.write("ex01/src/count.rs", "c");
    fs::create_dir_all(fixture.path("ex01/catch/src/catch.rs")).unwrap();
    let submission = fixture.read("ex01").unwrap();
    assert_eq!(taken(&submission), ["ex01: count.rs=c"]);
    assert_eq!(
        submission.exercises[0].notes,
        [
            "src/echo.rs was refused: it is not UTF-8 text (byte 17 is not); save it as UTF-8",
            "catch/src/catch.rs was refused: it is a folder",
        ]
    );
    let large = File::create(fixture.path("ex01/src/count.rs")).unwrap();
    large.set_len(1 << 30).unwrap();
    let notes = &fixture.read("ex01").unwrap().exercises[0].notes;
    assert!(notes.contains(&"src/count.rs was refused: it is longer than 256 KiB".to_owned()));
}

#[test]
fn what_of_the_course_was_changed_is_a_note() {
    let fixture = Fixture::new();
    let inside = "ada/chapters/ch01-echo/exercise";
    fixture.write(&format!("{inside}/src/echo.rs"), "a");
    fixture.write(&format!("{inside}/src/count.rs"), "b");
    fixture.write(&format!("{inside}/catch/src/catch.rs"), "c");
    fixture.write(&format!("{inside}/src/lib.rs"), "one\r\ntwo\r\n");
    fixture.write("ada/tests/ch01.rs", "tests\n");
    assert_eq!(fixture.read("ada").unwrap().exercises[0].notes, [""; 0]);
    fixture.write(&format!("{inside}/Cargo.toml"), "[features]");
    fixture.write("ada/tests/ch01.rs", "");
    assert_eq!(
        fixture.read("ada").unwrap().exercises[0].notes,
        ["not as the course has it, and not used (the course's own is): Cargo.toml, tests/ch01.rs"]
    );
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused_and_nothing_waits() {
    use std::os::unix::fs::symlink;
    let fixture = Fixture::new();
    fixture.write("ex01/src/echo.rs", "a");
    symlink(fixture.path("ex01"), fixture.path("link")).unwrap();
    fixture.refused("link", "is a symbolic link; hand in the folder or the archive itself");
    fixture.refused("link/", "is a symbolic link");
    symlink("/etc/passwd", fixture.path("ex01/src/count.rs")).unwrap();
    symlink("/etc", fixture.path("ex01/catch")).unwrap();
    let pipe = fixture.path("ex01/src/pipe.rs");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let submission = fixture.read("ex01").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    let notes = &submission.exercises[0].notes;
    assert_eq!(notes[0], "src/count.rs was refused: it is a symbolic link");
    assert_eq!(notes[1], "catch/src/catch.rs was refused: it is a symbolic link");
    fs::rename(&pipe, fixture.path("ex01/src/echo.rs")).unwrap();
    let notes = &fixture.read("ex01").unwrap().exercises[0].notes;
    assert_eq!(notes[0], "src/echo.rs was refused: it is neither a file nor a folder");
    fixture.refused("ex01/src/echo.rs", "is neither a file nor a folder; hand in the folder");
    fixture.write("ada/chapters/ch02-loop/exercise/src/serve.rs", "s");
    fs::create_dir(fixture.path("ada/chapters/ch01-echo")).unwrap();
    symlink(fixture.path("ex01"), fixture.path("ada/chapters/ch01-echo/exercise")).unwrap();
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: ", "ex02: serve.rs=s"]);
    // It is not work that was not done.
    let refused = &submission.exercises[0].refused;
    assert_eq!(refused.len(), 3);
    assert!(refused["echo.rs"].ends_with("it is a symbolic link"), "{refused:?}");
}

#[test]
fn the_work_of_several_people_is_never_that_of_one() {
    let fixture = Fixture::new();
    let refused = |folder: &str, below: &str| {
        let path = fixture.path(folder);
        fixture.refused(folder, &format!("as in `grade {}/{below}*`", path.display()));
    };
    // Files of different exercises, and of the same.
    fixture.write("1/ada/echo.rs", "a");
    fixture.write("1/bob/serve.rs", "b");
    refused("1", "");
    fixture.write("2/ada/echo.rs", "a");
    fixture.write("2/bob/echo.rs", "a");
    refused("2", "");
    // Files that do not even say of which exercise they are.
    fixture.write("8/ada/catch.rs", "a");
    fixture.write("8/bob/catch.rs", "b");
    refused("8", "");
    // At different depths, and in a folder more.
    fixture.write("3/all/ada/ex01/src/echo.rs", "a");
    fixture.write("3/all/bob/work/chapters/ch01-echo/exercise/src/echo.rs", "b");
    refused("3", "all/");
    fixture.write("4/ada/chapters/ch01-echo/exercise/src/echo.rs", "a");
    fixture.write("4/ada/ex02/src/serve.rs", "her own");
    fixture.write("4/bob/ex02/src/serve.rs", "b");
    refused("4", "");
    // Named as exercises are, and not side by side.
    fixture.write("5/ada/ex01/echo.rs", "a");
    fixture.write("5/bob/ex02/serve.rs", "b");
    refused("5", "");
    fixture.write("6/x/ex01/echo.rs", "a");
    fixture.write("6/ex01/echo.rs", "a");
    refused("6", "");
    // The starter beside somebody's work is nobody's.
    fixture.write("7/ex01/src/echo.rs", "mine");
    fixture.write("7/ex01/starter/echo.rs", "starter");
    fixture.write("7/ex01/solution/echo.rs", "x");
    assert_eq!(taken(&fixture.read("7").unwrap()), ["ex01: echo.rs=mine"]);
}

#[test]
fn odd_names_are_understood_and_said() {
    let fixture = Fixture::new();
    for (name, note) in [
        ("echo-1.rs", "echo-1.rs was taken for echo.rs"),
        ("echo (1).rs", "echo (1).rs was taken for echo.rs"),
        ("echo.rs.txt", "echo.rs.txt was taken for echo.rs"),
        ("Echo.RS", "Echo.RS was taken for echo.rs"),
        ("Verspaetete Abgabe - echo.rs", "Verspaetete Abgabe - echo.rs was taken for echo.rs"),
    ] {
        let folder = TempDir::new_in(fixture.folder.path()).unwrap();
        let folder = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        fixture.write(&format!("{folder}/{name}"), "a");
        let submission = fixture.read(&folder).unwrap();
        assert_eq!(taken(&submission), ["ex01: echo.rs=a"], "{name}");
        assert_eq!(submission.exercises[0].notes[0], note);
    }
    // Of several the newest, where a platform numbers them …
    for (name, text) in [("echo.rs", "0"), ("echo-2.rs", "2"), ("echo-10.rs", "10")] {
        fixture.write(&format!("ada/{name}"), text);
    }
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=10"]);
    let note = "echo-10.rs counts for echo.rs, being newer than echo-2.rs, echo.rs";
    assert_eq!(submission.exercises[0].newer, [note]);
    // … and not a copy that somebody keeps beside their work.
    fixture.write("bob/ex01/src/echo.rs", "mine");
    fixture.write("bob/ex01/src/echo (1).rs", "copy");
    assert_eq!(taken(&fixture.read("bob").unwrap()), ["ex01: echo.rs=mine"]);
    // Two that are equally good, and differ.
    fixture.write("cleo/ECHO.rs", "a");
    fixture.write("cleo/my_echo.rs", "b");
    let refused = &fixture.read("cleo").unwrap().exercises[0].refused;
    assert!(refused["echo.rs"].contains("it may be ECHO.rs or my_echo.rs: leave the one"));
    // A folder without `catch`, as some editors have it.
    fixture.write("dora/Root/src/echo.rs", "a");
    fixture.write("dora/Root/src/catch.rs", "c");
    assert_eq!(taken(&fixture.read("dora").unwrap()), ["ex01: catch.rs=c echo.rs=a"]);
}

#[test]
fn what_is_large_and_no_work_counts_for_nothing() {
    let fixture = Fixture::new();
    fixture.write("ada/ex01/src/echo.rs", "a");
    for folder in ["target/debug", ".git/objects", "node_modules/x", "__MACOSX/ex01/src"] {
        fixture.write(&format!("ada/{folder}/echo.rs"), "not looked at");
        let large = File::create(fixture.path(&format!("ada/{folder}/large"))).unwrap();
        large.set_len(1 << 30).unwrap();
    }
    let submission = fixture.read("ada").unwrap();
    assert_eq!(taken(&submission), ["ex01: echo.rs=a"]);
    assert_eq!(submission.notes, [""; 0]);
}

#[test]
fn a_name_of_another_century_is_read() {
    let fixture = Fixture::new();
    let path = "Jörg/ex01/src/echo.rs";
    // As UTF-8 without saying so, and in code page 437.
    for bytes in [path.as_bytes().to_vec(), b"J\x94rg/ex01/src/echo.rs".to_vec()] {
        fixture.write("old.zip", samples::old_zip(&bytes, b"a"));
        let tree =
            archive::read(Box::new(File::open(fixture.path("old.zip")).unwrap()), archive::PERSON);
        assert_eq!(tree.unwrap().paths().collect::<Vec<_>>(), [path]);
        assert_eq!(taken(&fixture.read("old.zip").unwrap()), ["ex01: echo.rs=a"]);
    }
}

#[test]
fn files_of_two_exercises_in_a_folder_are_those_of_the_one_that_is_graded() {
    let fixture = Fixture::new();
    for name in ["echo.rs", "count.rs", "catch.rs", "serve.rs"] {
        fixture.write(&format!("ada/{name}"), name);
    }
    fixture.write("bob/catch.rs", "c");
    let taken_for = |folder: &str, graded: &[&str]| {
        let people =
            collect(&[fixture.path(folder)], InputKind::OnePerson, &fixture.exercises).unwrap();
        let read = intake::read(&fixture.path("course"), &fixture.exercises, graded, &people[0]);
        read.unwrap().exercises[0].id.clone()
    };
    assert_eq!(taken_for("ada", &["ex01", "ex02"]), "ex01");
    assert_eq!(taken_for("ada", &["ex02"]), "ex02");
    assert_eq!(taken_for("ada", &["ex01"]), "ex01");
    // What each exercise has belongs to the one that is asked for.
    assert_eq!(taken_for("bob", &["ex02"]), "ex02");
}
