use crate::Lru;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// A cache whose values are good for a time (time to live), and which holds so many.
#[derive(Debug)]
pub struct Ttl<K, V> {
    lifetime: Duration,
    values: Lru<K, (Instant, V)>,
}

impl<K: Clone + Eq + Hash, V> Ttl<K, V> {
    /// Room for `room` values, each good for `lifetime`.
    pub fn new(room: usize, lifetime: Duration) -> Self {
        Self { lifetime, values: Lru::new(room) }
    }

    /// The value of `key`, if it is still good at `now`.
    pub fn get(&mut self, key: &K, now: Instant) -> Option<&V> {
        todo!("since when is it there, and is that too long?")
    }

    /// Keeps a value that was made at `now`.
    pub fn insert(&mut self, key: K, value: V, now: Instant) {
        todo!("what must be kept with it?")
    }
}
