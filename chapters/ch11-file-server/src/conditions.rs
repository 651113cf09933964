use crate::{Headers, Validators, parse_date};
use chrono::{DateTime, Utc};

/// What the conditions of a request make of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is answered as if there were no conditions.
    Go,
    /// 304: the client has this version.
    NotModified,
    /// 412: the client wanted to hear of another version, and of no other.
    Failed,
}

/// Judges the conditions of a GET or a HEAD for what there is (RFC 9110 section 13.2.2).
///
/// | step | asked if there is | it holds if | if not |
/// |---|---|---|---|
/// | 1 | `If-Match` | the tag is listed (strongly), or `*` | 412 |
/// | 2 | `If-Unmodified-Since`, and no `If-Match` | not changed since | 412 |
/// | 3 | `If-None-Match` | the tag is not listed (weakly), nor `*` | 304 |
/// | 4 | `If-Modified-Since`, and no `If-None-Match` | the date is another one | 304 |
///
/// A date that cannot be understood, or comes twice, is as good as none. Step 4 does not ask
/// which of two dates is later. If a file is replaced by an older one, then its date has
/// gone back, and "not newer than yours" would keep it from the client for ever.
pub fn judge_conditions(headers: &Headers, validators: &Validators) -> Verdict {
    let date = |name| one_date(headers, name, validators.now);
    if headers.contains("If-Match") {
        if !is_listed(headers, "If-Match", validators, Weak::DoesNotCount) {
            return Verdict::Failed;
        }
    } else if let Some(date) = date("If-Unmodified-Since")
        && let Some(changed) = validators.changed
        && (changed > date || (changed == date && validators.last_modified().is_none()))
    {
        return Verdict::Failed;
    }
    let has_it = match headers.contains("If-None-Match") {
        true => is_listed(headers, "If-None-Match", validators, Weak::Counts),
        false => {
            let date = date("If-Modified-Since");
            date.is_some() && date == validators.last_modified()
        }
    };
    if has_it { Verdict::NotModified } else { Verdict::Go }
}

/// Whether a `Range` is meant for what there is: there is no `If-Range`, or it has the tag
/// or the date of this version (RFC 9110 section 13.1.5).
///
/// A weak tag never matches: two versions that mean the same may differ in their bytes, and
/// parts of them do not fit together.
pub fn if_range_holds(headers: &Headers, validators: &Validators) -> bool {
    let mut values = headers.get_all("If-Range");
    let (Some(value), None) = (values.next(), values.next()) else {
        return !headers.contains("If-Range");
    };
    let has_tag = validators.etag.as_ref().is_some_and(|etag| value == quoted(etag));
    let date = str::from_utf8(value).ok().and_then(|text| parse_date(text, validators.now));
    has_tag || (date.is_some() && date == validators.last_modified())
}

/// The date in a field, if the field is there once and has one.
fn one_date(headers: &Headers, name: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (Some(value), None) => parse_date(str::from_utf8(value).ok()?, now),
        _ => None,
    }
}

/// Whether a weak tag, as in `W/"a"`, may match (RFC 9110 section 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weak {
    Counts,
    DoesNotCount,
}

/// Whether the tags in a field have that of `validators` among them. `*` stands for all.
fn is_listed(headers: &Headers, name: &str, validators: &Validators, weak: Weak) -> bool {
    headers.get_all(name).any(|list| {
        let is_in = |etag: &String| {
            tags(list)
                .any(|(is_weak, tag)| tag == quoted(etag) && (!is_weak || weak == Weak::Counts))
        };
        list == b"*" || validators.etag.as_ref().is_some_and(is_in)
    })
}

fn quoted(etag: &str) -> Vec<u8> {
    format!("\"{etag}\"").into_bytes()
}

/// The tags of a list, each with its quotes and whether it is weak. A comma may be part of a
/// tag. The list ends with the first thing that is no tag.
fn tags(mut list: &[u8]) -> impl Iterator<Item = (bool, &[u8])> {
    std::iter::from_fn(move || {
        let start = list.iter().position(|byte| !b" \t,".contains(byte))?;
        let tag = &list[start..];
        let (is_weak, tag) = match tag.strip_prefix(b"W/") {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let behind_quote = tag.strip_prefix(b"\"")?;
        let end = 2 + behind_quote.iter().position(|&byte| byte == b'"')?;
        list = &tag[end..];
        Some((is_weak, &tag[..end]))
    })
}
