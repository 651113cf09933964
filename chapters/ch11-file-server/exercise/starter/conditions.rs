use crate::{Headers, Validators};

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
/// A list has tags in quotes, between them commas, spaces and tabs. A comma may stand in a tag.
/// A weak tag has `W/` before its quotes: it may be the same one weakly and never strongly. The
/// list ends with the first thing that is no tag. It may go on in another field of its name.
/// The file's own tag stands in `validators.etag` without quotes; if there is none, `*` matches
/// all the same.
///
/// A date that [`parse_date`](crate::parse_date) does not understand, or that comes twice, is
/// as good as none. The date of the file is [`last_modified`](Validators::last_modified) in
/// step 4, and matches only if it is the same. In step 2 the file was changed since if
/// `validators.changed` is later than the date; or if it is the same, and there is no
/// `last_modified`. A file without `changed` has not changed.
pub fn judge_conditions(headers: &Headers, validators: &Validators) -> Verdict {
    todo!("four steps; the first that decides is the verdict")
}

/// Whether a `Range` is meant for what there is: there is no `If-Range`, or it has the tag
/// or the date of this version (RFC 9110 section 13.1.5).
///
/// It has one tag, in its quotes, or one date, which must be that of
/// [`last_modified`](Validators::last_modified). Whatever else it has is for another version: a
/// weak tag, a list, `*`, two fields, nonsense.
pub fn if_range_holds(headers: &Headers, validators: &Validators) -> bool {
    todo!("one field or none; a tag is compared byte by byte, a date when it is parsed")
}
