use crate::{Depth, PropertyName};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether others may have a lock on the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Nobody else.
    Exclusive,
    /// Others who share it.
    Shared,
}

/// A lock: whoever wants to write has to show its token (RFC 4918 section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its name, which no other lock ever has.
    pub token: String,
    /// What it was asked for.
    pub key: String,
    /// `Infinity` if it holds for all that is below, too; else `Zero`.
    pub depth: Depth,
    /// Whether others may lock the same.
    pub scope: Scope,
    /// What the client has said of itself: an element of XML that can stand anywhere.
    pub owner: Option<String>,
    /// For how long it was given, in seconds.
    pub seconds: u32,
    /// When it ends, in seconds since 1970.
    pub ends: i64,
}

impl Lock {
    /// Whether its time is not over.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        self.seconds_left(now) > 0
    }

    fn seconds_left(&self, now: DateTime<Utc>) -> i64 {
        self.ends.saturating_sub(now.timestamp()).max(0)
    }

    /// How it is shown, as an element `activelock` (RFC 4918 section 14.1). `root` is the address
    /// of what is locked, escaped for XML.
    pub fn describe(&self, root: &str, now: DateTime<Utc>) -> String {
        let scope = match self.scope {
            Scope::Exclusive => "exclusive",
            Scope::Shared => "shared",
        };
        let depth = if self.depth == Depth::Infinity { "infinity" } else { "0" };
        let left = self.seconds_left(now);
        PropertyName::dav("activelock").element(&format!(
            "<D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>\
             <D:depth>{depth}</D:depth>{}<D:timeout>Second-{left}</D:timeout>\
             <D:locktoken><D:href>{}</D:href></D:locktoken>\
             <D:lockroot><D:href>{root}</D:href></D:lockroot>",
            self.owner.as_deref().unwrap_or_default(),
            self.token
        ))
    }
}
