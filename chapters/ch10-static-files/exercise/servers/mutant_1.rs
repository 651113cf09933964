//! Broken: a name that was decoded is decoded again, behind the look at it.

#[path = "../../src/serve_static.rs"]
mod serve_static;

pub use chapter::*;
pub use serve_static::serve_static;

use std::path::{Path, PathBuf};

pub fn resolve(path: &str, root: &Path) -> Result<PathBuf, HttpError> {
    let mut file = root.to_owned();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        match segments.peek() {
            None if segment.is_empty() => file.push(INDEX),
            _ => file.push(decode(&file_name(segment)?)?),
        }
    }
    Ok(file)
}

fn file_name(segment: &str) -> Result<String, HttpError> {
    let name = decode(segment)?;
    match is_plain(&name) {
        true => Ok(name),
        false => Err(HttpError(404)),
    }
}

fn decode(text: &str) -> Result<String, HttpError> {
    let bytes = percent_decode(text).ok_or(HttpError(404))?;
    String::from_utf8(bytes).map_err(|_| HttpError(404))
}

fn is_plain(name: &str) -> bool {
    let separates = name.contains(['/', '\\', ':', '\0']);
    let is_dropped = name.is_empty() || name.ends_with(['.', ' ']);
    let is_fork = name.eq_ignore_ascii_case("..namedfork");
    !separates && !is_dropped && !is_fork && !is_device(name)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    let is_number = |text: &str| text.chars().count() == 1 && "123456789¹²³".contains(text);
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || port.is_some_and(is_number)
}
