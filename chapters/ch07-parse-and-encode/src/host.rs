use crate::{FieldFault, Headers, Version};

/// Checks that a request says for which host it is.
///
/// HTTP/1.1 wants exactly one `Host`, HTTP/1.0 at most one, and what stands in
/// it must look like a host and perhaps a port; it may be empty. Anything else
/// is 400 (RFC 9112 section 3.2).
pub fn check_host(headers: &Headers, version: Version) -> Result<(), FieldFault> {
    let fault = |reason| Err(FieldFault { status: 400, field: "Host", reason });
    let mut hosts = headers.get_all("Host");
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => fault("no Host"),
        (Some(host), None) if host.iter().copied().all(is_host_byte) => Ok(()),
        (Some(_), None) => fault("not a host"),
        (Some(_), Some(_)) => fault("more than one Host"),
    }
}

/// Whether `byte` may be part of a host and port (RFC 3986 section 3.2.2).
fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}
