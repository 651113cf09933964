use crate::{Lru, Ttl};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Something that keeps values.
pub trait Cache<K, V> {
    /// The value of `key` that is good now.
    fn look_up(&mut self, key: &K) -> Option<V>;
    /// Keeps one.
    fn keep(&mut self, key: K, value: V);
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> for Lru<K, V> {
    fn look_up(&mut self, key: &K) -> Option<V> {
        self.get(key).cloned()
    }

    fn keep(&mut self, key: K, value: V) {
        self.insert(key, value);
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> for Ttl<K, V> {
    fn look_up(&mut self, key: &K) -> Option<V> {
        self.get(key, Instant::now()).cloned()
    }

    fn keep(&mut self, key: K, value: V) {
        self.insert(key, value, Instant::now());
    }
}

/// The same function, but that it is not asked again for what `cache` has.
///
/// An error is not kept. Two that ask at once for what is not there both have it made: the cache
/// is not locked meanwhile, or everybody would wait for the slowest.
pub fn cached<K: Clone, V: Clone, E>(
    cache: impl Cache<K, V>,
    function: impl Fn(&K) -> Result<V, E>,
) -> impl Fn(&K) -> Result<V, E> {
    let cache = Mutex::new(cache);
    move |key| {
        if let Some(value) = lock(&cache).look_up(key) {
            return Ok(value);
        }
        let value = function(key)?;
        lock(&cache).keep(key.clone(), value.clone());
        Ok(value)
    }
}

// A cache that was left in the middle of a change has at worst a value too many.
fn lock<T>(cache: &Mutex<T>) -> MutexGuard<'_, T> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}
