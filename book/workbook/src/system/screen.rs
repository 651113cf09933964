//! What the program says on a terminal.
//!
//! Colours come only on a terminal, and never with `NO_COLOR`: `anstream` takes
//! them out elsewhere.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// For what was added, and what is as it should be.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// For what was taken away, and what is wrong.
pub const RED: Style = AnsiColor::Red.on_default();
/// For what is still to be done.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// For what is beside the point.
pub const DIM: Style = Style::new().dimmed();
/// For headings.
pub const BOLD: Style = Style::new().bold();

/// The columns of a line of text. Every terminal has them.
const COLUMNS: usize = 79;

/// Whether the terminal is in raw mode, in which a line feed does not go back to the left.
static RAW: AtomicBool = AtomicBool::new(false);

/// Writes a line to standard output. A closed output is no reason to panic.
pub fn print_line(line: impl Display) {
    let _ = writeln!(anstream::stdout(), "{}", for_terminal(line));
}

/// Writes a line to standard error.
pub fn print_error(line: impl Display) {
    let _ = writeln!(anstream::stderr(), "{}", for_terminal(line));
}

/// `text` in `style`.
pub fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `text` in lines that fit, each behind so many spaces.
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let length = line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && indent + length > COLUMNS {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines.push(line);
    lines.iter().map(|line| format!("{:indent$}{line}", "")).collect::<Vec<_>>().join("\n")
}

fn for_terminal(line: impl Display) -> String {
    let line = line.to_string();
    match RAW.load(Ordering::Relaxed) {
        // The line's own end comes behind this.
        true => format!("{}\r", line.replace('\n', "\r\n")),
        false => line,
    }
}

/// Whether standard output is a terminal, and one on which lines may be written over.
pub fn is_interactive() -> bool {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !plain && std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// Clears the screen, if there is one.
pub fn clear() {
    if is_interactive() {
        write_now("\x1b[2J\x1b[H");
    }
}

/// A line that says how far something is. Each one takes the place of the one before; there
/// is none where lines cannot be written over.
#[derive(Debug)]
pub struct Progress {
    lively: bool,
    shown: String,
}

impl Progress {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { lively: is_interactive(), shown: String::new() }
    }

    /// Shows `line` instead of the one before.
    pub fn show(&mut self, line: &str) {
        if self.lively && self.shown != line {
            // Without wrapping meanwhile: a second line could not be taken away.
            write_now(&format!("\r\x1b[2K\x1b[?7l\x1b[2m{line}\x1b[0m\x1b[?7h"));
            line.clone_into(&mut self.shown);
        }
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if !self.shown.is_empty() {
            write_now("\r\x1b[2K");
            self.shown.clear();
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn write_now(text: &str) {
    // On Windows it is `anstream` that lets a terminal understand such text.
    let mut out = anstream::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// From now on the terminal is in raw mode, or not any more: a line feed alone does not go back
/// to the left then. Returns what it was.
pub fn set_raw(raw: bool) -> bool {
    RAW.swap(raw, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        let text = "word ".repeat(40) + &"x".repeat(100);
        let wrapped = wrapped(&text, 2);
        assert!(wrapped.lines().all(|line| line.starts_with("  ")), "{wrapped}");
        assert!(wrapped.lines().rev().skip(1).all(|line| line.len() <= COLUMNS), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().count(), 41);
    }
}
