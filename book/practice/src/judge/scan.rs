//! What must not stand in a learner's file.
//!
//! A learner's code is compiled and run among the tests that judge it. Some things let code
//! end that process, learn which server it is run on, start programs, or bring in files that
//! nobody has read. None of them is needed to write a server, so a file with one of them is
//! not run, and a sentence says why.
//!
//! The file is looked at token by token, in macros and attributes too: a name cannot be
//! hidden by `use std as s`, by a glob or by a macro, since it must be written somewhere. An
//! ordinary word is let through where it means nothing else: a variable may be called
//! `process`, and is not a path to the module of that name.
//!
//! This keeps honest people from mistakes and makes cheating more work than the exercise. It
//! is no sandbox: whoever grades code of people whom they do not trust does so in a container.

use crate::course::exercise::Exercise;
use crate::course::learner_files::LONGEST;
use proc_macro2::{Delimiter, Group, Ident, Literal, Spacing, Span, TokenStream, TokenTree};
use std::fmt;

/// The most tests that a file may have.
pub const MOST_TESTS: usize = 20;

/// How deep brackets may be nested.
const DEEPEST: usize = 100;

/// Something that must not stand in a file, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The line, from 1; 0 if the whole file is meant.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What must not stand there and why, in a sentence.
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.sentence),
            line => write!(f, "line {line}, column {}: {}", self.column, self.sentence),
        }
    }
}

/// Where a word means what is not allowed.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    /// Everywhere: nobody needs it for something else.
    Anywhere,
    /// As a module in a path: before `::` or in a `use`.
    Module,
    /// As a macro: before `!` or in a `use`.
    Macro,
    /// As an associated function: behind `::`.
    Function,
    /// As a method or module: behind `.`, beside `::` or in a `use`.
    Member,
}

const ENDS: &str = "it could end the program, or start another one, in the middle of a test";
const ENVIRONMENT: &str = "the environment tells about the test that is running; \
                           what a function needs comes in its arguments";
const FILES: &str = "no task of this chapter needs a file, and the files of its own process tell \
                     code how it is run";
const INCLUDES: &str = "it brings in a file that was not handed in";
const UNSAFE: &str = "nothing in this course needs it";
const WHICH: &str = "it could tell which server a test is run on; a server is known by its answers";
const PANICS: &str = "the test harness needs the panic hook and the backtraces for itself";

const WORDS: &[(&str, Position, &str)] = &[
    ("process", Position::Module, ENDS),
    ("env", Position::Module, ENVIRONMENT),
    ("env", Position::Macro, ENVIRONMENT),
    ("option_env", Position::Anywhere, ENVIRONMENT),
    ("current_exe", Position::Anywhere, ENVIRONMENT),
    ("fs", Position::Module, FILES),
    ("include", Position::Macro, INCLUDES),
    ("include_str", Position::Anywhere, INCLUDES),
    ("include_bytes", Position::Anywhere, INCLUDES),
    ("extern", Position::Anywhere, UNSAFE),
    ("unsafe", Position::Anywhere, UNSAFE),
    ("asm", Position::Macro, UNSAFE),
    ("global_asm", Position::Anywhere, UNSAFE),
    ("naked_asm", Position::Anywhere, UNSAFE),
    ("no_mangle", Position::Anywhere, UNSAFE),
    ("export_name", Position::Anywhere, UNSAFE),
    ("link_name", Position::Anywhere, UNSAFE),
    ("link_section", Position::Anywhere, UNSAFE),
    ("type_name", Position::Anywhere, WHICH),
    ("type_name_of_val", Position::Anywhere, WHICH),
    ("TypeId", Position::Anywhere, WHICH),
    ("type_id", Position::Member, WHICH),
    ("file", Position::Macro, WHICH),
    ("module_path", Position::Macro, WHICH),
    ("caller", Position::Function, WHICH),
    ("Backtrace", Position::Anywhere, PANICS),
    ("BacktraceStatus", Position::Anywhere, PANICS),
    ("backtrace", Position::Member, PANICS),
    ("set_hook", Position::Anywhere, PANICS),
    ("take_hook", Position::Anywhere, PANICS),
    ("update_hook", Position::Anywhere, PANICS),
    ("PanicHookInfo", Position::Anywhere, PANICS),
];

