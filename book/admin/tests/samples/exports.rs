//! A class, and what each learning platform makes of it.

use super::{gzip, seven_zip, tar, zip};

/// Files by their paths.
pub type Files = Vec<(String, Vec<u8>)>;

/// Somebody of the class.
#[derive(Clone, Debug)]
pub struct Learner {
    /// From 1; what is told apart by numbers has this one.
    pub number: usize,
    pub first: String,
    pub last: String,
    /// What they handed in, one time after the other.
    pub times: Vec<Time>,
}

/// One time of handing in.
#[derive(Clone, Debug)]
pub struct Time {
    /// The files of chapter 3's exercise, by the names of `exercise.toml`.
    pub files: Files,
    pub late: bool,
    pub packed: Packed,
}

/// How somebody packs their files.
#[derive(Clone, Copy, Debug)]
pub enum Packed {
    Loose,
    Zip,
    TarGz,
    SevenZip,
    /// A copy of the course, as far as it matters here, in a zip.
    Course,
}

pub const PACKED: [Packed; 5] =
    [Packed::Loose, Packed::Zip, Packed::TarGz, Packed::SevenZip, Packed::Course];

/// A shape: its name, the name for `--from`, whether it must be named, and the export.
pub type Shape = (&'static str, &'static str, bool, fn(&[Learner]) -> Files);

/// Each shape, with one line for each that the table of the teacher's page has.
pub const SHAPES: [Shape; 18] = [
    ("Moodle, folders", "moodle", false, |class| moodle(class, true)),
    ("Moodle, flat", "moodle", false, |class| moodle(class, false)),
    ("Canvas", "canvas", false, |class| canvas(class, false)),
    ("Canvas, anonymous", "canvas", false, |class| canvas(class, true)),
    ("Blackboard", "blackboard", false, blackboard),
    ("D2L", "d2l", false, d2l),
    ("Sakai", "sakai", false, sakai),
    ("ILIAS", "ilias", false, ilias),
    ("OpenOlat", "openolat", false, openolat),
    ("Stud.IP", "studip", false, studip),
    ("Gradescope", "gradescope", false, gradescope),
    ("GitHub Classroom", "github", false, github),
    ("Classroom 50", "classroom50", false, classroom50),
    ("nbgrader", "nbgrader", false, nbgrader),
    ("Submitty", "submitty", false, submitty),
    ("Autolab", "autolab", false, autolab),
    ("INGInious", "inginious", false, inginious),
    ("a zip each", "folders", true, zips),
];

impl Learner {
    pub fn login(&self) -> String {
        format!("user{:02}", self.number)
    }

    pub fn id(&self) -> usize {
        4000 + self.number
    }

    fn newest(&self) -> &Time {
        self.times.last().unwrap()
    }
}

impl Time {
    /// What is uploaded.
    pub fn uploaded(&self) -> Files {
        let below = |folder: &str| -> Files {
            let place = |name: &str| match name {
                "catch.rs" => format!("{folder}/catch/src/{name}"),
                name => format!("{folder}/src/{name}"),
            };
            self.files.iter().map(|(name, bytes)| (place(name), bytes.clone())).collect()
        };
        match self.packed {
            Packed::Loose => self.files.clone(),
            Packed::Zip => vec![("work.zip".into(), zip(&borrowed(&below("ex03"))))],
            Packed::TarGz => vec![("work.tar.gz".into(), gzip(&tar(&borrowed(&below("ex03")))))],
            Packed::SevenZip => vec![("work.7z".into(), seven_zip(&borrowed(&below("ex03"))))],
            Packed::Course => {
                let mut files = below("servers-by-hand/chapters/ch03-threads/exercise");
                files.push(("servers-by-hand/README.md".into(), b"The course\n".to_vec()));
                // The chapter's own, which is no learner's.
                let own = "servers-by-hand/chapters/ch03-threads/src/serve.rs";
                files.push((own.into(), b"the chapter's".to_vec()));
                files.push(("servers-by-hand/target/debug/x".into(), vec![0; 1 << 16]));
                vec![("servers-by-hand.zip".into(), zip(&borrowed(&files)))]
            }
        }
    }
}

pub fn borrowed(files: &Files) -> Vec<(&str, &[u8])> {
    files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect()
}

/// `name` with a number before its ending: `f-1.rs`.
fn with(name: &str, number: &str) -> String {
    let at = name.find('.').unwrap_or(name.len());
    format!("{}{number}{}", &name[..at], &name[at..])
}

fn moodle(class: &[Learner], folders: bool) -> Files {
    let mut files = Files::new();
    for one in class {
        let person = format!("{} {}_{}_assignsubmission_file", one.first, one.last, one.id());
        for (name, bytes) in one.newest().uploaded() {
            let between = if folders { "/" } else { "_" };
            files.push((format!("{person}{between}{name}"), bytes));
        }
    }
    files
}

