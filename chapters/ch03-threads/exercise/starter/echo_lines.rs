use std::io::{self, Read, Write};

/// Sends back each line as it came, until the line `done`, which is answered `bye!\n` and
/// ends the conversation.
///
/// A line ends with LF. `done\n` and `done\r\n` are the line `done`; `done \n` and `DONE\n`
/// are lines like others. What stands behind the last LF when the client stops sending
/// gets no answer. A line that is longer than [`MAX_LINE`](crate::MAX_LINE) is answered
/// `line too long\n` and ends the conversation. Each line is answered before the next read.
/// Any error of the connection ends the conversation and is returned.
///
/// Your tools: [`read_some`](crate::read_some) of chapter 1, and your
/// [`LineBuffer`](crate::LineBuffer).
pub fn echo_lines(mut conn: impl Read + Write) -> io::Result<()> {
    todo!("take a line out if there is one, else read")
}
