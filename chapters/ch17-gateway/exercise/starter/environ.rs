use crate::{HttpError, Request};
use anyhow::Result;
use std::fmt;
use std::net::SocketAddr;
use std::ops::Range;

/// Fields of a request that no application is told of.
///
/// Length and type of the body have variables of their own. How the bytes came is the server's
/// business, and with another request on the same connection it may be otherwise. And a `Proxy`
/// would become `HTTP_PROXY`, which many programs take for the address of the proxy that they
/// are to use themselves: whoever sends it reads what they fetch.
const LEFT_OUT: [&str; 2] = [
    "Connection",
    "Content-Length",
    // Yours to write: which six more?
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
#[derive(Clone, Default, PartialEq)]
pub struct Environ {
    /// All names, one behind the other, each in UTF-8.
    names: Vec<u8>,
    /// All values. Were each name and each value a vector of its own, every request would take some
    /// fifty allocations.
    values: Vec<u8>,
    /// How long the name of each variable is, and its value.
    lengths: Vec<(usize, usize)>,
}

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
        todo!("a variable for each row of the table above; and the fields, one by one")
    }

    /// Adds a variable that is not there yet.
    fn add(&mut self, name: &str, value: &[u8]) {
        self.names.extend(name.as_bytes());
        self.values.extend(value);
        self.lengths.push((name.len(), value.len()));
    }

    fn add_field(&mut self, field: &str, value: &[u8]) {
        todo!("is it told at all? what is it called? was it there before?")
    }

    /// Which variable has this name, and where its value is.
    fn find(&self, name: &[u8]) -> Option<(usize, Range<usize>)> {
        let (mut name_start, mut start) = (0, 0);
        for (number, &(name_length, length)) in self.lengths.iter().enumerate() {
            if name_length == name.len() && self.names[name_start..].starts_with(name) {
                return Some((number, start..start + length));
            }
            name_start += name_length;
            start += length;
        }
        None
    }

    /// The value of a variable, if there is one.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.find(name.as_bytes()).map(|(_, place)| &self.values[place])
    }

    /// The value of a variable; empty if there is none or if it is not UTF-8.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    /// Gives a variable a value, whether it had one or not.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.find(name.as_bytes()) {
            Some((number, place)) => {
                self.lengths[number].1 = value.len();
                self.values.splice(place, value);
            }
            None => self.add(name, &value),
        }
    }

    /// Takes a variable away.
    pub fn remove(&mut self, name: &str) {
        let mut others = Self::default();
        let is_other = |(known, _): &(&str, &[u8])| *known != name;
        self.iter().filter(is_other).for_each(|(known, value)| others.add(known, value));
        *self = others;
    }

    /// All variables and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let (mut names, mut values) = (&self.names[..], &self.values[..]);
        self.lengths.iter().map(move |&(name_length, length)| {
            let (name, value);
            (name, names) = names.split_at(name_length);
            (value, values) = values.split_at(length);
            (std::str::from_utf8(name).unwrap_or_default(), value)
        })
    }

    /// What an application is told that `prefix` has led to; `None` if the path is not below it.
    ///
    /// `/app` leads to `/app` and `/app/menu`, and not to `/apple`. What it took is moved from the
    /// front of `PATH_INFO` to the end of `SCRIPT_NAME`.
    pub fn below(&self, prefix: &str) -> Option<Self> {
        todo!("is the path below it? what moves from PATH_INFO to SCRIPT_NAME?")
    }
}

impl fmt::Debug for Environ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A `Host` without its port. A colon in brackets belongs to an IPv6 address.
fn name_of(host: &str) -> &str {
    todo!("where is the colon that the port stands behind, if there is one?")
}
