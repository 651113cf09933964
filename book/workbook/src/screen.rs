//! What the program says on a terminal.
//!
//! Colours come only on a terminal, and never with `NO_COLOR`: `anstream` takes
//! them out elsewhere.

use anstyle::{AnsiColor, Style};

/// For what was added, and what is as it should be.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// For what was taken away, and what is wrong.
pub const RED: Style = AnsiColor::Red.on_default();
/// For what is beside the point.
pub const DIM: Style = Style::new().dimmed();
/// For headings.
pub const BOLD: Style = Style::new().bold();

/// Writes a line to standard output. A closed output is no reason to panic.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// Writes a line to standard error.
pub fn tell(line: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// `text` in `style`.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
