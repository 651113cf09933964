use crate::FetchError;
use std::fmt;
use url::{Host, Position, Url};

/// The port of `http` where a URL names none.
const HTTP_PORT: u16 = 80;

/// Where a URL leads to: to whom one connects, and who may have its cookies and passwords.
///
/// The scheme is always `http`: whoever wants `https` needs TLS, which is not in this course.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// A name or an address.
    pub host: Host<String>,
    /// A TCP port.
    pub port: u16,
}

impl Origin {
    /// The origin of `url`.
    ///
    /// Another scheme than `http` is an error; so is a user or a password in a URL, which would
    /// stand in logs and histories (RFC 9110 section 4.2.4 lets nobody send one).
    pub fn of(url: &Url) -> Result<Self, FetchError> {
        let fault = |reason| Err(FetchError::Url { url: url.to_string(), reason });
        match url.scheme() {
            "http" => {}
            "https" => return fault("https needs TLS, which this client does not speak".into()),
            other => return fault(format!("{other} is not http")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            let (scheme, rest) = (url.scheme(), &url[Position::BeforeHost..]);
            return Err(FetchError::Url {
                // What stands before the host is what must not be read over a shoulder.
                url: format!("{scheme}://...@{rest}"),
                reason: "a password does not belong in a URL; send it in a header field".into(),
            });
        }
        match url.host() {
            Some(host) => Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(HTTP_PORT) }),
            None => fault("it names no host".into()),
        }
    }
}

impl fmt::Display for Origin {
    /// As in a `Host` field: the port is left out if it is 80.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            HTTP_PORT => write!(f, "{}", self.host),
            port => write!(f, "{}:{port}", self.host),
        }
    }
}
