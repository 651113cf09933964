//! What ends and is removed with us: Ctrl-C ends all programs that [`launch`] has started, and
//! takes scratch folders away.

use launch::end_all;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{LazyLock, Mutex, MutexGuard, Once, OnceLock, PoisonError};

/// A folder for what is not yet, or no longer, of use. It is removed when this is
/// dropped, and by Ctrl-C as well.
#[derive(Debug)]
pub struct ScratchFolder(PathBuf);

static SCRATCHES: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

fn scratches() -> MutexGuard<'static, HashSet<PathBuf>> {
    SCRATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScratchFolder {
    /// The folder `path`; it is for the caller to make it. What an earlier program
    /// has left there is removed.
    pub fn new(path: PathBuf) -> Self {
        let _ = fs::remove_dir_all(&path);
        scratches().insert(path.clone());
        Self(path)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        scratches().remove(&self.0);
    }
}

/// What Ctrl-C does besides.
static LAST: OnceLock<fn()> = OnceLock::new();

/// Ctrl-C calls `last`, too, before it ends this program: for whoever has changed the terminal.
/// Only the first call counts.
pub fn before_ctrl_c_ends(last: fn()) {
    let _ = LAST.set(last);
}

/// What the next Ctrl-C does instead.
static INSTEAD: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// The next Ctrl-C calls `stop` and ends nothing; the one after it ends all. For whoever lets
/// others finish first, and then returns from `main`.
pub fn instead_of_next_ctrl_c(stop: impl FnOnce() + Send + 'static) {
    *INSTEAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(stop));
}

/// From now on Ctrl-C (and being told to terminate) ends all groups, then this
/// program.
pub fn end_all_on_ctrl_c() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            let stop = INSTEAD.lock().unwrap_or_else(PoisonError::into_inner).take();
            match stop {
                Some(stop) => stop(),
                None => exit(130), // 128 + SIGINT, as shells have it
            }
        };
        if let Err(error) = ctrlc::set_handler(handler) {
            eprintln!("workbook: Ctrl-C will not end what was started: {error}");
        }
    });
}

/// Ends all groups, then this program, with `code`.
pub fn exit(code: i32) -> ! {
    end_all();
    if let Some(last) = LAST.get() {
        last();
    }
    for folder in scratches().iter() {
        let _ = fs::remove_dir_all(folder);
    }
    process::exit(code);
}
