//! Futures that are polled by hand, and futures that notice what is done with them.

use super::simulated_system::{RULES, Rules, Simulated, Turns};
use ch16::{Executor, Handle};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A task without an executor: who is polled by it wakes it, and it counts how often.
pub struct ByHand {
    wakes: Arc<Count>,
    waker: Waker,
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl ByHand {
    pub fn new() -> Self {
        let wakes = Arc::new(Count::default());
        Self { waker: Waker::from(Arc::clone(&wakes)), wakes }
    }

    pub fn poll<F: Future>(&self, future: &mut Pin<Box<F>>) -> Poll<F::Output> {
        future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }

    /// How often it was woken since the last time.
    pub fn wakes(&self) -> usize {
        self.wakes.0.swap(0, Ordering::SeqCst)
    }
}

/// A future that is pending so many times, and must not be polled after its end.
pub struct Steps<T> {
    left: usize,
    output: Option<T>,
    /// It counts who has it.
    _owned: Rc<()>,
}

impl<T> Steps<T> {
    pub fn new(left: usize, output: T, owned: &Rc<()>) -> Self {
        Self { left, output: Some(output), _owned: Rc::clone(owned) }
    }
}

impl<T: Unpin> Future for Steps<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        if self.left > 0 {
            self.left -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.output.take().expect("it is not polled after its end"))
    }
}

/// Ends when it is polled for the second time: the others have their turn.
pub fn others_first() -> Steps<()> {
    Steps::new(1, (), &Rc::default())
}

/// What happened, in its order.
#[derive(Clone, Default)]
pub struct Heard(Rc<RefCell<Vec<String>>>);

impl Heard {
    pub fn add(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// What happened since the last time.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// An executor in a simulated system.
pub struct Run {
    pub system: Simulated,
    pub executor: Executor<Simulated>,
    pub handle: Handle<Simulated>,
}

impl Turns for Executor<Simulated> {
    fn turn(&mut self) -> io::Result<()> {
        Executor::turn(self)
    }
}

impl Run {
    pub fn new(rules: Rules) -> Self {
        let system = Simulated::new(rules);
        let executor = Executor::new(system.clone());
        let handle = executor.handle().clone();
        Self { system, executor, handle }
    }

    /// One with each of the rules.
    pub fn each() -> impl Iterator<Item = (Rules, Self)> {
        RULES.into_iter().map(|rules| (rules, Self::new(rules)))
    }

    /// Lets a task run beside the others, to its end or as far as it comes.
    pub fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.handle.spawn(future);
        self.run();
    }

    /// Runs until there is nothing to do, and returns for how long it would wait.
    pub fn run(&mut self) -> Option<Duration> {
        self.system.run(&mut self.executor)
    }

    /// The same later.
    pub fn pass(&mut self, time: Duration) -> Option<Duration> {
        self.system.pass(time, &mut self.executor)
    }

    /// Runs until no task is left: for workers, it waits.
    pub fn run_to_the_end(&mut self) {
        while self.executor.tasks() > 0 {
            if self.system.turn(&mut self.executor) && self.executor.tasks() > 0 {
                self.system.wait_for_wake();
            }
        }
    }

    /// One turn.
    pub fn turn(&mut self) {
        self.system.turn(&mut self.executor);
    }
}
