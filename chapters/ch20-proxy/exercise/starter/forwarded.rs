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
    todo!("is it one of the five, in letters of either case, and with `_` for `-`?")
}

/// Appends to `out` the fields that say for whom a request with these `headers` is passed on, as
/// they stand in a head, in this order and each with its line end:
///
/// | field | what it says |
/// |---|---|
/// | `X-Forwarded-For` | the client's address; what everybody writes and reads |
/// | `X-Forwarded-Host`, `X-Forwarded-Proto` | which host it asked, and by which scheme: `http` |
/// | `Forwarded` | all of that in one field, as RFC 7239 has it: `for=192.0.2.1;host="one.test";proto=http` |
///
/// If the one who connected is `trusted`, a proxy like us, what it says is kept: its addresses
/// precede the one that we see, each with a comma and a space behind it, so the list grows with
/// each proxy; and host and scheme are its own. Else nothing of these `headers` counts but `Host`.
///
/// An address is written in its canonical form (`IpAddr::to_canonical`), and `unknown` if there is
/// none. In `Forwarded` one of IPv6 has brackets and quotation marks, `for="[2001:db8::1]"`, since
/// a colon means a port there (RFC 7239 section 6). What would end a quotation, or the element that
/// it stands in, is left out of host and scheme there: `"`, `\`, `;` and `,`.
pub fn add_forwarded(headers: &Headers, client: Option<IpAddr>, trusted: bool, out: &mut Vec<u8>) {
    todo!("whose word counts for the host and the scheme? what precedes the address?")
}

fn append(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
