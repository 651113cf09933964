use crate::{Message, ParseError, Parsed, ReadError};
use std::io::Read;

/// Parses the response at the start of `input`, as [`parse`](crate::parse) does, but for the
/// end of its body. That depends on what `parse` does not know: to a request of which `method`
/// this is the answer, and whether the connection has `ended`, so that nothing follows `input`.
///
/// The first line that is true decides (RFC 9112 section 6.3):
///
/// - To the method `HEAD` (a method's case counts), and with a status 1xx, 204 or 304: there
///   is no body, whatever the fields say. It ends with the blank line.
/// - With a `Content-Length` or a `Transfer-Encoding`: what
///   [`body_length`](crate::body_length) says, with the same faults in the same places.
/// - Else everything that follows is the body, until the connection ends. As long as it has
///   not, the response is `Partial`, and one byte more makes it worth asking again. A body of
///   more than [`MAX_BODY`](crate::MAX_BODY) bytes is refused as soon as the first byte is
///   there that is too many, with the status 413 at the offset of that byte.
///
/// (The method `CONNECT` has a rule of its own there, which is not needed here.)
///
/// What ends in the middle, in the head or before the `Content-Length` is reached, is
/// `Partial`, whether the connection has ended or not. A request is refused with 400.
///
/// Your tool: `parse_head` in `crate::parse`, and what its `Head` can do.
pub fn parse_response(input: &[u8], method: &str, ended: bool) -> Result<Parsed, ParseError> {
    todo!("the head first, and then: where is the end?")
}

/// Reads the response to a request of this `method`, however its bytes are cut on the way.
///
/// An interim response, which is one with a status 1xx other than 101, is passed over, and the
/// one behind it is the response; there may be several. When the last byte of it is there,
/// nothing more is read.
///
/// `None` means that the peer closed before the first byte. If they close in the middle, the
/// error is `CutOff` with the number of bytes that had come of this response, interim ones not
/// counted; it is 0 if an interim one was the last that came. All other errors are those of
/// [`read_message`](crate::read_message). A connection that is reset has not ended: its body is
/// not complete.
///
/// Your tool: [`read_some`](crate::read_some) of chapter 1.
pub fn read_response(conn: &mut impl Read, method: &str) -> Result<Option<Message>, ReadError> {
    todo!("parse what has come; if it is not enough, read more, or hear that there is no more")
}