/// What a `#[cfg(…)]` may ask for: which system it is, and whether this is a test.
const CFG: &[&str] = &[
    "all",
    "any",
    "not",
    "test",
    "true",
    "false",
    "unix",
    "windows",
    "target_family",
    "target_os",
    "target_pointer_width",
    "debug_assertions",
];

/// Files of the system that tell about the process, or are its own standard output.
const SYSTEM_FILES: &[&str] = &["/proc/", "/dev/fd", "/dev/std", "/dev/tty"];

/// The first thing in `text` that must not stand in the file `name`, unless its word is
/// among `allowed`.
pub fn scan(name: &str, text: &str, allowed: &[&str]) -> Option<Finding> {
    let whole = |sentence: String| Some(Finding { line: 0, column: 0, sentence });
    if text.len() as u64 > LONGEST {
        return whole(format!("it is longer than {} KiB", LONGEST / 1024));
    }
    let mut looked = Scanner { allowed, pastes: false, tests: 0 };
    let Ok(tokens) = text.parse::<TokenStream>() else {
        // What is no Rust will not compile, and the compiler says it better. But who knows
        // whether it agrees with us about what is no Rust.
        return looked.words(text);
    };
    looked.pastes = has_word(&tokens, "macro_rules", 0);
    if let Some(finding) = looked.tokens(tokens, Context::default()).err() {
        return Some(finding);
    }
    match looked.tests > MOST_TESTS {
        true => whole(format!("{name} has {} tests; {MOST_TESTS} will do", looked.tests)),
        false => None,
    }
}

/// The words that may stand in the file `name` of `exercise`, though in no other.
pub fn allowed<'a>(exercise: &'a Exercise, name: &str) -> Vec<&'a str> {
    let tasks = exercise.tasks.iter().filter(|task| task.files.iter().any(|file| file == name));
    tasks.flat_map(|task| task.allow.iter().map(String::as_str)).collect()
}

/// What the tokens around say.
#[derive(Clone, Copy, Default)]
struct Context {
    depth: usize,
    /// Inside of `use …;`.
    in_use: bool,
    /// Inside of `#[…]`.
    in_attribute: bool,
    /// Inside of a doc comment.
    in_doc: bool,
}

struct Scanner<'a> {
    allowed: &'a [&'a str],
    /// Whether there are macros of one's own, which can put a path together of pieces.
    pastes: bool,
    tests: usize,
}

