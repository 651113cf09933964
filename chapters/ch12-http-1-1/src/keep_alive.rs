use crate::framing::list;
use crate::{Headers, Version};

/// Whether the sender of this head wants to keep the connection for another message
/// (RFC 9112 section 9.3).
///
/// | `Connection` | HTTP/1.1 | HTTP/1.0 |
/// |---|---|---|
/// | has `close` | no | no |
/// | has `keep-alive` | yes | yes |
/// | neither | yes | no |
pub fn keeps_alive(version: Version, headers: &Headers) -> bool {
    let has =
        |option: &[u8]| list(headers, "Connection").any(|one| one.eq_ignore_ascii_case(option));
    !has(b"close") && (version == Version::Http11 || has(b"keep-alive"))
}
