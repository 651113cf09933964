//! Each rule of a page, shown to refuse a page that breaks it.

use crate::sample::{CH01, CH02, ECHO, Sample};
use std::fs;
use workbook::course::orphans::orphans;
use workbook::pages::build::build;
use workbook::pages::transcripts::lock::{Entry, Lock};

/// What is said of chapter 1's page with `text` added behind its ten lines.
#[track_caller]
fn refused(text: &str, sentence: &str) {
    let said = Sample::new().with(text).refused();
    assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
}

#[test]
fn a_book_that_breaks_no_rule_is_built() {
    let page = Sample::new().page();
    assert!(page.contains("pub fn say() {"), "{page}");
    assert!(!page.contains("ANCHOR"), "{page}");
}

#[test]
fn rust_typed_by_hand_is_refused() {
    let sentence = "book/src/ch01-echo.md:9: Rust that is typed by hand is compiled by nobody";
    refused("```rust\nlet x = 1;\n```\n", sentence);
    refused("> ```rust\n> let x = 1;\n> ```\n", sentence);
    let beside = "```rust\n{{#include ch01/src/say.rs:say}}\nlet x = 1;\n```\n";
    refused(beside, "mark the block rust,sketch: let x = 1;");
    refused("```rust,ignore\nlet x = 1;\n```\n", sentence);
    refused("```rs\nlet x = 1;\n```\n", "write `rust`");
    refused("```\nlet x = 1;\n```\n", "a code block needs a language");
    refused("text\n\n    let x = 1;\n", "a code block needs a language");
    refused("```rust\n```\n", "an empty block");
}

#[test]
fn one_sketch_is_allowed_and_a_second_is_not() {
    let sketch = "```rust,sketch\nlet x = 1;\n```\n";
    assert!(Sample::new().with(sketch).page().contains("a sketch, not in the code"));
    refused(&format!("{sketch}\n{sketch}"), "ch01-echo.md:13: a second sketch");
}

/// A chapter that somebody is working on: the book says where, and once.
#[test]
fn a_mistake_in_a_file_that_is_shown_is_told_once_and_where_it_is() {
    let include = "```rust\n{{#include ch01/src/say.rs:say}}\n```\n";
    for (body, place) in [
        ("hello() hello()", "3: this is no Rust, at column 13: unexpected token, expected `;`"),
        ("hello(;", "4: this is no Rust, at column 1: a bracket, a string or a comment does not"),
    ] {
        let sample = Sample::new().with(&include.repeat(3));
        let text = format!("/// Says it.\npub fn say() {{\n    {body}\n}}\n");
        sample.write("chapters/ch01-echo/src/say.rs", &text);
        let said = sample.refused();
        assert!(said.contains(&format!("chapters/ch01-echo/src/say.rs:{place}")), "{said}");
        assert_eq!(said.matches("say.rs").count(), 1, "{said}");
    }
}

#[test]
fn an_include_of_nothing_is_refused() {
    let include = |what: &str| format!("```rust\n{{{{#include {what}}}}}\n```\n");
    refused(&include("ch01/src/gone.rs"), "ch01-echo.md:10: there is no file ch01/src/gone.rs");
    refused(&include("ch01/src/say.rs:gone"), "no anchor and no item called gone");
    refused(&include("ch01/src/say.rs:1:2"), "lines by number go wrong");
    refused(&include("../../../../../../../../etc/hosts.rs"), "there is no file");
    refused(&include("book/src/ch02-loop.md"), "is not compiled");
    refused("{{#includ ch01/src/say.rs}}\n", "there is no {{#includ}}");
    refused("```text\n{{#step ch02 src/say.rs}}\n```\n", "{{#step}} has no meaning here");
}

