use crate::traceback::full_text;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{self, PanicHookInfo};
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

/// Makes our panic hook the program's own; only the first call does something.
///
/// The hook is called on the thread that panics, before the stack is unwound. Where that
/// thread is catching, it describes the panic in `SEEN`. All others are left to the hook
/// that was set before.
fn install_hook() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match CATCHING.get() {
            true => SEEN.set(Some(describe(info))),
            false => before(info),
        }));
    });
}

/// Runs `work`; a panic in it becomes an error.
///
/// The error is what the hook has left in `SEEN`: it must be installed before `work` runs,
/// and `CATCHING` must be true as long as `work` runs, and afterwards what it was before,
/// since `work` may call `catch_panic` too. What `SEEN` has in it from an earlier panic is
/// not this one's. A panic that no hook has seen (`resume_unwind` calls none) gets the message
/// `panicked` and an empty backtrace.
///
/// The value that the panic was started with, its payload, may panic when it is dropped:
/// that ends here too.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, CaughtPanic> {
    todo!("std::panic::catch_unwind, and around it the two variables above")
}

fn describe(info: &PanicHookInfo<'_>) -> CaughtPanic {
    let said = info.payload_as_str().unwrap_or("(no message)");
    let message = match info.location() {
        Some(place) => format!("panicked at {place}: {said}"),
        None => format!("panicked: {said}"),
    };
    CaughtPanic { message, backtrace: full_text(&Backtrace::capture()) }
}
