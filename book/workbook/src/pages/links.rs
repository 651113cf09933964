//! Every link inside the built book must lead to a file and an id that exist.

use crate::course::fault::Faults;
use crate::system::parallel::each;
use anyhow::{Context, Result};
use html5ever::tendril::{SliceExt, StrTendril};
use html5ever::tokenizer::{
    BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// What a page offers to links, and where its own links lead.
#[derive(Debug, Default)]
struct Anchors {
    ids: HashSet<String>,
    doubled: Vec<String>,
    links: Vec<String>,
    without_text: Vec<String>,
}

/// Checks all pages below `html`. Faults name the page's source.
pub fn check(html: &Path) -> Result<()> {
    let files = html_files(html)?;
    let pages = each(&files, |path| -> Result<_> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((path.clone(), anchors(main_part(&text))))
    });
    let pages = pages.into_iter().collect::<Result<HashMap<_, _>>>()?;
    let mut faults = Faults::default();
    let mut names: Vec<_> = pages.keys().collect();
    names.sort();
    for path in names {
        let page = &pages[path];
        let below = path.strip_prefix(html).unwrap_or(path).with_extension("md");
        let source = format!("book/src/{}", below.to_string_lossy().replace('\\', "/"));
        for id in &page.doubled {
            faults.add(&source, 0, format!("the id {id} occurs twice"));
        }
        for picture in &page.without_text {
            faults.add(&source, 0, format!("the picture {picture} has no alternative text"));
        }
        for link in &page.links {
            if let Some(sentence) = dead(link, path, html, &pages) {
                faults.add(&source, 0, sentence);
            }
        }
    }
    Ok(faults.check()?)
}

/// Why a link leads nowhere, if it does.
fn dead(link: &str, page: &Path, html: &Path, pages: &HashMap<PathBuf, Anchors>) -> Option<String> {
    let scheme = link.split(['/', '#', '?']).next()?.contains(':');
    if scheme {
        return None; // leads out of the book, and the book must build offline
    }
    if link.starts_with('/') {
        return Some(format!("the link {link} begins with /: a book may lie in a folder"));
    }
    let (file, id) = link.split_once('#').unwrap_or((link, ""));
    let file = decode(file.split('?').next().unwrap_or(file));
    let target = match file.as_str() {
        "" => page.to_owned(),
        file => normal(&page.parent()?.join(file)),
    };
    let target = if target.is_dir() { target.join("index.html") } else { target };
    if !target.starts_with(html) || !target.is_file() {
        return Some(format!("the link {link} leads nowhere"));
    }
    let ids = &pages.get(&target)?.ids;
    (!id.is_empty() && !ids.contains(&decode(id)))
        .then(|| format!("the link {link} leads to a page that has no #{id}"))
}

/// The pages of the book. Those that mdBook makes of others are left out.
fn html_files(html: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![html.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).context("cannot list the built book")? {
            let path = entry?.path();
            let made = ["print.html", "toc.html", "404.html", "index.html"];
            let made = made.iter().any(|name| path.ends_with(name));
            if path.is_dir() {
                folders.push(path);
            } else if !made && path.extension().is_some_and(|extension| extension == "html") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// What the page itself says, without the navigation around it.
fn main_part(page: &str) -> &str {
    let behind = page.split_once("<main>").map_or(page, |(_, behind)| behind);
    behind.split_once("</main>").map_or(behind, |(main, _)| main)
}

fn anchors(html: &str) -> Anchors {
    let sink = Sink(RefCell::default());
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(
        html.as_bytes().to_tendril().try_reinterpret().unwrap_or_default(),
    ));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

struct Sink(RefCell<Anchors>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            self.0.borrow_mut().add(&tag);
        }
        TokenSinkResult::Continue
    }
}

impl Anchors {
    fn add(&mut self, tag: &Tag) {
        let value = |name: &str| {
            let attribute = tag.attrs.iter().find(|attribute| &*attribute.name.local == name)?;
            Some(attribute.value.to_string())
        };
        if let Some(id) = value("id")
            && !self.ids.insert(id.clone())
        {
            self.doubled.push(id);
        }
        if &*tag.name == "a"
            && let Some(name) = value("name")
        {
            self.ids.insert(name);
        }
        let image = &*tag.name == "img";
        if image && value("alt").is_none_or(|text| text.trim().is_empty()) {
            self.without_text.push(value("src").unwrap_or_default());
        }
        self.links.extend(value("href"));
        self.links.extend(value("src"));
    }
}

/// `a/../b` becomes `b`, without a look at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// `%20` becomes a space.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_links_are_found_in_any_order_of_attributes() {
        let found = anchors("<a class='x' href='b.html#c'>t</a><h2 class=y id=d>e</h2><img src=p>");
        assert_eq!(found.links, ["b.html#c", "p"]);
        assert!(found.ids.contains("d"));
        assert_eq!(found.without_text, ["p"]);
    }

    #[test]
    fn escapes_in_addresses_are_undone() {
        assert_eq!(decode("a%20b%2"), "a b%2");
        assert_eq!(decode("ä%c3%a4"), "ää");
    }
}
