use crate::Outlet;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How many lines may wait for one member: enough for one who reads while another
/// pastes a page, and some three megabytes at most (a byte that is no text becomes three).
pub const QUEUE_LENGTH: usize = 1024;

/// Step three: the line is put into a bounded queue, which never waits. A thread of the
/// member's own takes the lines out and writes them.
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
    /// Puts the line into the queue, and never waits.
    ///
    /// If the queue is full, or its other end is gone, the member is hung up on, and it is an
    /// error, of whatever kind.
    fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
        todo!("`send` waits while the queue is full; what does not?")
    }
}
