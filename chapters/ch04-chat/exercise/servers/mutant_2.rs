//! Broken: the room waits until a line has been written, with its lock in its hand.

#[path = "../../src/serve.rs"]
mod serve;

pub use chapter::*;
pub use serve::{serve, serve_direct};

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

pub struct Queue {
    lines: SyncSender<Vec<u8>>,
    /// Tells of each line that was written. Without a thread that writes there is nothing to
    /// wait for.
    written: Option<Receiver<()>>,
    hang_up: Box<dyn Fn() + Send>,
}

impl Queue {
    pub fn new(hang_up: impl Fn() + Send + 'static) -> (Self, Receiver<Vec<u8>>) {
        let (lines, other_end) = sync_channel(QUEUE_LENGTH);
        (Self { lines, written: None, hang_up: Box::new(hang_up) }, other_end)
    }
}

impl Outlet for Queue {
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        let queued = self.lines.try_send(line.to_vec()).map_err(io::Error::other);
        let written = queued.and_then(|()| match &self.written {
            Some(written) => written.recv().map_err(io::Error::other),
            None => Ok(()),
        });
        written.inspect_err(|_| (self.hang_up)())
    }
}

pub fn on_connect(
    room: &Room<Queue>,
    reader: impl Read,
    mut writer: impl Write + Send,
    hang_up: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let (mut queue, lines) = Queue::new(hang_up);
    let (done, written) = channel();
    queue.written = Some(written);
    let write_lines = move || {
        for line in lines {
            if writer.write_all(&line).is_err() {
                return;
            }
            // If the queue is gone already, nobody waits.
            let _ = done.send(());
        }
    };
    thread::scope(|scope| {
        thread::Builder::new().spawn_scoped(scope, write_lines)?;
        match room.join(queue) {
            Ok(member) => {
                let result = converse(room, reader, member);
                room.leave(member);
                result
            }
            Err(mut queue) => queue.deliver(b"full\n"),
        }
    })
}
