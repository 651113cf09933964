use crate::{Direct, Outlet, Queue, Room, converse};
use std::io::{self, Read, Write};
use std::sync::mpsc::Receiver;
use std::thread;

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
/// Returns when the client has left and has been sent all that was queued.
pub fn on_connect(
    room: &Room<Queue>,
    reader: impl Read,
    writer: impl Write + Send,
    hang_up: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let (queue, lines) = Queue::new(hang_up);
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, || write_lines(lines, writer))?;
        match room.join(queue) {
            Ok(member) => {
                let result = converse(room, reader, member);
                room.leave(member);
                result
            }
            Err(mut queue) => queue.deliver(FULL),
        }
        // The queue is dropped by now, here or by the room. The writing thread
        // sends what is left in it and ends, and the scope waits for that.
    })
}

/// Writes line after line until the queue is dropped or a write fails.
fn write_lines(lines: Receiver<Vec<u8>>, mut writer: impl Write) {
    for line in lines {
        if writer.write_all(&line).is_err() {
            // `lines` is dropped, so that the room's next delivery fails too.
            return;
        }
    }
}
