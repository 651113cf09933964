//! What becomes of a page before mdBook makes HTML of it: its rules are checked, and its
//! directives carried out.
//!
//! A page that breaks a rule is not built; all its faults are told at once.

use crate::course::chapters::{Chapter, Course};
use crate::course::checkout::Checkout;
use crate::course::fault::Faults;
use crate::pages::escape::escape;
use crate::pages::listing::{NotRust, listing};
use crate::pages::measured::Measured;
use crate::pages::outline::{Block, Outline, directive, outline};
use crate::pages::picture::picture;
use crate::pages::step::{Step, changed_files};
use crate::pages::tasks;
use crate::pages::trace::event::Recording;
use crate::pages::trace::page;
use crate::system::parallel::each;
use anyhow::{Context, Result, bail, ensure};
use mdbook_renderer::book::Book;
use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};

/// The sections of a chapter's page, in their order.
pub const SECTIONS: [&str; 8] = [
    "Where we are",
    "Build",
    "Run it",
    "Test it",
    "Break it",
    "Measure it",
    "In the real world",
    "Exercises",
];

/// What pages are checked against, and what their directives show.
pub struct Workbook {
    /// Where the course lies.
    pub checkout: Checkout,
    /// Its list.
    pub course: Course,
    /// The hashes of the transcripts that were replayed.
    pub verified: HashSet<String>,
    /// What `workbook bench` wrote.
    pub measured: Measured,
    /// What `workbook trace` recorded.
    pub traces: Recording,
}

impl Workbook {
    /// Carries out the directives of all pages. The error is all that is wrong with them.
    pub fn expand(&self, book: &mut Book) -> Result<(), Faults> {
        let mut pages = Vec::new();
        book.for_each_chapter_mut(|page| {
            let path = page.path.as_ref().map(|path| path.to_string_lossy().replace('\\', "/"));
            pages.push((path, mem::take(&mut page.content)));
        });
        let expanded = each(&pages, |(path, text)| {
            let mut faults = Faults::default();
            let path = path.as_ref()?;
            Some((self.page(path, text, &mut faults), faults))
        });
        let (mut faults, mut expanded) = (Faults::default(), expanded.into_iter());
        book.for_each_chapter_mut(|page| {
            let Some((content, its_faults)) = expanded.next().flatten() else { return };
            page.content = content;
            // What is wrong in a file that several pages show is told once.
            for fault in its_faults.0 {
                faults.add_once(&fault.file, fault.line, fault.sentence);
            }
        });
        faults.check()
    }

    /// The page `name` with its directives carried out. What is wrong with it is
    /// added to `faults`.
    pub fn page(&self, name: &str, text: &str, faults: &mut Faults) -> String {
        let page = Page {
            workbook: self,
            file: format!("book/src/{name}"),
            folder: self.checkout.pages().join(name).parent().map(Path::to_owned),
            chapter: self.course.chapter_of_page(name),
            outline: outline(text),
        };
        page.check_blocks(faults);
        page.check_headings(faults);
        page.expand(text, faults)
    }
}

/// A file that pages show, and what is wrong in it.
#[derive(Debug)]
struct InFile(String, NotRust);

impl fmt::Display for InFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.0, self.1.line, self.1)
    }
}

impl std::error::Error for InFile {}

/// A page under work.
struct Page<'a> {
    workbook: &'a Workbook,
    file: String,
    folder: Option<PathBuf>,
    chapter: Option<&'a Chapter>,
    outline: Outline,
}

