use std::collections::BTreeMap;
use std::time::Instant;

/// What is to be done later, in the order of time.
#[derive(Debug)]
pub struct Timers<T> {
    // Two may have the same time; the number tells them apart, and the first set comes first.
    set: BTreeMap<TimerId, T>,
    count: u64,
}

/// Names a timer, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId {
    at: Instant,
    number: u64,
}

impl TimerId {
    /// When it is due.
    pub fn at(self) -> Instant {
        self.at
    }
}

impl<T> Timers<T> {
    /// Remembers `what` until `at`.
    pub fn set(&mut self, at: Instant, what: T) -> TimerId {
        todo!("what names it, and tells it from another of the same time?")
    }

    /// Forgets a timer, at once and wholly. `None` if it was due already.
    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        todo!("where is it, and what is left of it?")
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Instant> {
        todo!("which of them is the first?")
    }

    /// Takes out the first one that is due at `now`.
    pub fn take_due(&mut self, now: Instant) -> Option<T> {
        todo!("the first one, if its time has come")
    }

    /// How many are set.
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

impl<T> Default for Timers<T> {
    /// None.
    fn default() -> Self {
        Self { set: BTreeMap::new(), count: 0 }
    }
}
