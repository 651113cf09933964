use std::time::{Duration, Instant};

/// A queue for what is of no use when it comes too late, such as a client that has given up
/// meanwhile.
///
/// Whoever takes something out of it is told whether it has waited for longer than `deadline`.
/// Time is passed in. What is taken first was put first.
#[derive(Debug)]
pub struct DeadlineQueue<T> {
    deadline: Duration,
    // Here is something missing.
    items: Vec<T>,
}

/// What was taken out of a [`DeadlineQueue`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Taken<T> {
    /// It has waited for the deadline or less.
    InTime(T),
    /// It has waited for longer than that, and this is how long.
    TooLate(T, Duration),
}

impl<T> DeadlineQueue<T> {
    /// An empty queue for at most `capacity` items.
    pub fn new(capacity: usize, deadline: Duration) -> Self {
        Self { deadline, items: Vec::new() }
    }

    /// Puts `item` into the queue at `now`. If it is full or closed, `item` is given back at once.
    pub fn push(&self, now: Instant, item: T) -> Result<(), T> {
        todo!("what must be known of the item later, and which queue of yours can keep it?")
    }

    /// Takes the next item, and waits until there is one. `None` if the queue is empty and closed.
    ///
    /// How long an item has waited is known when it is taken, so `clock` is not asked before. It
    /// may say that the item is put later than now, by another thread's clock: then it has not
    /// waited.
    pub fn pop(&self, clock: impl Fn() -> Instant) -> Option<Taken<T>> {
        todo!("an item, then the time, and then: longer than the deadline, or not?")
    }

    /// Lets nothing in any more. What is in the queue can still be taken.
    pub fn close(&self) {
        todo!("who waits here?")
    }
}

/// What a client hears that has waited in vain: `HTTP/1.1 503 Service Unavailable` without a body,
/// after which the connection is closed. Its fields are, in this order, `Server: OwnHands/0.1`,
/// `Content-Length: 0`, `Retry-After` and `Connection: close`.
///
/// Who comes now would wait for about as long as this client has. So `Retry-After` (RFC 9110
/// section 10.2.3) is the time it has waited in seconds, rounded up to a whole number, and one at
/// least.
pub fn sorry(waited: Duration) -> String {
    todo!("to which side are seconds rounded, and what is the least?")
}
