use crate::{HttpError, Request, percent_decode};
use anyhow::Result;
use std::borrow::Cow;
use std::net::SocketAddr;

/// Fields of a request that no application is told of.
///
/// Length and type of the body have variables of their own. How the bytes came is the server's
/// business, and with another request on the same connection it may be otherwise. And a `Proxy`
/// would become `HTTP_PROXY`, which many programs take for the address of the proxy that they
/// are to use themselves: whoever sends it reads what they fetch.
const LEFT_OUT: [&str; 8] = [
    "Connection",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Keep-Alive",
    "Proxy",
    "Trailer",
    "Transfer-Encoding",
];

/// What an application is told of a request: variables, each with a name and a value of bytes.
///
/// | variable | what it says | from |
/// |---|---|---|
/// | `REQUEST_METHOD` | the method | RFC 3875 section 4.1.12 |
/// | `SCRIPT_NAME` | the part of the path that led to the application | 4.1.13 |
/// | `PATH_INFO` | the rest of the path, decoded | 4.1.5 |
/// | `QUERY_STRING` | what follows the `?`, not decoded; empty if there is none | 4.1.7 |
/// | `CONTENT_TYPE`, `CONTENT_LENGTH` | type and length of the body, if the client names them | 4.1.2, 4.1.3 |
/// | `SERVER_NAME`, `SERVER_PORT` | where the client thinks it is, and the port that it came to | 4.1.14, 4.1.15 |
/// | `SERVER_PROTOCOL`, `SERVER_SOFTWARE` | the version of the request, the name of the server | 4.1.16, 4.1.17 |
/// | `REMOTE_ADDR` | the address of the client, if it has one | 4.1.8 |
/// | `HTTP_ACCEPT` and so on | the header fields | 4.1.18 |
/// | `REMOTE_PORT`, `REQUEST_URI` | the client's port; the target as it was sent | no RFC, but every gateway |
///
/// These names are the whole contract between a server and an application. They are older than
/// either of ours: an application may get them as this value, as the environment of its process,
/// or in records on a socket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environ(Vec<(Cow<'static, str>, Vec<u8>)>);

impl Environ {
    /// What `request` says to an application that is asked for everything: nothing of the path has
    /// led to it yet. `address` is the server's own.
    ///
    /// Of a field that came more than once, the values are joined by `, `, and those of `Cookie` by
    /// `; ` (RFC 9110 section 5.3, RFC 6265 section 5.4). A field with an underscore in its name
    /// is left out: as a variable it could not be told from the one with a hyphen.
    ///
    /// A path whose escapes are not hexadecimal is 400.
    pub fn of(request: &Request, address: SocketAddr) -> Result<Self, HttpError> {
        let path = percent_decode(&request.path).ok_or(HttpError(400))?;
        let host = request.headers.get_text("Host").map(name_of).filter(|name| !name.is_empty());
        let here = || name_of(&address.to_string()).to_owned();
        let mut environ = Self(Vec::with_capacity(13 + request.headers.len()));
        let mut add = |name: &'static str, value: &[u8]| {
            environ.0.push((Cow::Borrowed(name), value.to_vec()));
        };
        add("REQUEST_METHOD", request.method.as_bytes());
        add("SCRIPT_NAME", b"");
        add("PATH_INFO", &path);
        add("QUERY_STRING", request.query.as_deref().unwrap_or_default().as_bytes());
        add("REQUEST_URI", request.target.as_bytes());
        add("SERVER_NAME", host.map_or_else(here, str::to_owned).as_bytes());
        add("SERVER_PORT", address.port().to_string().as_bytes());
        add("SERVER_PROTOCOL", request.version.to_string().as_bytes());
        add("SERVER_SOFTWARE", b"OwnHands/0.1");
        if let Some(peer) = request.peer {
            add("REMOTE_ADDR", peer.ip().to_canonical().to_string().as_bytes());
            add("REMOTE_PORT", peer.port().to_string().as_bytes());
        }
        for (field, variable) in
            [("Content-Type", "CONTENT_TYPE"), ("Content-Length", "CONTENT_LENGTH")]
        {
            if let Some(value) = request.headers.get(field) {
                add(variable, value);
            }
        }
        for (field, value) in request.headers.iter() {
            environ.add_field(field, value);
        }
        Ok(environ)
    }

    fn add_field(&mut self, field: &str, value: &[u8]) {
        let is_left_out = LEFT_OUT.iter().any(|name| name.eq_ignore_ascii_case(field));
        if is_left_out || field.contains('_') {
            return;
        }
        let letter = |letter: char| if letter == '-' { '_' } else { letter.to_ascii_uppercase() };
        let mut name = String::with_capacity("HTTP_".len() + field.len());
        name.push_str("HTTP_");
        name.extend(field.chars().map(letter));
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) => {
                before.extend(if name == "HTTP_COOKIE" { b"; " } else { b", " });
                before.extend(value);
            }
            None => self.0.push((name.into(), value.to_vec())),
        }
    }

    /// The value of a variable, if there is one.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The value of a variable; empty if there is none or if it is not UTF-8.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    /// Gives a variable a value, whether it had one or not.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((name.to_owned().into(), value.into())),
        }
    }

    /// Takes a variable away.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// All variables and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, value.as_slice()))
    }

    /// What an application is told that `prefix` has led to; `None` if the path is not below it.
    ///
    /// `/app` leads to `/app` and `/app/menu`, and not to `/apple`. What it took is moved from the
    /// front of `PATH_INFO` to the end of `SCRIPT_NAME`.
    pub fn below(&self, prefix: &str) -> Option<Self> {
        let prefix = prefix.trim_end_matches('/');
        let rest = self.get("PATH_INFO")?.strip_prefix(prefix.as_bytes())?;
        if !(rest.is_empty() || rest.starts_with(b"/")) {
            return None;
        }
        let name = [self.get("SCRIPT_NAME").unwrap_or_default(), prefix.as_bytes()].concat();
        let mut below = self.clone();
        below.set("PATH_INFO", rest);
        below.set("SCRIPT_NAME", name);
        Some(below)
    }
}

/// A `Host` without its port. A colon in brackets belongs to an IPv6 address.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}
