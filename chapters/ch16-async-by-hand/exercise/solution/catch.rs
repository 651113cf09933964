//! Your tests of chapter 16's executor. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch16` is one of the executors; which one, your tests cannot see. Look at `Executor`, `Clock`,
//! `oneshot` and `select` in chapter 16's section "Build": they need no HTTP, and no network
//! either. The system in which they run is a simulated one, `tests/simulated_system.rs`, in which
//! it is later when you say `pass`. A future needs no executor to be polled: a `Context` will do,
//! and `Waker::noop()` is a waker that does nothing.

use super::simulated_system::{Rules, Simulated};
use ch16::{Clock, Executor, oneshot};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// An executor, and what its tasks have said.
struct Scene {
    system: Simulated,
    executor: Executor<Simulated>,
    clock: Clock,
    said: Rc<RefCell<Vec<&'static str>>>,
}

impl Scene {
    fn new() -> Self {
        let system = Simulated::new(Rules::Epoll);
        let executor = Executor::new(system.clone());
        let clock = executor.handle().clock().clone();
        Self { system, executor, clock, said: Rc::default() }
    }

    /// Makes a task of `future`, which says `word` when that has ended.
    fn spawn(&self, word: &'static str, future: impl Future + 'static) {
        let said = Rc::clone(&self.said);
        self.executor.handle().spawn(async move {
            future.await;
            said.borrow_mut().push(word);
        });
    }

    /// Lets the tasks run until all of them wait, and returns what was said in all.
    fn run(&mut self) -> String {
        self.system.run(&mut self.executor);
        self.said.borrow().join(" ")
    }

    /// The same, so many seconds later.
    fn pass(&mut self, seconds: u64) -> String {
        self.system.pass(Duration::from_secs(seconds), &mut self.executor);
        self.run()
    }
}

#[test]
fn who_sleeps_is_woken_when_its_time_has_come() {
    let mut scene = Scene::new();
    scene.spawn("late", scene.clock.sleep(Duration::from_secs(9)));
    scene.spawn("early", scene.clock.sleep(Duration::from_secs(3)));
    assert_eq!(scene.run(), "");
    assert_eq!(scene.pass(4), "early");
    assert_eq!(scene.pass(6), "early late");
}

#[test]
fn who_polled_last_is_woken() {
    let mut scene = Scene::new();
    let (sender, mut receiver) = oneshot();
    // Somebody else has polled it before.
    let polled = Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    scene.spawn("soup", receiver);
    assert_eq!(scene.run(), "");
    sender.send(());
    assert_eq!(scene.run(), "soup");
}

#[test]
fn who_is_woken_while_it_is_polled_is_polled_again() {
    let mut scene = Scene::new();
    let mut is_second = false;
    let makes_way = poll_fn(move |context| match std::mem::replace(&mut is_second, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    scene.spawn("again", makes_way);
    assert_eq!(scene.run(), "again");
}

#[test]
fn a_sleep_that_nobody_waits_for_is_gone() {
    let mut scene = Scene::new();
    let clock = scene.clock.clone();
    let (sender, receiver) = oneshot();
    scene.spawn("in time", async move {
        clock.timeout(Duration::from_secs(3600), receiver).await;
    });
    scene.run();
    assert_eq!(scene.clock.sleepers(), 1);
    sender.send(());
    assert_eq!(scene.run(), "in time");
    assert_eq!(scene.clock.sleepers(), 0);
}
