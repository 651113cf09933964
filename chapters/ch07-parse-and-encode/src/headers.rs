use crate::grammar::{is_text_byte, is_token};
use std::fmt;

/// The header fields of a message, in their order.
///
/// Names are compared without regard to case and may be repeated. Values are
/// bytes: HTTP promises no encoding (RFC 9110 section 5.5).
///
/// ```
/// let mut headers = ch07::Headers::default();
/// headers.add("Accept", "text/html")?;
/// headers.add("accept", "text/plain")?;
/// assert_eq!(headers.get("ACCEPT"), Some(b"text/html".as_slice()));
/// assert_eq!(headers.get_all("Accept").count(), 2);
/// assert!(headers.add("X-Evil", "a\r\nSet-Cookie: b").is_err());
/// # Ok::<(), ch07::InvalidHeader>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// A name or a value that must not be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidHeader {
    /// The name is not a token (RFC 9110 section 5.6.2).
    Name(String),
    /// The value of this field has a control character: a CR LF in it would end
    /// the field and begin another one.
    Value(String),
}

impl Headers {
    /// Appends a field.
    ///
    /// Spaces and tabs around a value are no part of it and are left out. A
    /// name that is not a token, or a value with a control character other than
    /// the tab, is an error, and nothing is appended.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidHeader> {
        if !is_token(name.as_bytes()) {
            return Err(InvalidHeader::Name(name.to_owned()));
        }
        let value = trim(value.as_ref());
        if !value.iter().copied().all(is_text_byte) {
            return Err(InvalidHeader::Value(name.to_owned()));
        }
        self.0.push((name.to_owned(), value.to_vec()));
        Ok(())
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first value of `name` as text; `None` also if it is not UTF-8.
    pub fn get_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// All values of `name`, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether there is a field of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `value` without the spaces and tabs around it.
fn trim(value: &[u8]) -> &[u8] {
    let is_whitespace = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_whitespace(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_whitespace(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?} is not a header name"),
            Self::Value(name) => write!(f, "the value of {name} has a control character"),
        }
    }
}

impl std::error::Error for InvalidHeader {}
