use crate::{Environ, Form, HttpError, Methods, Session, Timings};
use anyhow::Result;
use std::io::Read;
use std::str::FromStr;

/// The longest form, in bytes.
pub const MAX_FORM: u64 = 256 * 1024;

/// A request on its way through the framework: what a handler is given.
pub struct Call<'a> {
    /// What the server says of the request.
    pub environ: &'a Environ,
    /// What is remembered of this client from one request to the next.
    pub session: Session,
    /// How long the parts of the work took.
    pub timings: Timings,
    /// What the route has captured, by name.
    pub(crate) captures: Vec<(&'a str, String)>,
    /// What the route answers, for `Allow`.
    pub(crate) methods: Option<&'a Methods>,
    input: &'a mut dyn Read,
}

impl<'a> Call<'a> {
    /// A request that no route was found for yet.
    pub fn new(environ: &'a Environ, session: Session, input: &'a mut dyn Read) -> Self {
        let (timings, captures, methods) = Default::default();
        Self { environ, session, timings, captures, methods, input }
    }

    /// The method, with HEAD being itself.
    pub fn method(&self) -> &str {
        self.environ.text("REQUEST_METHOD")
    }

    /// A header field, if it was sent, is UTF-8, and is one that an application is
    /// [told of](Environ).
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut name = name.to_ascii_uppercase().replace('-', "_");
        // These two have variables of their own.
        if !matches!(name.as_str(), "CONTENT_LENGTH" | "CONTENT_TYPE") {
            name.insert_str(0, "HTTP_");
        }
        self.environ.get(&name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// What stood in the place of `{name}` in the path; 404 if it is no `T`, since then the path
    /// is that of nothing.
    ///
    /// A name that is not in the route's pattern is an error of ours.
    pub fn capture<T: FromStr>(&self, name: &str) -> Result<T> {
        let found = self.captures.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| anyhow::anyhow!("the route captures no {name}"))?;
        Ok(text.parse().map_err(|_| HttpError(404))?)
    }

    /// The fields behind the `?` of the address.
    pub fn query(&self) -> Result<Form, HttpError> {
        Form::parse(self.environ.text("QUERY_STRING"))
    }

    /// The fields of a form that was posted. It can be read once.
    ///
    /// Another type of body is 415, and one that is longer than [`MAX_FORM`] 413.
    pub fn form(&mut self) -> Result<Form> {
        let content_type = self.environ.text("CONTENT_TYPE");
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(HttpError(415).into());
        }
        let mut bytes = Vec::new();
        let input: &mut dyn Read = self.input;
        input.take(MAX_FORM + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_FORM {
            return Err(HttpError(413).into());
        }
        Ok(Form::parse(&String::from_utf8_lossy(&bytes))?)
    }

    /// The body, for a handler that reads it itself.
    pub fn input(&mut self) -> &mut dyn Read {
        self.input
    }
}
