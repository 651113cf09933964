use crate::{Headers, Progress, Request, Response, Session, parse_date};
use anyhow::{Context, Result, anyhow, bail};
use chrono::{TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What an unfinished download is part of.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Note {
    url: String,
    /// What tells this version of it from any other: an `ETag` or a `Last-Modified`.
    validator: String,
}

/// Fetches what `request` asks for into the file `to`, and returns how far it came in the end.
/// `report` is told from time to time.
///
/// Until all of it is there, it is in a file with `.part` behind its name. If there is one already,
/// the server is asked for the rest alone: as long as it is the rest of the same version
/// (`If-Range`, RFC 9110 section 13.1.5), which a note in `.part.json` tells apart. Else it begins
/// anew. So `to` is always one version of the whole, or what it was before.
///
/// An answer other than 200 and 206 is an error, and nothing is saved.
pub fn download(
    session: &Session,
    request: Request,
    to: &Path,
    report: &mut dyn FnMut(&Progress),
) -> Result<Progress> {
    let files = Files { part: with_suffix(to, ".part"), note: with_suffix(to, ".part.json") };
    let url = request.url.to_string();
    if let Some((length, validator)) = files.unfinished(&url)? {
        let rest = request
            .clone()
            .header("Range", format!("bytes={length}-"))?
            .header("If-Range", &validator)?;
        let response = session.send(rest)?;
        match response.status {
            206 if may_be(&response.headers, &validator) => {
                if let Some(total) = total_after(&response.headers, length) {
                    return files.finish(response, length, Some(total), to, report);
                }
            }
            // What is there may be all of it, or a part of something else: ask again.
            206 | 416 => {}
            _ => return files.begin(response, &url, to, report),
        }
    }
    let response = session.send(request)?;
    files.begin(response, &url, to, report)
}

/// Where an unfinished download is.
struct Files {
    part: PathBuf,
    note: PathBuf,
}

impl Files {
    /// How long the unfinished download of `url` is, and of which version; `None` if there is none
    /// that could be gone on with.
    fn unfinished(&self, url: &str) -> Result<Option<(u64, String)>> {
        let Ok(note) = fs::read(&self.note) else { return Ok(None) };
        let length = match fs::metadata(&self.part) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| in_file(&self.part)),
        };
        let note = serde_json::from_slice::<Note>(&note).ok().filter(|note| note.url == url);
        Ok(note.filter(|_| length > 0).map(|note| (length, note.validator)))
    }

    /// Saves an answer from its beginning.
    fn begin(
        &self,
        response: Response,
        url: &str,
        to: &Path,
        report: &mut dyn FnMut(&Progress),
    ) -> Result<Progress> {
        if response.status != 200 {
            bail!("{}: {}", response.url, response.status_line());
        }
        // In this order: a note never speaks of the bytes of another version.
        remove(&self.note)?;
        File::create(&self.part).with_context(|| in_file(&self.part))?;
        if let Some(validator) = validator(&response.headers) {
            let note = serde_json::to_vec(&Note { url: url.to_owned(), validator })?;
            fs::write(&self.note, note).with_context(|| in_file(&self.note))?;
        }
        let total = response.length();
        self.finish(response, 0, total, to, report)
    }

    /// Appends what comes to the `length` bytes that are there, and gives the whole its name.
    fn finish(
        &self,
        mut response: Response,
        length: u64,
        total: Option<u64>,
        to: &Path,
        report: &mut dyn FnMut(&Progress),
    ) -> Result<Progress> {
        let since = Instant::now();
        let mut part = OpenOptions::new()
            .append(true)
            .open(&self.part)
            .with_context(|| in_file(&self.part))?;
        let time = since.elapsed();
        let mut progress = Progress { bytes: length, resumed_at: length, total, time };
        let mut piece = vec![0; PIECE];
        loop {
            let count = response.read(&mut piece).with_context(|| {
                format!("{}: {} bytes are in {}", response.url, progress.bytes, self.part.display())
            })?;
            if count == 0 {
                break;
            }
            part.write_all(&piece[..count]).with_context(|| in_file(&self.part))?;
            progress.bytes += count as u64;
            progress.time = since.elapsed();
            report(&progress);
        }
        drop(part);
        if let Some(total) = total.filter(|total| *total != progress.bytes) {
            remove(&self.note)?;
            return Err(anyhow!("{} bytes came, and {total} were announced", progress.bytes));
        }
        fs::rename(&self.part, to).with_context(|| in_file(to))?;
        remove(&self.note)?;
        Ok(progress)
    }
}

/// What tells this version from any other. A weak `ETag` does not, nor does a date within the
/// second in which the answer was made: the file may have changed twice in it.
fn validator(headers: &Headers) -> Option<String> {
    let text = |name| headers.get_text(name);
    let date = |name| parse_date(text(name)?, Utc::now());
    if let Some(tag) = text("ETag") {
        return (tag.starts_with('"')).then(|| tag.to_owned());
    }
    let (modified, now) = (date("Last-Modified")?, date("Date")?);
    (now - modified >= TimeDelta::seconds(1)).then(|| text("Last-Modified").unwrap_or("").into())
}

/// Whether an answer with these fields may be of the version that `validator` tells from any other:
/// some servers do not know `If-Range`, and send a part of whatever there is now.
fn may_be(headers: &Headers, validator: &str) -> bool {
    let name = if validator.starts_with('"') { "ETag" } else { "Last-Modified" };
    headers.get_text(name).is_none_or(|given| given == validator)
}

/// How long the whole is of which an answer with these fields has what follows the first `length`
/// bytes; `None` if it has something else (RFC 9110 section 14.4).
fn total_after(headers: &Headers, length: u64) -> Option<u64> {
    let range = headers.get_text("Content-Range")?.strip_prefix("bytes ")?;
    let (range, total) = range.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let total = total.parse().ok()?;
    (first == length && last.checked_add(1)? == total).then_some(total)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| in_file(file))
        }
        _ => Ok(()),
    }
}

fn in_file(file: &Path) -> String {
    format!("with the file {}", file.display())
}
