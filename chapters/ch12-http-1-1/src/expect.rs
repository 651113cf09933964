use crate::framing::list;
use crate::{Headers, Version};

/// Whether the sender of this head waits for a `100 Continue` before it sends the body
/// (RFC 9110 section 10.1.1).
///
/// HTTP/1.0 does not know that status: there the field counts for nothing.
pub fn awaits_continue(version: Version, headers: &Headers) -> bool {
    version == Version::Http11
        && list(headers, "Expect").any(|one| one.eq_ignore_ascii_case(b"100-continue"))
}
