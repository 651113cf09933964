use crate::{Head, PICTURE, PIXEL};

/// The whole answer to a request: status line, header fields, blank line, body.
///
/// There are two pictures, at `/picture.png` and at `/pixel.gif`, and a greeting
/// at every other address, whatever the method.
pub fn answer(head: &Head) -> Vec<u8> {
    match head.target.as_str() {
        "/picture.png" => ok("image/png", PICTURE),
        "/pixel.gif" => ok("image/gif", &PIXEL),
        _ => ok("text/plain; charset=utf-8", b"Hi there!\n"),
    }
}

/// The answer that has this body, and says of which type it is.
pub(crate) fn ok(content_type: &str, body: &[u8]) -> Vec<u8> {
    // HTTP/1.0, because that is all we can do: one request, one answer, goodbye.
    let head = format!(
        "HTTP/1.0 200 OK\r\n\
         Server: OwnHands/0.1\r\n\
         Content-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\
         Connection: close\r\n\
         \r\n",
        length = body.len(),
    );
    [head.as_bytes(), body].concat()
}
