//! Right too: a task that is woken while it is polled is queued when that is over, those who were
//! woken last are polled first, those who sleep are in a list, and two futures that are waited for
//! at once are kept together with what they have returned.

mod client;
#[path = "../../ch15-event-loop/src/connections.rs"]
mod connections;
mod echo;
#[path = "../../ch15-event-loop/src/end_of_body.rs"]
mod end_of_body;
mod fetch;
mod handle;
mod listener;
mod output;
#[path = "../../ch15-event-loop/src/pipe.rs"]
mod pipe;
#[path = "../../ch15-event-loop/src/progress.rs"]
mod progress;
mod reactor;
mod readiness;
#[path = "../../ch15-event-loop/src/respond.rs"]
mod respond;
mod serve;
#[path = "../../ch15-event-loop/src/server.rs"]
mod server;
mod site;
mod source;
mod spawn_blocking;
mod stop;
mod stream;

pub use chapter::*;
pub use clock::{Clock, Sleep};
pub use combine::{Either, join, select};
pub use echo::echo;
pub use executor::Executor;
pub use fetch::fetch;
pub use handle::Handle;
pub use listener::Listener;
pub use oneshot::{Receiver, Sender, oneshot};
pub use server::HttpServer;
pub use site::HttpSite;
pub use spawn_blocking::spawn_blocking;
pub use stop::Stop;
pub use stream::Stream;

/// A place that is empty, and then has a value or will never have one.
mod oneshot {
    use std::mem;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::task::{Context, Poll, Waker};

    enum Place<T> {
        Empty(Waker),
        Full(T),
        Over,
    }

    pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
        let place = Arc::new(Mutex::new(Place::Empty(Waker::noop().clone())));
        (Sender(Arc::clone(&place)), Receiver(place))
    }

    pub struct Sender<T>(Arc<Mutex<Place<T>>>);

    pub struct Receiver<T>(Arc<Mutex<Place<T>>>);

    impl<T> Sender<T> {
        pub fn send(self, value: T) {
            self.fill(Place::Full(value));
        }

        fn fill(&self, with: Place<T>) {
            let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Place::Empty(waker) = &*place {
                let waker = waker.clone();
                *place = with;
                drop(place);
                waker.wake();
            }
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            self.fill(Place::Over);
        }
    }

    impl<T> Future for Receiver<T> {
        type Output = Option<T>;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
            let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Place::Empty(waker) = &mut *place {
                waker.clone_from(context.waker());
                return Poll::Pending;
            }
            match mem::replace(&mut *place, Place::Over) {
                Place::Full(value) => Poll::Ready(Some(value)),
                _ => Poll::Ready(None),
            }
        }
    }
}

mod combine {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Either<A, B> {
        First(A),
        Second(B),
    }

    /// A future, and then what it has returned.
    enum Half<F: Future> {
        Waits(Pin<Box<F>>),
        Has(Option<F::Output>),
    }

    impl<F: Future> Half<F> {
        fn new(future: F) -> Self {
            Self::Waits(Box::pin(future))
        }

        fn has_ended(&mut self, context: &mut Context<'_>) -> bool {
            if let Self::Waits(future) = self {
                let Poll::Ready(output) = future.as_mut().poll(context) else { return false };
                *self = Self::Has(Some(output));
            }
            true
        }

        fn take(&mut self) -> F::Output {
            match self {
                Self::Has(output) => output.take().expect("it is taken once"),
                Self::Waits(_) => unreachable!("it has ended"),
            }
        }
    }

    pub async fn join<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
        let (mut a, mut b) = (Half::new(a), Half::new(b));
        std::future::poll_fn(|context| {
            let of_b = b.has_ended(context);
            match a.has_ended(context) && of_b {
                true => Poll::Ready((a.take(), b.take())),
                false => Poll::Pending,
            }
        })
        .await
    }

    pub async fn select<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
        let (mut a, mut b) = (Half::new(a), Half::new(b));
        std::future::poll_fn(|context| match () {
            () if a.has_ended(context) => Poll::Ready(Either::First(a.take())),
            () if b.has_ended(context) => Poll::Ready(Either::Second(b.take())),
            () => Poll::Pending,
        })
        .await
    }
}

