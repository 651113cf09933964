//! What we read in a learner's file ourselves, before a compiler sees it.
//!
//! What names mean is not guessed here: the compiler resolves them, and refuses those that
//! `chapters/clippy.toml` lists. What code may reach when it runs is the kernel's business: see
//! [`fence`](crate::judge::fence). What is left is by what a file could have the compiler read
//! something else than the file, or with other rules. It is looked at token by token, in macros
//! and attributes too: a word cannot be hidden, since it must be written somewhere.

use crate::course::learner_files::LONGEST;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use std::fmt;

/// How deep brackets may be nested.
const DEEPEST: usize = 100;

/// Something that must not stand in a file, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Objection {
    /// The line, from 1; 0 if the whole file is meant.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What must not stand there and why, in a sentence.
    pub sentence: String,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.sentence),
            line => write!(f, "line {line}, column {}: {}", self.column, self.sentence),
        }
    }
}

/// The first thing in `text` that must not stand in a learner's file.
///
/// A text that has no tokens is let through: it does not compile, and the compiler says it
/// better. Should it compile all the same, it [has to be refused](is_read) then.
pub fn objection(text: &str) -> Option<Objection> {
    let whole = |sentence: String| Some(Objection { line: 0, column: 0, sentence });
    if text.len() as u64 > LONGEST {
        return whole(format!("it is longer than {} KiB", LONGEST / 1024));
    }
    let begins = text.trim_start_matches('\u{feff}');
    if begins.starts_with("#!") && !begins.starts_with("#![") {
        return whole("it begins with `#!`, as a script does, and what follows is not read".into());
    }
    let tokens = text.parse::<TokenStream>().ok()?;
    look(tokens, 0, false).err()
}

/// Whether we see in `text` the tokens that a compiler sees in it, if it compiles.
pub fn is_read(text: &str) -> bool {
    text.parse::<TokenStream>().is_ok()
}

fn look(tokens: TokenStream, depth: usize, in_attribute: bool) -> Result<(), Objection> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => word(ident, &tokens[place + 1..], in_attribute)?,
            TokenTree::Group(group) if depth == DEEPEST => {
                let sentence = format!("brackets are nested more than {DEEPEST} deep");
                return Err(at(group.span_open(), sentence));
            }
            TokenTree::Group(group) => {
                let in_attribute = in_attribute || is_attribute(group, &tokens[..place]);
                look(group.stream(), depth + 1, in_attribute)?;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    Ok(())
}

/// Looks at a word that stands before `rest`.
fn word(word: &Ident, rest: &[TokenTree], in_attribute: bool) -> Result<(), Objection> {
    // The `r#` of `r#mod` changes nothing about what a macro makes of it.
    let text = word.to_string();
    let text = text.trim_start_matches("r#");
    let refused =
        |what: &str, why: &str| Err(at(word.span(), format!("{what} is not allowed here: {why}")));
    let other_file = "it brings in a file that was not handed in";
    match (text, rest) {
        ("include" | "include_str" | "include_bytes", _) => {
            refused(&format!("`{text}`"), other_file)
        }
        ("mod", [TokenTree::Ident(_), TokenTree::Group(body), ..])
            if body.delimiter() == Delimiter::Brace =>
        {
            Ok(())
        }
        ("mod", _) => refused("`mod` without a body in `{ }`", other_file),
        ("path", [TokenTree::Punct(equals), ..]) if in_attribute && equals.as_char() == '=' => {
            refused("`#[path]`", other_file)
        }
        ("clippy", _) => refused("`clippy`", "its rules are the same for everybody"),
        _ => Ok(()),
    }
}

fn is_attribute(group: &Group, before: &[TokenTree]) -> bool {
    let is = |token: &TokenTree, char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == char);
    group.delimiter() == Delimiter::Bracket
        && match before {
            [.., hash, not] if is(not, '!') => is(hash, '#'),
            [.., hash] => is(hash, '#'),
            [] => false,
        }
}

fn at(span: Span, sentence: String) -> Objection {
    let start = span.start();
    Objection { line: start.line, column: start.column + 1, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        objection(text).map(|objection| objection.to_string()).unwrap_or_default()
    }

    #[track_caller]
    fn refused(text: &str, sentence: &str) {
        let said = said(text);
        assert!(said.contains(sentence), "{sentence:?} is not in {said:?} about:\n{text}");
    }

    #[track_caller]
    fn fine(text: &str) {
        assert_eq!(said(text), "", "{text}");
    }

    #[test]
    fn other_files_are_refused_however_they_are_named() {
        refused("mod helper;", "line 1, column 1: `mod` without a body in `{ }` is not allowed");
        refused("pub(crate) mod r#helper;", "`mod` without a body");
        refused("macro_rules! m { ($a:ident) => { mod $a; } } m!(x);", "`mod` without a body");
        refused("macro_rules! m { ($a:tt) => { $a x; } } m!(mod);", "`mod` without a body");
        refused("#[path = \"x.rs\"] mod helper { }", "`#[path]` is not allowed");
        refused("#[cfg_attr(unix, path = \"x.rs\")] mod helper { }", "`#[path]` is not");
        refused("fn f() {\n  include!(\"x.rs\");\n}", "line 2, column 3: `include` is not allowed");
        refused("use std::include as i;", "`include` is not allowed");
        refused("use std::*; const X: &str = r#include_str!(\"x\");", "`include_str` is not");
        refused("#![doc = include_str!(\"x\")]", "`include_str` is not");
        refused(
            "macro_rules! m { ($a:ident) => { $a!(\"x\") } } m!(include_bytes);",
            "a file that",
        );
        fine("#[cfg(test)] mod tests { use super::*; }");
        fine("fn f(path: &str) { let mut path = path; path = \"\"; }");
        fine("/// Says nothing about mod, include and clippy.\nfn f() { \"mod x;\"; }");
    }

    #[test]
    fn a_first_line_that_hides_others_is_refused() {
        refused("#!/usr/bin/env rust\nfn f() {}", "it begins with `#!`");
        refused("\u{feff}#! /*\nfn f() {}", "it begins with `#!`");
        fine("#![allow(unused)]\nfn f() {}");
    }

    #[test]
    fn the_rules_are_not_set_by_a_file() {
        refused("#[allow(clippy::disallowed_methods)] fn f() {}", "`clippy` is not allowed here");
        refused("#![cfg_attr(unix, allow(clippy::all))]", "line 1, column 25: `clippy`");
        refused("#[cfg(not(clippy))] fn f() {}", "`clippy` is not allowed here");
    }

    #[test]
    fn a_text_without_tokens_is_left_to_the_compiler() {
        for text in ["fn f( { mod x;", "fn f() { \"no end"] {
            fine(text);
            assert!(!is_read(text), "{text}");
        }
        assert!(is_read("fn f() {}"));
    }

    #[test]
    fn what_is_too_much_is_refused() {
        refused(&"x".repeat(300_000), "it is longer than 256 KiB");
        fine(&"()".repeat(100_000));
        fine(&("(".repeat(100) + &")".repeat(100)));
        let nested = "(".repeat(100_000) + &")".repeat(100_000);
        refused(&nested, "brackets are nested more than 100 deep");
    }

    #[test]
    fn an_empty_file_and_one_of_windows_are_fine() {
        fine("");
        fine("\u{feff}fn f() {}\r\n");
    }
}
