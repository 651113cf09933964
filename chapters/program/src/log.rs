use std::fmt::Display;
use std::panic;

/// Writes one line to standard error.
///
/// If somebody keeps standard error open and does not read it, this waits without
/// bound. None of the core's chapters mends that.
///
/// `eprint!` panics if nobody reads standard error any more (a log piped into
/// `head`, for instance), which is no reason for a server to stop. Writing to
/// `io::stderr()` would not panic, but a test captures what `eprint!` prints and
/// shows it only if the test fails.
pub fn log(line: impl Display) {
    // One string for the whole line, so that lines of two threads do not mix.
    let line = format!("{line}\n");
    // The panic is the standard library's, and caught before it reaches anybody.
    let _ = panic::catch_unwind(|| eprint!("{line}"));
}
