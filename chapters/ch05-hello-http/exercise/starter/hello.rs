use std::io::{self, Read, Write};

/// Reads one request, and answers it with what [`answer`](crate::answer) says.
///
/// A client that leaves without a byte hears nothing, and that is no error. A request that is
/// malformed or breaks off, and an answer that cannot be written, is an error and is returned;
/// in the first two cases nothing is sent. Nothing is read behind the blank line, and the
/// answer goes out whole although a write may take a part of it.
pub fn hello(mut conn: impl Read + Write) -> io::Result<()> {
    todo!("read the head, take it apart, write the answer")
}
