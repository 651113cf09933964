use crate::Queue;
use anyhow::Result;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::Scope;
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
        todo!("a queue, and so many threads that work on it")
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
        todo!("a job that sends what it returns to its handle; into the queue with it")
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        // Yours to write: the workers do what is in the queue, and end. (It is no `todo!()`,
        // because this runs in a panic too, and a panic in a panic ends the whole process.)
    }
}

/// What a worker does. A job that panics ends, and is told of in the log; the worker goes on.
fn work(queue: &Queue<Job<'_>>) {
    todo!("job after job, until there are none any more")
}

impl<T> JobHandle<T> {
    /// Waits until the job is done, and returns what it returned. It is an error if it panicked.
    pub fn join(self) -> Result<T> {
        todo!("what if nobody will ever send it?")
    }
}
