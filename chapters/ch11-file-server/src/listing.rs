use crate::{decode_name, encode_name, escape_controls, escape_html, is_plain, status_of};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::SystemTime;

/// A line of a listing.
struct Row {
    name: OsString,
    is_folder: bool,
    /// In bytes; 0 for a folder.
    length: u64,
    changed: SystemTime,
}

/// The page that lists a folder below `root`: names that are links, sizes in bytes, and the
/// times of the last change.
///
/// Listed is what may be had by its link, and nothing else: files and folders whose names
/// [`is_plain`] allows, and links that lead to such below `root`. Both paths are those
/// that are left when all links are followed. `title` is the text of the heading.
///
/// Folders come first. `query` orders the rest: `sort=name`, `sort=size` or `sort=time`, and
/// with a minus sign, as in `sort=-size`, the other way round.
pub fn list(root: &Path, folder: &Path, title: &str, query: Option<&str>) -> Result<String> {
    let entries = fs::read_dir(folder).map_err(status_of)?;
    let mut rows = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("reading the folder {}", folder.display()))?;
        rows.extend(row_of(root, &entry));
    }
    let order = query.and_then(|query| query.strip_prefix("sort=")).unwrap_or("name");
    // First by name, so that those which are alike in the other are in an order too.
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    match order.trim_start_matches('-') {
        "size" => rows.sort_by_key(|row| row.length),
        "time" => rows.sort_by_key(|row| row.changed),
        _ => {}
    }
    if order.starts_with('-') {
        rows.reverse();
    }
    rows.sort_by_key(|row| Reverse(row.is_folder));

    let title = escape_html(&escape_controls(title));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>td {{ padding-right: 2em; white-space: pre }}</style>\n\
         <h1>{title}</h1>\n<table>\n<tr>"
    );
    for (key, heading) in [("name", "Name"), ("size", "Size"), ("time", "Last change (UTC)")] {
        // Who is there already is led to the other way round.
        let sign = if order == key { "-" } else { "" };
        page += &format!("<th align=\"left\"><a href=\"?sort={sign}{key}\">{heading}</a>");
    }
    page += "\n";
    if folder != root {
        page += "<tr><td><a href=\"../\">../</a>\n";
    }
    for row in &rows {
        page += &line_of(row);
    }
    page += "</table>\n";
    Ok(page)
}

/// What is shown of an entry; `None` if nothing is.
fn row_of(root: &Path, entry: &DirEntry) -> Option<Row> {
    // As a request would say it, which on some systems is not possible for every name.
    let name = decode_name(entry.file_name().into_encoded_bytes())?;
    let path = entry.path();
    // An error here is one of an entry that is gone, or that nobody may look at.
    let is_link = entry.file_type().ok()?.is_symlink();
    let is_below = !is_link || path.canonicalize().ok()?.starts_with(root);
    if !is_below || !is_plain(&name.to_string_lossy()) {
        return None;
    }
    let metadata = fs::metadata(path).ok()?;
    let is_folder = metadata.is_dir();
    let length = if is_folder { 0 } else { metadata.len() };
    let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    (is_folder || metadata.is_file()).then_some(Row { name, is_folder, length, changed })
}

/// A name is written twice, and escaped twice: once for an address, once for HTML.
fn line_of(row: &Row) -> String {
    let slash = if row.is_folder { "/" } else { "" };
    let link = encode_name(&row.name);
    let name = escape_html(&escape_controls(&row.name.to_string_lossy()));
    let size = if row.is_folder { String::new() } else { row.length.to_string() };
    let changed = time_of(row.changed).unwrap_or_default();
    format!("<tr><td><a href=\"{link}{slash}\">{name}{slash}</a><td>{size}<td>{changed}\n")
}

/// A time for people; `None` if it is before 1970 or too far away for a calendar.
fn time_of(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let time = DateTime::<Utc>::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0)?;
    Some(time.format("%Y-%m-%d %H:%M:%S").to_string())
}
