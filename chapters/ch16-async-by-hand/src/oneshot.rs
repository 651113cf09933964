use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A value that is made in one place and awaited in another, perhaps by another thread.
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Shared(Arc::new(Mutex::new(State { value: None, is_over: false, waker: None })));
    (Sender(Shared(Arc::clone(&shared.0))), Receiver(shared))
}

/// Where the value is given. Dropped without one, it tells the other side that none will come.
pub struct Sender<T>(Shared<T>);

/// The value, when it has come; `None` if none will.
pub struct Receiver<T>(Shared<T>);

struct Shared<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    value: Option<T>,
    /// Whether the sender is gone.
    is_over: bool,
    /// Who is to be polled then.
    waker: Option<Waker>,
}

impl<T> Shared<T> {
    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Sender<T> {
    /// Gives it. If nobody waits for it any more, it is dropped.
    pub fn send(self, value: T) {
        self.0.lock().value = Some(value);
        // And now `drop` does the rest.
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_over = true;
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.lock();
        if state.is_over {
            return Poll::Ready(state.value.take());
        }
        // Who polls it now is the one to be woken, and not who did before.
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
