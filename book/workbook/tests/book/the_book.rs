//! The book itself: every page can be built, and what the course says of it is true.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use workbook::course::chapters::Chapter;
use workbook::course::checkout::Checkout;
use workbook::course::exercise::{Exercise, Kind, Task};
use workbook::course::orphans::orphans;
use workbook::pages::build::build_in;

#[test]
fn every_page_of_the_book_can_be_built() {
    let folder = tempfile::tempdir().unwrap();
    let result = build_in(&Checkout::find().unwrap(), &folder.path().join("book"));
    assert!(result.is_ok(), "{:#}", result.unwrap_err());
}

#[test]
fn the_list_of_the_course_is_true() {
    let checkout = Checkout::find().unwrap();
    let result = orphans(&checkout, &checkout.course().unwrap());
    assert!(result.is_ok(), "{:#}", result.unwrap_err());
}

/// Chapter 13's table of what strangers do names a test, or a case of the wire corpus, in each row.
#[test]
fn every_rule_for_strangers_names_its_proof() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all_of = |folder: &Path, ending: &str| -> String {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|found| found == ending));
        files.map(|path| fs::read_to_string(path).unwrap()).collect()
    };
    let tests = all_of(&folder.join("tests"), "rs");
    let cases = all_of(&folder.join("tests/wire"), "toml");
    let page = fs::read_to_string(folder.join("book/src/ch13-hostile-world.md")).unwrap();
    let table = page.lines().skip_while(|line| *line != "|---|---|---|---|").skip(1);
    let mut rows = 0;
    for row in table.take_while(|line| line.starts_with('|')) {
        let proof = row.split('|').nth(4).unwrap();
        let names: Vec<_> = proof.split(['`', '"']).skip(1).step_by(2).collect();
        assert_eq!(names.is_empty(), row.starts_with("| **"), "{row}");
        for name in names {
            let is_test = tests.contains(&format!("fn {name}("));
            assert!(is_test || cases.contains(&format!("name = \"{name}\"")), "no proof {name}");
        }
        rows += 1;
    }
    assert!(rows > 30, "{rows}");
}

/// The rows of the table on the page for teachers that has this line under its heads, cell by cell.
fn rows<'a>(page: &'a str, dashes: &str) -> Vec<Vec<&'a str>> {
    let mut lines = page.lines().skip_while(|line| *line != dashes);
    lines.next().unwrap_or_else(|| panic!("no table has {dashes}"));
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What nobody can derive of a chapter, and `cargo workbook new chapter` cannot write.
#[test]
fn every_chapter_is_told_of_wherever_the_others_are() {
    let checkout = Checkout::find().unwrap();
    let course = checkout.course().unwrap();
    let mut missing = Vec::new();
    for chapter in &course.chapters {
        let (id, number, page) = (&chapter.id, chapter.number(), chapter.page());
        let (_, part) = course.part_of(chapter).expect("it is in a part");
        let of_part =
            part.page.iter().map(|name| (format!("book/src/{name}.md"), format!("({page}")));
        let places = [
            ("book/src/attacks.md", format!("\n*On [chapter {number}]({page}#")),
            ("book/src/images/map.svg", format!(">{number} ")),
            ("book/src/teaching.md", format!("\n### Chapter {number}\n")),
            ("book/pictures/attacks-and-answers.svg", format!(">{number}<")),
            ("tests/attacks.rs", format!("\nfn {id}_")),
        ];
        let places = places.map(|(file, words)| (file.to_owned(), words));
        for (file, words) in places.into_iter().chain(of_part) {
            if !fs::read_to_string(checkout.root.join(&file)).unwrap().contains(&words) {
                missing.push(format!("{file}: nothing like `{}`", words.trim()));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn the_minutes_for_teachers_are_those_of_the_lists() {
    let checkout = Checkout::find().unwrap();
    let course = checkout.course().unwrap();
    let page = fs::read_to_string(checkout.pages().join("teaching.md")).unwrap();

    let table = rows(&page, "|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    assert_eq!(
        table.len(),
        course.chapters.len(),
        "teaching.md: a row of minutes for each chapter"
    );
    for (row, chapter) in table.iter().zip(&course.chapters) {
        let number = format!("{} ", chapter.number());
        assert!(row[0].starts_with(&number), "teaching.md: the row of {} is missing", chapter.id);
        let minutes: Vec<u32> = row[1..].iter().map(|cell| cell.parse().unwrap_or(0)).collect();
        let (all, parts) = minutes.split_last().unwrap();
        assert_eq!((*all, parts.iter().sum()), (chapter.minutes, chapter.minutes), "{row:?}");
    }

    // A week has a chapter; what is to be done at home is named by the titles of its tasks.
    let weeks = rows(&page, "|--:|---|---|---|--:|");
    let second = &course.chapters[10..];
    assert_eq!(weeks.len(), second.len(), "teaching.md: a week for each chapter from 11 on");
    for (week, chapter) in weeks.iter().zip(second) {
        let number = format!("chapter {}", chapter.number());
        assert!(week[1].starts_with(&number), "teaching.md: the week of {} is missing", chapter.id);
        let exercise = Exercise::read(&checkout.root, chapter).unwrap().unwrap();
        let is_set = |task: &&Task| match task.kind {
            Kind::Catch => week[3].contains("catch"),
            _ => week[3].contains(&task.title.to_lowercase()),
        };
        let minutes: u32 = exercise.tasks.iter().filter(is_set).map(|task| task.minutes).sum();
        assert_eq!(week[4].parse().unwrap_or(0), minutes, "{week:?}");
    }
}

/// The headings in the section Build of a chapter's page.
fn headings_of_build(page: &str) -> Vec<&str> {
    let lines = page.lines().skip_while(|line| *line != "## Build").skip(1);
    let lines = lines.take_while(|line| !line.starts_with("## "));
    lines.filter_map(|line| line.strip_prefix("### ")).collect()
}

/// It is one of the chapter, or of a chapter whose number stands in the hint.
#[test]
fn a_hint_that_sends_to_a_section_build_names_a_heading_there() {
    let checkout = Checkout::find().unwrap();
    let course = checkout.course().unwrap();
    let page =
        |chapter: &Chapter| fs::read_to_string(checkout.pages().join(chapter.page())).unwrap();
    let pages: BTreeMap<u16, String> =
        course.chapters.iter().map(|chapter| (chapter.number(), page(chapter))).collect();
    let mut hints = 0;
    for chapter in &course.chapters {
        let Some(exercise) = Exercise::read(&checkout.root, chapter).unwrap() else { continue };
        for hint in exercise.tasks.iter().flat_map(|task| &task.hints) {
            let text = &hint.page;
            if !text.contains("section Build") {
                continue;
            }
            let numbers = text.split(|one: char| !one.is_ascii_digit()).flat_map(str::parse);
            let numbers = numbers.chain([chapter.number()]);
            let headings: Vec<&str> = numbers
                .filter_map(|number| pages.get(&number))
                .flat_map(|page| headings_of_build(page))
                .collect();
            let mut quoted = text.split(['“', '”']).skip(1).step_by(2);
            assert!(quoted.any(|name| headings.contains(&name)), "{}: {text}", chapter.id);
            let mut parts: Vec<_> = text.split("” in the section Build").collect();
            parts.pop(); // what stands behind the last one
            for part in parts {
                let (_, name) = part.rsplit_once('“').unwrap();
                assert!(headings.contains(&name), "{}: there is no “{name}”", chapter.id);
            }
            hints += 1;
        }
    }
    assert!(hints > 100, "{hints}");
}
