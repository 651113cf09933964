use crate::Headers;

/// The fields of a head that are meant for whoever is at the far end, and not for us (RFC 9110
/// section 7.6.1).
///
/// | left out | why |
/// |---|---|
/// | `Connection`, `Keep-Alive`, `Proxy-Connection` | they speak of this connection |
/// | what `Connection` names | its sender says that it is for us alone |
/// | `TE`, `Trailer`, `Transfer-Encoding` | they speak of how the body is packed on this one |
/// | `Upgrade` | we speak no other protocol |
/// | `Proxy-Authenticate`, `Proxy-Authorization` | they are between a client and its own proxy |
///
/// Of `Host` and `Content-Length` a message's sender may say what it likes in `Connection`: they
/// stay, since without them the message would be another one.
pub fn end_to_end(headers: &Headers) -> impl Iterator<Item = (&str, &[u8])> {
    let named: Vec<&[u8]> = headers
        .get_all("Connection")
        .flat_map(|value| value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .collect();
    headers.iter().filter(move |(name, _)| {
        let is_named = || named.iter().any(|one| name.as_bytes().eq_ignore_ascii_case(one));
        !is_hop_by_hop(name) && (is_essential(name) || !is_named())
    })
}

fn is_hop_by_hop(name: &str) -> bool {
    [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

fn is_essential(name: &str) -> bool {
    name.eq_ignore_ascii_case("Host") || name.eq_ignore_ascii_case("Content-Length")
}
