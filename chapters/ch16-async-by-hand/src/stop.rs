use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Tells a server to stop, from any thread. All clones are the same stop.
#[derive(Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_requested: AtomicBool,
    waiting: Mutex<Option<Waker>>,
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
        let waiting = self.waiting().take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits until it is requested. One task can do so.
    pub async fn requested(&self) {
        poll_fn(|context| {
            // First this. The other way round a request that comes in between would find nobody
            // to wake, and we would never hear of it.
            *self.waiting() = Some(context.waker().clone());
            match self.is_requested() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    // Nothing panics while it is locked.
    fn waiting(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
