use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue between threads that holds no more than it may.
///
/// Who takes from an empty queue waits; so does who puts into a full one, for as long as they
/// choose. What is taken first was put first.
#[derive(Debug)]
pub struct Queue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    /// An item has come, or none will come any more.
    not_empty: Condvar,
    /// An item was taken, or nobody may put another.
    not_full: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    is_closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue for at most `capacity` items.
    pub fn new(capacity: usize) -> Self {
        let state = State { items: VecDeque::new(), is_closed: false };
        Self {
            capacity,
            state: Mutex::new(state),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
        }
    }

    /// Puts `item` into the queue, and waits for room for at most `time`.
    ///
    /// If there is none until then, or the queue is closed, `item` is given back.
    pub fn push_within(&self, time: Duration, item: T) -> Result<(), T> {
        todo!("how long is there no room? and who may be waiting for this item?")
    }

    /// Takes the next item, and waits until there is one. `None` if the queue is empty and
    /// closed.
    pub fn pop(&self) -> Option<T> {
        todo!("how long is there nothing? and who may be waiting for the room?")
    }

    /// Lets nothing in any more. What is in the queue can still be taken.
    pub fn close(&self) {
        todo!("who waits, and for what?")
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
