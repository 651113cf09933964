//! What is laid for a new chapter and a new task, in a copy of the course.

use course_admin::grade::course_copy::CourseFiles;
use course_admin::new::{new_chapter, new_task};
use course_tests::chapters::CHAPTERS;
use course_tests::wire::{Corpus, Matrix};
use std::fs;
use std::process::Command;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::Exercise;
use workbook::course::orphans::orphans;
use workbook::pages::build::build_in;

/// Everything that can be said of the course without compiling it.
#[track_caller]
fn is_whole(checkout: &Checkout) {
    let course = checkout.course().unwrap();
    orphans(checkout, &course).unwrap_or_else(|error| panic!("{error:#}"));
    for chapter in &course.chapters {
        Exercise::read(&checkout.root, chapter).unwrap().expect("each chapter has an exercise");
    }
    let mut cargo = Command::new(launch::cargo());
    cargo.args(["metadata", "--offline", "--no-deps", "--format-version=1"]);
    let output = cargo.current_dir(&checkout.root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What is put into files that are there is Rust again.
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args([
        "--check",
        "--edition=2024",
        "tests/chapters/server.rs",
        "tests/conversations.rs",
        "chapters/ch03-threads/exercise/src/lib.rs",
    ]);
    let output = rustfmt.current_dir(&checkout.root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The last chapter is not among those on which the corpus is run. So what the new one, which has
/// its server, is expected to pass is what is expected of the chapter `before` it.
fn expected_of_the_wire_is_what_the_old_server_does(checkout: &Checkout, before: &str, new: u16) {
    let folder = checkout.root.join("tests/wire");
    let new = format!("ch{new:02}");
    let corpus = Corpus::load(&folder).unwrap();
    let chapters: Vec<&str> = CHAPTERS.iter().copied().chain([&*new]).collect();
    let matrix = Matrix::load(&folder.join("matrix.toml"), &corpus, &chapters).unwrap();
    for case in &corpus.cases {
        let [old, new] = [before, &*new].map(|chapter| matrix.expects(&case.name, chapter));
        assert_eq!(new, old, "{}", case.name);
    }
}

/// `CONTRIBUTING.md` sends its readers this way. That what is laid compiles and passes, too, is
/// what `cargo workbook verify` says in such a course.
#[test]
fn a_chapter_and_a_task_that_are_laid_are_whole() {
    let here = Checkout::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    CourseFiles::whole(&here.root).unwrap().with_starters().write_to(folder.path()).unwrap();
    let checkout = Checkout::at(folder.path()).unwrap();
    let last = checkout.course().unwrap().chapters.pop().unwrap();
    let (one, two) = (last.number() + 1, last.number() + 2);
    let before = last.prerequisites[0].as_str();

    // The second one grows out of the first.
    for (number, name) in [(one, "a-first"), (two, "another-one")] {
        new_chapter(&checkout, name).unwrap();
        let chapter = checkout.course().unwrap().chapters.pop().unwrap();
        assert_eq!(chapter.folder, format!("ch{number:02}-{name}"));
        is_whole(&checkout);
    }
    let teaching = fs::read_to_string(checkout.pages().join("teaching.md")).unwrap();
    let minutes = "5 | 30 | 10 | 5 | 5 | 0 | 5 | 60 |";
    let old = format!("\n| {} {} | ", last.number(), last.title.to_lowercase());
    let new = format!("| {one} a first | {minutes}\n| {two} another one | {minutes}\n");
    let below = teaching.split_once(&old).and_then(|(_, row)| row.split_once('\n')).unwrap().1;
    assert!(below.starts_with(&new), "{below}");
    let week = format!("\n| {} | chapter {two}:", two - 10);
    assert!(teaching.contains(&week), "{week}");
    expected_of_the_wire_is_what_the_old_server_does(&checkout, before, one);
    let main = format!("chapters/ch{two:02}-another-one/src/main.rs");
    let main = fs::read_to_string(checkout.root.join(main)).unwrap();
    assert!(main.contains(&format!("port: {}", 8000 + two)), "{main}");

    new_task(&checkout, &format!("ch{two:02}"), "third").unwrap();
    new_task(&checkout, "ch03", "another").unwrap();
    is_whole(&checkout);
    build_in(&checkout, &checkout.html()).unwrap_or_else(|error| panic!("{error:#}"));
    let tasks = |number: u16| {
        let course = checkout.course().unwrap();
        let chapter = course.chapter(&format!("ch{number:02}")).unwrap().clone();
        let exercise = Exercise::read(&checkout.root, &chapter).unwrap().unwrap();
        exercise.tasks.into_iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(tasks(two), ["build", "first", "second", "third", "catch"]);
    assert_eq!(tasks(3).iter().rev().nth(1).unwrap(), "another");
}

#[test]
fn what_cannot_be_a_name_or_is_there_already_is_refused() {
    let here = Checkout::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    CourseFiles::whole(&here.root).unwrap().write_to(folder.path()).unwrap();
    let checkout = Checkout::at(folder.path()).unwrap();
    let says = |result: anyhow::Result<bool>, sentence: &str| {
        let error = format!("{:#}", result.unwrap_err());
        assert!(error.contains(sentence), "{error}");
    };
    says(new_chapter(&checkout, "File Server"), "File Server cannot be a folder's name here");
    says(new_task(&checkout, "ch99", "more"), "the list has no chapter ch99");
    says(new_task(&checkout, "ch03", "More"), "More cannot be a task's name here");
    says(new_task(&checkout, "ch03", "at_most"), "at_most.rs is there already");
}
