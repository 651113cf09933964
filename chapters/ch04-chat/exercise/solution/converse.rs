use crate::{LineBuffer, LineTooLong, MemberId, Outlet, Room, read_some};
use std::io::{self, Read};

/// What a member hears whose `/MSG` is not complete.
const MSG_HINT: &str = "* /MSG name text tells one member alone\n";

/// Reads what a member says, line by line, until they leave.
///
/// `/NAME you` changes the name, `/WHO` tells who is there, `/MSG name text` says
/// something to one member alone, `/EXIT` and the end of the input leave, any
/// other line is said to the room. The wait for a line has no bound: a silent
/// member keeps their seat. Chapter 6 adds deadlines.
pub fn converse<O: Outlet>(
    room: &Room<O>,
    mut reader: impl Read,
    member: MemberId,
) -> io::Result<()> {
    let mut lines = LineBuffer::default();
    let mut buffer = [0; 1024];
    loop {
        match lines.next_line() {
            Ok(Some(line)) => match printable(&line).trim() {
                "" => {}
                "/EXIT" => {
                    room.tell(member, "* goodbye\n");
                    return Ok(());
                }
                line if line.starts_with('/') => command(room, member, line),
                text => room.say(member, text),
            },
            Ok(None) => match read_some(&mut reader, &mut buffer)? {
                0 => return Ok(()),
                count => lines.push(&buffer[..count]),
            },
            Err(LineTooLong) => {
                room.tell(member, "* that line is too long\n");
                return Ok(());
            }
        }
    }
}

/// Obeys a command. `line` has no whitespace around it, so that behind a first one there is more.
fn command<O: Outlet>(room: &Room<O>, member: MemberId, line: &str) {
    match line.split_once(' ') {
        None if line == "/WHO" => room.who(member),
        None if line == "/MSG" => room.tell(member, MSG_HINT),
        Some(("/NAME", name)) => room.rename(member, name.trim()),
        Some(("/MSG", rest)) => match rest.trim_start().split_once(' ') {
            Some((name, text)) => room.message(member, name, text.trim_start()),
            None => room.tell(member, MSG_HINT),
        },
        _ => room.tell(member, "* there are /NAME you and /EXIT\n"),
    }
}

/// The line as text, without control characters: they could move the cursor or
/// change the colours on the terminals of all the others.
fn printable(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|char| !char.is_control()).collect()
}
