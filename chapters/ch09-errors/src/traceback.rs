use crate::{CaughtPanic, escape_controls};
use anyhow::Error;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The story of a failure: the causes, and the way that led there.
#[derive(Clone, Debug, PartialEq)]
pub struct Traceback {
    /// The calls in our own code, from the handler down to the failing line.
    /// Empty if the program was not told to remember them.
    pub frames: Vec<Frame>,
    /// What went wrong, and behind it each cause of it.
    pub causes: Vec<String>,
    /// The backtrace as the standard library wrote it.
    pub whole: String,
}

/// One call: a place in a source file, and the function it stands in.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The source file, relative to the workspace if it belongs to it.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: u32,
    /// The function, without the names of its crate and modules: `menu`, or
    /// `main, closure`.
    pub function: String,
    /// The line itself, if the file can be read.
    pub source: Option<String>,
}

impl Traceback {
    /// The story of an error.
    ///
    /// The frames are those of the place where it became an [`anyhow::Error`],
    /// which is at the latest the first `?` of a handler.
    pub fn of_error(error: &Error) -> Self {
        let whole = full_text(error.backtrace());
        let causes = error.chain().map(|cause| escape_controls(&cause.to_string())).collect();
        Self { frames: own_frames(&whole), causes, whole }
    }

    /// The story of a panic.
    pub fn of_panic(panic: &CaughtPanic) -> Self {
        let whole = panic.backtrace.clone();
        let causes = vec![escape_controls(&panic.message)];
        Self { frames: own_frames(&whole), causes, whole }
    }
}

impl fmt::Display for Traceback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.frames.is_empty() {
            true => writeln!(
                f,
                "Traceback: none (RUST_LIB_BACKTRACE=1 in the environment asks for it)"
            )?,
            false => writeln!(f, "Traceback (most recent call last):")?,
        }
        for Frame { file, line, function, source } in &self.frames {
            writeln!(f, "  {}:{line}, in {function}", file.display())?;
            if let Some(source) = source {
                writeln!(f, "      {source}")?;
            }
        }
        let mut causes = self.causes.iter();
        if let Some(first) = causes.next() {
            write!(f, "{first}")?;
        }
        for cause in causes {
            write!(f, "\n  because: {cause}")?;
        }
        Ok(())
    }
}

/// A backtrace as text, with paths in full; empty if it was not captured.
pub fn full_text(backtrace: &Backtrace) -> String {
    match backtrace.status() {
        // Without the `#` the paths are relative to the working directory.
        BacktraceStatus::Captured => format!("{backtrace:#}"),
        _ => String::new(),
    }
}

/// The frames of our own code in a backtrace, the failing one last.
///
/// The text of a backtrace has no promised format. This is the one place that
/// reads it, and a test tells when it changes:
///
/// ```text
///    3:     0x5566778899aa - ch09::menu::h0123456789abcdef
///                                at /home/you/course/src/main.rs:24:17
/// ```
fn own_frames(whole: &str) -> Vec<Frame> {
    let mut calls = Vec::new();
    let mut function = "";
    for line in whole.lines().map(str::trim) {
        match line.strip_prefix("at ") {
            Some(place) => calls.push((function, place)),
            None => function = function_name(line),
        }
    }
    // What lies outside of `call_handler` is the server, what lies inside of
    // `panic_with_hook` is our hook, which took this backtrace.
    let end = calls.iter().position(|(function, _)| short_name(function) == "call_handler");
    let calls = &calls[..end.unwrap_or(calls.len())];
    let start = calls.iter().position(|(function, _)| function.ends_with("panic_with_hook"));
    let calls = &calls[start.map_or(0, |hook| hook + 1)..];
    calls.iter().rev().filter_map(|(function, place)| own_frame(function, place)).collect()
}

/// The name in `3: 0x5566778899aa - ch09::menu::h0123456789abcdef`.
fn function_name(line: &str) -> &str {
    let (_number, name) = line.split_once(": ").unwrap_or(("", line));
    let name = name.trim_start();
    let name = match name.split_once(" - ") {
        Some((address, name)) if address.starts_with("0x") => name,
        _ => name,
    };
    match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 => name,
        _ => name,
    }
}

/// `menu` for `ch09::menu`, `menu<u32>` and `<ch09::Soup as Dish>::menu`;
/// `main, closure` for `ch09::main::{{closure}}`. Release builds leave out
/// modules, and write `{closure#0}`.
fn short_name(function: &str) -> String {
    let plain = without_types(function);
    let mut names = plain.rsplit("::").filter(|name| !name.is_empty());
    let last = names.find(|name| !name.contains("{closure"));
    match (plain.contains("{closure"), last) {
        (false, last) => last.unwrap_or(function).to_owned(),
        (true, Some(name)) => format!("{name}, closure"),
        (true, None) => "closure".to_owned(),
    }
}

/// `function` without what stands in angle brackets.
fn without_types(function: &str) -> String {
    let mut depth = 0;
    let mut plain = String::new();
    for char in function.replace("->", "").chars() {
        match char {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => plain.push(char),
            _ => {}
        }
    }
    plain
}

/// The frame at `/home/you/course/src/main.rs:24:17`, unless it belongs to the
/// standard library, to a dependency, or to the C library, which says
/// `./nptl/pthread_create.c`.
fn own_frame(function: &str, place: &str) -> Option<Frame> {
    // From the right: on Windows there is a colon in the file's name too.
    let mut parts = place.rsplitn(3, ':');
    let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    let line: u32 = line.parse().ok()?;
    let folders = file.replace('\\', "/");
    let foreign =
        ["/rustc/", "/library/std/", "/library/core/", "/library/alloc/", "/registry/src/"];
    let file = Path::new(file);
    if !file.is_absolute() || foreign.iter().any(|folder| folders.contains(folder)) {
        return None;
    }
    let text = fs::read_to_string(file).ok();
    let source = text.and_then(|text| {
        Some(text.lines().nth((line as usize).checked_sub(1)?)?.trim().to_owned())
    });
    Some(Frame { file: below_workspace(file), line, function: short_name(function), source })
}

/// `file` relative to the nearest folder above it that has a `Cargo.lock`.
fn below_workspace(file: &Path) -> PathBuf {
    let root = file.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    let below = root.and_then(|root| file.strip_prefix(root).ok());
    below.unwrap_or(file).to_owned()
}
