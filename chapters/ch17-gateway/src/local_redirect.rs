use crate::{Environ, HttpError, percent_decode};
use std::fmt;

/// Variables that speak of a body, which the new request does not have.
const OF_A_BODY: [&str; 4] =
    ["CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_CONTENT_ENCODING", "HTTP_CONTENT_LANGUAGE"];

/// An application's word that another path of the same server has the answer (RFC 3875 section
/// 6.2.2). It is raised as an error, and answered by [`Mounts`](crate::Mounts).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalRedirect(
    /// The path, and perhaps a query, as in a request line: `/menu?day=monday`.
    pub String,
);

impl LocalRedirect {
    /// What the one who is there is told: a GET without a body, of the client who asked `first`.
    ///
    /// A path whose escapes are not hexadecimal is 500: it is no client who wrote it.
    pub fn environ(&self, first: &Environ) -> Result<Environ, HttpError> {
        let (path, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let path = percent_decode(path).ok_or(HttpError(500))?;
        let mut environ = first.clone();
        OF_A_BODY.iter().for_each(|name| environ.remove(name));
        environ.set("REQUEST_METHOD", "GET");
        environ.set("REQUEST_URI", self.0.as_str());
        environ.set("PATH_INFO", path);
        environ.set("QUERY_STRING", query);
        Ok(environ)
    }
}

impl fmt::Display for LocalRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer is at {}", self.0)
    }
}

impl std::error::Error for LocalRedirect {}
