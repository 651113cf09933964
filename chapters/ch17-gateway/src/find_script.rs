use crate::{Environ, Found, HttpError, is_plain, open_below, status_of};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that a path leads to, and what is left of the path behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The file, by the path that it has when all symbolic links are followed.
    pub file: PathBuf,
    /// The part of the path that led to it: `/shop/order.cgi`.
    pub name: String,
    /// The rest: empty, or `/7/edit`.
    pub rest: String,
}

impl Script {
    /// Tells a program outside which file below `root` is meant: in `SCRIPT_FILENAME`, which is in
    /// no RFC, and by moving its name from `PATH_INFO` to `SCRIPT_NAME`. What is left has, in
    /// `PATH_TRANSLATED`, the name of a file below the root (RFC 3875 section 4.1.6).
    pub fn tell(&self, root: &Path, environ: &mut Environ) {
        let before = environ.text("SCRIPT_NAME").to_owned();
        environ.set("SCRIPT_NAME", before + &self.name);
        environ.set("SCRIPT_FILENAME", self.file.as_os_str().as_encoded_bytes());
        environ.set("PATH_INFO", self.rest.as_str());
        if !self.rest.is_empty() {
            let root = root.as_os_str().as_encoded_bytes();
            environ.set("PATH_TRANSLATED", [root, self.rest.as_bytes()].concat());
        }
    }
}

/// The first regular file below `root` that the `PATH_INFO` of a request leads to, folder by
/// folder.
///
/// What is not there, is a folder, or lies outside of the root is 404, as for [files](open_below).
pub fn find_script(root: &Path, environ: &Environ) -> Result<Script> {
    let path = plain_path(environ)?;
    let mut file = root.to_owned();
    let mut name = String::new();
    for segment in path.strip_prefix('/').ok_or(HttpError(404))?.split('/') {
        if !is_plain(segment) {
            break;
        }
        file.push(segment);
        name = name + "/" + segment;
        if fs::metadata(&file).map_err(status_of)?.is_dir() {
            continue;
        }
        let Found::File(_) = open_below(root, &file)? else { break };
        let file = file.canonicalize().map_err(status_of)?;
        let rest = path[name.len()..].to_owned();
        return Ok(Script { file, name, rest });
    }
    Err(HttpError(404).into())
}

/// The `PATH_INFO`, if a program outside can understand it as it was meant; else 404.
///
/// Decoded, `/a%2fb` is `/a/b`, which is another path. A NUL ends a text in C. And many a program
/// takes the path for the name of a file, where `..` leads out; on Windows behind a backslash, too.
pub fn plain_path(environ: &Environ) -> Result<&str, HttpError> {
    let path = environ.get("PATH_INFO").unwrap_or_default();
    let path = std::str::from_utf8(path).map_err(|_| HttpError(404))?;
    let target = environ.text("REQUEST_URI").split('?').next().unwrap_or_default();
    let target = target.to_ascii_lowercase();
    let is_encoded = ["%2f", "%5c", "%00"].iter().any(|escape| target.contains(escape));
    let climbs = path.split(['/', '\\']).any(|segment| segment == "." || segment == "..");
    if is_encoded || climbs || path.contains('\0') { Err(HttpError(404)) } else { Ok(path) }
}
