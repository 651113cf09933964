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
    // `Connection` is a list with commas, which may come in several fields; names are the same in
    // letters of either case.
    headers.iter().filter(|(name, _)| todo!("is it for the far end?"))
}
