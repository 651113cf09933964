//! The part of a source file that a page shows.

use anyhow::{Result, anyhow, bail, ensure};
use quote::ToTokens;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use syn::spanned::Spanned;
use syn::{ImplItem, Item, TraitItem};

/// The whole of `text`, or the part called `name`, as a page shows it: without
/// anchor comments and without the indentation that all its lines share.
pub fn listing(text: &str, name: &str) -> Result<String> {
    let lines: Vec<_> = text.lines().collect();
    let range = if name.is_empty() { 0..lines.len() } else { find(text, &lines, name)? };
    let shown: Vec<_> = lines[range].iter().filter(|line| !is_anchor(line)).copied().collect();
    Ok(dedent(&shown))
}

/// `text` without the comments that are anchors.
pub fn without_anchors(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !is_anchor(line)).collect()
}

fn is_anchor(line: &str) -> bool {
    line.contains("ANCHOR: ") || line.contains("ANCHOR_END: ")
}

/// The lines called `name`: between two anchors, or those of a Rust item.
fn find(text: &str, lines: &[&str], name: &str) -> Result<Range<usize>> {
    if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        bail!("lines by number go wrong at the next change: name an item or an anchor");
    }
    let places = |mark: &str| -> Vec<usize> {
        let mark = format!("{mark}: {name}");
        let hits = lines.iter().enumerate().filter(|(_, line)| line.trim_end().ends_with(&mark));
        hits.map(|(index, _)| index).collect()
    };
    let (starts, ends) = (places("ANCHOR"), places("ANCHOR_END"));
    match (starts.as_slice(), ends.as_slice()) {
        ([], []) => item(text, name),
        ([start], [end]) if start < end => Ok(start + 1..*end),
        ([_], [_]) => bail!("the anchor {name} ends before it starts"),
        _ => bail!(
            "the anchor {name} must start and end once, but starts {} times and ends {} times",
            starts.len(),
            ends.len()
        ),
    }
}

/// The lines of the item called `name`, its attributes and comments included:
/// `echo`, `Room::say`, `impl Room`, `impl Display for Room`.
fn item(text: &str, name: &str) -> Result<Range<usize>> {
    let file = parsed(text).map_err(|error| {
        let place = error.span().start();
        let sentence = match error.to_string() {
            // What is no list of tokens, and it does not say why.
            said if said.contains("token stream") => {
                "a bracket, a string or a comment does not end as it began".to_owned()
            }
            said => said,
        };
        NotRust { line: place.line, column: place.column + 1, sentence }
    })?;
    let mut found = Vec::new();
    collect(&file.items, "", &mut |path, item| {
        if path == name {
            found.push(lines_of(item));
        }
    });
    ensure!(found.len() < 2, "{} things are called {name}: set an anchor", found.len());
    found.pop().ok_or_else(|| anyhow!("there is no anchor and no item called {name}"))
}

/// A file that is no Rust, so that nothing is found in it: what is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct NotRust {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub sentence: String,
}

impl fmt::Display for NotRust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, sentence, .. } = self;
        write!(f, "this is no Rust, at column {column}: {sentence} (`cargo check` says more)")
    }
}

impl std::error::Error for NotRust {}

/// A source file taken apart, and remembered for the next part of it that a page
/// shows: this is much of the work of a build.
fn parsed(text: &str) -> syn::Result<Rc<syn::File>> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, Rc<syn::File>>> = RefCell::default();
    }
    /// More files than pages show; then the old texts of edited ones are let go.
    const MOST: usize = 200;
    KNOWN.with_borrow_mut(|known| {
        if let Some(file) = known.get(text) {
            return Ok(Rc::clone(file));
        }
        if known.len() >= MOST {
            known.clear();
        }
        let file = Rc::new(syn::parse_file(text)?);
        known.insert(text.to_owned(), Rc::clone(&file));
        Ok(file)
    })
}

