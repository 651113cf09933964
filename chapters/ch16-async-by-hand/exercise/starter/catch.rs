//! Your tests of chapter 16's executor. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch16` is one of the executors; which one, your tests cannot see. Look at `Executor`, `Clock`,
//! `oneshot` and `select` in chapter 16's section "Build": they need no HTTP, and no network
//! either. The system in which they run is a simulated one, `tests/simulated_system.rs`, in which
//! it is later when you say `pass`. A future needs no executor to be polled: a `Context` will do,
//! and `Waker::noop()` is a waker that does nothing.

use super::simulated_system::{Rules, Simulated};
use ch16::{Clock, Executor};
use std::cell::RefCell;
use std::rc::Rc;
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
    todo!("this passes on broken ones too: who polls, who wakes whom and when, what is dropped?")
}
