use crate::{InvalidHeader, Response, Terms, Version, cached_http_date, keeps_alive, reason};
use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};

/// How what follows a head ends.
pub(crate) struct Ending {
    /// Whether anything follows it: not behind a 204 or 304, and not if the client asked for the
    /// head alone.
    pub has_body: bool,
    /// Whether that goes in chunks.
    pub chunked: bool,
    /// Whether another response may follow on the same connection.
    pub keep: bool,
}

/// Appends the head of a response to `out`: byte for byte what chapter 12 made by
/// [`into_parts`](Response::into_parts) and [`encode`](crate::encode), and without the list of
/// strings between the two.
///
/// A status below 200 or with four digits is an error, and so is a `content_type` with a control
/// character; what is in `out` then is of no use.
pub(crate) fn encode_head(
    response: &Response,
    terms: &Terms<'_>,
    now: DateTime<Utc>,
    out: &mut Vec<u8>,
) -> Result<Ending> {
    let Response { status, content_type, headers, body } = response;
    ensure!((200..1000).contains(status), "{status} is no status of an answer");
    let allows_body = !matches!(status, 204 | 304);
    let length = body.length();
    let chunked = allows_body && length.is_none() && terms.version == Version::Http11;
    let asks_for_head = terms.method == "HEAD";
    let ends_by_itself = chunked || length.is_some() || !allows_body || asks_for_head;
    // A handler's own `Connection: close` counts, whatever the client's version.
    let keep = terms.keep && ends_by_itself && keeps_alive(Version::Http11, headers);

    for word in ["HTTP/1.1 ", &status.to_string(), " ", reason(*status), "\r\n"] {
        out.extend_from_slice(word.as_bytes());
    }
    let mut field = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    };
    if !headers.contains("Server") {
        field("Server", b"OwnHands/0.1");
    }
    if !headers.contains("Date") {
        field("Date", cached_http_date(now).as_bytes());
    }
    if allows_body && !headers.contains("Content-Type") {
        // All other fields were checked when they were added.
        if content_type.contains(|char: char| char.is_ascii_control() && char != '\t') {
            return Err(InvalidHeader::Value("Content-Type".to_owned()).into());
        }
        field("Content-Type", content_type.trim_ascii().as_bytes());
    }
    for (name, value) in headers.iter().filter(|(name, _)| !is_framing(name)) {
        field(name, value);
    }
    match length {
        _ if !allows_body => {}
        Some(length) => field("Content-Length", length.to_string().as_bytes()),
        None if chunked => field("Transfer-Encoding", b"chunked"),
        None => {}
    }
    match (keep, terms.version) {
        (false, _) => field("Connection", b"close"),
        (true, Version::Http10) => field("Connection", b"keep-alive"),
        (true, Version::Http11) => {} // they keep it unless they are told
    }
    out.extend_from_slice(b"\r\n");
    let has_body = allows_body && !asks_for_head;
    // To HEAD nothing is sent, not even the last chunk.
    Ok(Ending { has_body, chunked: chunked && has_body, keep })
}

/// Whether a field says where the message or the connection ends.
fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}
