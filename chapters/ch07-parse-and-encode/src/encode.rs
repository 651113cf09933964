use crate::grammar::{is_target_byte, is_text_byte, is_token};
use crate::{Message, StartLine};
use std::fmt;

/// The first line of a message could not be parsed again.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidStartLine(String);

/// The bytes of `message`: first line, header fields, blank line, body.
///
/// What it returns, [`parse`](crate::parse) takes apart into the same message,
/// if it keeps the rules that `parse` demands: `Content-Length` is the length of
/// the body, a request has its `Host`, nothing is over a limit. A
/// method, target, status or reason that would make another line of the first
/// one is an error; the header fields were checked when they were added.
pub fn encode(message: &Message) -> Result<Vec<u8>, InvalidStartLine> {
    let start = message.start.to_string();
    if !is_valid(&message.start) {
        return Err(InvalidStartLine(start));
    }
    let mut out = start.into_bytes();
    out.extend(b"\r\n");
    for (name, value) in message.headers.iter() {
        out.extend(name.as_bytes());
        out.extend(b": ");
        out.extend(value);
        out.extend(b"\r\n");
    }
    out.extend(b"\r\n");
    out.extend(&message.body);
    Ok(out)
}

fn is_valid(start: &StartLine) -> bool {
    match start {
        StartLine::Request { method, target, .. } => {
            is_token(method.as_bytes()) && !target.is_empty() && target.bytes().all(is_target_byte)
        }
        StartLine::Response { status, reason, .. } => {
            (100..1000).contains(status) && reason.bytes().all(is_text_byte)
        }
    }
}

impl fmt::Display for InvalidStartLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not the first line of a message", self.0)
    }
}

impl std::error::Error for InvalidStartLine {}
