use crate::{FetchError, Headers, Origin, Request};

/// The request that follows an answer with this status and these fields; `None` if it leads
/// nowhere else.
///
/// | status | method | body |
/// |---|---|---|
/// | 301, 302 to POST | GET | none |
/// | 301, 302 to another method | the same | the same |
/// | 303 | GET; of a HEAD, HEAD | none |
/// | 307, 308 | the same | the same |
///
/// The first line is not what was meant by these numbers, but what all clients do (RFC 9110
/// section 15.4.2). With a body the fields that describe it are left out. Whoever we are led to
/// by another host or port is a stranger, and gets what says what is wanted, and no other field:
/// `Accept` and those that begin with `Accept-` or `Content-`, `User-Agent`, `Range`, `If-Range`.
/// Which of the others is a secret, an `Authorization` or an `X-Api-Key`, nobody can list.
pub fn redirect(
    request: &Request,
    status: u16,
    headers: &Headers,
) -> Result<Option<Request>, FetchError> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get("Location") else { return Ok(None) };
    let location = escape_beyond_ascii(location);
    let fault = |error| FetchError::Url { url: location.clone(), reason: format!("{error}") };
    let mut url = request.url.join(&location).map_err(fault)?;
    // A part of a page that was asked for is still asked for (RFC 9110 section 10.2.2).
    if url.fragment().is_none() {
        url.set_fragment(request.url.fragment());
    }
    let is_same_origin = Origin::of(&url)? == Origin::of(&request.url)?;

    let becomes_get = match &*request.method {
        "HEAD" => false,
        "POST" => matches!(status, 301..=303),
        _ => status == 303,
    };
    let drops_body = becomes_get || status == 303;
    let is_left_out = |name: &str| {
        let name = name.to_ascii_lowercase();
        (drops_body && name.starts_with("content-")) || !(is_same_origin || is_for_all(&name))
    };
    let mut kept = Headers::default();
    for (name, value) in request.headers.iter().filter(|(name, _)| !is_left_out(name)) {
        // They were checked when they were added to the request.
        kept.add(name, value).map_err(|error| FetchError::Request(error.to_string()))?;
    }
    Ok(Some(Request {
        method: if becomes_get { "GET".into() } else { request.method.clone() },
        url,
        headers: kept,
        body: if drops_body { Vec::new() } else { request.body.clone() },
    }))
}

/// Whether a field, whose name is in small letters, may be told to a stranger.
fn is_for_all(name: &str) -> bool {
    matches!(name, "accept" | "user-agent" | "range" | "if-range")
        || name.starts_with("accept-")
        || name.starts_with("content-")
}

/// Some servers write an address as they think of it: what is not ASCII is escaped byte by byte,
/// as browsers do.
fn escape_beyond_ascii(location: &[u8]) -> String {
    let escape = |&byte: &u8| match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    location.iter().map(escape).collect()
}
