use crate::Message;
use std::fmt;

/// The first line of a message could not be parsed again.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidStartLine(String);

/// The bytes of `message`: its first line, a line `Name: value` for each header field, an
/// empty line, the body. Each of the lines ends with CR LF.
///
/// The first line is what `message.start.to_string()` makes of it. It is an error, with that
/// text, if it would not be parsed as the same line:
///
/// - of a request, if the method is not a token, or if the target is empty or has a byte that
///   is not visible ASCII;
/// - of a response, if the status has not three digits (100 to 999), or if the reason has a
///   control character other than the tab. The reason may be empty.
///
/// Your tools: `is_token`, `is_target_byte` and `is_text_byte` in `crate::grammar`. The header
/// fields were checked when they were added.
pub fn encode(message: &Message) -> Result<Vec<u8>, InvalidStartLine> {
    todo!("the first line, if it is right, and then everything else")
}

impl fmt::Display for InvalidStartLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not the first line of a message", self.0)
    }
}

impl std::error::Error for InvalidStartLine {}
