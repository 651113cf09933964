//! A value that some threads change and others wait for.

use std::env;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// How long anything in this crate waits before it panics: 10 seconds, if [`patience`] does not
/// say otherwise.
///
/// Far longer than anything takes on a slow machine, and far shorter than a
/// person's patience with a test that hangs.
#[cfg(not(test))]
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long this process waits: [`PATIENCE`](crate::PATIENCE), or so many milliseconds as
/// `MOCK_PATIENCE_MS` in the environment says. Whoever has given a test two seconds wants to hear
/// what it waits for before they are over.
pub fn patience() -> Duration {
    static SET: OnceLock<Duration> = OnceLock::new();
    *SET.get_or_init(|| {
        let set = env::var("MOCK_PATIENCE_MS").ok().and_then(|text| text.parse().ok());
        set.map_or(PATIENCE, Duration::from_millis)
    })
}

/// The tests in `bounds.rs` wait on purpose until the patience is over.
#[cfg(test)]
pub const PATIENCE: Duration = Duration::from_millis(500);

/// A value behind a lock, and the bell that rings when it changes.
#[derive(Debug, Default)]
pub(crate) struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    /// Looks at the value.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the value and wakes everybody who waits.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `ready` says yes, at most [`patience`](crate::patience), and returns whether it
    /// did.
    ///
    /// It is the caller who panics, when the lock is free again: others may need
    /// it while they unwind.
    pub fn wait_until(&self, ready: impl Fn(&T) -> bool) -> bool {
        let (value, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience(), |value| !ready(value))
            .unwrap_or_else(PoisonError::into_inner);
        ready(&value)
    }

    /// A thread that panicked with the lock in its hand has poisoned it. All our
    /// values are valid after every single step, so that we may go on; what
    /// matters is that the test shows the first panic and not the second.
    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
