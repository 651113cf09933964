use crate::{FieldFault, Headers};

/// The longest body that is accepted, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// How many bytes of body follow the head: the one place that decides it.
///
/// Two programs that disagree about where a message ends can be played against
/// each other (request smuggling), so whatever is not plain is refused:
///
/// | fields | body |
/// |---|---|
/// | neither `Content-Length` nor `Transfer-Encoding` | none |
/// | `Content-Length` | exactly that long; 413 if over [`MAX_BODY`] |
/// | `Content-Length` repeated with the same value | the same |
/// | differing values, signs, other characters, over 64 bits | 400 |
/// | `Transfer-Encoding` | 501: chapter 12 learns it |
/// | both | 400 |
///
/// RFC 9112 section 6.3 and RFC 9110 section 8.6. Of responses this is half the
/// truth: 1xx, 204, 304 and answers to HEAD have no body whatever they say, and one
/// without a length goes on until the connection ends.
pub fn body_length(headers: &Headers) -> Result<usize, FieldFault> {
    if headers.contains("Transfer-Encoding") {
        let (status, reason) = match headers.contains("Content-Length") {
            true => (400, "Transfer-Encoding beside Content-Length"),
            false => (501, "no Transfer-Encoding is understood here"),
        };
        return Err(FieldFault { status, field: "Transfer-Encoding", reason });
    }
    let fault = |status, reason| FieldFault { status, field: "Content-Length", reason };
    let mut length = None;
    // `3, 3` is what a repeated field becomes when a proxy joins it.
    for value in headers.get_all("Content-Length").flat_map(|value| value.split(|&b| b == b',')) {
        let number = decimal(value.trim_ascii()).ok_or(fault(400, "not a length"))?;
        if length.is_some_and(|before| before != number) {
            return Err(fault(400, "two different lengths"));
        }
        length = Some(number);
    }
    match length {
        None => Ok(0),
        Some(number) => match usize::try_from(number) {
            Ok(length) if length <= MAX_BODY => Ok(length),
            _ => Err(fault(413, "the body is too long")),
        },
    }
}

/// The number that is written in `digits`; `None` if there is anything but
/// digits, or if it does not fit in 64 bits.
fn decimal(digits: &[u8]) -> Option<u64> {
    // `parse` alone would take a plus sign.
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| all_digits)?.parse().ok()
}
