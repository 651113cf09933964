use crate::{HttpError, Request};

/// Where a COPY or MOVE leads to: what is behind `prefix` in the path of its `Destination`, still
/// encoded (RFC 4918 section 10.3).
///
/// | `Destination` | |
/// |---|---|
/// | none, none that can be understood, or with a `?` or `#` | 400 |
/// | on another server than `Host` names | 502 |
/// | not below `prefix` | 403 |
///
/// Whether it says http or https is not looked at: a proxy before us may know another one than we
/// do.
pub fn destination<'a>(request: &'a Request, prefix: &str) -> Result<&'a str, HttpError> {
    let value = request.headers.get_text("Destination").ok_or(HttpError(400))?;
    rest_of_address(value, request, prefix)
}

/// The same for any address, with or without a host, that a client has sent.
pub(crate) fn rest_of_address<'a>(
    address: &'a str,
    request: &Request,
    prefix: &str,
) -> Result<&'a str, HttpError> {
    let path = match address.split_once("://") {
        Some((scheme, rest)) if is_http(scheme) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = request.headers.get_text("Host").unwrap_or_default();
            if !without_port(authority).eq_ignore_ascii_case(without_port(host)) {
                return Err(HttpError(502));
            }
            path
        }
        _ => address,
    };
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(HttpError(400));
    }
    let rest = path.strip_prefix(prefix).ok_or(HttpError(403))?;
    match rest.is_empty() || rest.starts_with('/') {
        true => Ok(rest),
        false => Err(HttpError(403)),
    }
}

/// Whether it is the protocol that we speak; how it is encrypted on its way, others know.
fn is_http(scheme: &str) -> bool {
    ["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme))
}

/// A host without a port that goes without saying.
fn without_port(host: &str) -> &str {
    host.strip_suffix(":80").or(host.strip_suffix(":443")).unwrap_or(host)
}
