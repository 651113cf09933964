use crate::{FieldFault, Headers, Version};
use std::net::Ipv6Addr;

/// Checks that a request says for which host it is.
///
/// HTTP/1.1 wants exactly one `Host`, HTTP/1.0 at most one, and what stands in
/// it must be an [authority](is_authority); it may be empty. Anything else is
/// 400 (RFC 9112 section 3.2).
pub fn check_host(headers: &Headers, version: Version) -> Result<(), FieldFault> {
    let fault = |reason| Err(FieldFault { status: 400, field: "Host", reason });
    let mut hosts = headers.get_all("Host");
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => fault("no Host"),
        (Some(host), None) if host.is_empty() || is_authority(host) => Ok(()),
        (Some(_), None) => fault("not a host"),
        (Some(_), Some(_)) => fault("more than one Host"),
    }
}

/// Whether `text` is a host and perhaps a port, as they stand in `Host` and
/// behind the `//` of an address (RFC 3986 section 3.2).
///
/// | part | what it may be |
/// |---|---|
/// | host | a name or an IPv4 address; not empty (RFC 9110 section 4.2.1) |
/// | | an IPv6 address in brackets, or a later kind of address: `[v7.x:y]` |
/// | port | left out, `:` alone, or `:` and digits, up to 65535 |
///
/// A user before the host, as in `ada@localhost`, is refused
/// (RFC 9110 section 4.2.4).
pub fn is_authority(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else { return false };
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => is_address(address) && is_port(port),
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            is_name(name) && is_port(port)
        }
    }
}

/// Whether `address` may stand in brackets.
fn is_address(address: &str) -> bool {
    let is_later_kind = |rest: &str| {
        rest.split_once('.').is_some_and(|(version, address)| {
            let is_version = version.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_address = address.bytes().all(|byte| byte == b':' || is_name_byte(byte));
            !version.is_empty() && !address.is_empty() && is_version && is_address
        })
    };
    address.parse::<Ipv6Addr>().is_ok()
        || address.strip_prefix(['v', 'V']).is_some_and(is_later_kind)
}

/// Whether `name` is a host's name or its IPv4 address, which has no byte that
/// a name may not have. A `%` is followed by two hexadecimal digits.
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_allowed = |(at, &byte): (usize, &u8)| match byte {
        b'%' => {
            bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        _ => is_name_byte(byte),
    };
    !name.is_empty() && bytes.iter().enumerate().all(is_allowed)
}

/// Whether `byte` may be part of a name and stands for itself there.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// Whether `port` is nothing, or a colon and perhaps a number.
fn is_port(port: &str) -> bool {
    match port.strip_prefix(':') {
        // `parse` alone would take a plus sign.
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.is_empty() || digits.parse::<u16>().is_ok()
        }
        Some(_) => false,
        None => port.is_empty(),
    }
}
