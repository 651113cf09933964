use crate::HttpError;
use std::path::{Path, PathBuf};

/// The file that answers for a folder.
pub const INDEX: &str = "index.html";

/// The file below `root` that `path` asks for, by its text alone.
///
/// `path` is what follows the prefix in a request's path, still encoded. It is split at its
/// slashes first, and then each segment is decoded, once; the file system is not asked.
///
/// | path | file |
/// |---|---|
/// | `pictures/my%20house.png` | `pictures`, and in it `my house.png` |
/// | `%252e%252e/a%2Bb` | `%2e%2e`, and in it `a+b` |
/// | `notes/`, or nothing at all | the [`INDEX`] of the folder, here of `notes` or of the root |
///
/// `Err(HttpError(404))` is for a path with a segment that
///
/// - is empty, unless it is the last one,
/// - has a `%` in it that is not followed by two hexadecimal digits,
/// - is not UTF-8 when it is decoded,
/// - or is then no plain name on some system: has a `/`, a `\`, a `:` or a NUL in it, ends in
///   a dot or a space, is `..namedfork` (in whatever case; macOS finds more content of a file
///   below it), or is a device (see `is_device` below).
///
/// Your tool: [`percent_decode`](crate::percent_decode) of chapter 8.
pub fn resolve(path: &str, root: &Path) -> Result<PathBuf, HttpError> {
    todo!("split at the slashes, then decode each segment once, then look at it")
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
