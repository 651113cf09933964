//! The list of the course.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// `chapters/course.toml`: the one list of the course.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// The title of the whole.
    pub title: String,
    /// Names of the pages before the first part.
    pub before: Vec<String>,
    /// Names of the pages behind the last part.
    pub after: Vec<String>,
    /// The parts, in order.
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
    /// The chapters, in order.
    #[serde(rename = "chapter")]
    pub chapters: Vec<Chapter>,
}

/// Some chapters under one heading.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its heading.
    pub title: String,
    /// The page that says what is coming, if there is one.
    pub page: Option<String>,
    /// The ids of its chapters.
    pub chapters: Vec<String>,
}

/// One program, one page, one set of tests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// `ch05`: the name of the package, the program and the test file.
    pub id: String,
    /// `ch05-hello-http`: its folder below `chapters/`, and its page's name.
    pub folder: String,
    /// Its heading.
    pub title: String,
    /// What is learned, in a sentence.
    pub idea: String,
    /// What breaks it, in a sentence.
    pub attack: String,
    /// How long a learner takes, exercises not counted.
    pub minutes: u32,
    /// What must be read before; the first is what this chapter grows out of.
    pub prerequisites: Vec<String>,
}

impl Chapter {
    /// 5 for `ch05`.
    pub fn number(&self) -> u16 {
        number(&self.id).unwrap_or_default()
    }

    /// The port of the chapter's program.
    pub fn port(&self) -> u16 {
        8000 + self.number()
    }

    /// The file name of its page.
    pub fn page(&self) -> String {
        format!("{}.md", self.folder)
    }
}

/// 5 for `ch05`; nothing for anything else.
pub fn number(id: &str) -> Option<u16> {
    let digits = id.strip_prefix("ch")?;
    let valid = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}

