use crate::Ready;
use std::cell::Cell;
use std::io::{self, ErrorKind};
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
        while self.is_ready.get() {
            match io() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.clear(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => return Poll::Ready(outcome),
            }
        }
        self.waiting.set(Some(context.waker().clone()));
        Poll::Pending
    }

    /// It may be ready. Here is the waker called.
    pub fn set(&self) {
        self.is_ready.set(true);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    /// It is not ready.
    pub fn clear(&self) {
        self.is_ready.set(false);
    }
}
