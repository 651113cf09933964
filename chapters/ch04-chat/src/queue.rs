use crate::Outlet;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many lines may wait for one member: enough for one who reads while another
/// pastes a page, and some three megabytes at most (a byte that is no text becomes three).
pub const QUEUE_LENGTH: usize = 1024;

/// Step three: the line is put into a bounded queue, which never waits.
///
/// A thread of the member's own takes the lines out and writes them. If the
/// queue is full, the member is [`QUEUE_LENGTH`] lines behind, be it that they
/// do not read or that the others talk faster than that: they are hung up on,
/// and `deliver` fails.
pub struct Queue {
    lines: SyncSender<Vec<u8>>,
    hang_up: Box<dyn Fn() + Send>,
}

impl Queue {
    /// A queue and its other end. `hang_up` closes the member's connection at
    /// once, in both directions, without waiting for anything.
    pub fn new(hang_up: impl Fn() + Send + 'static) -> (Self, Receiver<Vec<u8>>) {
        let (lines, other_end) = sync_channel(QUEUE_LENGTH);
        (Self { lines, hang_up: Box::new(hang_up) }, other_end)
    }
}

impl Outlet for Queue {
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        self.lines.try_send(line.to_vec()).map_err(|error| {
            // The member's two threads may both be waiting for the peer.
            (self.hang_up)();
            io::Error::other(error.to_string())
        })
    }
}
