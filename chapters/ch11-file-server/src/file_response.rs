use crate::{
    Body, HttpError, Request, Response, Validators, Verdict, if_range_holds, judge_conditions,
    parse_ranges,
};
use anyhow::{Context, Result};
use chrono::Utc;
use std::collections::VecDeque;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

/// Answers a GET or a HEAD with an open file: all of it, a part, several parts, or the
/// news that there is none.
///
/// | request | status |
/// |---|---|
/// | its conditions [do not hold](judge_conditions) | 304 or 412 |
/// | no `Range`, an `If-Range` for another version, or HEAD | 200 |
/// | a [`Range`](parse_ranges) of one part | 206 with `Content-Range` |
/// | of several | 206 with a body of type `multipart/byteranges` |
/// | of nothing that is in the file | 416 with the length in `Content-Range` |
///
/// The length is what the open file has now. Nothing is read of it here.
pub fn file_response(
    request: &Request,
    file: File,
    content_type: &'static str,
) -> Result<Response> {
    let metadata = file.metadata().context("looking at an open file")?;
    let validators = Validators::of(&metadata, Utc::now());
    match judge_conditions(&request.headers, &validators) {
        Verdict::Go => {}
        Verdict::NotModified => return Ok(validators.add_to(Response::new(304))?),
        Verdict::Failed => return Err(HttpError(412).into()),
    }
    let (length, file) = (metadata.len(), Arc::new(file));
    let part = |range| Body::File(Arc::clone(&file), range);
    let response = |status| -> Result<_> {
        let response = Response::new(status).content_type(content_type);
        Ok(validators.add_to(response)?.header("Accept-Ranges", "bytes")?)
    };
    let Some(ranges) = wanted(request, &validators, length) else {
        return Ok(response(200)?.stream(part(0..length)));
    };
    match &ranges[..] {
        [] => Ok(Response::new(416).header("Content-Range", format!("bytes */{length}"))?),
        [range] => Ok(response(206)?
            .header("Content-Range", content_range(range, length))?
            .stream(part(range.clone()))),
        several => {
            let boundary = boundary();
            let mut parts = VecDeque::new();
            for range in several {
                let head = format!(
                    "--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: {}\r\n\r\n",
                    content_range(range, length)
                );
                parts.extend([Body::from(head.into_bytes()), part(range.clone())]);
                parts.push_back(Body::from(b"\r\n".to_vec()));
            }
            parts.push_back(Body::from(format!("--{boundary}--\r\n").into_bytes()));
            let content_type = format!("multipart/byteranges; boundary={boundary}");
            Ok(response(206)?.header("Content-Type", content_type)?.stream(Body::Chain(parts)))
        }
    }
}

/// The parts that are wanted; `None` if it is all.
fn wanted(request: &Request, validators: &Validators, length: u64) -> Option<Vec<Range<u64>>> {
    // Of HEAD it is not defined (RFC 9110 section 14.2).
    if request.method != "GET" || !if_range_holds(&request.headers, validators) {
        return None;
    }
    let mut values = request.headers.get_all("Range");
    match (values.next(), values.next()) {
        (Some(value), None) => parse_ranges(str::from_utf8(value).ok()?, length),
        _ => None,
    }
}

/// `bytes 0-9/100` (RFC 9110 section 14.4). The range is not empty.
fn content_range(range: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1))
}

/// A line that separates parts and stands in none of them. That is a matter of chance, and
/// 128 bits are enough of it; the standard library has them for its hash tables.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
