use crate::traceback::full_text;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

/// What is known of a panic that was caught.
#[derive(Debug)]
pub struct CaughtPanic {
    /// What it said, and where: `panicked at src/main.rs:7:5: no soup today`.
    pub message: String,
    /// Who had called whom, as text; empty if nobody asked for it.
    pub backtrace: String,
}

thread_local! {
    /// Whether this thread is inside of [`catch_panic`].
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// What the hook saw of this thread's panic.
    static SEEN: RefCell<Option<CaughtPanic>> = const { RefCell::new(None) };
}

/// Runs `work`; a panic in it becomes an error.
///
/// A panic unwinds the stack, and when `catch_unwind` gets hold of it the
/// frames that it came from are gone. But before the unwinding begins, the
/// panic hook is called, on the same thread and with all frames in place: there
/// the backtrace is taken. Panics elsewhere are left to the hook that was set
/// before.
///
/// Not every end is a panic: running out of stack ends the process, and so does a
/// second panic while the first one unwinds, and any panic if the program was
/// built with `panic = "abort"`.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, CaughtPanic> {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match CATCHING.get() {
            true => SEEN.set(Some(describe(info))),
            false => before(info),
        }));
    });
    // A panic that `work` caught by itself, some request ago, is not this one's.
    SEEN.set(None);
    let outer = CATCHING.replace(true);
    // `AssertUnwindSafe` promises that nobody is harmed by what `work` left
    // half done. The server keeps nothing about a request, and the request and
    // the connection are given up.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|payload| {
        // It may be any value, also one that panics when it is dropped.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
        let unseen = || CaughtPanic { message: "panicked".to_owned(), backtrace: String::new() };
        SEEN.take().unwrap_or_else(unseen)
    })
}

fn describe(info: &PanicHookInfo<'_>) -> CaughtPanic {
    let said = info.payload_as_str().unwrap_or("(no message)");
    let message = match info.location() {
        Some(place) => format!("panicked at {place}: {said}"),
        None => format!("panicked: {said}"),
    };
    CaughtPanic { message, backtrace: full_text(&Backtrace::capture()) }
}