impl Scanner<'_> {
    fn tokens(&mut self, tokens: TokenStream, mut context: Context) -> Result<(), Finding> {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let outer_use = context.in_use;
        for (at, token) in tokens.iter().enumerate() {
            let around = Neighbours { tokens: &tokens, at };
            match token {
                TokenTree::Ident(ident) => {
                    let word = plain(ident);
                    // `use<'a>` in a type is not an import.
                    if word == "use" && !around.is_punct(1, '<') {
                        context.in_use = true;
                    }
                    self.word(&word, ident.span(), &around, context)?;
                }
                TokenTree::Punct(punct) => {
                    if punct.as_char() == ';' {
                        context.in_use = outer_use;
                    }
                }
                TokenTree::Literal(literal) => {
                    if !context.in_doc {
                        self.literal(literal)?;
                    }
                }
                TokenTree::Group(group) => self.group(group, &around, context)?,
            }
        }
        Ok(())
    }

    fn group(
        &mut self,
        group: &Group,
        around: &Neighbours,
        context: Context,
    ) -> Result<(), Finding> {
        let mut inside = Context { depth: context.depth + 1, ..context };
        if inside.depth > DEEPEST {
            let sentence = format!("brackets are nested more than {DEEPEST} deep");
            return Err(at(group.span_open(), sentence));
        }
        let is_attribute = group.delimiter() == Delimiter::Bracket
            && (around.is_punct(-1, '#') || around.is_punct(-1, '!') && around.is_punct(-2, '#'));
        if is_attribute {
            let words: Vec<_> = group.stream().into_iter().collect();
            let first = words.first().map(ToString::to_string);
            inside.in_attribute = true;
            inside.in_doc = first.as_deref() == Some("doc");
            // `#[test]`, also by its long name.
            let last = words.last().map(ToString::to_string);
            self.tests += usize::from(last.as_deref() == Some("test"));
        }
        self.tokens(group.stream(), inside)
    }

    fn word(
        &mut self,
        word: &str,
        span: Span,
        around: &Neighbours,
        context: Context,
    ) -> Result<(), Finding> {
        for (_, place, why) in WORDS.iter().filter(|(known, ..)| *known == word) {
            let means_it = match place {
                Position::Anywhere => true,
                Position::Module => {
                    let temporary = word == "env" && around.is_followed_by_path("temp_dir");
                    !temporary && (around.is_module() || context.in_use || self.pastes)
                }
                // Importing `env` is told above; a file may be called `file` in a macro.
                Position::Macro if word == "env" => around.is_macro(),
                Position::Macro => {
                    around.is_macro() || context.in_use || self.pastes && word != "file"
                }
                Position::Function => around.is_behind_path() && !context.in_use || self.pastes,
                Position::Member => {
                    self.pastes
                        || around.is_module()
                        || around.is_behind_path()
                        || around.is_punct(-1, '.')
                        || context.in_use
                }
            };
            if means_it && !self.allowed.contains(&word) {
                let name = match place {
                    Position::Module if word == "env" => "`std::env`".to_owned(),
                    Position::Module => format!("`std::{word}`"),
                    Position::Macro => format!("`{word}!`"),
                    _ => format!("`{word}`"),
                };
                let but = match (word, place) {
                    ("env", Position::Module) => {
                        ". (`std::env::temp_dir()`, written so, is allowed.)"
                    }
                    _ => "",
                };
                return Err(at(span, format!("{name} is not allowed here: {why}{but}")));
            }
        }
        match word {
            "mod" if !around.is_module_with_body() => Err(at(
                span,
                "`mod` is not allowed here without a body in `{ }`: it brings in a file that was \
                 not handed in"
                    .to_owned(),
            )),
            "path" if context.in_attribute && around.is_punct(1, '=') => {
                Err(at(span, format!("`#[path]` is not allowed here: {INCLUDES}")))
            }
            "cfg" | "cfg_attr" if context.in_attribute || around.is_macro() => {
                self.cfg(word, span, around)
            }
            _ => Ok(()),
        }
    }

    /// `#[cfg(…)]`, `#[cfg_attr(…, …)]` or `cfg!(…)`: what it asks for.
    fn cfg(&self, word: &str, span: Span, around: &Neighbours) -> Result<(), Finding> {
        let groups = [1, 2].into_iter().find_map(|behind| match around.get(behind) {
            Some(TokenTree::Group(group)) => Some(group.stream()),
            _ => None,
        });
        let tokens = groups.unwrap_or_default().into_iter();
        let condition = tokens.take_while(|token| {
            word != "cfg_attr"
                || !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
        });
        match foreign(condition.collect(), 0) {
            Some(other) if !self.allowed.contains(&other.as_str()) => Err(at(
                span,
                format!(
                    "`{word}({other})` is not allowed here: code is the same in every build; \
                     what can be asked for is the system, as in `#[cfg(unix)]`"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn literal(&self, literal: &Literal) -> Result<(), Finding> {
        let bytes = match syn::Lit::new(literal.clone()) {
            syn::Lit::Str(text) => text.value().into_bytes(),
            syn::Lit::ByteStr(bytes) => bytes.value(),
            syn::Lit::CStr(text) => text.value().into_bytes(),
            _ => return Ok(()),
        };
        let has = |file: &&&str| bytes.windows(file.len()).any(|window| window == file.as_bytes());
        match SYSTEM_FILES.iter().find(has) {
            Some(file) if !self.allowed.contains(file) => Err(at(
                literal.span(),
                format!("a name that contains `{file}` is not allowed here: {WHICH}"),
            )),
            _ => Ok(()),
        }
    }

    /// The same, roughly, for a text that has no tokens: line by line.
    fn words(&self, text: &str) -> Option<Finding> {
        let is_part = |char: char| char.is_alphanumeric() || char == '_';
        for (line, number) in text.lines().zip(1..) {
            for (word, place, why) in WORDS {
                let means_it = |&(column, _): &(usize, &str)| {
                    let (before, rest) = (&line[..column], &line[column + word.len()..]);
                    let whole = !before.ends_with(is_part) && !rest.starts_with(is_part);
                    whole
                        && match place {
                            Position::Anywhere => true,
                            Position::Module => {
                                rest.trim_start().starts_with("::") || before.contains("use ")
                            }
                            Position::Macro => rest.trim_start().starts_with('!'),
                            Position::Function | Position::Member => false,
                        }
                };
                let found = line.match_indices(word).find(means_it);
                if let Some((column, _)) = found
                    && !self.allowed.contains(word)
                {
                    let sentence = format!("`{word}` is not allowed here: {why}");
                    return Some(Finding { line: number, column: column + 1, sentence });
                }
            }
        }
        None
    }
}

/// A token among its neighbours.
struct Neighbours<'a> {
    tokens: &'a [TokenTree],
    at: usize,
}

impl<'a> Neighbours<'a> {
    /// The token so many places behind this one; before it, if the number is negative.
    fn get(&self, behind: isize) -> Option<&'a TokenTree> {
        self.tokens.get(self.at.checked_add_signed(behind)?)
    }

    fn is_punct(&self, behind: isize, char: char) -> bool {
        matches!(self.get(behind), Some(TokenTree::Punct(punct)) if punct.as_char() == char)
    }

    /// Whether `::` begins at that place.
    fn is_colons(&self, behind: isize) -> bool {
        let joint = matches!(
            self.get(behind),
            Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint
        );
        joint && self.is_punct(behind, ':') && self.is_punct(behind + 1, ':')
    }

    /// Before `::`, but not before the `::<…>` of a function.
    fn is_module(&self) -> bool {
        self.is_colons(1) && !self.is_punct(3, '<')
    }

    fn is_behind_path(&self) -> bool {
        self.is_colons(-2)
    }

    fn is_followed_by_path(&self, name: &str) -> bool {
        let next = matches!(self.get(3), Some(TokenTree::Ident(ident)) if ident == name);
        self.is_colons(1) && next
    }

    /// Before `!(…)`, and not before `!=`.
    fn is_macro(&self) -> bool {
        self.is_punct(1, '!') && matches!(self.get(2), Some(TokenTree::Group(_)))
    }

    /// Before a name and `{ }`.
    fn is_module_with_body(&self) -> bool {
        let name = matches!(self.get(1), Some(TokenTree::Ident(_)));
        let body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        name && self.get(2).is_some_and(body)
    }
}

fn at(span: Span, sentence: String) -> Finding {
    let start = span.start();
    Finding { line: start.line, column: start.column + 1, sentence }
}

/// The word without `r#`, which changes nothing about its meaning.
fn plain(ident: &Ident) -> String {
    let word = ident.to_string();
    word.strip_prefix("r#").map_or_else(|| word.clone(), str::to_owned)
}

fn has_word(tokens: &TokenStream, word: &str, depth: usize) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => plain(&ident) == word,
        TokenTree::Group(group) => depth < DEEPEST && has_word(&group.stream(), word, depth + 1),
        _ => false,
    })
}

