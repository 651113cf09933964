//! Right too: the workers take their jobs from a channel, one worker at a time, and the places in
//! the queue are counted. A job leaves its result in a place that it shares with its handle.

mod serve;
mod server;

pub use chapter::*;
pub use serve::serve;
pub use server::HttpServer;

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub struct Queue<T> {
    capacity: usize,
    /// How many items there are; `None` if it is closed.
    count: Mutex<Option<usize>>,
    fewer: Condvar,
    /// `None` if it is closed.
    sender: Mutex<Option<Sender<T>>>,
    receiver: Mutex<Receiver<T>>,
}

impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            capacity,
            count: Mutex::new(Some(0)),
            fewer: Condvar::new(),
            sender: Mutex::new(Some(sender)),
            receiver: Mutex::new(receiver),
        }
    }

    pub fn push_within(&self, time: Duration, item: T) -> Result<(), T> {
        let until = Instant::now().checked_add(time);
        let mut count = locked(&self.count);
        while count.is_some_and(|count| count >= self.capacity) {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Err(item);
            }
            let waited = self.fewer.wait_timeout(count, left.unwrap_or(Duration::from_secs(1)));
            count = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let (Some(some), Some(sender)) = (count.as_mut(), &*locked(&self.sender)) else {
            return Err(item);
        };
        *some += 1;
        sender.send(item).map_err(|refused| refused.0)
    }

    pub fn pop(&self) -> Option<T> {
        let item = locked(&self.receiver).recv().ok()?;
        if let Some(count) = locked(&self.count).as_mut() {
            *count -= 1;
        }
        self.fewer.notify_all();
        Some(item)
    }

    pub fn close(&self) {
        *locked(&self.count) = None;
        *locked(&self.sender) = None;
        self.fewer.notify_all();
    }
}

type Job<'scope> = Box<dyn FnOnce() + Send + 'scope>;

pub struct Pool<'scope>(Arc<Queue<Job<'scope>>>);

#[derive(Debug)]
pub struct JobHandle<T>(Arc<Outcome<T>>);

#[derive(Debug)]
struct Outcome<T> {
    /// `Some(None)` if it panicked.
    result: Mutex<Option<Option<T>>>,
    is_there: Condvar,
}

impl<'scope> Pool<'scope> {
    pub fn new(
        scope: &'scope Scope<'scope, '_>,
        workers: usize,
        waiting: usize,
    ) -> io::Result<Self> {
        if workers.min(waiting) == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "nobody, or no room"));
        }
        let pool = Self(Arc::new(Queue::new(waiting)));
        for _ in 0..workers {
            let jobs = Arc::clone(&pool.0);
            let work = move || {
                while let Some(job) = jobs.pop() {
                    // What the job returned may panic, when it is dropped.
                    let _ = catch_panic(job);
                }
            };
            thread::Builder::new().spawn_scoped(scope, work)?;
        }
        Ok(pool)
    }

    pub fn submit<T: Send + 'scope>(
        &self,
        job: impl FnOnce() -> T + Send + 'scope,
    ) -> JobHandle<T> {
        match self.submit_within(Duration::MAX, job) {
            Some(handle) => handle,
            None => unreachable!("it is open"),
        }
    }

    pub fn submit_within<T: Send + 'scope>(
        &self,
        time: Duration,
        job: impl FnOnce() -> T + Send + 'scope,
    ) -> Option<JobHandle<T>> {
        let mine = Arc::new(Outcome { result: Mutex::new(None), is_there: Condvar::new() });
        let theirs = Arc::clone(&mine);
        let whole = move || {
            let result = catch_panic(job);
            if let Err(panic) = &result {
                log(Traceback::of_panic(panic));
            }
            *locked(&theirs.result) = Some(result.ok());
            theirs.is_there.notify_all();
        };
        self.0.push_within(time, Box::new(whole)).ok()?;
        Some(JobHandle(mine))
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> JobHandle<T> {
    pub fn join(self) -> anyhow::Result<T> {
        let Outcome { result, is_there } = &*self.0;
        let waited = is_there.wait_while(locked(result), |result| result.is_none());
        let result = waited.unwrap_or_else(PoisonError::into_inner).take();
        result.flatten().ok_or_else(|| anyhow::anyhow!("it panicked"))
    }
}
