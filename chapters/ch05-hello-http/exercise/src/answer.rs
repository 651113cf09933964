use crate::Head;

/// The whole answer to a request: status line, header fields, blank line, body.
///
/// At `/picture.png`, exactly so written, there is [`PICTURE`](crate::PICTURE), which is
/// `image/png`. At every other address there is `Hi there!\n`, which is
/// `text/plain; charset=utf-8`. The method does not matter.
pub fn answer(head: &Head) -> Vec<u8> {
    todo!("which body, and of which type?")
}

/// The answer that has this body, and says of which type it is.
///
/// Its first line is `HTTP/1.0 200 OK`. Then come four header fields, a line each: `Server`,
/// which is `OwnHands/0.1`; `Content-Type`; `Content-Length`, the number of bytes in the body;
/// `Connection`, which is `close`. Every line ends with CR LF. Behind them stand an empty line
/// and the body.
pub(crate) fn ok(content_type: &str, body: &[u8]) -> Vec<u8> {
    todo!("the lines of the head, the blank line, the body")
}
