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
        (Some(host), None) if is_host(host) => Ok(()),
        (Some(_), None) => fault("not a host"),
        (Some(_), Some(_)) => fault("more than one Host"),
    }
}

/// Whether `value` is a host and perhaps a port (RFC 3986 section 3.2): a name
/// or an IPv4 address, or an IPv6 address in brackets; a colon; digits.
fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value.iter().rposition(|&byte| byte == b':') {
        // The last colon in `[::1]` is none of those before a port.
        Some(colon) if !value.ends_with(b"]") => (&value[..colon], &value[colon + 1..]),
        _ => (value, [].as_slice()),
    };
    let in_brackets = host.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    let is_host = match in_brackets {
        Some(address) => {
            address.iter().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(byte))
        }
        None => host.iter().all(is_name_byte),
    };
    is_host && port.iter().all(u8::is_ascii_digit)
}

/// Whether `byte` may be part of a host's name.
fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte)
}
