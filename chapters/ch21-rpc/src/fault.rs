use std::error::Error;
use std::fmt;

/// Why a call has no result: a number for programs and a sentence for people. It is an answer like
/// any other, and goes over HTTP with 200.
///
/// The numbers below zero are those of JSON-RPC 2.0 (section 5.1), which it has from a proposal for
/// XML-RPC. Those of a procedure's own are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which fault it is.
    pub code: i32,
    /// What it is.
    pub text: String,
}

impl Fault {
    /// What came is no XML, or no JSON.
    pub const PARSE: i32 = -32700;
    /// It is, but no call.
    pub const REQUEST: i32 = -32600;
    /// There is no procedure of that name.
    pub const METHOD: i32 = -32601;
    /// It is not called with these arguments.
    pub const PARAMS: i32 = -32602;
    /// It has failed in a way that is nobody's business.
    pub const INTERNAL: i32 = -32603;

    /// A fault with this number.
    pub fn new(code: i32, text: impl fmt::Display) -> Self {
        Self { code, text: text.to_string() }
    }

    /// Wrong arguments.
    pub fn params(text: impl fmt::Display) -> Self {
        Self::new(Self::PARAMS, text)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.code)
    }
}

impl Error for Fault {}
