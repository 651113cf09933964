use crate::{
    FetchError, Form, Headers, InvalidHeader, Message, Origin, StartLine, Version, encode,
};
use serde::Serialize;
use std::fmt;
use url::{Position, Url};

/// What this client calls itself.
const USER_AGENT: &str = "OwnHands/0.1";

/// A request as its sender sees it: a method, a URL, and what is sent along.
///
/// ```
/// use ch19::Request;
///
/// let request = Request::post("http://127.0.0.1:8019/echo")?
///     .header("Accept-Language", "en")?
///     .form([("name", "Ann Lee"), ("city", "Z")]);
/// assert_eq!(request.body, b"name=Ann+Lee&city=Z");
/// # anyhow::Ok(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is to be done, with regard to case: `GET`.
    pub method: String,
    /// What it is to be done with.
    pub url: Url,
    /// The fields besides those that every request has.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request with `method` for `url`; an error if that is none that we can ask for.
    pub fn new(method: &str, url: &str) -> Result<Self, FetchError> {
        let fault = |error| FetchError::Url { url: url.to_owned(), reason: format!("{error}") };
        let url = Url::parse(url).map_err(fault)?;
        Origin::of(&url)?;
        Ok(Self { method: method.to_owned(), url, headers: Headers::default(), body: Vec::new() })
    }

    /// GET.
    pub fn get(url: &str) -> Result<Self, FetchError> {
        Self::new("GET", url)
    }

    /// POST, without a body yet.
    pub fn post(url: &str) -> Result<Self, FetchError> {
        Self::new("POST", url)
    }

    /// The same with one more field; see [`Headers::add`] for the error.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self, InvalidHeader> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// The same with this body. Its type is that of the `Content-Type` field, if there is one.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with these fields as a browser sends those of a form.
    #[must_use]
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = Form::default();
        for (name, value) in fields {
            form.add(name, value);
        }
        self.typed("application/x-www-form-urlencoded", form.to_string().into_bytes())
    }

    /// The same with `value` as JSON; an error if it cannot be written as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, FetchError> {
        let body = serde_json::to_vec(value);
        let body = body.map_err(|error| FetchError::Request(error.to_string()))?;
        Ok(self.typed("application/json", body))
    }

    fn typed(mut self, content_type: &str, body: Vec<u8>) -> Self {
        if !self.headers.contains("Content-Type") {
            // It is a token, a slash and a token.
            let _ = self.headers.add("Content-Type", content_type);
        }
        self.body(body)
    }

    /// Whether doing it twice is like doing it once, so that it may be sent again when nobody
    /// knows whether it came (RFC 9110 section 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE")
    }

    /// Its bytes, with `cookies` unless it has a `Cookie` field of its own.
    ///
    /// `Host`, `User-Agent` and `Accept` are the request's own, or else ours. The fields that say
    /// where the message ends are ours alone. A method or a target that would make another line of
    /// the first one is an error.
    pub fn encode(&self, cookies: Option<&str>) -> Result<Vec<u8>, FetchError> {
        let origin = Origin::of(&self.url)?.to_string();
        let mut headers = Headers::default();
        let length = self.body.len().to_string();
        let fields = [
            ("Host", Some(&*origin)),
            ("User-Agent", Some(USER_AGENT)),
            ("Accept", Some("*/*")),
            ("Cookie", cookies),
        ];
        for (name, value) in fields {
            if let Some(value) = value.filter(|_| !self.headers.contains(name)) {
                headers.add(name, value).map_err(unsendable)?;
            }
        }
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_framing(name)) {
            headers.add(name, value).map_err(unsendable)?;
        }
        // Whoever gets a method that tends to have a body is told that there is none
        // (RFC 9110 section 8.6).
        if !self.body.is_empty() || matches!(&*self.method, "POST" | "PUT" | "PATCH") {
            headers.add("Content-Length", length).map_err(unsendable)?;
        }
        let target = self.url[Position::BeforePath..Position::AfterQuery].to_owned();
        let start =
            StartLine::Request { method: self.method.clone(), target, version: Version::Http11 };
        let message = Message { start, headers, body: self.body.clone() };
        encode(&message).map_err(unsendable)
    }
}

fn unsendable(error: impl fmt::Display) -> FetchError {
    FetchError::Request(error.to_string())
}

fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding"].iter().any(|known| known.eq_ignore_ascii_case(name))
}