fn canvas(class: &[Learner], anonymous: bool) -> Files {
    let mut files = Files::new();
    for (one, file_id) in class.iter().zip((90_000..).step_by(10)) {
        let time = one.newest();
        let person = format!("{}{}", one.last, one.first).to_lowercase();
        let stem = match (anonymous, time.late) {
            (false, false) => format!("{person}_{}", one.id()),
            (false, true) => format!("{person}_LATE_{}", one.id()),
            (true, false) => format!("anon_{}", letters(one.number)),
            (true, true) => format!("LATE_anon_{}", letters(one.number)),
        };
        for (at, (name, bytes)) in time.uploaded().into_iter().enumerate() {
            // Whoever hands in the same name again.
            let name = if one.times.len() > 1 { with(&name, "-1") } else { name };
            files.push((format!("{stem}_{}_{name}", file_id + at), bytes));
        }
    }
    files
}

/// Five letters and digits, as Canvas numbers those whose names it hides.
fn letters(number: usize) -> String {
    format!("aB{number:03}")
}

fn blackboard(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        for (time, at) in one.times.iter().zip(10..) {
            let stem = format!("Exercise 3_{}_attempt_2026-10-{at}-09-30-00", one.login());
            let text = format!(
                "Name: {} {} ({})\nAssignment: Exercise 3\nFiles:\n\tOriginal filename: x\n",
                one.first,
                one.last,
                one.login()
            );
            files.push((format!("{stem}.txt"), text.into_bytes()));
            for (name, bytes) in time.uploaded() {
                files.push((format!("{stem}_{name}"), bytes));
            }
        }
    }
    files
}

fn d2l(class: &[Learner]) -> Files {
    let mut files = vec![("index.html".to_owned(), b"<html></html>".to_vec())];
    for one in class {
        let number = format!("{}-77", one.id());
        // The later time comes first by its letters.
        for (time, date) in one.times.iter().zip(["Sep 24, 2026 926 PM", "Oct 1, 2026 1205 AM"]) {
            let folder = format!("{number} - {} {} - {date}", one.first, one.last);
            let inside = |(name, bytes)| (format!("{folder}/{name}"), bytes);
            files.extend(time.uploaded().into_iter().map(inside));
        }
    }
    files
}

fn sakai(class: &[Learner]) -> Files {
    let mut files = Files::new();
    let mut table = "Exercise 3,Points\n\nDisplay ID,ID,Last Name,First Name,grade,Submission date,Late submission\n".to_owned();
    for one in class {
        let (login, last, first) = (one.login(), &one.last, &one.first);
        let late = if one.newest().late { "Late" } else { "On time" };
        table += &format!("{login},{login},{last},{first},,2026-10-01,{late}\n");
        let folder = format!("Exercise 3/{last}, {first}({login})");
        files.push((format!("{folder}/timestamp.txt"), b"20261001".to_vec()));
        files.push((format!("{folder}/Feedback Attachment(s)/"), Vec::new()));
        for (name, bytes) in one.newest().uploaded() {
            files.push((format!("{folder}/Submission attachment(s)/{name}"), bytes));
        }
    }
    files.push(("Exercise 3/grades.csv".to_owned(), table.into_bytes()));
    files
}

fn ilias(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        let (last, first) = (&one.last, &one.first);
        let folder = format!("Exercise 3/Abgaben/{last}_{first}_{}_{}", one.login(), one.id());
        for (time, at) in one.times.iter().zip(1..) {
            for (name, bytes) in time.uploaded() {
                let name = if at > 1 { with(&name, &format!(" ({at})")) } else { name };
                let before = if time.late { "Verspaetete Abgabe - " } else { "" };
                files.push((format!("{folder}/{before}{name}"), bytes));
            }
        }
    }
    files
}

fn openolat(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        let folder = format!("Exercise_3/{}_{}_{}", one.last, one.first, one.login());
        for (time, step) in one.times.iter().zip(["1_submissions", "3_revisions"]) {
            let inside = |(name, bytes)| (format!("{folder}/{step}/{name}"), bytes);
            files.extend(time.uploaded().into_iter().map(inside));
        }
        files.push((format!("{folder}/2_corrections/serve.rs"), b"not the learner's".to_vec()));
    }
    files
}

