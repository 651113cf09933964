use anyhow::{Context, Result, ensure};
use std::io::Read;

/// The content of a file that had `length` bytes when it was opened.
///
/// What is added to it meanwhile is not read. If some of it is gone, that is an error: a
/// part must not pass for the whole. So is a file for which there is no memory, of which
/// nothing is read.
pub fn read_whole(file: impl Read, length: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    // Not `reserve`, which ends the whole process if there is no memory. (What no `usize`
    // can count has no room either.)
    let room = usize::try_from(length).unwrap_or(usize::MAX);
    content.try_reserve_exact(room).with_context(|| format!("no memory for {length} bytes"))?;
    file.take(length).read_to_end(&mut content)?;
    let count = content.len() as u64;
    ensure!(count == length, "{count} bytes came, and it had {length} when it was opened");
    Ok(content)
}
