use crate::{FieldFault, Headers, Version};

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// It has so many bytes.
    Length(u64),
    /// It comes in chunks, each with its length before it; the last one is empty.
    Chunked,
}

impl Framing {
    /// How the body of a request ends: the one place that decides it.
    ///
    /// Two programs that disagree about where a message ends can be played against
    /// each other (request smuggling), so whatever is not plain is refused:
    ///
    /// | fields | body |
    /// |---|---|
    /// | neither `Content-Length` nor `Transfer-Encoding` | none |
    /// | `Content-Length` | exactly that long |
    /// | `Content-Length` repeated with the same value | the same |
    /// | differing values, signs, other characters, over 64 bits | 400 |
    /// | `Transfer-Encoding: chunked`, whatever its case | chunks |
    /// | another coding, and then `chunked` | 501 |
    /// | a `Transfer-Encoding` that does not end with `chunked`, or has it twice | 400 |
    /// | any, from a client that speaks HTTP/1.0 | 400 |
    /// | both fields | 400 |
    ///
    /// No body is `Length(0)`. Both fields are lists, which may stand in several fields of the
    /// name: `5, 5` is the same value twice, and a member that is empty is neither a length nor
    /// `chunked`. The `field` of a fault is `Transfer-Encoding` if there is one, and else
    /// `Content-Length`.
    ///
    /// RFC 9112 section 6.3 and RFC 9110 section 8.6. How long a body may be is up to who
    /// reads it.
    pub fn of_request(version: Version, headers: &Headers) -> Result<Self, FieldFault> {
        todo!("is there a Transfer-Encoding? then what is wrong with it? and else, the lengths")
    }
}

/// The members of the lists that all fields of this name hold, without the whitespace around
/// them; one may be empty.
pub(crate) fn list<'a>(headers: &'a Headers, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let values = headers.get_all(name);
    values.flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii)
}
