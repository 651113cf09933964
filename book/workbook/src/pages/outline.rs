//! Finding the code blocks, headings and directives of a page.

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use std::ops::Range;

/// A code block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What stands behind the opening fence, split at commas; empty if the
    /// block is indented instead of fenced.
    pub info: Vec<String>,
    /// What it contains.
    pub text: String,
    /// Where that lies on the page.
    pub range: Range<usize>,
    /// Where the block lies with its fences.
    pub outer: Range<usize>,
    /// The line of the opening fence, from 1.
    pub line: usize,
}

impl Block {
    /// The language: the first word behind the fence.
    pub fn language(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    /// Whether one of the further words is `flag`.
    pub fn has(&self, flag: &str) -> bool {
        self.info.iter().skip(1).any(|word| word == flag)
    }

    /// A number for the block's text and kind. FNV-1a: the same on every
    /// machine and with every version of Rust, which `DefaultHasher` is not.
    pub fn hash(&self) -> String {
        let info = self.info.join(",");
        let bytes = info.bytes().chain([b'\n']).chain(self.text.bytes());
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        format!("{:016x}", bytes.fold(0xcbf2_9ce4_8422_2325, fnv))
    }
}

/// A heading.
#[derive(Debug, PartialEq)]
pub struct Heading {
    /// 1 to 6.
    pub level: usize,
    /// Its text without any marks.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// What the rules look at.
#[derive(Debug, Default)]
pub struct Outline {
    /// The code blocks, in order.
    pub blocks: Vec<Block>,
    /// The headings, in order.
    pub headings: Vec<Heading>,
}

/// The outline of a page.
pub fn outline(page: &str) -> Outline {
    let mut outline = Outline::default();
    let mut block: Option<Block> = None;
    let mut heading: Option<Heading> = None;
    let line_of = |offset: usize| 1 + page[..offset].matches('\n').count();
    // Without smart punctuation, so that texts are what was typed.
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    for (event, range) in new_cmark_parser(page, &options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.split(',').map(|word| word.trim().to_owned()).collect()
                    }
                    CodeBlockKind::Indented => Vec::new(),
                };
                let line = line_of(range.start);
                // An empty block's text lies behind its first line.
                let empty = page[range.clone()]
                    .find('\n')
                    .map_or(range.end, |at| (range.start + at + 1).min(range.end));
                let text = String::new();
                block = Some(Block { info, text, range: empty..empty, outer: range, line });
            }
            Event::Text(text) if block.is_some() => {
                if let Some(block) = &mut block {
                    if block.text.is_empty() {
                        block.range.start = range.start;
                    }
                    block.range.end = range.end;
                    block.text += &text;
                }
            }
            Event::End(TagEnd::CodeBlock) => outline.blocks.extend(block.take()),
            Event::Start(Tag::Heading { level, .. }) => {
                let line = line_of(range.start);
                heading = Some(Heading { level: depth(level), text: String::new(), line });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.text += &text;
                }
            }
            Event::End(TagEnd::Heading(_)) => outline.headings.extend(heading.take()),
            _ => {}
        }
    }
    outline
}

fn depth(level: HeadingLevel) -> usize {
    level as usize
}

/// `{{#name arguments}}`.
#[derive(Debug, PartialEq)]
pub struct Directive<'a> {
    /// What stands before it on its line.
    pub before: &'a str,
    /// Which one it is.
    pub name: &'a str,
    /// What it is given.
    pub arguments: &'a str,
    /// What stands behind it on its line.
    pub behind: &'a str,
}

impl Directive<'_> {
    /// Whether it stands alone on its line. The marks of a quotation and the
    /// spaces of a list do not count.
    pub fn alone(&self) -> bool {
        self.before.chars().all(|char| char == '>' || char.is_whitespace())
            && self.behind.trim().is_empty()
    }
}

/// The first directive in `line`. One behind a backslash is none, and neither
/// is one that is not closed.
pub fn directive(line: &str) -> Option<Directive<'_>> {
    let mut from = 0;
    loop {
        let start = from + line[from..].find("{{#")?;
        let end = start + line[start..].find("}}")?;
        if line[..start].ends_with('\\') {
            from = end;
            continue;
        }
        let inside = line[start + 3..end].trim();
        let (name, arguments) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
        let (before, behind) = (&line[..start], &line[end + 2..]);
        return Some(Directive { before, name, arguments: arguments.trim(), behind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_words_their_text_and_their_line() {
        let page = "# T\n\n```console,server\n$ a\nb\n```\n\n> ```rust\n> x\n> ```\n";
        let blocks = outline(page).blocks;
        assert_eq!(blocks[0].language(), "console");
        assert!(blocks[0].has("server"));
        assert_eq!(blocks[0].text, "$ a\nb\n");
        assert_eq!(&page[blocks[0].range.clone()], "$ a\nb\n");
        assert_eq!((blocks[0].line, blocks[1].line), (3, 8));
        assert_eq!(blocks[1].text, "x\n");
    }

    #[test]
    fn an_empty_block_has_a_place_for_text() {
        let page = "```console\n```\n";
        let blocks = outline(page).blocks;
        assert_eq!(&page[..blocks[0].range.start], "```console\n");
    }

    #[test]
    fn the_hash_changes_with_the_text_and_with_the_kind() {
        let hash = |page: &str| outline(page).blocks[0].hash();
        let first = hash("```console\n$ a\n```\n");
        assert_eq!(first, hash("text before\n\n```console\n$ a\n```\n"));
        assert_ne!(first, hash("```console\n$ b\n```\n"));
        assert_ne!(first, hash("```console,server\n$ a\n```\n"));
    }

    #[test]
    fn a_directive_is_found_unless_a_backslash_stands_before_it() {
        let found = directive("> {{#include a b}} ").unwrap();
        assert_eq!((found.name, found.arguments), ("include", "a b"));
        assert!(found.alone());
        assert!(!directive("say {{#include a}}").unwrap().alone());
        assert_eq!(directive(r"\{{#include a}}"), None);
        assert_eq!(directive(r"\{{#a}} {{#b}}").unwrap().name, "b");
        assert_eq!(directive("{{#open"), None);
    }
}
