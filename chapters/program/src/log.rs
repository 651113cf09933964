use std::fmt::{Display, Write};
use std::panic;
use std::sync::{Arc, Mutex, PoisonError};

/// Takes lines of the log, each with its LF.
pub type LogSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Who takes them instead of standard error.
static SINK: Mutex<Option<LogSink>> = Mutex::new(None);

/// Writes one line to standard error, or gives it to whom the log was [diverted](divert_log).
///
/// If somebody keeps standard error open and does not read it, this waits without
/// bound. Chapter 15 mends that: it diverts the log to a thread.
pub fn log(line: impl Display) {
    // One string for the whole line, so that lines of two threads do not mix. Most of them fit.
    let mut text = String::with_capacity(256);
    // It fails only if `line` says so, and then there is what it said until then.
    let _ = write!(text, "{line}");
    text.push('\n');
    let sink = SINK.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match sink {
        Some(sink) => sink(&text),
        None => print_log(&text),
    }
}

/// Lets `sink` have what is logged in this process from now on, instead of standard error. It
/// must not log.
pub fn divert_log(sink: LogSink) {
    *SINK.lock().unwrap_or_else(PoisonError::into_inner) = Some(sink);
}

/// Writes lines to standard error, in one call.
///
/// `eprint!` panics if nobody reads standard error any more (a log piped into
/// `head`, for instance), which is no reason for a server to stop. Writing to
/// `io::stderr()` would not panic, but a test captures what `eprint!` prints and
/// shows it only if the test fails.
pub fn print_log(lines: &str) {
    // The panic is the standard library's, and caught before it reaches anybody.
    let _ = panic::catch_unwind(|| eprint!("{lines}"));
}
