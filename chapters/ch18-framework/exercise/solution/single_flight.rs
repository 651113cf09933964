use crate::Cache;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The same function, but that it is not asked again for what `cache` has, and not twice at once
/// for the same key.
///
/// Whoever asks looks into the cache, each time. If there is nothing, and nobody makes it, they
/// call `function`, and keep what it returns. Whoever else finds nothing meanwhile waits for
/// them, and gets the same: a value, whether the cache keeps it or not, or an error, which is not
/// kept. Who asks later has it made anew.
///
/// If `function` panics, or the cache while it keeps a value, that panic is for the one who has
/// called it. Those who waited ask once more, as if they had just come: one of them makes it, and
/// the others wait for that one.
///
/// Nobody waits for what is made for another key, and while `function` works, the cache can be
/// asked. So a function may ask for other keys itself. One that asks for its own would wait for
/// itself, for ever.
pub fn single_flight<K, V, E>(
    cache: impl Cache<K, V>,
    function: impl Fn(&K) -> Result<V, E>,
) -> impl Fn(&K) -> Result<V, E>
where
    K: Clone + Eq + Hash,
    V: Clone,
    E: Clone,
{
    let shared = Mutex::new(Shared { cache, works: HashMap::new() });
    move |key| loop {
        let mut locked = lock(&shared);
        if let Some(value) = locked.cache.look_up(key) {
            return Ok(value);
        }
        if let Some(outcome) = locked.works.get(key).cloned() {
            drop(locked);
            match outcome.wait() {
                Some(result) => return result.clone(),
                None => continue,
            }
        }
        // Nobody else has looked since the lock was taken: there is one work for a key.
        let outcome = Outcome::default();
        locked.works.insert(key.clone(), Arc::clone(&outcome));
        drop(locked);
        let work = Work { shared: &shared, key, outcome };
        let result = function(key);
        if let Ok(value) = &result {
            lock(&shared).cache.keep(key.clone(), value.clone());
        }
        // It is kept before it is no work any more, or somebody would find neither.
        let _ = work.outcome.set(Some(result.clone()));
        return result;
    }
}

/// What has come of a work, for those who wait; `None` if it has panicked.
type Outcome<V, E> = Arc<OnceLock<Option<Result<V, E>>>>;

struct Shared<C, K, V, E> {
    cache: C,
    /// What is being made.
    works: HashMap<K, Outcome<V, E>>,
}

/// Somebody makes a value. However they end, those who wait are told.
struct Work<'a, C, K: Eq + Hash, V, E> {
    shared: &'a Mutex<Shared<C, K, V, E>>,
    key: &'a K,
    outcome: Outcome<V, E>,
}

impl<C, K: Eq + Hash, V, E> Drop for Work<'_, C, K, V, E> {
    fn drop(&mut self) {
        // First of all, or who is woken would find it again.
        lock(self.shared).works.remove(self.key);
        // What is set already stays.
        let _ = self.outcome.set(None);
    }
}

// What was left in the middle of a change is at worst a value too many in the cache.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
