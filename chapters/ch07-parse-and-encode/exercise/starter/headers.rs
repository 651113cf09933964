use std::fmt;

/// The header fields of a message, in their order.
///
/// Names are compared without regard to case and may be repeated. Values are bytes: HTTP
/// promises no encoding (RFC 9110 section 5.5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// A name or a value that must not be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidHeader {
    /// The name is not a token (RFC 9110 section 5.6.2).
    Name(String),
    /// The value of this field has a control character: a CR LF in it would end the field and
    /// begin another one.
    Value(String),
}

impl Headers {
    /// Appends a field.
    ///
    /// Spaces and tabs around a value are no part of it and are left out; those inside of it
    /// stay. A name that is not a token is an error (`Name`, with that name), and so is a value
    /// with a control character other than the tab, wherever it stands (`Value`, with the
    /// name). Then nothing is appended.
    ///
    /// Your tools: `is_token` and `is_text_byte` in `crate::grammar`.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidHeader> {
        todo!("look at the name, and at the value without the whitespace around it")
    }

    /// The first value of `name`.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        todo!("the first field whose name is {name}, in whatever case")
    }

    /// The first value of `name` as text; `None` also if it is not UTF-8.
    pub fn get_text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// All values of `name`, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        // Replace all of it: this only tells the compiler of which kind the iterator is.
        std::iter::from_fn(|| -> Option<&[u8]> { todo!("filter what `iter` has") })
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

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?} is not a header name"),
            Self::Value(name) => write!(f, "the value of {name} has a control character"),
        }
    }
}

impl std::error::Error for InvalidHeader {}
