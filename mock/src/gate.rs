//! A door that opens once.

use std::sync::Arc;

use crate::watched::{Watched, patience};

/// A door that threads wait at until somebody opens it, for ever.
///
/// Clones are the same door. With a gate, a test decides when something goes on
/// and needs no sleep to guess it:
///
/// ```
/// use mock::Gate;
/// use std::thread;
///
/// let gate = Gate::new();
/// thread::scope(|scope| {
///     scope.spawn(|| gate.wait()); // goes no further ...
///     gate.open(); // ... before this
/// });
/// assert!(gate.is_open());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<Watched<bool>>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Gate {
        Gate::default()
    }

    /// Opens the gate and lets everybody through, now and later.
    pub fn open(&self) {
        self.0.change(|open| *open = true);
    }

    /// Whether the gate has been opened.
    pub fn is_open(&self) -> bool {
        self.0.look(|open| *open)
    }

    /// Waits until the gate is open.
    ///
    /// # Panics
    ///
    /// If nobody opens it within [`patience`](crate::patience).
    #[track_caller]
    pub fn wait(&self) {
        self.wait_as("a thread");
    }

    /// Waits on behalf of `who`, whom the panic's sentence names.
    #[track_caller]
    pub(crate) fn wait_as(&self, who: &str) {
        let opened = self.0.wait_until(|open| *open);
        let patience = patience();
        assert!(opened, "{who} waited {patience:?} for its gate to be opened");
    }
}
