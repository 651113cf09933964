use crate::parse::parse_head;
use crate::{MAX_BODY, Message, ParseError, Parsed, ReadError, StartLine, body_length, read_some};
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
    let Some(head) = parse_head(input)? else {
        return Ok(Parsed::Partial { at_least: input.len() + 1 });
    };
    let StartLine::Response { status, .. } = head.start else {
        return Err(ParseError { status: 400, offset: 0, reason: "not a response" });
    };
    let has_length =
        ["Content-Length", "Transfer-Encoding"].map(|name| head.headers.contains(name));
    let end = if method == "HEAD" || matches!(status, 100..=199 | 204 | 304) {
        head.length
    } else if has_length.contains(&true) {
        head.length + body_length(&head.headers).map_err(|fault| head.place(fault))?
    } else if input.len() > head.length + MAX_BODY {
        let offset = head.length + MAX_BODY;
        return Err(ParseError { status: 413, offset, reason: "the body is too long" });
    } else if ended {
        input.len()
    } else {
        input.len() + 1 // whatever comes next belongs to it
    };
    Ok(head.with_body(input, end))
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
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    let (mut ended, mut was_interim) = (false, false);
    loop {
        match parse_response(&received, method, ended).map_err(ReadError::Malformed)? {
            Parsed::Complete(message, used) if is_interim(&message) => {
                // What follows it may have come with the same read.
                received.drain(..used);
                was_interim = true;
            }
            Parsed::Complete(message, _) => return Ok(Some(message)),
            Parsed::Partial { .. } if ended && received.is_empty() && !was_interim => {
                return Ok(None);
            }
            Parsed::Partial { .. } if ended => return Err(ReadError::CutOff(received.len())),
            Parsed::Partial { at_least } => {
                while received.len() < at_least && !ended {
                    match read_some(conn, &mut buffer)? {
                        // Parsed once more, since it may have been waited for.
                        0 => ended = true,
                        count => received.extend_from_slice(&buffer[..count]),
                    }
                }
            }
        }
    }
}

/// Whether another response to the same request follows (RFC 9110 section 15.2). Behind 101
/// another protocol is spoken.
fn is_interim(message: &Message) -> bool {
    matches!(message.start, StartLine::Response { status: 100 | 102..=199, .. })
}
