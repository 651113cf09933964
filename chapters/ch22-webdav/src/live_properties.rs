use crate::{Validators, content_type};
use chrono::{DateTime, Utc};
use std::fs::Metadata;
use std::path::Path;

/// The live properties, which say what is so and which nobody can set (RFC 4918 section 15), in the
/// namespace [`DAV`](crate::DAV).
pub const LIVE: [&str; 8] = [
    "creationdate",
    "getcontentlength",
    "getcontenttype",
    "getetag",
    "getlastmodified",
    "lockdiscovery",
    "resourcetype",
    "supportedlock",
];

/// That there are exclusive and shared locks against writing (RFC 4918 section 15.10).
const SUPPORTED_LOCK: &str = "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>\
                              <D:locktype><D:write/></D:locktype></D:lockentry>\
                              <D:lockentry><D:lockscope><D:shared/></D:lockscope>\
                              <D:locktype><D:write/></D:locktype></D:lockentry>";

/// What is in the element of a live property; `None` if the file or folder does not have it.
/// `locks` are the [descriptions](crate::Lock::describe) of those that hold for it.
pub fn live_property(
    name: &str,
    path: &Path,
    metadata: &Metadata,
    locks: &str,
    now: DateTime<Utc>,
) -> Option<String> {
    let file = metadata.is_file();
    let validators = || Validators::of(metadata, now);
    match name {
        "creationdate" => {
            let made = DateTime::<Utc>::from(metadata.created().ok()?);
            Some(made.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        }
        "getcontentlength" => file.then(|| metadata.len().to_string()),
        "getcontenttype" => file.then(|| content_type(path).to_owned()),
        "getetag" if file => validators().etag.map(|etag| format!("\"{etag}\"")),
        // Unlike `Last-Modified`, it is for people: nothing is decided by it.
        "getlastmodified" => validators().changed.map(crate::http_date),
        "lockdiscovery" => Some(locks.to_owned()),
        "resourcetype" => Some(if file { "" } else { "<D:collection/>" }.to_owned()),
        "supportedlock" => Some(SUPPORTED_LOCK.to_owned()),
        _ => None,
    }
}
