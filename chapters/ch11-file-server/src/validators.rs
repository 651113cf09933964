use crate::{InvalidHeader, Response, http_date};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use std::fs::Metadata;
use std::time::UNIX_EPOCH;

/// For how long after its last change a file has no date that could be relied on, in
/// seconds.
///
/// HTTP writes whole seconds, and some file systems count in twos (FAT). A file that is
/// changed again in the same two seconds has the same date, and is another one.
const SETTLED: i64 = 2;

/// What tells one version of a file from another (RFC 9110 section 8.8).
#[derive(Clone, Debug, PartialEq)]
pub struct Validators {
    /// A tag, without its quotes; `None` if the last change is unknown or was before 1970.
    pub etag: Option<String>,
    /// When it was last changed, in whole seconds; `None` outside of the years 1970 to 9999.
    pub changed: Option<DateTime<Utc>>,
    /// When this was looked up.
    pub now: DateTime<Utc>,
}

impl Validators {
    /// Those of an open file.
    ///
    /// The tag is made of the nanosecond of the last change, the length, and on Unix the
    /// number of the file: a file that takes the place of another has another one, whatever
    /// its date says. It is a strong one. What it cannot tell apart are two changes in
    /// place, of the same length, within one tick of the file system's clock.
    pub fn of(metadata: &Metadata, now: DateTime<Utc>) -> Self {
        let changed = metadata.modified().ok();
        let since = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
        let (length, number) = (metadata.len(), number_of(metadata));
        let date = since
            .and_then(|since| DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0));
        Self {
            etag: since.map(|since| format!("{:x}-{length:x}-{number:x}", since.as_nanos())),
            changed: date.filter(|date| date.year() <= 9999),
            now,
        }
    }

    /// The date to be sent, and the only one that a condition can match.
    ///
    /// `None` as long as the file has not settled, and that is why every date that is sent
    /// belongs to one version alone: a later one has a later date.
    pub fn last_modified(&self) -> Option<DateTime<Utc>> {
        let is_settled = |&changed: &_| self.now - changed >= TimeDelta::seconds(SETTLED);
        self.changed.filter(is_settled)
    }

    /// `response` with `ETag` and `Last-Modified`.
    pub fn add_to(&self, mut response: Response) -> Result<Response, InvalidHeader> {
        if let Some(etag) = &self.etag {
            response = response.header("ETag", format!("\"{etag}\""))?;
        }
        if let Some(date) = self.last_modified() {
            response = response.header("Last-Modified", http_date(date))?;
        }
        Ok(response)
    }
}

/// The number of the file, by which Unix knows it.
#[cfg(unix)]
fn number_of(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// The standard library has no such number elsewhere.
#[cfg(not(unix))]
fn number_of(_: &Metadata) -> u64 {
    0
}
