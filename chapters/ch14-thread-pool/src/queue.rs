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
        let is_full = |state: &mut State<T>| state.items.len() >= self.capacity && !state.is_closed;
        let waited = self.not_full.wait_timeout_while(self.lock(), time, is_full);
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_closed || waited.timed_out() {
            return Err(item);
        }
        state.items.push_back(item);
        self.not_empty.notify_one();
        Ok(())
    }

    /// Takes the next item, and waits until there is one. `None` if the queue is empty and
    /// closed.
    pub fn pop(&self) -> Option<T> {
        let is_empty = |state: &mut State<T>| state.items.is_empty() && !state.is_closed;
        let waited = self.not_empty.wait_while(self.lock(), is_empty);
        let item = waited.unwrap_or_else(PoisonError::into_inner).items.pop_front();
        self.not_full.notify_one();
        item
    }

    /// Lets nothing in any more. What is in the queue can still be taken.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
