use crate::{LineBuffer, LineTooLong, read_some};
use std::io::{self, Read, Write};

/// Sends back each line as it came, until the line `done`, which is answered
/// `bye!` and ends the conversation.
///
/// A line ends with LF, and a CR before it does not count (Windows and `telnet`
/// send one). What stands behind the last LF when the client stops sending is
/// not a line and gets no answer: half a command is not a command. A line that
/// is too long is answered `line too long` and ends the conversation.
///
/// Who has sent more than we read before we close may see a reset instead of
/// the last line, and neither the wait for a line nor the wait for a client that
/// does not read has a bound: chapter 6 adds deadlines and a lingering close.
pub fn echo_lines(mut conn: impl Read + Write) -> io::Result<()> {
    let mut lines = LineBuffer::default();
    let mut buffer = [0; 1024];
    loop {
        match lines.next_line() {
            Ok(Some(line)) if is_done(&line) => return conn.write_all(b"bye!\n"),
            Ok(Some(line)) => conn.write_all(&line)?,
            Ok(None) => match read_some(&mut conn, &mut buffer)? {
                0 => return Ok(()),
                count => lines.push(&buffer[..count]),
            },
            Err(LineTooLong) => return conn.write_all(b"line too long\n"),
        }
    }
}

fn is_done(line: &[u8]) -> bool {
    line == b"done\n" || line == b"done\r\n"
}
