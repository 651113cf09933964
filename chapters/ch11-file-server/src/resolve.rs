use crate::{HttpError, decode_name, percent_decode};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file or folder below `root` that `path` asks for, by its text alone.
///
/// `path` is what follows the prefix in a request's path, still encoded, as in
/// `pictures/my%20house.png`. If it is empty or ends in `/`, the folder is meant.
/// The file system is not asked, so the result may not exist, or may be a link that
/// leads away: see [`open_below`](crate::open_below).
///
/// The path is split at its slashes first, and then each segment is decoded,
/// once: `%2f` never becomes a separator, and `%252e` is a name with a percent
/// sign in it. A segment that is a single dot means the folder that it stands in, as in
/// `./Packages`, which is how `apt` asks. Any other that could mean something else than a
/// name in this folder is 404.
pub fn resolve(path: &str, root: &Path) -> Result<PathBuf, HttpError> {
    let mut found = root.to_owned();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segments.peek() {
            None if segment.is_empty() => {} // nothing behind the last slash
            _ if segment == "." => {}
            _ => found.push(file_name(segment)?),
        }
    }
    Ok(found)
}

/// The name that a segment stands for, if it is one on every system.
fn file_name(segment: &str) -> Result<OsString, HttpError> {
    let name = percent_decode(segment).and_then(decode_name).ok_or(HttpError(404))?;
    // What is no text becomes a letter that is allowed (U+FFFD), and the rest is judged.
    match is_plain(&name.to_string_lossy()) {
        true => Ok(name),
        false => Err(HttpError(404)),
    }
}

/// Whether a name leads to an entry of the folder it is used in, and nowhere
/// else.
pub fn is_plain(name: &str) -> bool {
    // A slash separates, on Windows a backslash too; a colon there names a
    // drive (`C:`) or a stream (`file.txt::$DATA`); a NUL ends a name early.
    let separates = name.contains(['/', '\\', ':', '\0']);
    // The folder itself, the one above it, and names whose end Windows drops
    // (`.. ` is `..` there). No name at all would be an absolute path.
    let is_dropped = name.is_empty() || name.ends_with(['.', ' ']);
    // On macOS each file has more content below this name, as if the file were a folder.
    let is_fork = name.eq_ignore_ascii_case("..namedfork");
    !separates && !is_dropped && !is_fork && !is_device(name)
}

/// Whether Windows takes a name for a device, in every folder and whatever ending
/// follows: `NUL`, `com1.txt`. `COM0` is none, and `come.html` neither.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    // The small digits are of Latin-1, and digits to Windows.
    let is_number = |text: &str| text.chars().count() == 1 && "123456789¹²³".contains(text);
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || port.is_some_and(is_number)
}
