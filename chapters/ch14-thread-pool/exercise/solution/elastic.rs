use crate::{Traceback, catch_panic, log};
use std::collections::VecDeque;
use std::io;
use std::ops::RangeInclusive;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

type Job<'scope> = Box<dyn FnOnce() + Send + 'scope>;
type Clock<'scope> = Box<dyn Fn() -> Instant + Send + Sync + 'scope>;

/// A pool that makes workers when all are busy, and lets them go when they have nothing to do.
///
/// A job that panics ends, and is told of in the log; the worker goes on. When the pool is dropped
/// the workers do what waits, and end.
pub struct ElasticPool<'scope, 'env: 'scope> {
    scope: &'scope Scope<'scope, 'env>,
    shared: Arc<Shared<'scope>>,
    workers: RangeInclusive<usize>,
    waiting: usize,
    idle_time: Duration,
}

struct Shared<'scope> {
    clock: Clock<'scope>,
    state: Mutex<State<'scope>>,
}

#[derive(Default)]
struct State<'scope> {
    /// What nobody has begun.
    jobs: VecDeque<Job<'scope>>,
    /// Who has nothing to do, since when, and how to give it a job; the last one became idle last.
    /// Who is taken out without a job ends.
    idle: Vec<(Instant, Sender<Job<'scope>>)>,
    /// How many there are, idle ones and others.
    workers: usize,
    is_closed: bool,
}

impl<'scope, 'env> ElasticPool<'scope, 'env> {
    /// As many workers as `workers` begins with, which are idle from now on. Later there may be as
    /// many as it ends with, and besides `waiting` jobs may wait.
    ///
    /// `clock` is asked for the time whenever it is needed. The error is that of the system if it
    /// refuses a thread.
    pub fn new(
        scope: &'scope Scope<'scope, 'env>,
        workers: RangeInclusive<usize>,
        waiting: usize,
        idle_time: Duration,
        clock: impl Fn() -> Instant + Send + Sync + 'scope,
    ) -> io::Result<Self> {
        let shared = Shared { clock: Box::new(clock), state: Mutex::default() };
        let pool = Self { scope, shared: Arc::new(shared), workers, waiting, idle_time };
        for _ in 0..*pool.workers.start() {
            let (sender, receiver) = mpsc::channel();
            pool.make(&mut pool.shared.lock(), receiver)?;
            pool.shared.become_idle(&mut pool.shared.lock(), sender);
        }
        Ok(pool)
    }

    /// Lets a worker do `job`: of the idle ones the one that became idle last, so that the others
    /// have their time to go. If there is none, a new one is made; if there may be no more of
    /// them, the job waits until one has time. What waits longest is done first.
    ///
    /// Returns whether it will be done. It will not if too many jobs wait, or the system refuses a
    /// thread.
    pub fn submit(&self, job: impl FnOnce() + Send + 'scope) -> bool {
        let job: Job = Box::new(job);
        let mut state = self.shared.lock();
        if let Some((_, worker)) = state.idle.pop() {
            return worker.send(job).is_ok();
        }
        if state.workers < *self.workers.end() {
            let (sender, receiver) = mpsc::channel();
            return sender.send(job).is_ok() && self.make(&mut state, receiver).is_ok();
        }
        let has_room = state.jobs.len() < self.waiting;
        if has_room {
            state.jobs.push_back(job);
        }
        has_room
    }

    /// Lets all workers go that have been idle for `idle_time` or longer, those first that have
    /// been so for the longest time. As many stay as there were in the beginning.
    pub fn dismiss(&self) {
        let now = (self.shared.clock)();
        let mut state = self.shared.lock();
        let is_old = |since: Instant| now.saturating_duration_since(since) >= self.idle_time;
        let old = state.idle.iter().take_while(|&&(since, _)| is_old(since)).count();
        let count = old.min(state.workers - self.workers.start());
        state.idle.drain(..count);
        state.workers -= count;
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.shared.lock().workers
    }

    /// How many of them have nothing to do.
    pub fn idle(&self) -> usize {
        self.shared.lock().idle.len()
    }

    /// A worker, whose first job comes by `first`.
    fn make(&self, state: &mut State<'scope>, first: Receiver<Job<'scope>>) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().spawn_scoped(self.scope, move || work(&shared, &first))?;
        state.workers += 1;
        Ok(())
    }
}

impl Drop for ElasticPool<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.idle.clear();
    }
}

/// What a worker does.
fn work<'scope>(shared: &Shared<'scope>, first: &Receiver<Job<'scope>>) {
    let mut next = first.recv().ok();
    while let Some(job) = next {
        if let Err(panic) = catch_panic(job) {
            log(Traceback::of_panic(&panic));
        }
        next = shared.next_job();
    }
}

impl<'scope> Shared<'scope> {
    /// What to do next; `None` if it is time to end.
    fn next_job(&self) -> Option<Job<'scope>> {
        let receiver = {
            let mut state = self.lock();
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            let (sender, receiver) = mpsc::channel();
            self.become_idle(&mut state, sender);
            receiver
        };
        receiver.recv().ok()
    }

    fn become_idle(&self, state: &mut State<'scope>, worker: Sender<Job<'scope>>) {
        state.idle.push(((self.clock)(), worker));
    }

    // Nothing panics while it is locked but the clock.
    fn lock(&self) -> MutexGuard<'_, State<'scope>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
