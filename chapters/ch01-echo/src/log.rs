use std::fmt::Display;
use std::io::{self, Write};

/// Writes one line to standard error.
///
/// `eprintln!` would panic if nobody reads standard error any more (a log piped
/// into `head`, for instance). That is no reason for a server to stop.
pub fn log(line: impl Display) {
    // One write for the whole line, so that lines of two threads do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}