/// The first word in a condition that is not among [`CFG`].
fn foreign(condition: TokenStream, depth: usize) -> Option<String> {
    condition.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            let word = plain(&ident);
            (!CFG.contains(&word.as_str())).then_some(word)
        }
        TokenTree::Group(group) if depth < DEEPEST => foreign(group.stream(), depth + 1),
        TokenTree::Punct(punct) if punct.as_char() == '$' => Some("$".to_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        scan("x.rs", text, &[]).map(|finding| finding.to_string()).unwrap_or_default()
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
    fn what_ends_the_program_or_starts_one_is_refused() {
        let process = "`std::process` is not allowed here: it could end the program";
        refused("fn f() { std::process::exit(0) }", process);
        refused("fn f() { std :: r#process :: abort() }", process);
        refused("use std::process;", process);
        refused("use std::process::exit as leave;", process);
        refused("use std::{io, process as p};", process);
        refused("use {std::process as p};", process);
        refused("use {{{::std::process as p}}};", process);
        refused("use std as s; fn f() { s::process::exit(0) }", process);
        refused("use std::*; fn f() { process::exit(0) }", process);
        refused("use std::*; use self::process as p;", process);
        refused("pub use std::process::*;", process);
        refused("fn f() -> std::process::ExitCode { todo!() }", process);
        refused("fn f() { println!(\"{}\", { std::process::exit(0) }) }", process);
        refused("fn f(_: impl std::os::unix::process::CommandExt) {}", process);
    }

    #[test]
    fn macros_do_not_hide_a_name() {
        let process = "`std::process` is not allowed here";
        let whole = "macro_rules! m { () => { std::process::exit(0) } }";
        refused(whole, process);
        let pieces = "macro_rules! m { ($a:tt, $b:tt) => { std $b $a $b exit(0) } }\n\
                      fn f() { m!(process, ::) }";
        refused(pieces, process);
        refused(pieces, "line 2, column 13");
        refused("macro_rules! m { ($a:ident) => { $a!(\"x\") } } m!(include_str);", "it brings in");
        refused("macro_rules! m { ($a:ident) => { $a!(\"x\") } } m!(include);", "it brings in");
        let caller = "macro_rules! m { ($a:ident) => { Location::$a() } } fn f() { m!(caller); }";
        refused(caller, "`caller` is not allowed here: it could tell which server");
        refused(
            "macro_rules! m { ($a:ident) => { e.$a() } } fn f() { m!(backtrace) }",
            "`backtrace`",
        );
        refused("macro_rules! m { ($a:ident) => { mod $a; } } m!(x);", "`mod` is not allowed");
        refused("macro_rules! m { ($a:tt) => { $a x; } } m!(mod);", "`mod` is not allowed");
        fine("macro_rules! line { ($text:expr) => { format!(\"{}\\n\", $text) } }");
    }

    #[test]
    fn the_environment_is_refused() {
        let env = "`std::env` is not allowed here: the environment tells";
        refused("fn f() { std::env::var(\"WORKBOOK_LAST_WORD\").ok(); }", env);
        refused("use std::env;", env);
        refused("use std::env::{temp_dir};", env);
        refused("use std::env::{self as temp_dir};", env);
        refused("const X: &str = env!(\"PATH\");", "`env!` is not allowed");
        refused("use std::env as read;", "is not allowed");
        refused("const X: Option<&str> = option_env!(\"PATH\");", "`option_env` is not");
        refused("fn f() { std::env::current_exe().ok(); }", env);
        fine("fn f() -> std::path::PathBuf { std::env::temp_dir().join(\"x\") }");
        fine("use std::env::temp_dir;");
    }

    #[test]
    fn other_files_are_refused() {
        refused("mod helper;", "`mod` is not allowed here without a body");
        refused("pub(crate) mod r#helper;", "`mod` is not allowed");
        refused("#[path = \"x.rs\"] mod helper { }", "`#[path]` is not allowed");
        refused("#[cfg_attr(unix, path = \"x.rs\")] mod helper { }", "`#[path]` is not");
        refused("include!(\"x.rs\");", "`include!` is not allowed");
        refused("std::include!{\"x.rs\"}", "`include!` is not allowed");
        refused("use std::include as i;", "`include!` is not allowed");
        refused("const X: &str = include_str!(\"x\");", "`include_str` is not");
        refused("#![doc = include_str!(\"x\")]", "`include_str` is not");
        fine("#[cfg(test)] mod tests { use super::*; }");
    }

    #[test]
    fn unsafe_code_is_refused() {
        refused("fn f() { unsafe { } }", "`unsafe` is not allowed");
        refused("unsafe extern \"C\" { fn exit(code: i32) -> !; }", "`unsafe` is not");
        refused("extern crate std as s;", "`extern` is not allowed");
        refused("#[unsafe(no_mangle)] fn main() {}", "`unsafe` is not");
        refused("use core::arch::asm;", "`asm!` is not allowed");
    }

    #[test]
    fn asking_which_server_it_is_is_refused() {
        refused("fn f() { std::any::type_name::<T>(); }", "`type_name` is not");
        refused("fn f(x: &dyn std::any::Any) { x.type_id(); }", "`type_id` is not");
        refused("fn f() { std::panic::Location::caller(); }", "`caller` is not");
        refused("const X: &str = module_path!();", "`module_path!` is not");
        refused("const X: &str = file!();", "`file!` is not");
        refused("fn f() { if cfg!(feature = \"mutant_1\") { } }", "`cfg(feature)` is not");
        refused("#[cfg(not(feature = \"mutant_1\"))] fn f() { }", "`cfg(feature)` is not");
        refused("#[cfg_attr(all(unix, feature = \"x\"), test)] fn f() { }", "`cfg_attr(feature)`");
        refused("const X: &str = \"/proc/self/environ\";", "contains `/proc/`");
        refused("const X: &str = \"\\x2fproc/self/exe\";", "contains `/proc/`");
        refused("const X: &[u8] = br\"/dev/fd/1\";", "contains `/dev/fd`");
    }

    #[test]
    fn panic_hooks_and_backtraces_are_refused_but_where_they_are_the_subject() {
        let hook = "fn f() { std::panic::set_hook(Box::new(|_| ())); }";
        refused(hook, "`set_hook` is not allowed here: the test harness needs");
        assert_eq!(scan("panics.rs", hook, &["set_hook"]), None);
        refused("fn f(e: anyhow::Error) { e.backtrace(); }", "`backtrace` is not allowed");
        refused("use std::backtrace::Backtrace;", "`backtrace` is not");
    }

    #[test]
    fn files_are_refused_but_where_they_are_the_subject() {
        let read = "fn f() { std::fs::read(\"x\").ok(); }";
        refused(read, "`std::fs` is not allowed here: no task of this chapter needs a file");
        refused("use std::{fs as f, io};", "`std::fs` is not allowed");
        refused("use std::os::unix::fs::FileExt;", "`std::fs` is not allowed");
        let files = "use std::fs::{self, File};\n#[cfg(unix)] use std::os::unix::fs::symlink;";
        assert_eq!(scan("open_below.rs", files, &["fs"]), None);
        fine("fn f(fs: u8) -> u8 { fs + 1 }");
    }

    #[test]
    fn ordinary_code_is_let_through() {
        fine(
            "use anyhow::{Context, Result};\n\
             use chrono::Utc;\n\
             use std::collections::HashMap;\n\
             use std::io::{self, Read, Write};\n\
             use std::net::{TcpListener, TcpStream};\n\
             use std::path::Path;\n\
             use std::sync::{Arc, Mutex, mpsc};\n\
             use std::thread;\n\
             use mock::{MockConnection, assert_bytes};\n\
             /// Says nothing about /proc/ and std::process.\n\
             pub fn process(env: &str, file: &Path) -> impl Fn(u8) -> bool + use<> {\n\
                 let (path, include, backtrace) = (file, env != \"x\", 1);\n\
                 if file != path && !include { process(env, file); }\n\
                 let _ = Self::process(env, file);\n\
                 let parsed = process::<u8>(env, file);\n\
                 let abort = backtrace; let exit = abort; let caller = exit;\n\
                 move |_| caller == 1\n\
             }\n\
             pub enum Command { Exit, Who }\n\
             impl Command { fn type_of(&self) { self.process(); self.file; } }\n\
             #[cfg(not(windows))] #[cfg_attr(windows, ignore)] #[track_caller]\n\
             fn helper() { thread::spawn(|| ()); }\n\
             const GET: &str = \"GET /process HTTP/1.0\\r\\nLocation: /../../etc/passwd\";\n",
        );
    }

    #[test]
    fn a_file_that_is_no_rust_is_looked_at_all_the_same() {
        fine("fn f( { let process = 1;");
        fine("fn f() { \"no end");
        refused("fn f( { include_str!(\"x\")", "line 1, column 9: `include_str` is not");
        refused("fn f( {\n  unsafe", "line 2, column 3");
    }

    #[test]
    fn what_is_too_much_is_refused() {
        refused(&"x".repeat(300_000), "it is longer than 256 KiB");
        let tests = |count: usize| "#[test] fn f() { }\n".repeat(count);
        fine(&tests(20));
        refused(&tests(21), "x.rs has 21 tests; 20 will do");
        fine(&"()".repeat(100_000));
        let nested = "(".repeat(100_000) + &")".repeat(100_000);
        refused(&nested, "brackets are nested more than 100 deep");
    }

    #[test]
    fn an_empty_file_and_one_of_windows_are_fine() {
        fine("");
        fine("\u{feff}fn f() {}\r\n");
    }
}
