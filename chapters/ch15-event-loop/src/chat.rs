use crate::{Protocol, Transport};
use ch04::{LineBuffer, LineTooLong, MemberId, Outlet, Room};
use std::io;
use std::rc::Rc;

/// How many bytes may wait for one member: a megabyte, as in chapter 4.
const ENOUGH: usize = 1024 * 1024;

/// Chapter 4's chat room, in a loop. The room is the same; a member's queue and its thread are the
/// [`Transport`], which keeps what is not sent and sends it when there is room.
pub struct Chat {
    room: Rc<Room<Transport>>,
    member: Option<MemberId>,
    lines: LineBuffer,
}

impl Chat {
    /// Somebody who wants to join `room`.
    pub fn new(room: &Rc<Room<Transport>>) -> Self {
        Self { room: Rc::clone(room), member: None, lines: LineBuffer::default() }
    }

    /// Does what a line asks for. Returns whether the member stays.
    fn hear(&self, member: MemberId, line: &[u8]) -> bool {
        match printable(line).trim() {
            "" => {}
            "/EXIT" => {
                self.room.tell(member, "* goodbye\n");
                return false;
            }
            command if command.starts_with('/') => match command.strip_prefix("/NAME ") {
                Some(name) => self.room.rename(member, name.trim()),
                None => self.room.tell(member, "* there are /NAME you and /EXIT\n"),
            },
            text => self.room.say(member, text),
        }
        true
    }

    fn leave(&mut self) {
        if let Some(member) = self.member.take() {
            self.room.leave(member);
        }
    }
}

impl Protocol for Chat {
    fn connection_made(&mut self, transport: &Transport) {
        match self.room.join(transport.clone()) {
            Ok(member) => self.member = Some(member),
            Err(transport) => {
                transport.write(b"full\n");
                transport.lose_connection();
            }
        }
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        self.lines.push(data);
        while let Some(member) = self.member {
            let stays = match self.lines.next_line() {
                Ok(Some(line)) => self.hear(member, &line),
                Ok(None) => return,
                Err(LineTooLong) => {
                    self.room.tell(member, "* that line is too long\n");
                    false
                }
            };
            if !stays {
                self.leave();
                transport.lose_connection();
            }
        }
    }

    fn connection_lost(&mut self, _: &Transport, _: Option<io::Error>) {
        self.leave();
    }
}

impl Outlet for Transport {
    /// A member who is a megabyte behind is hung up on.
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        if self.unsent() + line.len() > ENOUGH {
            self.abort();
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.write(line);
        Ok(())
    }
}

/// The line as text, without control characters: they could move the cursor or
/// change the colours on the terminals of all the others.
fn printable(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|char| !char.is_control()).collect()
}
