use crate::{Headers, Message, StartLine};

/// A download that broke off.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// How many bytes are on the disk.
    pub length: u64,
    /// The `ETag` that came with them, with its quotes, and its `W/` if it has one.
    pub etag: Option<String>,
}

/// What is to be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its body comes behind what is saved.
    Append,
    /// Its body takes the place of what is saved.
    StartOver,
    /// Nothing: all was saved before.
    Done,
    /// Ask again, without a range: nothing in this answer is of use.
    AskForAll,
}

/// The header fields of a request for what is still missing.
pub fn ask_for_the_rest(saved: &Saved) -> Headers {
    let mut headers = Headers::default();
    if let Some(etag) = saved.etag.as_ref().filter(|etag| !etag.starts_with("W/"))
        && saved.length > 0
        // A tag that came in a header can go into one.
        && headers.add("If-Range", etag).is_ok()
    {
        let _ = headers.add("Range", format!("bytes={}-", saved.length));
    }
    headers
}

/// What is to be done with the answer to [that request](ask_for_the_rest).
pub fn judge_answer(saved: &Saved, answer: &Message) -> Next {
    let StartLine::Response { status, .. } = answer.start else { return Next::AskForAll };
    let part = content_range(&answer.headers);
    match (status, part) {
        (200, _) => Next::StartOver,
        (206, Some((Some((first, last)), length))) => {
            let is_rest = first == saved.length
                && last >= first
                && length.is_none_or(|length| last.checked_add(1) == Some(length));
            let tag = answer.headers.get("ETag");
            let is_same =
                tag.is_none_or(|tag| saved.etag.as_ref().is_some_and(|own| own.as_bytes() == tag));
            if is_rest && is_same { Next::Append } else { Next::AskForAll }
        }
        (416, Some((None, Some(length)))) if length == saved.length => Next::Done,
        _ => Next::AskForAll,
    }
}

/// First and last byte, unless there is a `*` in their place, and the length, unless there is.
type Part = (Option<(u64, u64)>, Option<u64>);

fn content_range(headers: &Headers) -> Option<Part> {
    let mut values = headers.get_all("Content-Range");
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (unit, rest) = str::from_utf8(value).ok()?.split_once(' ')?;
    let (part, length) = rest.split_once('/')?;
    let length = if length == "*" { None } else { Some(number(length)?) };
    let part = match part {
        "*" => None,
        _ => {
            let (first, last) = part.split_once('-')?;
            Some((number(first)?, number(last)?))
        }
    };
    unit.eq_ignore_ascii_case("bytes").then_some((part, length))
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