impl Page<'_> {
    fn check_blocks(&self, faults: &mut Faults) {
        let mut sketches = 0;
        for block in &self.outline.blocks {
            if let Err(error) = self.check_block(block) {
                faults.add(&self.file, block.line, error);
            }
            if block.language() == "rust" && block.has("sketch") {
                sketches += 1;
                if sketches == 2 {
                    let sentence = "a second sketch: one a page is enough, include the others";
                    faults.add(&self.file, block.line, sentence);
                }
            }
        }
    }

    fn check_block(&self, block: &Block) -> Result<()> {
        if block.has("wire") {
            let known = block.info.iter().any(|word| self.workbook.course.chapter(word).is_some());
            ensure!(known, "a wire block names its chapter: ```http,wire,ch05");
        }
        match block.language() {
            "rust" if block.has("sketch") => {}
            "rust" => {
                for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
                    let include = directive(line).filter(|found| found.alone());
                    ensure!(
                        include.is_some_and(|found| found.name == "include"),
                        "Rust that is typed by hand is compiled by nobody: include it, \
                         or mark the block rust,sketch: {}",
                        line.trim()
                    );
                }
                ensure!(!block.text.trim().is_empty(), "an empty block");
            }
            "console" => ensure!(
                self.workbook.verified.contains(&block.hash()),
                "this transcript was not replayed as it stands here: \
                 run `cargo test -p workbook --test book transcripts`"
            ),
            "" => bail!("a code block needs a language: behind a fence, `text` at least"),
            "diff" => bail!("a diff is computed, not typed: {{{{#step chNN file}}}}"),
            "rs" => bail!("write `rust`, so that the rules know it"),
            "bash" | "sh" | "shell" | "zsh" | "powershell" | "terminal" => bail!(
                "commands go into a `console` block, which is replayed; `{}` is not",
                block.language()
            ),
            _ => {}
        }
        Ok(())
    }

    fn check_headings(&self, faults: &mut Faults) {
        let headings = &self.outline.headings;
        let Some(first) = headings.first() else {
            faults.add(&self.file, 0, "the page has no heading");
            return;
        };
        let Some(chapter) = self.chapter else { return };
        if first.level != 1 || first.text != chapter.title {
            let title = &chapter.title;
            let sentence =
                format!("the page begins with `# {title}`, its title in chapters/course.toml");
            faults.add(&self.file, first.line, sentence);
        }
        let mut next = 0;
        for heading in headings.iter().filter(|heading| heading.level == 2) {
            match SECTIONS.iter().position(|section| *section == heading.text) {
                Some(place) if place >= next => next = place + 1,
                Some(_) => faults.add(
                    &self.file,
                    heading.line,
                    format!("{} is out of order: {}", heading.text, SECTIONS.join(", ")),
                ),
                None => faults.add(
                    &self.file,
                    heading.line,
                    format!("`## {}` is none of: {}", heading.text, SECTIONS.join(", ")),
                ),
            }
        }
    }

    fn expand(&self, text: &str, faults: &mut Faults) -> String {
        let mut shown = String::with_capacity(text.len() * 2);
        let mut steps = HashSet::new();
        let mut tasks_shown = 0;
        let mut offset = 0;
        for (line, number) in text.split_inclusive('\n').zip(1..) {
            let block = self.outline.blocks.iter().find(|block| block.range.contains(&offset));
            if let Some(opened) = self.outline.blocks.iter().find(|block| block.line == number) {
                shown += &self.caption(opened, line);
            }
            offset += line.len();
            let result = match block {
                Some(block) => self.in_block(block, line, &mut steps),
                None => {
                    let found = directive(line);
                    tasks_shown += usize::from(found.is_some_and(|found| found.name == "tasks"));
                    self.in_prose(line, &mut steps)
                }
            };
            match result {
                Ok(line) => shown += &line,
                // It is the file that is wrong, and not each page that shows a part of it.
                Err(error) => match error.downcast_ref::<InFile>() {
                    Some(InFile(file, wrong)) => faults.add_once(file, wrong.line, wrong),
                    None => faults.add(&self.file, number, format!("{error:#}")),
                },
            }
            if number == 1
                && let Some(chapter) = self.chapter
            {
                shown += &self.facts(chapter);
            }
        }
        if let Some(chapter) = self.chapter {
            self.check_steps(chapter, &steps, faults);
            let wanted = usize::from(self.has_exercise(chapter));
            if tasks_shown != wanted {
                let sentence = match wanted {
                    0 => format!("{} has no exercise.toml, so it has no tasks", chapter.id),
                    _ => "the section Exercises shows the tasks, once: {{#tasks}}".to_owned(),
                };
                faults.add(&self.file, 0, sentence);
            }
        }
        shown
    }

    /// A line of a code block: an include, or itself.
    fn in_block(&self, block: &Block, line: &str, steps: &mut HashSet<String>) -> Result<String> {
        match directive(line) {
            // What stands for anything is for us; readers see that something is left out.
            None if block.language() == "console" => Ok(line.replace("[..]", "…")),
            None => Ok(line.replace(r"\{{#", "{{#")),
            Some(found) if found.name == "include" && found.alone() => {
                let text = self.include(found.arguments, block.language() == "rust")?;
                // Who sees all of a file sees what changed in it.
                let own = self.chapter.map(|own| format!("{}/", own.id)).unwrap_or_default();
                if let Some(file) = found.arguments.strip_prefix(&own)
                    && !file.contains(':')
                {
                    steps.insert(file.to_owned());
                }
                let fence = text.lines().any(|line| line.trim_start().starts_with("```"));
                ensure!(
                    !fence,
                    "{} would end the code block: a line begins with a fence",
                    found.arguments
                );
                Ok(text.lines().map(|line| format!("{}{line}\n", found.before)).collect())
            }
            Some(found) => bail!(
                "{{{{#{}}}}} has no meaning here; in a code block stands \
                 {{{{#include file:name}}}}, alone on its line",
                found.name
            ),
        }
    }

    /// A line outside of code blocks.
    fn in_prose(&self, line: &str, steps: &mut HashSet<String>) -> Result<String> {
        if let Some(claim) = typed_measurement(line) {
            bail!(
                "`{claim}` is a measured number that was typed: \
                 write {{{{#measured chNN SCENARIO requests}}}}"
            );
        }
        let mut shown = String::new();
        let mut rest = line;
        while let Some(found) = directive(rest) {
            let text = match found.name {
                "measured" => {
                    shown += found.before;
                    rest = found.behind;
                    shown += &self.workbook.measured.text(found.arguments)?;
                    continue;
                }
                "step" => self.step(found.arguments, steps)?,
                "picture" => picture(&self.workbook.checkout, found.arguments)?,
                "trace" => page::figure(&self.workbook.traces, found.arguments)?,
                "include" => self.include(found.arguments, false)?,
                "tasks" => {
                    let chapter = self.chapter.context("only a chapter's page has {{#tasks}}")?;
                    tasks::tasks(&self.workbook.checkout, chapter)?
                }
                "tasks-table" => tasks::table(&self.workbook.checkout, &self.workbook.course)?,
                "wrong-answers" => {
                    tasks::wrong_answers(&self.workbook.checkout, &self.workbook.course)?
                }
                name => bail!(
                    "there is no {{{{#{name}}}}}: there are include, step, picture, trace, measured, \
                     tasks, tasks-table and wrong-answers"
                ),
            };
            ensure!(found.alone(), "{{{{#{}}}}} stands alone on its line", found.name);
            return Ok(text);
        }
        shown += rest;
        Ok(shown.replace(r"\{{#", "{{#"))
    }

    fn has_exercise(&self, chapter: &Chapter) -> bool {
        let folder = self.workbook.checkout.root.join("chapters").join(&chapter.folder);
        folder.join("exercise/exercise.toml").is_file()
    }

    fn include(&self, arguments: &str, rust: bool) -> Result<String> {
        let (name, part) = arguments.split_once(':').unwrap_or((arguments, ""));
        let path = self.file(name)?;
        let short = self.workbook.checkout.short(&path);
        if rust {
            // The last one is for those who ask for it; `.ci/run` does.
            let compiled = ["chapters/", "mock/", "tests/", "book/tokio-server/"];
            ensure!(
                name.ends_with(".rs") && compiled.iter().any(|top| short.starts_with(top)),
                "{short} is not compiled: Rust comes from chapters/, mock/ or tests/"
            );
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {short}"))?;
        listing(&text, part.trim()).map_err(|error| match error.downcast::<NotRust>() {
            Ok(wrong) => InFile(short, wrong).into(),
            Err(error) => error.context(short),
        })
    }

    fn file(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.as_deref().unwrap_or(Path::new("."));
        self.workbook.checkout.resolve(&self.workbook.course, folder, name)
    }

    fn step(&self, arguments: &str, steps: &mut HashSet<String>) -> Result<String> {
        let words: Vec<_> = arguments.split_whitespace().collect();
        let (id, file, from) = match words[..] {
            [id, file] => (id, file, None),
            [id, file, from] => (id, file, Some(self.file(from)?)),
            _ => bail!("{{{{#step chNN file}}}} takes a chapter and a file in its folder"),
        };
        let course = &self.workbook.course;
        let chapter =
            course.chapter(id).with_context(|| format!("chapters/course.toml has no {id}"))?;
        if self.chapter.is_some_and(|own| own.id == id) {
            steps.insert(file.to_owned());
        }
        let step = Step::find(&self.workbook.checkout, course, chapter, file, from)?;
        Ok(step.html())
    }

    fn check_steps(&self, chapter: &Chapter, shown: &HashSet<String>, faults: &mut Faults) {
        match changed_files(&self.workbook.checkout, &self.workbook.course, chapter) {
            Ok(files) => {
                for file in files.iter().filter(|file| !shown.contains(*file)) {
                    let id = &chapter.id;
                    let sentence = format!(
                        "{id} changed {file}, and the page does not show it: \
                         add {{{{#step {id} {file}}}}}, or include the whole file"
                    );
                    faults.add(&self.file, 0, sentence);
                }
            }
            Err(error) => faults.add(&self.file, 0, format!("{error:#}")),
        }
    }

    /// What stands above a code block: the file that it shows, or whose
    /// terminal it is.
    fn caption(&self, block: &Block, line: &str) -> String {
        // In a quotation or a list the extra lines would end it.
        if line.starts_with(|char: char| char == '>' || char.is_whitespace()) {
            return String::new();
        }
        let text = match block.language() {
            "rust" if block.has("sketch") => "a sketch, not in the code".to_owned(),
            "rust" => {
                let mut files: Vec<_> = block
                    .text
                    .lines()
                    .filter_map(directive)
                    .filter_map(|found| {
                        let name = found.arguments.split(':').next()?;
                        Some(self.workbook.checkout.short(&self.file(name).ok()?))
                    })
                    .collect();
                files.dedup();
                files.join(", ")
            }
            "console" => match block.info.get(1) {
                Some(terminal) => format!("{}'s terminal", terminal.replace('-', " ")),
                None => return String::new(),
            },
            _ => return String::new(),
        };
        format!("<div class=\"file\">{}</div>\n\n", escape(&text))
    }

    /// The line below the title of a chapter's page.
    fn facts(&self, chapter: &Chapter) -> String {
        let course = &self.workbook.course;
        let part = course.part_of(chapter).map_or(0, |(number, _)| number);
        let mut facts = format!("Part {part}, chapter {}", chapter.number());
        facts += &format!(" · about {} minutes", chapter.minutes);
        if let Some(before) = chapter.prerequisites.first().and_then(|id| course.chapter(id)) {
            let page = before.page().replace(".md", ".html");
            facts += &format!(" · grows out of <a href=\"{page}\">{}</a>", escape(&before.title));
        }
        let id = &chapter.id;
        facts += &format!(" · <code>cargo run --bin {id}</code> · <code>cargo test -p {id}</code>");
        format!(
            "\n<p class=\"idea\">{}</p>\n<p class=\"facts\">{facts}</p>\n\n",
            escape(&chapter.idea)
        )
    }
}

