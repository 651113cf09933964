//! Right too: it looks at a segment letter by letter, compares the folders above a file one by
//! one, reads a file in pieces, and says more when it refuses a method.

pub use chapter::*;

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

pub fn resolve(path: &str, root: &Path) -> Result<PathBuf, HttpError> {
    let (folders, last) = path.rsplit_once('/').map_or((None, path), |(a, b)| (Some(a), b));
    let mut file = PathBuf::from(root);
    for folder in folders.into_iter().flat_map(|folders| folders.split('/')) {
        file = file.join(name_of(folder).ok_or(HttpError(404))?);
    }
    let name =
        if last.is_empty() { INDEX.to_owned() } else { name_of(last).ok_or(HttpError(404))? };
    Ok(file.join(name))
}

fn name_of(segment: &str) -> Option<String> {
    let name = String::from_utf8(percent_decode(segment)?).ok()?;
    if name.chars().any(|char| matches!(char, '/' | '\\' | ':' | '\0')) {
        return None;
    }
    let stem = name.split('.').next()?.trim_end().to_ascii_uppercase();
    let is_device = match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ if stem.starts_with("COM") || stem.starts_with("LPT") => {
            let number: Vec<char> = stem.chars().skip(3).collect();
            matches!(number[..], ['1'..='9' | '¹' | '²' | '³'])
        }
        _ => name.to_ascii_lowercase() == "..namedfork",
    };
    let ends_well = name.chars().next_back().is_some_and(|last| last != '.' && last != ' ');
    (ends_well && !is_device).then_some(name)
}

pub fn open_below(root: &Path, file: &Path) -> Result<File> {
    let root = fs::canonicalize(root).context("the folder that is served")?;
    let opened = fs::canonicalize(file).and_then(|file| {
        let is_below = file.ancestors().skip(1).any(|folder| folder == root);
        match is_below && file.symlink_metadata()?.is_file() {
            true => File::open(&file),
            false => Err(ErrorKind::NotFound.into()),
        }
    });
    opened.map_err(status_of)
}

pub fn serve_static(
    url_prefix: &str,
    root: &Path,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let prefix: Vec<String> = url_prefix.trim_end_matches('/').split('/').map(Into::into).collect();
    let (own_prefix, root) = (prefix.clone(), root.to_path_buf());
    let pattern = move |request: &Request| below(&prefix, &request.path).is_some();
    let handler = move |request: &Request| {
        if !is_known_method(&request.method) {
            return Err(HttpError(501).into());
        }
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            let told = "A file can be read, and nothing else.\n";
            return Ok(Response::text(told).status(405).header("Allow", "GET, HEAD")?);
        }
        let Some(path) = below(&own_prefix, &request.path) else {
            return Err(HttpError(404).into());
        };
        let file = resolve(path, &root)?;
        let opened = open_below(&root, &file)?;
        let length = opened.metadata().context("looking at a file")?.len();
        let answer = Response::new(200).content_type(content_type(&file));
        if request.method == "HEAD" {
            return Ok(answer.header("Content-Length", length.to_string())?);
        }
        let (mut body, mut piece) = (Vec::new(), [0; 3000]);
        body.try_reserve_exact(usize::try_from(length)?).context("a file is too large")?;
        let mut opened = opened.take(length);
        loop {
            match opened.read(&mut piece) {
                Ok(0) if opened.limit() > 0 => bail!("a file has become shorter"),
                Ok(0) => break,
                Ok(count) => body.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("reading a file"),
            }
        }
        Ok(answer.body(body))
    };
    (pattern, handler)
}

/// What follows the segments of the prefix and a slash.
fn below<'a>(prefix: &[String], path: &'a str) -> Option<&'a str> {
    let mut rest = path;
    for segment in prefix {
        let (first, behind) = rest.split_once('/')?;
        if first != segment {
            return None;
        }
        rest = behind;
    }
    Some(rest)
}
