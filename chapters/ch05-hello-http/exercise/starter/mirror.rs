use std::io::{self, Read, Write};

/// Reads one request, and answers it with its own head, as text.
///
/// The answer's status line and header fields are those of [`answer`](crate::answer). Its type
/// is `text/plain; charset=utf-8`, and its body is the lines of the request's head as they
/// came, byte by byte, each with its CR LF, and without the empty line that ends them. To
/// `get /me\r\nx:  1 \r\n\r\nmore` the body is `get /me\r\nx:  1 \r\n`: nothing is taken apart,
/// and what is malformed is mirrored too.
///
/// A client that leaves without a byte hears nothing, and that is no error. A head that breaks
/// off, and an answer that cannot be written, is an error and is returned; in the first case
/// nothing is sent. Nothing is read behind the blank line.
pub fn mirror(mut conn: impl Read + Write) -> io::Result<()> {
    todo!("the body is what `read_head` found, and one line end more")
}
