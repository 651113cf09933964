//! A new chapter.

use crate::new::words::{fill, insert, is_name, lay, repeat};
use anyhow::{Context, Result, ensure};
use course_tests::chapters::CHAPTERS;
use std::fs;
use workbook::course::checkout::Checkout;
use workbook::system::screen::print_line;
use workbook::system::write_file::write_whole;

/// What is laid: the name of a file with places for values, and its text.
const FILES: [(&str, &str); 17] = [
    ("chapters/@FOLDER@/src/lib.rs", include_str!("chapter/lib.rs.txt")),
    ("chapters/@FOLDER@/src/idea.rs", include_str!("chapter/idea.rs.txt")),
    ("chapters/@FOLDER@/src/main.rs", include_str!("chapter/main.rs.txt")),
    ("tests/ch@NN@.rs", include_str!("chapter/tests.rs.txt")),
    ("tests/ex@NN@.rs", include_str!("chapter/extensions.rs.txt")),
    ("tests/conversations/ch@NN@.rs", include_str!("chapter/conversations.rs.txt")),
    ("book/src/@FOLDER@.md", include_str!("chapter/page.md.txt")),
    ("chapters/@FOLDER@/exercise/exercise.toml", include_str!("chapter/exercise.toml.txt")),
    ("chapters/@FOLDER@/exercise/src/lib.rs", include_str!("chapter/exercise_lib.rs.txt")),
    ("chapters/@FOLDER@/exercise/src/main.rs", include_str!("chapter/main.rs.txt")),
    ("chapters/@FOLDER@/exercise/starter/idea.rs", include_str!("chapter/starter.rs.txt")),
    ("chapters/@FOLDER@/exercise/starter/catch.rs", include_str!("chapter/catch_starter.rs.txt")),
    ("chapters/@FOLDER@/exercise/solution/catch.rs", include_str!("chapter/catch.rs.txt")),
    ("chapters/@FOLDER@/exercise/servers/mutant_1.edit", include_str!("chapter/mutant_1.edit.txt")),
    ("chapters/@FOLDER@/exercise/servers/mutant_2.edit", include_str!("chapter/mutant_2.edit.txt")),
    ("chapters/@FOLDER@/exercise/servers/mutant_3.edit", include_str!("chapter/mutant_3.edit.txt")),
    ("chapters/@FOLDER@/exercise/servers/other.rs", include_str!("chapter/other.rs.txt")),
];

/// What is taken over from the last chapter, with other numbers; below its folder.
const TAKEN_OVER: [&str; 6] = [
    "Cargo.toml",
    "exercise/Cargo.toml",
    "exercise/tests/promises.rs",
    "exercise/catch/Cargo.toml",
    "exercise/servers/Cargo.toml",
    "exercise/servers/lib.rs",
];

/// The same in all chapters, but that in later ones the learner's tests have modules that help
/// them.
const CATCH: &str = "exercise/catch/src/lib.rs";

/// How many chapters the first of the two courses has for which `teaching.md` has a plan. Each week
/// of the second one has a chapter.
const FIRST_COURSE: u16 = 10;

