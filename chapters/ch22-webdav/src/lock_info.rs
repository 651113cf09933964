use crate::read_xml::{child, parse, standing_alone};
use crate::{HttpError, Scope};

/// How much a client may say of itself, in bytes of XML: everybody who asks for the lock is told.
pub const MAX_OWNER: usize = 2048;

/// What a LOCK wants (RFC 4918 section 14.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockInfo {
    /// Whether others may lock it, too.
    pub scope: Scope,
    /// Who locks: the element `owner` as the client has sent it.
    pub owner: Option<String>,
}

impl LockInfo {
    /// Reads the body of a request. What is no document of the kind is 400, and so is a lock that
    /// is not against writing: there is no other kind. An owner that is longer than [`MAX_OWNER`]
    /// is 413.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let document = parse(text, "lockinfo")?;
        let root = document.root_element();
        let scope = child(root, "lockscope").ok_or(HttpError(400))?;
        let scope = match (child(scope, "exclusive"), child(scope, "shared")) {
            (Some(_), None) => Scope::Exclusive,
            (None, Some(_)) => Scope::Shared,
            _ => return Err(HttpError(400)),
        };
        child(root, "locktype").and_then(|kind| child(kind, "write")).ok_or(HttpError(400))?;
        let owner = child(root, "owner").map(standing_alone);
        match owner.as_ref().is_some_and(|owner| owner.len() > MAX_OWNER) {
            true => Err(HttpError(413)),
            false => Ok(Self { scope, owner }),
        }
    }
}
