use crate::Wake;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Tells a server to stop, from any thread. All clones are the same stop.
///
/// Chapter 13 had to connect to itself, to wake a thread that waits in `accept`. A loop waits for
/// everything at once, and among that is a call to wake up.
#[derive(Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_requested: AtomicBool,
    wake: OnceLock<Wake>,
}

impl Stop {
    /// Whether it was requested.
    pub fn is_requested(&self) -> bool {
        self.0.is_requested.load(Ordering::Relaxed)
    }

    /// Lets the server take no more clients, and end when those are done whom it serves. It
    /// may not have begun yet.
    pub fn request(&self) {
        self.0.is_requested.store(true, Ordering::Relaxed);
        if let Some(wake) = self.0.wake.get() {
            wake();
        }
    }

    /// Whom a request wakes. The first one counts.
    pub(crate) fn set_wake(&self, wake: Wake) {
        let _ = self.0.wake.set(wake);
    }
}
