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
            write_now(&format!("\r\x1b[2K\x1b[2m{}\x1b[0m", fitting(line, columns())));
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

/// How many columns the terminal has now; it may be made narrower at any time.
fn columns() -> usize {
    crossterm::terminal::size().map_or(COLUMNS + 1, |(columns, _)| columns.into())
}

/// As much of a line as can be written over on a terminal of so many columns: in the last one
/// nothing is written, since some go on in the next line then.
fn fitting(line: &str, columns: usize) -> String {
    line.chars().take(columns.saturating_sub(1)).collect()
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

/// The terminal gives us each key at once, until this is dropped.
#[derive(Debug)]
pub struct RawMode(());

impl RawMode {
    /// Begins it.
    pub fn begin() -> std::io::Result<Self> {
        crossterm::terminal::enable_raw_mode()?;
        RAW.store(true, Ordering::Relaxed);
        // The message of a panic is printed before anything is dropped.
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            end_raw_mode();
            before(panic);
        }));
        Ok(Self(()))
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        end_raw_mode();
    }
}

/// Ends raw mode, if it was begun: for whoever ends the program in another way than by
/// returning.
pub fn end_raw_mode() {
    if RAW.swap(false, Ordering::Relaxed) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_written_over_is_as_short_as_the_terminal() {
        let line = "grade: 12 of 30 submissions done, 812 tests run, 96 s";
        assert_eq!(fitting(line, 40), "grade: 12 of 30 submissions done, 812 t");
        assert_eq!(fitting(line, 200), line);
        assert_eq!(fitting(line, 0), "");
    }

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        let text = "word ".repeat(40) + &"x".repeat(100);
        let wrapped = wrapped(&text, 2);
        assert!(wrapped.lines().all(|line| line.starts_with("  ")), "{wrapped}");
        assert!(wrapped.lines().rev().skip(1).all(|line| line.len() <= COLUMNS), "{wrapped}");
        assert_eq!(wrapped.split_whitespace().count(), 41);
    }
}
