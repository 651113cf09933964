use std::io;
use std::ops::RangeInclusive;
use std::thread::Scope;
use std::time::{Duration, Instant};

type Clock<'scope> = Box<dyn Fn() -> Instant + Send + Sync + 'scope>;

/// A pool that makes workers when all are busy, and lets them go when they have nothing to do.
///
/// A job that panics ends, and is told of in the log; the worker goes on. When the pool is dropped
/// the workers do what waits, and end.
pub struct ElasticPool<'scope, 'env: 'scope> {
    scope: &'scope Scope<'scope, 'env>,
    workers: RangeInclusive<usize>,
    waiting: usize,
    idle_time: Duration,
    clock: Clock<'scope>,
    // Here is something missing: what the workers share.
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
        todo!("so many workers, which wait for their first job")
    }

    /// Lets a worker do `job`: of the idle ones the one that became idle last, so that the others
    /// have their time to go. If there is none, a new one is made; if there may be no more of
    /// them, the job waits until one has time. What waits longest is done first.
    ///
    /// Returns whether it will be done. It will not if too many jobs wait, or the system refuses a
    /// thread.
    pub fn submit(&self, job: impl FnOnce() + Send + 'scope) -> bool {
        todo!("somebody idle, or somebody new, or a place in the queue")
    }

    /// Lets all workers go that have been idle for `idle_time` or longer, those first that have
    /// been so for the longest time. As many stay as there were in the beginning.
    pub fn dismiss(&self) {
        todo!("who has been idle for too long, and may go?")
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        todo!("how many are there?")
    }

    /// How many of them have nothing to do.
    pub fn idle(&self) -> usize {
        todo!("how many have nothing to do?")
    }
}

impl Drop for ElasticPool<'_, '_> {
    fn drop(&mut self) {
        // Yours to write. (It is no `todo!()`, because this runs in a panic too, and a panic in a
        // panic ends the whole process.)
    }
}
