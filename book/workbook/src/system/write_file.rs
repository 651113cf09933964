//! Files that are whole at every time.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Writes a file whole: until the end the old one is there.
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    let cannot = || format!("cannot write {}; is the checkout read-only?", path.display());
    let fresh = path.with_extension(format!("new-{}", std::process::id()));
    let written = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        // It may be half of it, and is nobody's.
        let _ = fs::remove_file(&fresh);
    }
    written.with_context(cannot)
}
