//! What learning platforms export: who is found, and whose work is what. Nothing is compiled here.

mod samples;

use course_admin::grade::collect::{InputKind, collect};
use course_admin::grade::handed_in::HandedIn;
use course_admin::grade::intake;
use course_admin::grade::platforms::called;
use samples::exports::{Files, Learner, PACKED, SHAPES, Time, borrowed};
use samples::zip;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
use workbook::course::learner_files::file_names;

struct Fixture {
    folder: TempDir,
    root: PathBuf,
    exercises: Vec<Exercise>,
}

impl Fixture {
    fn new() -> Self {
        let checkout = Checkout::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        let mut exercises = Vec::new();
        for chapter in &checkout.course().unwrap().chapters {
            exercises.extend(Exercise::read(&checkout.root, chapter).unwrap());
        }
        Self { folder: tempfile::tempdir().unwrap(), root: checkout.root, exercises }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn names(&self) -> Vec<&str> {
        file_names(&self.exercises[2])
    }

    /// A class in which everybody's files say whose they are and from which time.
    fn class(&self, size: usize) -> Vec<Learner> {
        let time = |number: usize, at: usize| Time {
            files: (self.names().into_iter())
                .map(|name| (name.to_owned(), format!("{name} of {number}, {at}").into_bytes()))
                .collect(),
            late: number.is_multiple_of(4),
            packed: PACKED[number % PACKED.len()],
        };
        let learner = |number: usize| Learner {
            number,
            first: format!("First{number:02}"),
            last: format!("Last{number:02}"),
            // Every third has handed in twice.
            times: (0..if number.is_multiple_of(3) { 2 } else { 1 })
                .map(|at| time(number, at))
                .collect(),
        };
        (1..=size).map(learner).collect()
    }

    /// Writes an export as a folder.
    fn unpack(&self, name: &str, files: &Files) -> PathBuf {
        for (path, bytes) in files {
            let path = self.path(name).join(path);
            if path.as_os_str().to_string_lossy().ends_with('/') {
                fs::create_dir_all(path).unwrap();
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        self.path(name)
    }

    fn pack(&self, name: &str, files: &Files) -> PathBuf {
        fs::write(self.path(name), zip(&borrowed(files))).unwrap();
        self.path(name)
    }

    fn people(&self, paths: &[PathBuf], input_kind: InputKind) -> Vec<HandedIn> {
        collect(paths, input_kind, &self.exercises).unwrap()
    }

    /// The files of chapter 3 that count of somebody; the reason if there are none.
    fn taken(&self, handed: &HandedIn) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let read = intake::read(&self.root, &self.exercises, &["ex03"], handed);
        let mut submission = read.map_err(|error| format!("{error:#}"))?;
        assert_eq!(submission.exercises.len(), 1, "{}", handed.place);
        assert_eq!(submission.exercises[0].refused, BTreeMap::new(), "{}", handed.place);
        Ok(submission.exercises.remove(0).files)
    }

    /// Holds what was found against the class.
    #[track_caller]
    fn holds(&self, shape: &str, people: &[HandedIn], class: &[Learner]) {
        assert_eq!(people.len(), class.len(), "{shape}");
        let mut left: Vec<_> = people.iter().map(|one| (one, self.taken(one))).collect();
        for learner in class {
            let newest = learner.times.last().unwrap();
            let wanted: BTreeMap<_, _> = newest.files.iter().cloned().collect();
            let Some(at) = left.iter().position(|(_, taken)| taken.as_ref() == Ok(&wanted)) else {
                let said: Vec<_> =
                    left.iter().map(|(one, taken)| (&one.place, taken.as_ref().err())).collect();
                panic!("{shape}: nobody has the work of {}: {said:#?}", learner.number)
            };
            let (found, _) = left.swap_remove(at);
            let known = [&found.person.name, &found.person.id, &found.person.login];
            let number = format!("{:02}", learner.number);
            assert!(known.iter().any(|one| one.contains(&number)), "{shape}: {:?}", found.person);
        }
    }
}

/// How an export of the platform `from` is told from others.
fn input_kind(from: &str, must_be_named: bool) -> InputKind {
    if must_be_named { InputKind::Platform(called(from).unwrap()) } else { InputKind::Detect }
}

#[test]
fn each_shape_is_recognised_and_everybody_has_their_own_newest_work() {
    let fixture = Fixture::new();
    let class = fixture.class(15);
    for (name, from, must_be_named, export) in SHAPES {
        let files = export(&class);
        let input_kind = match must_be_named {
            true => InputKind::Platform(called(from).unwrap()),
            false => InputKind::Detect,
        };
        let zip = fixture.pack(&format!("{name}.zip"), &files);
        fixture.holds(&format!("{name}, a zip"), &fixture.people(&[zip], input_kind), &class);
        let folder = fixture.unpack(name, &files);
        fixture.holds(name, &fixture.people(std::slice::from_ref(&folder), input_kind), &class);
        // Unpacked into a folder more, or two.
        fixture.unpack(&format!("more {name}/Export"), &files);
        let more = fixture.people(&[fixture.path(&format!("more {name}"))], input_kind);
        fixture.holds(&format!("{name}, a folder more"), &more, &class);
        // As a shell finds what is in it: `export/*`.
        let mut inside: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inside.sort();
        fixture.holds(&format!("{name}, *"), &fixture.people(&inside, input_kind), &class);
    }
}

#[test]
fn whose_it_is_and_whether_it_is_late_and_which_one_counts() {
    let fixture = Fixture::new();
    let class = fixture.class(12);
    let (platform_says_late, has_versions) = (
        ["Canvas", "Canvas, anonymous", "Sakai", "ILIAS"],
        ["Blackboard", "D2L", "OpenOlat", "Submitty", "Autolab", "INGInious"],
    );
    for (name, from, must_be_named, export) in SHAPES {
        let path = fixture.pack(&format!("{name}.zip"), &export(&class));
        let input_kind = input_kind(from, must_be_named);
        let people = fixture.people(&[path], input_kind);
        let late = people.iter().filter(|one| one.late).count();
        assert_eq!(late, if platform_says_late.contains(&name) { 3 } else { 0 }, "{name}");
        let versions: Vec<_> =
            people.iter().map(|one| one.version.as_str()).filter(|one| !one.is_empty()).collect();
        assert_eq!(versions.len(), if has_versions.contains(&name) { 4 } else { 0 }, "{name}");
        assert!(versions.iter().all(|one| one.contains(" of 2: ")), "{name}: {versions:?}");
    }
    let one = |name: &str| {
        let (_, _, _, export) = SHAPES.into_iter().find(|shape| shape.0 == name).unwrap();
        let path = fixture.pack("one.zip", &export(&class));
        let mut people = fixture.people(&[path], InputKind::Detect);
        people.sort_by_key(|one| one.place.clone());
        let found = people
            .into_iter()
            .find(|one| fixture.taken(one).unwrap()["catch.rs"] == b"catch.rs of 3, 1");
        let found = found.unwrap();
        (found.person.name, found.person.id, found.person.login, found.version)
    };
    let owned =
        |words: [&str; 4]| (words[0].into(), words[1].into(), words[2].into(), words[3].into());
    for (name, known) in [
        ("Moodle, folders", ["First03 Last03", "4003", "", ""]),
        ("Canvas", ["last03first03", "4003", "", ""]),
        ("Canvas, anonymous", ["anon_aB003", "", "", ""]),
        (
            "Blackboard",
            ["First03 Last03", "user03", "user03", "the newest of 2: 2026-10-11-09-30-00"],
        ),
        ("D2L", ["First03 Last03", "4003-77", "", "the newest of 2: Oct 1, 2026 1205 AM"]),
        ("Sakai", ["Last03, First03", "user03", "user03", ""]),
        ("ILIAS", ["Last03, First03", "4003", "user03", ""]),
        ("OpenOlat", ["Last03_First03_user03", "", "", "the newest of 2: 3_revisions"]),
        ("Stud.IP", ["First03 Last03", "", "", ""]),
        ("Gradescope", ["First03 Last03", "004003", "user03@example.org", ""]),
        ("GitHub Classroom", ["user03", "user03", "user03", ""]),
        ("Submitty", ["user03", "user03", "user03", "the newest of 2: 10"]),
        (
            "Autolab",
            [
                "user03@example.org",
                "user03@example.org",
                "user03@example.org",
                "the newest of 2: version 10",
            ],
        ),
        ("INGInious", ["user03", "user03", "user03", "the newest of 2: 2026-10-11 09:30:00"]),
    ] {
        assert_eq!(one(name), owned(known), "{name}");
    }
}

#[test]
fn people_of_one_name_stay_two() {
    let fixture = Fixture::new();
    let mut class = fixture.class(5);
    for learner in &mut class[..2] {
        (learner.first, learner.last) = ("Same".to_owned(), "Name".to_owned());
    }
    for (name, from, must_be_named, export) in SHAPES {
        let path = fixture.pack(&format!("{name}.zip"), &export(&class));
        let input_kind = input_kind(from, must_be_named);
        let people = fixture.people(&[path], input_kind);
        if name == "Stud.IP" {
            // Its list has names alone, and so nobody knows: then nobody says.
            assert_eq!(people.len(), 4);
            let unknown = people.iter().find(|one| one.person.name == "Same Name").unwrap();
            // One has a zip, and the other a tar: together they are no learner either.
            let why = fixture.taken(unknown).unwrap_err();
            assert!(why.contains("and they differ: leave the one that counts"), "{why}");
            continue;
        }
        assert_eq!(people.len(), 5, "{name}");
        let wanted = |learner: &Learner| -> BTreeMap<_, _> {
            learner.times.last().unwrap().files.iter().cloned().collect()
        };
        for learner in &class[..2] {
            let found =
                people.iter().filter(|one| fixture.taken(one).as_ref() == Ok(&wanted(learner)));
            assert_eq!(found.count(), 1, "{name}");
        }
    }
    // The same file twice under one name.
    for learner in &mut class {
        learner.times[0].packed = PACKED[0];
    }
    let (_, _, _, export) = SHAPES.into_iter().find(|shape| shape.0 == "Stud.IP").unwrap();
    let people = fixture.people(&[fixture.pack("twice.zip", &export(&class))], InputKind::Detect);
    let unknown = people.iter().find(|one| one.person.name == "Same Name").unwrap();
    let why = fixture.taken(unknown).unwrap_err();
    assert!(why.contains("from Same Name or from two people of this name"), "{why}");
}

#[test]
fn one_who_cannot_be_read_harms_nobody() {
    let fixture = Fixture::new();
    let class = fixture.class(8);
    for (name, from, must_be_named, export) in SHAPES {
        let mut files = export(&class);
        // Somebody's files become an archive that nobody opens.
        let mine = |path: &str| {
            ["t02", "r02", "4002", "aB002", "[1]_"].iter().any(|mark| path.contains(mark))
        };
        let own: Vec<_> =
            files.iter().map(|(path, _)| path.clone()).filter(|path| mine(path)).collect();
        for (path, bytes) in &mut files {
            let is_list =
                ["submission.test", ".txt", ".json", ".csv"].iter().any(|end| path.ends_with(end));
            if own.contains(path) && !is_list {
                *bytes = b"Rar!\x1a\x07\x01\x00".to_vec();
            }
        }
        let path = fixture.pack(&format!("{name}.zip"), &files);
        let input_kind = input_kind(from, must_be_named);
        let people = fixture.people(&[path], input_kind);
        assert_eq!(people.len(), 8, "{name}");
        let read = people.iter().filter(|one| {
            one.work.is_ok()
                && intake::read(&fixture.root, &fixture.exercises, &["ex03"], one)
                    .is_ok_and(|read| read.exercises.iter().all(|one| one.refused.is_empty()))
        });
        assert_eq!(read.count(), 7, "{name}");
    }
}

#[test]
fn what_was_typed_in_the_browser_or_not_handed_in_is_told() {
    let fixture = Fixture::new();
    let said = |name: &str, files: &[(&str, &str)]| {
        let files: Files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let people = fixture.people(&[fixture.pack(name, &files)], InputKind::Detect);
        assert_eq!(people.len(), 1, "{name}");
        (people[0].person.name.clone(), fixture.taken(&people[0]).unwrap_err())
    };
    let typed = "it is a text that was written in the browser, and no file".to_owned();
    let moodle = ("A B_1_assignsubmission_onlinetext/onlinetext.html", "<p>fn</p>");
    assert_eq!(said("moodle.zip", &[moodle]), ("A B".to_owned(), typed.clone()));
    assert_eq!(
        said("canvas.zip", &[("ab_LATE_1_text.html", "x")]),
        ("ab".to_owned(), typed.clone())
    );
    let sakai = [("Ex/grades.csv", "x"), ("Ex/B, A(ab)/B, A(ab)_submissionText.html", "x")];
    assert_eq!(said("sakai.zip", &sakai), ("B, A".to_owned(), typed));
    let nothing = [("Ex/grades.csv", "x"), ("Ex/B, A(ab)/timestamp.txt", "x")];
    let (_, why) = said("sakai.zip", &nothing);
    assert_eq!(why, "B, A(ab) is empty");
}

#[test]
fn which_is_the_newest_is_told_or_nobody_says() {
    let fixture = Fixture::new();
    let d2l = |dates: [&str; 2]| {
        let file =
            |date: &str| (format!("1-2 - A B - {date}/at_most.rs"), date.as_bytes().to_vec());
        let path = fixture.pack("d2l.zip", &dates.map(file).into());
        let people = fixture.people(&[path], InputKind::Detect);
        assert_eq!(people.len(), 1);
        fixture
            .taken(&people[0])
            .map(|files| String::from_utf8(files["at_most.rs"].clone()).unwrap())
    };
    let (older, newer) = ("Sep 24, 2026 1159 PM", "Sep 25, 2026 1200 AM");
    assert_eq!(d2l([older, newer]).unwrap(), newer);
    assert_eq!(d2l([newer, older]).unwrap(), newer);
    // In a language whose dates nobody here reads.
    let why = d2l(["24 septembre 2026 21 h 26", "3 octobre 2026 8 h 05"]).unwrap_err();
    assert!(
        why.starts_with("it was handed in 2 times, and which is the newest cannot be told"),
        "{why}"
    );
}

#[test]
fn the_active_version_counts_and_a_group_is_several_people() {
    let fixture = Fixture::new();
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let submitty = vec![
        file("user01/1/at_most.rs", "active"),
        file("user01/2/at_most.rs", "newer"),
        file("user01/user_assignment_settings.json", "{\"active_version\": 1}"),
        file("user02/1/at_most.rs", "older"),
        file("user02/2/at_most.rs", "newest"),
        // It names a version that is not there.
        file("user02/user_assignment_settings.json", "{\"active_version\": 7}"),
    ];
    let people = fixture.people(&[fixture.pack("submitty.zip", &submitty)], InputKind::Detect);
    let taken =
        |at: usize| String::from_utf8(fixture.taken(&people[at]).unwrap()["at_most.rs"].clone());
    assert_eq!((taken(0).unwrap(), taken(1).unwrap()), ("active".into(), "newest".into()));
    assert_eq!(people[0].version, "the active one of 2: 1");

    let list =
        "submission_1:\n  :submitters:\n  - :name: A\n    :sid: 7\n  - :name: B\n    :sid: '08'\n";
    let gradescope =
        vec![file("submission_metadata.yml", list), file("submission_1/at_most.rs", "ours")];
    let people = fixture.people(&[fixture.pack("gradescope.zip", &gradescope)], InputKind::Detect);
    let known: Vec<_> = people.iter().map(|one| (&*one.person.name, &*one.person.id)).collect();
    assert_eq!(known, [("A", "7"), ("B", "08")]);
    for one in &people {
        assert_eq!(fixture.taken(one).unwrap()["at_most.rs"], b"ours");
        assert_eq!(one.notes, ["the work of a group of 2"]);
    }
}

#[test]
fn an_export_that_is_named_wrongly_or_by_nobody_is_an_error() {
    let fixture = Fixture::new();
    let class = fixture.class(6);
    let moodle = fixture.pack("moodle.zip", &SHAPES[0].3(&class));
    let error =
        collect(&[moodle], InputKind::Platform(called("sakai").unwrap()), &fixture.exercises);
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("it does not look like an export of Sakai"), "{error}");
    // Zips of people whom nobody names: not one learner, and it is said how to go on.
    let zips = SHAPES.into_iter().find(|shape| shape.1 == "folders").unwrap().3(&class);
    let folder = fixture.unpack("zips", &zips);
    let people = fixture.people(&[folder], InputKind::Detect);
    let why = fixture.taken(&people[0]).unwrap_err();
    assert!(why.contains("ex03 is in user01.zip and in user02.zip, and they differ"), "{why}");
    // A list that says less than there is.
    let mut files = SHAPES.into_iter().find(|shape| shape.1 == "studip").unwrap().3(&class);
    files.push(("extra.rs".to_owned(), b"whose?".to_vec()));
    let studip = fixture.pack("studip.zip", &files);
    let error = collect(&[studip], InputKind::Detect, &fixture.exercises).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("archive_filelist.csv does not say whose extra.rs is"), "{error}");
}

#[test]
fn a_class_of_three_hundred_with_copies_of_the_course_is_read() {
    let fixture = Fixture::new();
    let mut class = fixture.class(300);
    for learner in &mut class {
        for time in &mut learner.times {
            time.packed = samples::exports::Packed::Course;
        }
    }
    let path = fixture.pack("class.zip", &SHAPES[0].3(&class));
    let people = fixture.people(&[path], InputKind::Detect);
    assert_eq!(people.len(), 300);
    assert!(people.iter().all(|one| fixture.taken(one).is_ok()));
}