mod clock {
    use crate::{Either, select};
    use std::cell::{Cell, RefCell};
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};
    use std::time::{Duration, Instant};

    #[derive(Clone)]
    pub struct Clock(Rc<Shared>);

    struct Shared {
        now: Cell<Instant>,
        count: Cell<u64>,
        sleepers: RefCell<Vec<Sleeper>>,
    }

    struct Sleeper {
        at: Instant,
        number: u64,
        waker: Waker,
    }

    impl Clock {
        pub(crate) fn new(now: Instant) -> Self {
            let sleepers = RefCell::default();
            Self(Rc::new(Shared { now: Cell::new(now), count: Cell::new(0), sleepers }))
        }

        pub fn now(&self) -> Instant {
            self.0.now.get()
        }

        pub fn sleep(&self, time: Duration) -> Sleep {
            self.sleep_until(self.now() + time)
        }

        pub fn sleep_until(&self, at: Instant) -> Sleep {
            let number = self.0.count.get();
            self.0.count.set(number + 1);
            Sleep { clock: self.clone(), at, number }
        }

        pub async fn timeout<F: Future>(&self, time: Duration, future: F) -> Option<F::Output> {
            self.timeout_at(self.now() + time, future).await
        }

        pub async fn timeout_at<F: Future>(&self, at: Instant, future: F) -> Option<F::Output> {
            match select(future, self.sleep_until(at)).await {
                Either::First(output) => Some(output),
                Either::Second(()) => None,
            }
        }

        pub fn sleepers(&self) -> usize {
            self.0.sleepers.borrow().len()
        }

        pub(crate) fn next_timer(&self) -> Option<Instant> {
            self.0.sleepers.borrow().iter().map(|sleeper| sleeper.at).min()
        }

        pub(crate) fn advance(&self, now: Instant) {
            self.0.now.set(now);
            let mut due: Vec<_> =
                self.0.sleepers.borrow_mut().extract_if(.., |one| one.at <= now).collect();
            due.sort_by_key(|one| (one.at, one.number));
            due.into_iter().for_each(|one| one.waker.wake());
        }
    }

    pub struct Sleep {
        clock: Clock,
        at: Instant,
        number: u64,
    }

    impl Future for Sleep {
        type Output = ();

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            if self.at <= self.clock.now() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            let mut sleepers = self.clock.0.sleepers.borrow_mut();
            match sleepers.iter_mut().find(|one| one.number == self.number) {
                Some(one) => one.waker = waker,
                None => sleepers.push(Sleeper { at: self.at, number: self.number, waker }),
            }
            Poll::Pending
        }
    }

    impl Drop for Sleep {
        fn drop(&mut self) {
            self.clock.0.sleepers.borrow_mut().retain(|one| one.number != self.number);
        }
    }
}

mod executor {
    use crate::reactor::Reactor;
    use crate::{Handle, Receiver, System, Traceback, Wake, catch_panic, log, oneshot};
    use anyhow::Result;
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::io;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::task::{self, Context, Poll, Waker};

    pub struct Executor<S: System> {
        handle: Handle<S>,
        tasks: BTreeMap<u64, Task>,
    }

