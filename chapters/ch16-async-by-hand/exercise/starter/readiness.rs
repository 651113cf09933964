use crate::Ready;
use std::cell::Cell;
use std::io;
use std::task::{Context, Poll, Waker};

/// What is known of a socket, and who waits for it.
#[derive(Default)]
pub(crate) struct Readiness {
    pub read: Direction,
    pub write: Direction,
    /// Whether the end is there, or behind what can be read.
    pub end_is_near: Cell<bool>,
}

/// One direction of a socket. One task can wait for it; if a second one does, the first is
/// forgotten.
#[derive(Default)]
pub(crate) struct Direction {
    is_ready: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

impl Readiness {
    /// The system has spoken.
    pub fn add(&self, ready: Ready) {
        if ready.read_closed {
            self.end_is_near.set(true);
        }
        if ready.readable {
            self.read.set();
        }
        if ready.writable {
            self.write.set();
        }
    }
}

impl Direction {
    /// Tries `io`, if that may succeed. Else the task is woken when it may.
    pub fn poll<T>(
        &self,
        context: &mut Context<'_>,
        mut io: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        // The system tells a change and not a state, so we remember what it said until we see that
        // it is no longer true.
        todo!("may it succeed? Then try, until it does or would block; and if it may not?")
    }

    /// It may be ready. Here is the waker called.
    pub fn set(&self) {
        todo!("what is true now, and who has waited for it?")
    }

    /// It is not ready.
    pub fn clear(&self) {
        self.is_ready.set(false);
    }
}
