use crate::{Either, TimerId, Timers, select};
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The time in a loop, and who is to be woken when. All clones are the same clock.
#[derive(Clone)]
pub struct Clock(Rc<Shared>);

struct Shared {
    now: Cell<Instant>,
    timers: RefCell<Timers<Waker>>,
}

impl Clock {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Rc::new(Shared { now: Cell::new(now), timers: RefCell::default() }))
    }

    /// What time it was when this turn of the loop began. Asking costs nothing.
    pub fn now(&self) -> Instant {
        self.0.now.get()
    }

    /// Ends when `time` has passed.
    pub fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now() + time)
    }

    /// Ends at `at`.
    pub fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep { clock: self.clone(), at, timer: None }
    }

    /// Waits for `future`, but not longer than `time`; `None` if it has not ended then. It is
    /// dropped, and with it everything that it waited for.
    pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Option<F::Output> {
        self.timeout_at(self.now() + time, future).await
    }

    /// The same until `at`.
    pub async fn timeout_at<F: Future>(&self, at: Instant, future: F) -> Option<F::Output> {
        match select(pin!(future), self.sleep_until(at)).await {
            Either::First(output) => Some(output),
            Either::Second(()) => None,
        }
    }

    /// How many sleep.
    pub fn sleepers(&self) -> usize {
        self.0.timers.borrow().len()
    }

    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.0.timers.borrow().next()
    }

    /// It is `now`: wakes whose time has come.
    pub(crate) fn advance(&self, now: Instant) {
        self.0.now.set(now);
        let next = || self.0.timers.borrow_mut().take_due(now);
        while let Some(waker) = next() {
            waker.wake();
        }
    }
}

/// Ends when its time has come.
pub struct Sleep {
    clock: Clock,
    at: Instant,
    /// If it was polled: the timer, and whom that wakes.
    timer: Option<(TimerId, Waker)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.at {
            return Poll::Ready(());
        }
        let waker = context.waker();
        // It may be polled often before its time has come, and by another task than before.
        if !self.timer.as_ref().is_some_and(|(_, whom)| whom.will_wake(waker)) {
            self.forget();
            let timer = self.clock.0.timers.borrow_mut().set(self.at, waker.clone());
            self.timer = Some((timer, waker.clone()));
        }
        Poll::Pending
    }
}

impl Sleep {
    fn forget(&mut self) {
        if let Some((timer, _)) = self.timer.take() {
            self.clock.0.timers.borrow_mut().cancel(timer);
        }
    }
}

impl Drop for Sleep {
    /// Nobody waits for it any more. A timer that stays until its time comes would cost memory:
    /// with a deadline for each request, many thousands a second.
    fn drop(&mut self) {
        self.forget();
    }
}
