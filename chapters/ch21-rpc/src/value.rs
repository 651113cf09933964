use crate::Fault;
use chrono::NaiveDateTime;
use std::collections::BTreeMap;
use std::fmt;

/// How deep values may be nested: those who read and write them call themselves for each level.
pub const MAX_DEPTH: usize = 32;

/// What a procedure is given and what it returns: the values that XML-RPC has. JSON has fewer; see
/// [`from_json`](crate::from_json).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing; an extension of XML-RPC that most know.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction. One that is no number, or infinite, can be told in neither
    /// language: in XML-RPC it is a fault, and JSON has null in its place.
    Double(f64),
    /// Text.
    Text(String),
    /// A date and a time of day. Of which time zone, nobody says.
    Time(NaiveDateTime),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values one after the other.
    Array(Vec<Value>),
    /// Values by their names.
    Struct(BTreeMap<String, Value>),
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// Nothing.
    Nil,
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A number. A whole one is taken as well: in JSON nobody can see a difference.
    Double,
    /// Text.
    Text,
    /// A date and a time of day.
    Time,
    /// Bytes.
    Bytes,
    /// Values one after the other.
    Array,
    /// Values by their names.
    Struct,
}

impl Value {
    /// A struct of these fields.
    pub fn of_fields<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Self::Struct(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Nil,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Double(_) => Kind::Double,
            Self::Text(_) => Kind::Text,
            Self::Time(_) => Kind::Time,
            Self::Bytes(_) => Kind::Bytes,
            Self::Array(_) => Kind::Array,
            Self::Struct(_) => Kind::Struct,
        }
    }

    /// The value as one of this kind; a fault if it is none.
    pub fn into_kind(self, kind: Kind) -> Result<Self, Fault> {
        match (self, kind) {
            // What is larger would become another number.
            (Self::Int(number), Kind::Double)
                if number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS =>
            {
                Ok(Self::Double(number as f64))
            }
            (value, Kind::Any) => Ok(value),
            (value, kind) if value.kind() == kind => Ok(value),
            (value, kind) => {
                Err(Fault::params(format_args!("{kind} is wanted, and not {}", value.kind())))
            }
        }
    }
}

impl fmt::Display for Kind {
    /// As signatures name it, which is as XML-RPC does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "undef",
            Self::Nil => "nil",
            Self::Bool => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Time => "dateTime.iso8601",
            Self::Bytes => "base64",
            Self::Array => "array",
            Self::Struct => "struct",
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(answer: bool) -> Self {
        Self::Bool(answer)
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Self::Array(values)
    }
}
