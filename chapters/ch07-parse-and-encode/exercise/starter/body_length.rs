use crate::{FieldFault, Headers};

/// The longest body that is accepted, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// How many bytes of body follow the head: the one place that decides it.
///
/// | fields | body |
/// |---|---|
/// | neither `Content-Length` nor `Transfer-Encoding` | none |
/// | `Content-Length` | exactly that long; 413 if over [`MAX_BODY`] |
/// | `Content-Length` repeated with the same value | the same |
/// | differing values, signs, other characters, over 64 bits | 400 |
/// | `Transfer-Encoding` | 501 |
/// | both | 400 |
///
/// One field may have several values with commas between them and whitespace around them: `3, 3`
/// is a field that was repeated and that somebody has joined. A value is one or more digits
/// from 0 to 9; zeros may stand in front. If there is anything else among the values, or
/// nothing between two commas, that is 400, also beside a value that is too long.
///
/// The field of a fault is `Transfer-Encoding` if there is one, and else `Content-Length`; its
/// reason is a few words of yours.
pub fn body_length(headers: &Headers) -> Result<usize, FieldFault> {
    todo!("line by line, as the table has it")
}