#[test]
fn a_trace_of_nothing_is_refused() {
    refused("{{#trace ch07 Seven.}}\n", "ch01-echo.md:9: ch07 cannot be traced: there are ch05");
    refused("{{#trace}}\n", " cannot be traced: there are ch05");
    refused("{{#trace ch15 The loop.}}\n", "run `cargo workbook trace all --record`");
    refused("{{#trace all close-up All.}}\n", "book/measured/trace.csv has nothing about ch05");
    let sample = Sample::new().with("{{#trace ch15 close-up Its steps.}}\n");
    sample.write("book/measured/trace.csv", "# On a machine\nchapter,event\n");
    assert!(sample.refused().contains("the second line is not `chapter,microseconds,"));
}

#[test]
fn a_trace_is_drawn_with_what_it_was_recorded_on() {
    let sample = Sample::new().with("{{#trace ch05 One client.}}\n");
    let event = |at: u32, event: &str| format!("ch05,{at},the thread,A,{event},\n");
    let events = [event(1, "accept ends"), event(2, "write begins"), event(3, "write ends")];
    let header = "# On a machine\nchapter,microseconds,lane,client,event,detail\n";
    sample.write("book/measured/trace.csv", &format!("{header}{}", events.concat()));
    let page = sample.page();
    assert!(page.contains("ch05, one after the other: one thread; "), "{page}");
    assert!(page.contains("<figcaption>One client. On a machine.</figcaption>"), "{page}");
}

#[test]
fn an_anchor_that_occurs_twice_is_refused() {
    let sample = Sample::new().with("```rust\n{{#include ch01/src/say.rs:hello}}\n```\n");
    assert!(sample.page().contains("hello();"));
    sample.write("chapters/ch01-echo/src/say.rs", &ECHO.repeat(2));
    let said = sample.refused();
    assert!(
        said.contains("the anchor hello must start and end once, but starts 2 times"),
        "{said}"
    );
    assert!(said.contains("2 things are called say"), "{said}");
}

#[test]
fn an_anchored_part_is_shown_without_its_indentation() {
    let sample = Sample::new().with("```rust\n{{#include ch01/src/say.rs:hello}}\n```\n");
    let page = sample.page();
    assert!(page.contains("class=\"language-rust\">hello();"), "{page}");
}

#[test]
fn a_file_outside_of_the_course_is_refused() {
    let outside = tempfile::NamedTempFile::with_suffix(".txt").unwrap();
    let name = outside.path().file_name().unwrap().to_string_lossy();
    refused(&format!("{{{{#include ../../../{name}}}}}\n"), "lies outside of the course");
}

#[test]
fn a_step_that_does_not_differ_is_refused() {
    let sample = Sample::new();
    sample.write("chapters/ch02-loop/src/say.rs", ECHO);
    let said = sample.refused();
    assert!(said.contains("book/src/ch02-loop.md:5: "), "{said}");
    assert!(said.contains("do not differ"), "{said}");
}

#[test]
fn a_step_from_nowhere_is_refused() {
    let sample = Sample::new();
    sample.write("chapters/ch02-loop/src/new.rs", ECHO);
    sample.write("book/src/ch02-loop.md", &format!("{CH02}\n{{{{#step ch02 src/new.rs}}}}\n"));
    let said = sample.refused();
    assert!(said.contains("no chapter that ch02 grew out of has src/new.rs"), "{said}");
    refused("{{#step ch02 src/gone.rs}}\n", "there is no file src/gone.rs in ch02-loop");
    refused("{{#step ch07 src/say.rs}}\n", "chapters/course.toml has no ch07");
    refused("{{#step ch02}}\n", "takes a chapter and a file");
}

#[test]
fn a_change_that_the_page_does_not_show_is_refused() {
    let sample = Sample::new();
    sample.write("book/src/ch02-loop.md", "# The loop\n");
    let said = sample.refused();
    assert!(said.contains("ch02 changed src/say.rs, and the page does not show it"), "{said}");
    let include = |what: &str| format!("# The loop\n\n```rust\n{{{{#include {what}}}}}\n```\n");
    sample.write("book/src/ch02-loop.md", &include("ch02/src/say.rs:say"));
    assert!(sample.refused().contains("does not show it"), "a part of it is not all of it");
    sample.write("book/src/ch02-loop.md", &include("ch02/src/say.rs"));
    sample.write("book/src/introduction.md", "# Hello\n");
    sample.page();
}

