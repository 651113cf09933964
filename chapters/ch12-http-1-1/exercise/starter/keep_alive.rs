use crate::{Headers, Version};

/// Whether the sender of this head wants to keep the connection for another message
/// (RFC 9112 section 9.3).
///
/// | `Connection` | HTTP/1.1 | HTTP/1.0 |
/// |---|---|---|
/// | has `close` | no | no |
/// | has `keep-alive` | yes | yes |
/// | neither | yes | no |
///
/// The rows count in this order. The members of the list have no case;
/// `framing.rs` has a function that takes a list apart.
pub fn keeps_alive(version: Version, headers: &Headers) -> bool {
    todo!("two questions to the list of options, and one to the version")
}
