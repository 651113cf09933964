use crate::Headers;
use std::net::IpAddr;

/// The fields that tell a backend what it cannot see, since it is we who connect to it.
const FIELDS: [&str; 5] =
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"];

/// Whether a field is one of those that say where a request comes from. Whoever writes them is
/// believed, so a proxy passes none of them on that it was given by a stranger.
///
/// `X_Forwarded_For` is one, too: behind CGI, and wherever its names were taken over, nobody can
/// tell the two apart (RFC 3875 section 4.1.18).
pub fn tells_origin(name: &str) -> bool {
    let is_same = |(known, byte): (u8, u8)| match byte {
        b'_' => known == b'-',
        _ => known.eq_ignore_ascii_case(&byte),
    };
    let is =
        |known: &&str| known.len() == name.len() && known.bytes().zip(name.bytes()).all(is_same);
    FIELDS.iter().any(is)
}

/// Appends to `out` the fields that say for whom a request with these `headers` is passed on, as
/// they stand in a head.
///
/// | field | what it says |
/// |---|---|
/// | `X-Forwarded-For` | the client's address; what everybody writes and reads |
/// | `X-Forwarded-Host`, `X-Forwarded-Proto` | which host it asked, and by which scheme |
/// | `Forwarded` | all of that in one field, as RFC 7239 has it |
///
/// If the one who connected is `trusted`, a proxy like us, what it says is kept: its addresses
/// precede the one that we see, so the list grows with each proxy; and host and scheme are its
/// own.
pub fn add_forwarded(headers: &Headers, client: Option<IpAddr>, trusted: bool, out: &mut Vec<u8>) {
    let client = client.map(|address| address.to_canonical());
    let address = client.map_or("unknown".to_owned(), |address| address.to_string());
    let kept = |name| headers.get(name).filter(|_| trusted);
    let host = kept("X-Forwarded-Host").or(headers.get("Host")).unwrap_or_default();
    let scheme = kept("X-Forwarded-Proto").unwrap_or(b"http");
    let before = |name, out: &mut Vec<u8>| {
        for value in headers.get_all(name).filter(|_| trusted) {
            append(out, &[value, b", "]);
        }
    };
    append(out, &[b"X-Forwarded-For: "]);
    before("X-Forwarded-For", out);
    append(out, &[address.as_bytes(), b"\r\nX-Forwarded-Host: ", host]);
    append(out, &[b"\r\nX-Forwarded-Proto: ", scheme, b"\r\nForwarded: "]);
    before("Forwarded", out);
    match client {
        // A colon means a port there, and an address with colons needs brackets and quotes
        // (RFC 7239 section 6).
        Some(IpAddr::V6(_)) => append(out, &[b"for=\"[", address.as_bytes(), b"]\""]),
        _ => append(out, &[b"for=", address.as_bytes()]),
    }
    // What would end the quotes is left out. A host and a scheme have none of it; but they may be
    // what somebody else has written.
    append(out, &[b";host=\""]);
    out.extend(plain(host));
    append(out, &[b"\";proto="]);
    out.extend(plain(scheme));
    append(out, &[b"\r\n"]);
}

fn plain(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().copied().filter(|byte| !b"\"\\;,".contains(byte))
}

fn append(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