    type Task = Pin<Box<dyn Future<Output = ()>>>;

    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Waits,
        IsQueued,
        IsPolled,
        /// And it was woken meanwhile.
        IsPolledAgain,
        Ended,
    }

    /// What is known of each task, and which of them are to be polled.
    struct TaskTable {
        states: Mutex<(BTreeMap<u64, State>, Vec<u64>)>,
        wake: Wake,
    }

    impl TaskTable {
        fn states(&self) -> MutexGuard<'_, (BTreeMap<u64, State>, Vec<u64>)> {
            self.states.lock().unwrap_or_else(PoisonError::into_inner)
        }

        fn set(&self, number: u64, change: impl FnOnce(State) -> State) {
            let (states, queue) = &mut *self.states();
            let old = states.get(&number).copied().unwrap_or(State::Ended);
            let new = change(old);
            if new == State::IsQueued && old != new {
                queue.push(number);
            }
            match new {
                State::Ended => states.remove(&number),
                new => states.insert(number, new),
            };
        }
    }

    struct Bell {
        number: u64,
        table: Arc<TaskTable>,
    }

    impl task::Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.table.set(self.number, |state| match state {
                State::Waits => State::IsQueued,
                State::IsPolled => State::IsPolledAgain,
                other => other,
            });
            // Whoever waits for something may be waiting for this; and if not, it looks once more.
            (self.table.wake)();
        }
    }

    #[derive(Clone)]
    pub(crate) struct Spawner(Rc<Spawned>);

    struct Spawned {
        tasks: RefCell<BTreeMap<u64, Task>>,
        count: Cell<u64>,
        table: Arc<TaskTable>,
    }

    impl Spawner {
        pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Receiver<T> {
            let (sender, receiver) = oneshot();
            let number = self.0.count.get();
            self.0.count.set(number + 1);
            let task = Box::pin(async move { sender.send(future.await) });
            self.0.tasks.borrow_mut().insert(number, task);
            self.0.table.set(number, |_| State::IsQueued);
            receiver
        }
    }

    impl<S: System> Executor<S> {
        pub fn new(system: S) -> Self {
            let table = TaskTable { states: Mutex::default(), wake: system.wake() };
            let table = Arc::new(table);
            let spawned = Spawned { tasks: RefCell::default(), count: Cell::new(0), table };
            let handle = Handle::new(Rc::new(Reactor::new(system)), Spawner(Rc::new(spawned)));
            Self { handle, tasks: BTreeMap::new() }
        }

        pub fn handle(&self) -> &Handle<S> {
            &self.handle
        }

        pub fn run<T: 'static>(&mut self, main: impl Future<Output = T> + 'static) -> Result<T> {
            // `None` as long as it runs; `Some(None)` if it panicked.
            let outcome = Rc::new(RefCell::new(None));
            let (theirs, main) = (Rc::clone(&outcome), self.handle.spawn(main));
            self.handle.spawn(async move { *theirs.borrow_mut() = Some(main.await) });
            while outcome.borrow().is_none() {
                self.turn()?;
            }
            let outcome = outcome.take().flatten();
            outcome.ok_or_else(|| anyhow::anyhow!("it panicked"))
        }

        pub fn turn(&mut self) -> io::Result<()> {
            let may_wait = self.table().states().1.is_empty();
            self.handle.reactor().turn(may_wait)?;
            let mut queue = std::mem::take(&mut self.table().states().1);
            while let Some(number) = queue.pop() {
                self.poll(number);
            }
            Ok(())
        }

        pub fn tasks(&self) -> usize {
            self.tasks.len() + self.handle.spawner().0.tasks.borrow().len()
        }

        fn table(&self) -> &Arc<TaskTable> {
            &self.handle.spawner().0.table
        }

        fn poll(&mut self, number: u64) {
            let spawned = self.handle.spawner().0.tasks.take();
            self.tasks.extend(spawned);
            let Some(mut task) = self.tasks.remove(&number) else { return };
            let table = Arc::clone(self.table());
            table.set(number, |_| State::IsPolled);
            self.handle.reactor().grant_budget();
            let waker = Waker::from(Arc::new(Bell { number, table: Arc::clone(&table) }));
            let polled = catch_panic(|| task.as_mut().poll(&mut Context::from_waker(&waker)));
            if let Ok(Poll::Pending) = polled {
                self.tasks.insert(number, task);
                table.set(number, |state| match state {
                    State::IsPolledAgain => State::IsQueued,
                    _ => State::Waits,
                });
                return;
            }
            if let Err(panic) = polled {
                log(Traceback::of_panic(&panic));
            }
            table.set(number, |_| State::Ended);
        }
    }

    impl<S: System> Drop for Executor<S> {
        fn drop(&mut self) {
            drop(self.handle.spawner().0.tasks.take());
        }
    }
}