/// The words of a line that claim a measured speed, as in `20,000 requests a
/// second`.
fn typed_measurement(line: &str) -> Option<String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let is_number = |word: &str| {
        word.starts_with(|char: char| char.is_ascii_digit())
            && word.chars().all(|char| char.is_ascii_digit() || ",.".contains(char))
    };
    let bare = |word: &&str| word.trim_matches(|char: char| !char.is_alphanumeric()).to_owned();
    words.windows(2).enumerate().find_map(|(index, pair)| {
        let [number, unit] = pair else { return None };
        let next: Vec<_> = words[index + 2..].iter().take(2).map(bare).collect();
        let speed = matches!(bare(unit).as_str(), "requests" | "answers" | "connections")
            && matches!(
                next.iter().map(String::as_str).collect::<Vec<_>>()[..],
                ["a" | "per", "second"]
            );
        let claim = is_number(number) && (speed || unit.starts_with("req/s"));
        claim.then(|| words[index..words.len().min(index + 4)].join(" "))
    })
}

/// The sections that a chapter's page does not have. Two are short or absent
/// where there is nothing to measure or to compare.
pub fn missing_sections(page: &str) -> Vec<&'static str> {
    let headings = outline(page).headings;
    SECTIONS
        .into_iter()
        .filter(|section| !matches!(*section, "Measure it" | "In the real world"))
        .filter(|section| !headings.iter().any(|heading| heading.text == *section))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::typed_measurement;

    #[test]
    fn a_typed_speed_is_noticed_and_other_numbers_are_not() {
        for line in ["about 20,000 requests a second.", "it made 300 requests per second"] {
            assert!(typed_measurement(line).is_some(), "{line}");
        }
        for line in
            ["5,000 requests, ten at a time", "a second of 10 requests", "requests a second"]
        {
            assert_eq!(typed_measurement(line), None, "{line}");
        }
    }
}
