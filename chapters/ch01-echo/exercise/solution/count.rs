use crate::read_some;
use std::io::{self, Read, Write};

/// Like [`echo`](crate::echo), but with a last word: when the client has stopped sending, it
/// is sent the number of its bytes, in decimal digits, and an LF.
///
/// The number has a line to itself: if there were bytes and the last of them was no LF, an LF
/// goes before the number, and is not counted. To `one\n` the whole answer is `one\n4\n`, to
/// `one\ntwo` it is `one\ntwo\n7\n`, and who sends nothing hears `0\n`.
///
/// Each piece is sent back before the next read. Returns the number. Any error ends the
/// conversation and is returned, and then there is no last word.
pub fn echo_and_count(mut conn: impl Read + Write) -> io::Result<u64> {
    let mut buffer = [0; 1024];
    let mut echoed = 0;
    let mut ends_with_lf = true; // nothing has no line that is unfinished
    loop {
        let count = read_some(&mut conn, &mut buffer)?;
        if count == 0 {
            break;
        }
        conn.write_all(&buffer[..count])?;
        echoed += count as u64;
        // In each round: which piece is the last one is not known before the next read.
        ends_with_lf = buffer[count - 1] == b'\n';
    }
    // The client has closed its sending half. Ours is still open.
    if !ends_with_lf {
        conn.write_all(b"\n")?;
    }
    conn.write_all(format!("{echoed}\n").as_bytes())?;
    Ok(echoed)
}
