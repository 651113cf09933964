use crate::{Queue, Traceback, catch_panic, log};
use anyhow::{Context, Result};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, Scope};
use std::time::Duration;

// A box, because every closure has a type of its own and a queue has but one. It may borrow
// whatever outlives the scope in which the workers are.
type Job<'scope> = Box<dyn FnOnce() + Send + 'scope>;

/// Threads that are made once and work for ever, and the queue of what they are to do.
///
/// When the pool is dropped they do what is in the queue, and end.
///
/// ```
/// use ch14::Pool;
/// use std::thread;
///
/// let words = ["made", "once"];
/// let lengths = thread::scope(|scope| {
///     let pool = Pool::new(scope, 2, 10)?;
///     let handles = words.each_ref().map(|word| pool.submit(|| word.len()));
///     handles.into_iter().map(|handle| handle.join()).collect::<anyhow::Result<Vec<_>>>()
/// })?;
/// assert_eq!(lengths, [4, 4]);
/// # anyhow::Ok(())
/// ```
pub struct Pool<'scope> {
    queue: Arc<Queue<Job<'scope>>>,
}

/// Stands for a job; what it returns can be fetched here.
#[derive(Debug)]
pub struct JobHandle<T>(Receiver<T>);

impl<'scope> Pool<'scope> {
    /// Makes as many `workers`, and a queue for as many jobs as `waiting` may wait besides.
    ///
    /// If either is zero, no job would ever be done, and that is an error
    /// ([`InvalidInput`](io::ErrorKind::InvalidInput)). Another one is that of the system if it
    /// refuses a thread.
    pub fn new(
        scope: &'scope Scope<'scope, '_>,
        workers: usize,
        waiting: usize,
    ) -> io::Result<Self> {
        Self::made_by(workers, waiting, |worker, queue| {
            worker.spawn_scoped(scope, move || work(&queue)).map(drop)
        })
    }

    fn made_by(
        workers: usize,
        waiting: usize,
        spawn: impl Fn(thread::Builder, Arc<Queue<Job<'scope>>>) -> io::Result<()>,
    ) -> io::Result<Self> {
        if workers == 0 || waiting == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // Dropped if a thread is refused, and then the others end.
        let pool = Self { queue: Arc::new(Queue::new(waiting)) };
        for number in 1..=workers {
            let worker = thread::Builder::new().name(format!("worker {number}"));
            spawn(worker, Arc::clone(&pool.queue))?;
        }
        Ok(pool)
    }

    /// Lets a worker do `job`, as soon as one has time. If too many wait already, it waits until
    /// there is room: whoever makes jobs becomes as slow as the workers (back-pressure).
    ///
    /// A job must not do this and wait for what becomes of it: if all workers wait for what is in
    /// the queue, nobody is left to do it.
    pub fn submit<T: Send + 'scope>(
        &self,
        job: impl FnOnce() -> T + Send + 'scope,
    ) -> JobHandle<T> {
        self.submit_within(Duration::MAX, job).expect("the queue is closed by `drop` alone")
    }

    /// The same, but it waits no longer than `time`; `None` if there was no room until then.
    pub fn submit_within<T: Send + 'scope>(
        &self,
        time: Duration,
        job: impl FnOnce() -> T + Send + 'scope,
    ) -> Option<JobHandle<T>> {
        let (sender, receiver) = mpsc::sync_channel(1);
        // Nobody need wait for it.
        let job = move || drop(sender.send(job()));
        self.queue.push_within(time, Box::new(job)).ok()?;
        Some(JobHandle(receiver))
    }
}

impl Pool<'static> {
    /// The same without a scope: the jobs own what they need, and nobody waits for the workers
    /// when the pool is dropped.
    pub fn detached(workers: usize, waiting: usize) -> io::Result<Self> {
        Self::made_by(workers, waiting, |worker, queue| {
            worker.spawn(move || work(&queue)).map(drop)
        })
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// What a worker does. A job that panics ends, and is told of in the log; the worker goes on.
fn work(queue: &Queue<Job<'_>>) {
    while let Some(job) = queue.pop() {
        if let Err(panic) = catch_panic(job) {
            log(Traceback::of_panic(&panic));
        }
    }
}

impl<T> JobHandle<T> {
    /// Waits until the job is done, and returns what it returned. It is an error if it panicked.
    pub fn join(self) -> Result<T> {
        self.0.recv().context("the job panicked")
    }
}
