//! Right too: it joins ranges when it has sorted them, cuts lists of tags at their quotes,
//! sends a file as many small bodies, and says more in its errors.

pub use chapter::*;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub fn parse_ranges(value: &str, length: u64) -> Option<Vec<Range<u64>>> {
    let (unit, specs) = value.split_once('=')?;
    if unit.to_lowercase() != "bytes" {
        return None;
    }
    let specs: Vec<&str> = specs
        .split(',')
        .map(|spec| spec.trim_matches(|char| char == ' ' || char == '\t'))
        .filter(|spec| !spec.is_empty())
        .collect();
    if specs.len() > MAX_RANGES || specs.is_empty() {
        return None;
    }
    // Each with its place in the list.
    let mut asked = Vec::new();
    for (place, spec) in specs.iter().enumerate() {
        let (from, to) = spec.split_once('-')?;
        let (start, end) = match (digits(from), digits(to)) {
            _ if from.is_empty() && length == 0 && digits(to)? > 0 => return None,
            (_, Some(count)) if from.is_empty() => (length - count.min(length), length),
            (Some(start), _) if to.is_empty() => (start, length),
            (Some(start), Some(last)) if start <= last => {
                (start, last.checked_add(1).unwrap_or(length).min(length))
            }
            _ => return None,
        };
        if start < end {
            asked.push((start, end, place));
        }
    }
    asked.sort_unstable();
    let mut joined: Vec<(u64, u64, usize)> = Vec::new();
    for (start, end, place) in asked {
        match joined.last_mut() {
            Some(last) if start <= last.1 => {
                last.1 = last.1.max(end);
                last.2 = last.2.min(place);
            }
            _ => joined.push((start, end, place)),
        }
    }
    joined.sort_unstable_by_key(|&(_, _, place)| place);
    Some(joined.into_iter().map(|(start, end, _)| start..end).collect())
}

fn digits(text: &str) -> Option<u64> {
    let mut number = 0_u64;
    for char in text.chars() {
        let digit = char.to_digit(10)?;
        number = number.saturating_mul(10).saturating_add(u64::from(digit));
    }
    (!text.is_empty()).then_some(number)
}

pub fn judge_conditions(headers: &Headers, validators: &Validators) -> Verdict {
    let failed = match headers.contains("If-Match") {
        true => !names(headers, "If-Match", validators, false),
        false => {
            match (only_date(headers, "If-Unmodified-Since", validators.now), validators.changed) {
                (Some(date), Some(changed)) if validators.last_modified().is_some() => {
                    date < changed
                }
                (Some(date), Some(changed)) => date <= changed,
                _ => false,
            }
        }
    };
    let has_it = match headers.contains("If-None-Match") {
        true => names(headers, "If-None-Match", validators, true),
        false => match only_date(headers, "If-Modified-Since", validators.now) {
            Some(date) => validators.last_modified() == Some(date),
            None => false,
        },
    };
    match (failed, has_it) {
        (true, _) => Verdict::Failed,
        (_, true) => Verdict::NotModified,
        _ => Verdict::Go,
    }
}

pub fn if_range_holds(headers: &Headers, validators: &Validators) -> bool {
    let values: Vec<&[u8]> = headers.get_all("If-Range").collect();
    match values[..] {
        [] => true,
        [value] => {
            let tag = validators.etag.as_ref().map(|etag| format!("\"{etag}\""));
            let date = only_date(headers, "If-Range", validators.now);
            tag.is_some_and(|tag| tag.as_bytes() == value)
                || (date.is_some() && date == validators.last_modified())
        }
        _ => false,
    }
}

fn only_date(headers: &Headers, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match headers.get_all(name).count() {
        1 => parse_date(headers.get_text(name)?, now),
        _ => None,
    }
}

/// Whether the file's tag is among those in a field. Between two quotes stands a tag, and
/// before the first of them a `W/` or nothing.
fn names(headers: &Headers, name: &str, validators: &Validators, weakly: bool) -> bool {
    for list in headers.get_all(name) {
        if list == b"*" {
            return true;
        }
        let mut rest = list;
        while let Some(open) = rest.iter().position(|&byte| byte == b'"') {
            let before = rest[..open].trim_ascii();
            let before =
                before.iter().rposition(|&b| b == b',').map_or(before, |c| &before[c + 1..]);
            let weak = match before.trim_ascii_start() {
                b"" => false,
                b"W/" => true,
                _ => break,
            };
            let Some(close) = rest[open + 1..].iter().position(|&byte| byte == b'"') else { break };
            let tag = &rest[open + 1..open + 1 + close];
            let is_own = validators.etag.as_ref().is_some_and(|own| own.as_bytes() == tag);
            if is_own && (weakly || !weak) {
                return true;
            }
            rest = &rest[open + close + 2..];
        }
    }
    false
}

pub fn file_response(
    request: &Request,
    file: File,
    content_type: &'static str,
) -> Result<Response> {
    let found = file.metadata().context("what is this file?")?;
    let (length, validators) = (found.len(), Validators::of(&found, Utc::now()));
    match judge_conditions(&request.headers, &validators) {
        Verdict::Failed => return Err(HttpError(412).into()),
        Verdict::NotModified => return Ok(validators.add_to(Response::new(304))?),
        Verdict::Go => {}
    }
    let asked = match headers_once(request) {
        Some(value) if if_range_holds(&request.headers, &validators) => parse_ranges(value, length),
        _ => None,
    };
    let file = Arc::new(file);
    let whole = validators
        .add_to(Response::new(200).content_type(content_type))?
        .header("Accept-Ranges", "bytes")?;
    match asked.as_deref() {
        None => Ok(whole.stream(in_small_bodies(&file, 0..length))),
        Some([]) => Ok(Response::text("There is no such part.\n")
            .status(416)
            .header("Content-Range", format!("bytes */{length}"))?),
        Some([one]) => {
            let part = format!("bytes {}-{}/{length}", one.start, one.end - 1);
            let response = whole.status(206).header("Content-Range", part)?;
            Ok(response.stream(in_small_bodies(&file, one.clone())))
        }
        // More than one: the chapter knows how to write that.
        Some(_) => chapter::file_response(request, file.try_clone()?, content_type),
    }
}

fn headers_once(request: &Request) -> Option<&str> {
    let is_once = request.headers.get_all("Range").count() == 1;
    if is_once && request.method == "GET" { request.headers.get_text("Range") } else { None }
}

fn in_small_bodies(file: &Arc<File>, range: Range<u64>) -> Body {
    let mut bodies = VecDeque::new();
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start + 40_000);
        bodies.push_back(Body::File(Arc::clone(file), start..end));
        start = end;
    }
    Body::Chain(bodies)
}

pub fn serve_static(
    url_prefix: &str,
    root: &Path,
    listing: Listing,
) -> (impl Fn(&Request) -> bool + use<>, impl Fn(&Request) -> Result<Response> + use<>) {
    let (pattern, serve) = chapter::serve_static(url_prefix, root, listing);
    let prefix = format!("{}/", url_prefix.trim_end_matches('/'));
    let root = root.to_path_buf();
    let handler = move |request: &Request| {
        let path = request.path.strip_prefix(&prefix).filter(|path| !path.is_empty());
        let is_read = ["GET", "HEAD"].contains(&request.method.as_str());
        if let Some(path) = path.filter(|path| is_read && !path.ends_with('/'))
            && let Ok(path) = resolve(path, &root)
            && let Ok(Found::File(file)) = open_below(&root, &path)
        {
            return file_response(request, file, content_type(&path));
        }
        serve(request)
    };
    (pattern, handler)
}