#[test]
fn a_diff_typed_by_hand_is_refused() {
    refused("```diff\n+ x\n```\n", "a diff is computed, not typed");
}

#[test]
fn a_transcript_that_was_not_replayed_as_it_stands_is_refused() {
    let sample = Sample::new().with("```console\n$ echo a\na\n```\n");
    let said = sample.refused();
    assert!(said.contains("ch01-echo.md:9: this transcript was not replayed"), "{said}");

    let hash =
        workbook::pages::outline::outline(&sample.read("book/src/ch01-echo.md")).blocks[1].hash();
    let (page, command) = ("ch01-echo.md".to_owned(), "$ echo a".to_owned());
    Lock(vec![Entry { hash, page, command }]).write(&sample.checkout().root).unwrap();
    assert!(sample.page().contains("$ echo a"));

    let changed = sample.with("```console\n$ echo a\nb\n```\n").refused();
    assert!(changed.contains("this transcript was not replayed"), "{changed}");
}

#[test]
fn commands_that_nobody_would_replay_are_refused() {
    refused("```sh\ncargo run\n```\n", "commands go into a `console` block");
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    let file = "book/src/ch01-echo.md: the link ";
    refused("[a](gone.md)\n", &format!("{file}gone.html leads nowhere"));
    refused("[a](ch02-loop.md#gone)\n", "leads to a page that has no #gone");
    refused("[a](#gone)\n", "leads to a page that has no #gone");
    refused("[a](/ch02-loop.html)\n", "begins with /");
    refused("![a picture](gone.png)\n", "gone.png leads nowhere");
    refused("<a href='gone.html'>a</a>\n", "gone.html leads nowhere");
    assert!(Sample::new().with("[a](https://example.org/gone)\n").page().contains("example.org"));
}

#[test]
fn a_picture_without_words_is_refused() {
    let sample = Sample::new().with("![](dot.svg)\n");
    sample.write("book/src/dot.svg", "<svg/>");
    assert!(sample.refused().contains("has no alternative text"));
    refused("{{#picture gone}}\n", "there is no picture book/pictures/gone.svg");
}

#[test]
fn an_id_that_occurs_twice_is_refused() {
    refused("<b id='x'>a</b> <b id='x'>b</b>\n", "the id x occurs twice");
}

#[test]
fn a_warning_of_mdbook_is_a_fault() {
    refused("<div>\n", "mdBook warns: ");
}

#[test]
fn a_measured_number_that_was_typed_is_refused() {
    refused("It makes 20,000 requests a second.\n", "is a measured number that was typed");
    refused("It makes {{#measured ch01 close requests}}.\n", "has nothing about ch01 in close");
    refused("It makes {{#measured ch01 close luck}}.\n", "there is no measured luck");
    let sample =
        Sample::new().with("It makes {{#measured ch01 close requests}} requests a second.\n");
    let csv = format!("{}\nch01,close,requests,20345,1,90000\n", workbook::pages::measured::HEADER);
    sample.write("book/measured/bench.csv", &csv);
    assert!(sample.page().contains("It makes 20,300 requests a second."));
}

#[test]
fn a_console_to_no_chapter_is_refused() {
    refused("```http,wire,ch77\nGET /\n```\n", "a wire block names its chapter");
}

#[test]
fn a_page_begins_with_its_title_and_keeps_the_order_of_sections() {
    let sample = Sample::new();
    sample.write("book/src/ch01-echo.md", &CH01.replace("# Echo", "# Ekko"));
    assert!(sample.refused().contains("the page begins with `# Echo`"));
    refused("## Where we are\n", "Where we are is out of order");
    refused("## Something\n", "`## Something` is none of: Where we are, Build");
}

#[test]
fn all_faults_are_told_at_once() {
    let said = Sample::new().with("```sh\na\n```\n\n```rust\nb\n```\n").refused();
    assert!(said.contains("2 faults\n"), "{said}");
}

