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
    /// RFC 9112 section 6.3 and RFC 9110 section 8.6. How long a body may be is up to who
    /// reads it.
    pub fn of_request(version: Version, headers: &Headers) -> Result<Self, FieldFault> {
        if headers.contains("Transfer-Encoding") {
            let fault = |status, reason| FieldFault { status, field: "Transfer-Encoding", reason };
            if headers.contains("Content-Length") {
                return Err(fault(400, "Transfer-Encoding beside Content-Length"));
            }
            if version == Version::Http10 {
                return Err(fault(400, "HTTP/1.0 has no Transfer-Encoding"));
            }
            // A repeated field is one list (RFC 9110 section 5.3), and each coding of it was
            // laid around those before.
            let mut codings: Vec<&[u8]> = list(headers, "Transfer-Encoding").collect();
            let last = codings.pop();
            return match last.is_some_and(is_chunked) && !codings.iter().any(|one| is_chunked(one))
            {
                true if codings.is_empty() => Ok(Self::Chunked),
                true => Err(fault(501, "no coding but chunked is understood here")),
                false => Err(fault(400, "the last coding must be chunked, and no other")),
            };
        }
        let fault = |reason| FieldFault { status: 400, field: "Content-Length", reason };
        let mut length = None;
        // `3, 3` is what a repeated field becomes when a proxy joins it.
        for value in list(headers, "Content-Length") {
            let number = decimal(value).ok_or(fault("not a length"))?;
            if length.is_some_and(|before| before != number) {
                return Err(fault("two different lengths"));
            }
            length = Some(number);
        }
        Ok(Self::Length(length.unwrap_or(0)))
    }
}

/// The members of the lists that all fields of this name hold, without the whitespace around
/// them; one may be empty.
pub(crate) fn list<'a>(headers: &'a Headers, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let values = headers.get_all(name);
    values.flat_map(|value| value.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii)
}

fn is_chunked(coding: &[u8]) -> bool {
    coding.eq_ignore_ascii_case(b"chunked")
}

/// The number that is written in `digits`; `None` if there is anything but
/// digits, or if it does not fit in 64 bits.
fn decimal(digits: &[u8]) -> Option<u64> {
    // `parse` alone would take a plus sign.
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| all_digits)?.parse().ok()
}