/// Lays the chapter that follows the last one in the list, with its tests, page and exercise.
pub fn new_chapter(checkout: &Checkout, name: &str) -> Result<bool> {
    ensure!(
        is_name(name),
        "{name} cannot be a folder's name here: small letters, digits and `-`, as in file-server"
    );
    let root = &checkout.root;
    let course = checkout.course()?;
    let last = course.chapters.last().context("the list has no chapter to grow out of")?;
    let before = last.prerequisites.first().context("the last chapter grows out of none")?;
    let before = course.chapter(before).context("the last chapter grows out of one in the list")?;
    let number = last.number() + 1;
    let folder = format!("ch{number:02}-{name}");
    let two = format!("{number:02}");
    let values = [
        ("@NN@", two.as_str()),
        ("@N@", &number.to_string()),
        ("@PP@", &last.id[2..]),
        ("@FOLDER@", &folder),
        ("@TITLE@", &title(name)),
    ];
    let fill = |text: &str| fill(text, &values);

    // The number of the chapter itself first: what it depends on moves up behind it.
    let (own, old) = (last.number().to_string(), &last.id[2..]);
    let renumber = |text: &str| {
        let mut text = text.to_owned();
        for kind in ["ch", "ex", "catch", "servers"] {
            text = text.replace(&format!("{kind}{old}"), &format!("{kind}{two}"));
        }
        let text = text.replace(&format!("chapter {own}"), &format!("chapter {number}"));
        let text = text.replace(&before.folder, &last.folder).replace(&before.id, &last.id);
        let lines = text.lines().map(|line| match line.strip_prefix("description = ") {
            Some(_) => format!("description = \"{}\"", title(name)),
            None => line.to_owned(),
        });
        let text = lines.collect::<Vec<_>>().join("\n") + "\n";
        // Nor does it have its other programs.
        let paragraphs = text.split("\n\n").filter(|one| !one.contains("path = \"src/bin/"));
        paragraphs.collect::<Vec<_>>().join("\n\n")
    };
    let first = &course.chapters[0];
    for (chapter, file) in TAKEN_OVER.map(|file| (last, file)).into_iter().chain([(first, CATCH)]) {
        let from = checkout.chapter(chapter).join(file);
        let text = fs::read_to_string(&from)
            .with_context(|| format!("{} is taken over, and cannot be read", from.display()))?;
        lay(root, &format!("chapters/{folder}/{file}"), &renumber(&text))?;
    }
    for (name, text) in FILES {
        let is_exercise = name.contains("/exercise/src/main.rs");
        let text =
            if is_exercise { text.replace("\"ch@NN@\"", "\"ex@NN@\"") } else { text.to_owned() };
        lay(root, &fill(name), &fill(&text))?;
    }
    for task in ["first", "second"] {
        super::task::lay_files(checkout, &folder, &two, task)?;
    }

    let dependency = fill("ch@NN@ = { path = \"chapters/@FOLDER@\" }");
    insert(root, "Cargo.toml", &format!("{} = {{ path", last.id), &dependency)?;
    let renamed = |entry: &str| entry.replace(&last.id, &fill("ch@NN@"));
    let used = format!("{}.workspace = true", last.id);
    repeat(root, "tests/Cargo.toml", &used, renamed)?;
    repeat(root, "tests/conversations.rs", &format!("mod {};", last.id), renamed)?;
    let arm = format!("\"{}\" =>", last.id);
    repeat(root, "tests/conversations.rs", &arm, renamed)?;
    // Its server is the last chapter's own as yet.
    repeat(root, "tests/chapters/server.rs", &arm, renamed)?;

    // What it can be told by the wire is what that server does.
    if !CHAPTERS.contains(&&*last.id) {
        let expected = root.join("tests/wire/matrix.toml");
        let text = fs::read_to_string(&expected).context("cannot read tests/wire/matrix.toml")?;
        let (end, more) = (format!("-{}\"", before.id), format!("-{} ch{two}+\"", before.id));
        write_whole(&expected, &text.replace(&end, &more))?;
    }

    let row = fill("| @N@ | [@TITLE@](chapters/@FOLDER@) | what it can do | what breaks it |");
    insert(root, "README.md", &format!("| {own} | ["), &row)?;
    // Its hour, and its week, for teachers: what the list and the exercise say below.
    let teaching = "book/src/teaching.md";
    let name = title(name).to_lowercase();
    let minutes = format!("| {number} {name} | 5 | 30 | 10 | 5 | 5 | 0 | 5 | 60 |");
    insert(root, teaching, &format!("| {own} {} |", last.title.to_lowercase()), &minutes)?;
    let [week, last_week] = [number, last.number()].map(|number| number - FIRST_COURSE);
    let lessons = format!(
        "| {week} | chapter {number}: its first half | its second half | \
         extend: the first extension; catch | 40 |"
    );
    insert(root, teaching, &format!("| {last_week} | chapter {own}"), &lessons)?;

    let list = root.join("chapters/course.toml");
    let text = fs::read_to_string(&list).context("cannot read chapters/course.toml")?;
    let in_part = format!("\"{}\"]", last.id);
    ensure!(text.contains(&in_part), "chapters/course.toml has no part that ends in {in_part}");
    let text = text.replace(&in_part, &fill(&format!("\"{}\", \"ch@NN@\"]", last.id)));
    let entry = fill(include_str!("chapter/course.toml.txt"));
    write_whole(&list, &format!("{text}\n{entry}"))?;
    // So that cargo finds all files of the new packages.
    starter::lay(root).context("the files of the exercise cannot be laid")?;

    print_line(format_args!("{} is laid: a chapter of one function.", fill("chapters/@FOLDER@")));
    print_line(format_args!("It passes; see for yourself:"));
    for command in
        ["cargo test -p ch@NN@", "BLESS=1 cargo test --test matrix", "cargo workbook verify"]
    {
        print_line(format_args!("    {}", fill(command)));
    }
    print_line(format_args!("CONTRIBUTING.md says what to change, and in which order."));
    Ok(true)
}

/// `File server` for `file-server`.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let (first, rest) = words.split_at(1);
    first.to_ascii_uppercase() + rest
}
