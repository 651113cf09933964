use crate::{Direct, Outlet, Queue, Room, converse};
use std::io::{self, Read, Write};
use std::sync::mpsc::Receiver;

/// What a client hears that finds all seats taken.
const FULL: &[u8] = b"full\n";

/// Step one: the member's connection is what the room writes to.
pub fn on_connect_direct<W: Write>(
    room: &Room<Direct<W>>,
    reader: impl Read,
    writer: W,
) -> io::Result<()> {
    match room.join(Direct(writer)) {
        Ok(member) => {
            let result = converse(room, reader, member);
            room.leave(member);
            result
        }
        Err(mut outlet) => outlet.deliver(FULL),
    }
}

/// Step three: the room writes to a queue, and a second thread empties it.
///
/// `reader` and `writer` are the two halves of the client's connection;
/// `hang_up` closes both without waiting, for a member who does not read.
///
/// A [`Queue`] is made and a thread started in which [`write_lines`] empties it. If the room
/// has a seat, the client joins it with the queue, [`converse`] is called, and the member
/// leaves; if not, nothing is read, and [`FULL`] is all that it hears. It returns what
/// `converse` returned, and not before the client has been sent all that was queued, or a write
/// has failed. If the system gives no thread, that is the error.
pub fn on_connect(
    room: &Room<Queue>,
    reader: impl Read,
    writer: impl Write + Send,
    hang_up: impl Fn() + Send + 'static,
) -> io::Result<()> {
    todo!("std::thread::scope, and in it a thread that writes; who drops the queue, and when?")
}

/// Writes line after line until the queue is dropped or a write fails.
fn write_lines(lines: Receiver<Vec<u8>>, mut writer: impl Write) {
    todo!("a `Receiver` is an iterator that ends when the other side is dropped")
}
