use crate::answer::ok;
use crate::read_head;
use std::io::{self, Read, Write};

/// Reads one request, and answers it with its own head, as text.
///
/// The answer's status line and header fields are those of [`answer`](crate::answer). Its type
/// is `text/plain; charset=utf-8`, and its body is the lines of the request's head as they
/// came, byte by byte, each with its CR LF, and without the empty line that ends them.
///
/// A client that leaves without a byte hears nothing, and that is no error. A head that breaks
/// off, and an answer that cannot be written, is an error and is returned.
pub fn mirror(mut conn: impl Read + Write) -> io::Result<()> {
    let Some(mut head) = read_head(&mut conn)? else {
        return Ok(()); // connected, and left
    };
    // The end of the last line is the first half of the blank line, which is gone. Bytes are
    // not made text of, here or elsewhere: what is no UTF-8 would not come back as it came.
    head.extend(b"\r\n");
    conn.write_all(&ok("text/plain; charset=utf-8", &head))
}
