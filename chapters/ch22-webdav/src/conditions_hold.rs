use crate::{Headers, HttpError, Resource, Validators, Verdict, judge_conditions};
use anyhow::Result;
use chrono::{DateTime, Utc};

/// Whether something may be changed as far as `If-Match`, `If-None-Match` and `If-Unmodified-Since`
/// say (RFC 9110 section 13.2.2); 412 if not.
///
/// Who has read a file and sends its tag in `If-Match` does not overwrite what somebody else has
/// written since. `If-None-Match: *` is for those who want to make a new one.
pub fn conditions_hold(headers: &Headers, there: &Resource, now: DateTime<Utc>) -> Result<()> {
    let failed = match there {
        Resource::File(metadata) | Resource::Folder(metadata) => {
            let mut relevant = Headers::default();
            // It is for readers (RFC 9110 section 13.1.3).
            for (name, value) in headers.iter() {
                if !name.eq_ignore_ascii_case("If-Modified-Since") {
                    relevant.add(name, value)?;
                }
            }
            judge_conditions(&relevant, &Validators::of(metadata, now)) != Verdict::Go
        }
        // Whatever tag is listed, what is not there has another one; and it has no date.
        Resource::Missing | Resource::Hidden => headers.contains("If-Match"),
    };
    if failed { Err(HttpError(412).into()) } else { Ok(()) }
}