fn studip(class: &[Learner]) -> Files {
    let mut files = Files::new();
    let mut list = "\u{feff}\"Dateiname\";\"Besitzer/-in\";\"Pfad\"\r\n".to_owned();
    for one in class {
        for (name, bytes) in one.newest().uploaded() {
            let path = match one.number {
                1 => name.clone(),
                number => format!("[{}]_{name}", number - 1),
            };
            list += &format!("\"{name}\";\"{} {}\";\"/{path}\"\r\n", one.first, one.last);
            files.push((path, bytes));
        }
    }
    files.push(("archive_filelist.csv".to_owned(), list.into_bytes()));
    files
}

fn gradescope(class: &[Learner]) -> Files {
    let mut files = Files::new();
    let mut list = "---\n".to_owned();
    for one in class {
        let folder = format!("submission_{}", one.id());
        list += &format!(
            "{folder}:\n  :submitters:\n  - :name: {} {}\n    :sid: '{:06}'\n    :email: {}@example.org\n  :created_at: 2026-10-01 09:30:00 Z\n  :score: 0.0\n  :history: []\n",
            one.first,
            one.last,
            one.id(),
            one.login()
        );
        for (name, bytes) in one.newest().uploaded() {
            files.push((format!("assignment_7_export/{folder}/{name}"), bytes));
        }
    }
    files.push(("assignment_7_export/submission_metadata.yml".to_owned(), list.into_bytes()));
    files
}

/// A clone has the learner's files where they belong, whatever the learner would have packed.
fn cloned(time: &Time, folder: &str) -> Files {
    let mut files =
        vec![(format!("{folder}/Cargo.toml"), b"[package]\nname = \"ex03\"\n".to_vec())];
    files.push((format!("{folder}/.git/HEAD"), b"ref: refs/heads/main\n".to_vec()));
    let place = |name: &str| if name == "catch.rs" { "catch/src" } else { "src" };
    for (name, bytes) in &time.files {
        files.push((format!("{folder}/{}/{name}", place(name)), bytes.clone()));
    }
    files
}

fn github(class: &[Learner]) -> Files {
    let folder = |one: &Learner| format!("exercise-3-submissions/exercise-3-{}", one.login());
    class.iter().flat_map(|one| cloned(one.newest(), &folder(one))).collect()
}

fn classroom50(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        let folder = format!("class/exercise-3/{}", one.login());
        files.extend(cloned(one.newest(), &folder));
        files.push((format!("{folder}/.classroom50.yml"), b"assignment: exercise-3\n".to_vec()));
    }
    files
}

fn nbgrader(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        let folder = format!("submitted/{}/exercise3", one.login());
        files.push((format!("{folder}/timestamp.txt"), b"2026-10-01 09:30:00 UTC".to_vec()));
        let inside = |(name, bytes)| (format!("{folder}/{name}"), bytes);
        files.extend(one.newest().uploaded().into_iter().map(inside));
    }
    files
}

fn submitty(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        let user = format!("submissions/{}", one.login());
        // After the ninth comes the tenth, and not by its letters.
        for (time, version) in one.times.iter().zip([9, 10]) {
            let inside = |(name, bytes)| (format!("{user}/{version}/{name}"), bytes);
            files.extend(time.uploaded().into_iter().map(inside));
        }
        if one.number.is_multiple_of(2) {
            let active = 8 + one.times.len();
            let settings = format!("{{\"active_version\": {active}, \"history\": []}}");
            files.push((format!("{user}/user_assignment_settings.json"), settings.into_bytes()));
        }
    }
    files
}

fn autolab(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        for (time, version) in one.times.iter().zip([9, 10]) {
            let (name, bytes) = match &time.uploaded()[..] {
                [(name, bytes)] => (name.clone(), bytes.clone()),
                loose => ("handin.tar".to_owned(), tar(&borrowed(&loose.to_vec()))),
            };
            files.push((format!("{}@example.org_{version}_{name}", one.login()), bytes));
        }
    }
    files
}

fn inginious(class: &[Learner]) -> Files {
    let mut files = Files::new();
    for one in class {
        for (time, day) in one.times.iter().zip(10..) {
            let folder = format!("exercise3/{}/2026-10-{day}T09:30:00", one.login());
            let about = format!(
                "_id: x\ncourseid: servers\nusername:\n- {}\nsubmitted_on: 2026-10-{day} 09:30:00\n",
                one.login()
            );
            files.push((format!("{folder}/submission.test"), about.into_bytes()));
            files.push((format!("{folder}/archive/result.rs"), b"what grading left".to_vec()));
            let inside = |(name, bytes)| (format!("{folder}/uploaded_files/{name}"), bytes);
            files.extend(time.uploaded().into_iter().map(inside));
        }
    }
    files
}

fn zips(class: &[Learner]) -> Files {
    let zip_of = |one: &Learner| {
        (format!("{}.zip", one.login()), zip(&borrowed(&cloned(one.newest(), "exercise-main"))))
    };
    class.iter().map(zip_of).collect()
}
