use crate::{
    Exchange, Framing, Headers, Request, RequestHead, ResponseHead, Terms, UpstreamSettings,
    Version, add_forwarded, end_to_end, tells_origin,
};
use std::net::SocketAddr;

/// What this proxy calls itself in `Via`.
const PSEUDONYM: &str = "OwnHands";

/// How often a request may pass through proxies of this name. One that is its own backend would
/// else ask itself until there are no more descriptors.
const MAX_HOPS: usize = 8;

/// Whether a request has come through here so often that it goes in a circle.
pub(crate) fn is_in_circle(request: &Request) -> bool {
    let hops = request.headers.get_all("Via").flat_map(|value| value.split(|&byte| byte == b','));
    hops.filter(|hop| hop.trim_ascii().ends_with(PSEUDONYM.as_bytes())).count() >= MAX_HOPS
}

/// The head of a request as a backend at `address` gets it, in HTTP/1.1.
///
/// Fields that are for us alone are left out ([`end_to_end`]), and it is told for whom we ask
/// ([`add_forwarded`]). How the body ends is written by us, from what we have understood, and not
/// copied: so both sides cannot understand different things.
pub(crate) fn passed_request(
    head: &RequestHead,
    settings: &UpstreamSettings,
    address: SocketAddr,
) -> Vec<u8> {
    let RequestHead { request, framing, .. } = head;
    let Request { method, target, version, headers, .. } = request;
    let mut out = Vec::with_capacity(1024); // most heads are shorter
    let (host, target) = host_and_target(target);
    // The absolute form outdoes the field, and the backend is told of one host, not of two (RFC
    // 9112 section 3.2.2).
    let replaced = host.map(|host| with_host(headers, host));
    let headers = replaced.as_ref().unwrap_or(headers);
    let host = headers.get("Host").filter(|host| !host.is_empty());
    // `http://host?query` and `http://host` have left out the path. Of OPTIONS, the latter means
    // the server as a whole (RFC 9112 section 3.2.4).
    let start = match target {
        "" if method == "OPTIONS" => "*",
        _ if target.is_empty() || target.starts_with('?') => "/",
        _ => "",
    };
    append(&mut out, &[method.as_bytes(), b" ", start.as_bytes(), target.as_bytes()]);
    append(&mut out, &[b" HTTP/1.1\r\nHost: "]);
    match host.filter(|_| settings.keep_host) {
        Some(host) => append(&mut out, &[host]),
        None => append(&mut out, &[address.to_string().as_bytes()]),
    }
    append(&mut out, &[b"\r\n"]);
    for (name, value) in end_to_end(headers) {
        let is_ours = ["Host", "Content-Length", "Via"].iter().any(|own| is(name, own))
            || tells_origin(name)
            // To HTTP/1.0 nothing precedes an answer.
            || is(name, "Expect") && *version == Version::Http10;
        if !is_ours {
            append(&mut out, &[name.as_bytes(), b": ", value, b"\r\n"]);
        }
    }
    let client = request.peer.map(|peer| peer.ip());
    add_forwarded(headers, client, settings.behind_proxy, &mut out);
    append(&mut out, &[b"Via: "]);
    for hop in headers.get_all("Via") {
        append(&mut out, &[hop, b", "]);
    }
    let version = if *version == Version::Http10 { "1.0 " } else { "1.1 " };
    append(&mut out, &[version.as_bytes(), PSEUDONYM.as_bytes(), b"\r\n"]);
    match framing {
        Framing::Chunked => append(&mut out, &[b"Transfer-Encoding: chunked\r\n"]),
        Framing::Length(0) if !headers.contains("Content-Length") => {}
        Framing::Length(length) => append_length(&mut out, *length),
    }
    append(&mut out, &[b"\r\n"]);
    out
}

/// How an answer goes on to the client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PassedAnswer {
    /// Whether its body goes in chunks. Else it has the length that was said before, or ends with
    /// the connection.
    pub chunked: bool,
    /// Whether another answer may follow.
    pub keep: bool,
}

/// Appends the head of an answer as the client gets it that has asked on these `terms`.
pub(crate) fn pass_answer(
    head: &ResponseHead,
    exchange: &Exchange,
    terms: &Terms<'_>,
    out: &mut Vec<u8>,
) -> PassedAnswer {
    let has_body = terms.method != "HEAD" && !matches!(head.status, 204 | 304);
    let length = match has_body {
        true => exchange.length(),
        // It has none, and tells how long it would be.
        false if head.status == 204 => None,
        false => head.headers.get("Content-Length").and_then(decimal),
    };
    let chunked = has_body && length.is_none() && terms.version == Version::Http11;
    let keep = terms.keep && (!has_body || length.is_some() || chunked);
    append_start(head, out);
    if let Some(length) = length {
        append_length(out, length);
    }
    if chunked {
        append(out, &[b"Transfer-Encoding: chunked\r\n"]);
    }
    match (keep, terms.version) {
        (false, _) => append(out, &[b"Connection: close\r\n"]),
        (true, Version::Http10) => append(out, &[b"Connection: keep-alive\r\n"]),
        (true, Version::Http11) => {} // they keep it unless they are told
    }
    append(out, &[b"\r\n"]);
    PassedAnswer { chunked, keep }
}

/// Appends what precedes an answer: a head with a status below 200.
pub(crate) fn pass_interim(head: &ResponseHead, out: &mut Vec<u8>) {
    append_start(head, out);
    append(out, &[b"\r\n"]);
}

fn append_start(head: &ResponseHead, out: &mut Vec<u8>) {
    let ResponseHead { status, reason, headers, .. } = head;
    append(out, &[b"HTTP/1.1 ", status.to_string().as_bytes(), b" ", reason.as_bytes(), b"\r\n"]);
    for (name, value) in end_to_end(headers).filter(|(name, _)| !is(name, "Content-Length")) {
        append(out, &[name.as_bytes(), b": ", value, b"\r\n"]);
    }
}

fn append_length(out: &mut Vec<u8>, length: u64) {
    append(out, &[b"Content-Length: ", length.to_string().as_bytes(), b"\r\n"]);
}

fn append(out: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Authority and path with query of a target: the first one stands only in the absolute form.
fn host_and_target(target: &str) -> (Option<&str>, &str) {
    let Some((_, rest)) = target.split_once("://").filter(|_| !target.starts_with('/')) else {
        return (None, target);
    };
    let (host, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    (Some(host), rest)
}

/// The same fields with this `Host` in the place of theirs.
fn with_host(headers: &Headers, host: &str) -> Headers {
    let mut replaced = Headers::default();
    let others = headers.iter().filter(|(name, _)| !is(name, "Host"));
    for (name, value) in [("Host", host.as_bytes())].into_iter().chain(others) {
        replaced.add(name, value).expect("a head was made of them");
    }
    replaced
}

fn is(name: &str, known: &str) -> bool {
    name.eq_ignore_ascii_case(known)
}

/// The number that is written in `digits`, and nothing but digits.
fn decimal(digits: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(digits).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