/// Hands each item to `found`, with its name. (Not its lines: to find them takes
/// longer than to find the item.)
fn collect(items: &[Item], prefix: &str, found: &mut impl FnMut(&str, &dyn ToTokens)) {
    for item in items {
        let name = match item {
            Item::Const(item) => item.ident.to_string(),
            Item::Enum(item) => item.ident.to_string(),
            Item::Fn(item) => item.sig.ident.to_string(),
            Item::Macro(item) => item.ident.as_ref().map(ToString::to_string).unwrap_or_default(),
            Item::Mod(item) => item.ident.to_string(),
            Item::Static(item) => item.ident.to_string(),
            Item::Struct(item) => item.ident.to_string(),
            Item::Trait(item) => item.ident.to_string(),
            Item::Type(item) => item.ident.to_string(),
            Item::Impl(item) => {
                let of = type_name(&item.self_ty);
                for inner in &item.items {
                    let name = match inner {
                        ImplItem::Fn(inner) => inner.sig.ident.to_string(),
                        ImplItem::Const(inner) => inner.ident.to_string(),
                        ImplItem::Type(inner) => inner.ident.to_string(),
                        _ => continue,
                    };
                    found(&format!("{prefix}{of}::{name}"), inner);
                }
                match &item.trait_ {
                    Some((_, path, _)) => {
                        let last = path.segments.last().map(|segment| segment.ident.to_string());
                        format!("impl {} for {of}", last.unwrap_or_default())
                    }
                    None => format!("impl {of}"),
                }
            }
            _ => continue,
        };
        found(&format!("{prefix}{name}"), item);
        let prefix = format!("{prefix}{name}::");
        match item {
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    collect(items, &prefix, found);
                }
            }
            Item::Trait(item) => {
                for inner in &item.items {
                    if let TraitItem::Fn(inner) = inner {
                        found(&format!("{prefix}{}", inner.sig.ident), inner);
                    }
                }
            }
            _ => {}
        }
    }
}

/// `Room` for `Room<O>` and for `&mut Room<O>`.
fn type_name(ty: &syn::Type) -> String {
    match ty {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(reference) => type_name(&reference.elem),
        _ => String::new(),
    }
}

fn lines_of(item: &dyn ToTokens) -> Range<usize> {
    let span = item.span();
    span.start().line - 1..span.end().line
}

fn dedent(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let shared = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        text += line.get(shared..).unwrap_or("").trim_end();
        text.push('\n');
    }
    text.trim_matches('\n').to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
use std::io;

/// Greets.
pub fn greet() {
    // ANCHOR: hello
    hello();
    if true {
        bye();
    }
    // ANCHOR_END: hello
}

impl Room {
    /// Says it.
    #[inline]
    fn say(&self) {}
}

impl Show for Room {
    fn say(&self) {}
}
";

    fn refused(name: &str) -> String {
        listing(SOURCE, name).unwrap_err().to_string()
    }

    #[test]
    fn an_anchored_part_loses_the_indentation_that_it_shares() {
        assert_eq!(listing(SOURCE, "hello").unwrap(), "hello();\nif true {\n    bye();\n}\n");
    }

    #[test]
    fn an_item_comes_with_its_comments_and_without_anchors() {
        let greet = listing(SOURCE, "greet").unwrap();
        assert!(greet.starts_with("/// Greets.\npub fn greet() {\n    hello();"), "{greet}");
        let whole = listing(SOURCE, "impl Room").unwrap();
        assert!(whole.starts_with("impl Room {\n    /// Says it."), "{whole}");
        assert!(listing(SOURCE, "impl Show for Room").unwrap().contains("fn say"));
    }

    #[test]
    fn a_name_that_nothing_has_or_that_two_have_is_refused() {
        assert_eq!(refused("nothing"), "there is no anchor and no item called nothing");
        assert_eq!(refused("Room::say"), "2 things are called Room::say: set an anchor");
    }

    #[test]
    fn an_anchor_starts_once_and_ends_once() {
        let error = |text: &str| listing(text, "a").unwrap_err().to_string();
        assert!(error("// ANCHOR: a\n").contains("starts 1 times and ends 0 times"));
        let doubled = "// ANCHOR: a\n// ANCHOR_END: a\n";
        assert!(error(&doubled.repeat(2)).contains("starts 2 times and ends 2 times"));
        assert!(error("// ANCHOR_END: a\n// ANCHOR: a\n").contains("ends before it starts"));
    }

    #[test]
    fn lines_by_number_are_refused() {
        assert!(refused("3:5").contains("lines by number"));
    }
}
