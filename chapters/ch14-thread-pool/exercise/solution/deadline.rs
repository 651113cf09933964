use crate::Queue;
use std::time::{Duration, Instant};

/// A queue for what is of no use when it comes too late, such as a client that has given up
/// meanwhile.
///
/// Whoever takes something out of it is told whether it has waited for longer than `deadline`.
/// Time is passed in. What is taken first was put first.
#[derive(Debug)]
pub struct DeadlineQueue<T> {
    deadline: Duration,
    queue: Queue<(Instant, T)>,
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
        Self { deadline, queue: Queue::new(capacity) }
    }

    /// Puts `item` into the queue at `now`. If it is full or closed, `item` is given back at once.
    pub fn push(&self, now: Instant, item: T) -> Result<(), T> {
        self.queue.push_within(Duration::ZERO, (now, item)).map_err(|(_, item)| item)
    }

    /// Takes the next item, and waits until there is one. `None` if the queue is empty and closed.
    ///
    /// How long an item has waited is known when it is taken, so `clock` is not asked before. It
    /// may say that the item is put later than now, by another thread's clock: then it has not
    /// waited.
    pub fn pop(&self, clock: impl Fn() -> Instant) -> Option<Taken<T>> {
        let (since, item) = self.queue.pop()?;
        let waited = clock().saturating_duration_since(since);
        Some(match waited > self.deadline {
            true => Taken::TooLate(item, waited),
            false => Taken::InTime(item),
        })
    }

    /// Lets nothing in any more. What is in the queue can still be taken.
    pub fn close(&self) {
        self.queue.close();
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
    let seconds = (waited.as_secs() + u64::from(waited.subsec_nanos() > 0)).max(1);
    format!(
        "HTTP/1.1 503 Service Unavailable\r\n\
         Server: OwnHands/0.1\r\n\
         Content-Length: 0\r\n\
         Retry-After: {seconds}\r\n\
         Connection: close\r\n\
         \r\n"
    )
}