impl Course {
    /// Reads the list and refuses one that contradicts itself.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the list of the course, {}", path.display()))?;
        Self::parse(&text).context("chapters/course.toml cannot be used")
    }

    /// The list in `text`.
    pub fn parse(text: &str) -> Result<Self> {
        let course: Self = toml::from_str(text)?;
        let mut known = HashSet::new();
        for chapter in &course.chapters {
            let id = &chapter.id;
            ensure!(number(id).is_some(), "the id {id} has not the form chNN");
            ensure!(
                chapter.folder.starts_with(&format!("{id}-")),
                "the folder {} of {id} must begin with {id}-",
                chapter.folder
            );
            for before in &chapter.prerequisites {
                ensure!(
                    known.contains(before.as_str()),
                    "{id} has the prerequisite {before}, which is no chapter before it"
                );
            }
            ensure!(known.insert(id.as_str()), "{id} is listed twice");
        }
        let mut in_parts = course.parts.iter().flat_map(|part| &part.chapters);
        for chapter in &course.chapters {
            let found = in_parts.next();
            ensure!(
                found == Some(&chapter.id),
                "the parts must name all chapters, each once and in their order: {} is missing{}",
                chapter.id,
                found.map(|found| format!(" before {found}")).unwrap_or_default()
            );
        }
        if let Some(more) = in_parts.next() {
            bail!("a part names {more} once too often");
        }
        Ok(course)
    }

    /// The chapter with this id.
    pub fn chapter(&self, id: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.id == id)
    }

    /// The chapter that `text` means: `ch05`, `5`, `05` or `ch05-hello-http`.
    pub fn chapter_called(&self, text: &str) -> Result<&Chapter> {
        let wanted = text.parse::<u16>().ok();
        self.chapters
            .iter()
            .find(|chapter| {
                chapter.id == text || chapter.folder == text || Some(chapter.number()) == wanted
            })
            .with_context(|| {
                let first = self.chapters.first().map_or("", |chapter| &chapter.id);
                let last = self.chapters.last().map_or("", |chapter| &chapter.id);
                format!("there is no chapter {text}; the chapters are {first} to {last}")
            })
    }

    /// The chapters that `chapter` builds on, the nearest first: its prerequisites,
    /// then theirs, and so on, each once.
    pub fn ancestors<'a>(&'a self, chapter: &'a Chapter) -> Vec<&'a Chapter> {
        let mut found: Vec<&Chapter> = Vec::new();
        let mut level = vec![chapter];
        while !level.is_empty() {
            let before = level.iter().flat_map(|one| &one.prerequisites);
            level = before.filter_map(|id| self.chapter(id)).collect();
            for one in &level {
                if found.iter().all(|known| known.id != one.id) {
                    found.push(one);
                }
            }
        }
        found
    }

    /// The part of a chapter and its number, from 1.
    pub fn part_of(&self, chapter: &Chapter) -> Option<(usize, &Part)> {
        let mut parts = self.parts.iter().zip(1..);
        let (part, number) = parts.find(|(part, _)| part.chapters.contains(&chapter.id))?;
        Some((number, part))
    }

    /// The file names of all pages, in the order of the book.
    pub fn pages(&self) -> Vec<String> {
        let file = |name: &String| format!("{name}.md");
        let mut pages: Vec<_> = self.before.iter().map(file).collect();
        for part in &self.parts {
            pages.extend(part.page.iter().map(file));
            let chapters = part.chapters.iter().filter_map(|id| self.chapter(id));
            pages.extend(chapters.map(Chapter::page));
        }
        pages.extend(self.after.iter().map(file));
        pages
    }

    /// The chapter that a page is about.
    pub fn chapter_of_page(&self, page: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.page() == page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        title = "T"
        before = ["introduction"]
        after = []
        [[part]]
        title = "One"
        chapters = ["ch01", "ch02"]
        [[chapter]]
        id = "ch01"
        folder = "ch01-echo"
        title = "Echo"
        idea = "i"
        attack = "a"
        minutes = 60
        prerequisites = []
        [[chapter]]
        id = "ch02"
        folder = "ch02-loop"
        title = "Loop"
        idea = "i"
        attack = "a"
        minutes = 60
        prerequisites = ["ch01"]
    "#;

    fn refused(from: &str, to: &str) -> String {
        assert!(TWO.contains(from));
        format!("{:#}", Course::parse(&TWO.replace(from, to)).unwrap_err())
    }

    #[test]
    fn the_pages_come_in_the_order_of_the_book() {
        let course = Course::parse(TWO).unwrap();
        assert_eq!(course.pages(), ["introduction.md", "ch01-echo.md", "ch02-loop.md"]);
    }

    #[test]
    fn the_nearest_chapters_come_first_and_each_once() {
        let chapter = |id: &str, before: &str| {
            format!(
                "[[chapter]]\nid = \"{id}\"\nfolder = \"{id}-x\"\ntitle = \"T\"\nidea = \"i\"\n\
                 attack = \"a\"\nminutes = 1\nprerequisites = [{before}]\n"
            )
        };
        let text = "title = \"T\"\nbefore = []\nafter = []\n[[part]]\ntitle = \"P\"\n\
                    chapters = [\"ch01\", \"ch02\", \"ch03\", \"ch05\", \"ch06\"]\n"
            .to_owned()
            + &chapter("ch01", "")
            + &chapter("ch02", "\"ch01\"")
            + &chapter("ch03", "\"ch02\"")
            + &chapter("ch05", "\"ch02\"")
            + &chapter("ch06", "\"ch05\", \"ch03\"");
        let course = Course::parse(&text).unwrap();
        let sixth = course.chapter("ch06").unwrap();
        let ids: Vec<_> = course.ancestors(sixth).iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["ch05", "ch03", "ch02", "ch01"]);
    }

    #[test]
    fn a_chapter_can_be_called_by_id_number_or_folder() {
        let course = Course::parse(TWO).unwrap();
        for name in ["ch02", "2", "02", "ch02-loop"] {
            assert_eq!(course.chapter_called(name).unwrap().id, "ch02");
        }
        let error = course.chapter_called("ch99").unwrap_err().to_string();
        assert_eq!(error, "there is no chapter ch99; the chapters are ch01 to ch02");
    }

    #[test]
    fn a_list_that_contradicts_itself_is_refused() {
        let twice = refused(r#"id = "ch02""#, r#"id = "ch01""#);
        assert!(twice.contains("must begin with ch01-"), "{twice}");
        let unknown = refused(r#"["ch01"]"#, r#"["ch07"]"#);
        assert!(unknown.contains("ch02 has the prerequisite ch07"), "{unknown}");
        let part = refused(r#"["ch01", "ch02"]"#, r#"["ch01"]"#);
        assert!(part.contains("must name all chapters"), "{part}");
        let key = refused("minutes = 60", "minuets = 60");
        assert!(key.contains("unknown field `minuets`"), "{key}");
        let id = refused(r#"id = "ch02""#, r#"id = "two""#);
        assert!(id.contains("has not the form chNN"), "{id}");
    }
}
