use crate::{LineBuffer, LineTooLong, MemberId, Outlet, Room, read_some};
use std::io::{self, Read};

/// Reads what a member says, line by line, until they leave.
///
/// `/NAME you` changes the name, `/EXIT` and the end of the input leave, any
/// other line is said to the room.
///
/// *Extension:* two commands more.
///
/// - `/WHO` tells the member who is in the room: see [`Room::who`]. That is the whole line, as
///   with `/EXIT`.
/// - `/MSG name text` says something to one member alone: see [`Room::message`]. Between command,
///   name and text stand one space or more; a name has no space in it, a text may have them. If
///   the name or the text is missing, the member is told
///   `* /MSG name text tells one member alone\n`.
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
                command if command.starts_with('/') => match command.strip_prefix("/NAME ") {
                    Some(name) => room.rename(member, name.trim()),
                    None => room.tell(member, "* there are /NAME you and /EXIT\n"),
                },
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

/// The line as text, without control characters: they could move the cursor or
/// change the colours on the terminals of all the others.
fn printable(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|char| !char.is_control()).collect()
}