#[test]
fn a_fault_leaves_the_last_good_book_in_its_place() {
    let sample = Sample::new();
    let checkout = sample.checkout();
    let folder = checkout.html();
    build(&checkout, &folder, |swap| swap()).unwrap();
    let good = fs::read_to_string(folder.join("ch01-echo.html")).unwrap();

    let sample = sample.with("```rust\nb\n```\n");
    build(&checkout, &folder, |swap| swap()).unwrap_err();
    assert_eq!(fs::read_to_string(folder.join("ch01-echo.html")).unwrap(), good);

    sample.write("book/src/ch01-echo.md", &format!("{CH01}\nNew.\n"));
    build(&checkout, &folder, |swap| swap()).unwrap();
    assert!(fs::read_to_string(folder.join("ch01-echo.html")).unwrap().contains("New."));
    let left: Vec<_> = fs::read_dir(sample.path("target")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the book is left: {left:?}");
}

#[test]
fn what_the_list_does_not_know_is_found() {
    #[track_caller]
    fn found(sample: &Sample, sentence: &str) {
        let checkout = sample.checkout();
        let said = format!("{:#}", orphans(&checkout, &checkout.course().unwrap()).unwrap_err());
        assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
    }
    let sample = Sample::new();
    let checkout = sample.checkout();
    orphans(&checkout, &checkout.course().unwrap()).unwrap();

    sample.write("README.md", "| 1 | [echo](chapters/ch01-echo) |\n");
    found(&sample, "README.md: the table of chapters has no line with (chapters/ch02-loop)");
    sample.write("README.md", "[echo](chapters/ch01-echo) [loop](chapters/ch02-loop)\n");
    orphans(&checkout, &checkout.course().unwrap()).unwrap();

    sample.write("chapters/ch03-new/Cargo.toml", "");
    found(&sample, "chapters/ch03-new: chapters/course.toml does not list this chapter");
    sample.write("book/src/lost.md", "# Lost\n");
    found(&sample, "book/src/lost.md: chapters/course.toml does not list this page");
    sample.write("tests/ch03.rs", "");
    found(&sample, "tests/ch03.rs: chapters/course.toml does not list this chapter");

    fs::remove_file(sample.path("tests/ch02.rs")).unwrap();
    found(&sample, "the tests of a chapter do not exist: tests/ch02.rs");
    fs::remove_file(sample.path("book/src/introduction.md")).unwrap();
    found(&sample, "the page book/src/introduction.md does not exist");
    fs::remove_dir_all(sample.path("chapters/ch02-loop")).unwrap();
    found(&sample, "the chapter chapters/ch02-loop does not exist");

    let manifest = "[package]\nname = \"one\"\n[dependencies]\nch02.workspace = true\n";
    sample.write("chapters/ch01-echo/Cargo.toml", manifest);
    found(&sample, "the package is called one");
    found(&sample, "it depends on ch02");
}

/// An exercise with as little in it as one may have.
const EXERCISE: &str = r#"
[[task]]
id = "build"
kind = "build"
title = "Your own echo"
files = ["echo.rs"]
minutes = 30
points = 2
text = "Write `echo` yourself."
hint = [{ tests = ["it_echoes"], look = "l", page = "p", code = "c" }]

[[task]]
id = "more"
kind = "extend"
title = "More"
files = ["more.rs"]
minutes = 20
points = 3
text = "More of it."
hint = [{ tests = ["more::it_is_more"], look = "l", page = "p", code = "c" }]

[[task]]
id = "most"
kind = "extend"
title = "Most"
files = ["most.rs"]
minutes = 20
points = 3
text = "Most of it."
hint = [{ tests = ["most::it_is_most"], look = "l", page = "p", code = "c" }]

[[task]]
id = "catch"
kind = "catch"
title = "Catch three broken servers"
files = ["catch.rs"]
minutes = 20
points = 3
text = "Write tests."
hint = [
    { tests = ["real", "other", "mutant_1", "mutant_2", "mutant_3"], look = "l", page = "p", code = "c" },
]
server.mutant_1 = { does = "is stalled", belief = "silence is consent", test = "it_echoes" }
server.mutant_2 = { does = "is dumb", belief = "to hear is enough", test = "it_echoes" }
server.mutant_3 = { does = "is rude", belief = "nobody minds", test = "it_echoes" }
"#;

/// A course whose first chapter has that exercise, and on its page `text`.
fn with_exercise(exercise: &str, text: &str) -> Sample {
    let sample = Sample::new().with(text);
    sample.write("chapters/ch01-echo/exercise/exercise.toml", exercise);
    sample
}

#[test]
fn the_tasks_of_an_exercise_are_shown_as_the_list_words_them() {
    let page = with_exercise(EXERCISE, "## Exercises\n\n{{#tasks}}\n").page();
    for part in [
        "Build: Your own echo",
        "about 30 minutes · 2 points · <code>src/echo.rs</code>",
        "Write <code>echo</code> yourself.",
        "Catch three broken servers",
        "<code>catch/src/catch.rs</code>",
        "a server that is stalled",
        "cargo workbook watch ch01",
    ] {
        assert!(page.contains(part), "{part:?} is not in:\n{page}");
    }
    // For a teacher, all of them.
    let sample = with_exercise(EXERCISE, "## Exercises\n\n{{#tasks}}\n");
    sample.write(
        "book/src/introduction.md",
        "# Hello\n\n[The loop](ch02-loop.md)\n\n{{#tasks-table}}\n\n{{#wrong-answers}}\n",
    );
    let folder = sample.path("built");
    workbook::pages::build::build_in(&sample.checkout(), &folder).unwrap();
    let page = fs::read_to_string(folder.join("introduction.html")).unwrap();
    for part in [
        "1 echo",
        "20 (3), 20 (3)",
        "<td style=\"text-align: right\">90</td>",
        "Is stalled: silence is consent.",
    ] {
        assert!(page.contains(part), "{part:?} is not in:\n{page}");
    }
}

#[test]
fn a_chapter_shows_its_tasks_once_and_no_page_has_those_of_none() {
    let said = with_exercise(EXERCISE, "").refused();
    assert!(said.contains("ch01-echo.md: the section Exercises shows the tasks, once"), "{said}");
    let said = with_exercise(EXERCISE, "{{#tasks}}\n\n{{#tasks}}\n").refused();
    assert!(said.contains("shows the tasks, once"), "{said}");
    let said = Sample::new().with("{{#tasks}}\n").refused();
    assert!(said.contains("ch01 has no exercise"), "{said}");
    let sample = Sample::new();
    sample.write("book/src/introduction.md", "# Hello\n\n{{#tasks}}\n");
    let said = sample.refused();
    assert!(said.contains("only a chapter's page has {{#tasks}}"), "{said}");
}

#[test]
fn an_exercise_that_contradicts_itself_is_refused() {
    let refused = |from: &str, to: &str, sentence: &str| {
        assert!(EXERCISE.contains(from), "{from}");
        let said = with_exercise(&EXERCISE.replace(from, to), "{{#tasks}}\n").refused();
        assert!(said.contains("ch01-echo"), "{said}");
        assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
    };
    refused(r#"id = "most""#, r#"id = "more""#, "the task more is there twice");
    refused(r#"kind = "build""#, r#"kind = "extend""#, "there is one `build` task");
    refused(r#"["it_echoes"]"#, r#"["it_echoes", "it_echoes"]"#, "it_echoes has two hints");
    refused(r#"["it_echoes"]"#, "[]", "the task build has no test");
    refused(r#"["echo.rs"]"#, r#"["../echo.rs"]"#, "a file is named as `echo.rs`");
    refused(r#""mutant_3"]"#, r#""mutant_4"]"#, "its tests are real, other, mutant_1");
    refused("server.mutant_3 =", "server.mutant_4 =", "say what is wrong with each mutant");
    refused("minutes = 30", "minuets = 30", "unknown field `minuets`");
    refused("points = 2", "points = 9", "a task is worth 2 to 5 points");
    refused("Write `echo` yourself.", "```rust\\n```", "Rust in its text that nobody compiles");
}
