use crate::{Head, answer, read_head};
use std::io::{self, Read, Write};

/// Reads one request and answers it.
///
/// A malformed request is an error, and the client hears nothing: chapter 7
/// has an answer for it. A body is not read: chapter 6 shows what that does.
pub fn hello(mut conn: impl Read + Write) -> io::Result<()> {
    let Some(bytes) = read_head(&mut conn)? else {
        return Ok(()); // connected, and left
    };
    let head = Head::parse(&bytes)?;
    // One write for head and body: two small ones would go out as two packets.
    conn.write_all(&answer(&head))
}
