use crate::reactor::Reactor;
use crate::{Handle, Receiver, System, Traceback, Wake, catch_panic, log, oneshot};
use anyhow::{Context as _, Result};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Context, Poll, Waker};
use std::thread::{self, ThreadId};

/// Polls tasks, as many as there are, in one thread: each when it was woken, and never else.
///
/// ```
/// use ch16::{Executor, Mio};
/// use std::time::Duration;
///
/// let mut executor = Executor::new(Mio::new()?);
/// let handle = executor.handle().clone();
/// let answer = executor.run(async move {
///     let clock = handle.clock();
///     let slow = clock.sleep(Duration::from_secs(3600));
///     clock.timeout(Duration::from_millis(1), slow).await
/// })?;
/// assert_eq!(answer, None);
/// # anyhow::Ok(())
/// ```
pub struct Executor<S: System> {
    handle: Handle<S>,
    tasks: HashMap<TaskId, Task>,
}

type TaskId = u64;

/// A future, and what wakes it.
struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    flag: Arc<TaskFlag>,
    waker: Waker,
}

/// What a task's waker points to. It may be used in any thread, and after the task has ended.
struct TaskFlag {
    id: TaskId,
    /// Whether the task is in the queue.
    is_queued: AtomicBool,
    queue: Arc<RunQueue>,
}

/// The tasks that are to be polled.
struct RunQueue {
    ids: Mutex<Vec<TaskId>>,
    /// The thread of the executor.
    home: ThreadId,
    /// Ends its waiting.
    wake: Wake,
}

/// Makes tasks. All clones are for the same executor.
#[derive(Clone)]
pub(crate) struct Spawner(Rc<Spawned>);

struct Spawned {
    /// Those that the executor has not taken in yet.
    tasks: RefCell<Vec<Task>>,
    next_id: Cell<TaskId>,
    queue: Arc<RunQueue>,
}

impl task::Wake for TaskFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.queue.push(self.id);
        }
    }
}

impl RunQueue {
    fn push(&self, id: TaskId) {
        let mut ids = self.lock();
        ids.push(id);
        // In its own thread the executor does not wait, and for the others it is woken already.
        if ids.len() == 1 && thread::current().id() != self.home {
            (self.wake)();
        }
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, Vec<TaskId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spawner {
    /// See [`Handle::spawn`].
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Receiver<T> {
        let (sender, receiver) = oneshot();
        let Spawned { tasks, next_id, queue } = &*self.0;
        let id = next_id.replace(next_id.get() + 1);
        let queue = Arc::clone(queue);
        let flag = Arc::new(TaskFlag { id, is_queued: AtomicBool::new(false), queue });
        let waker = Waker::from(Arc::clone(&flag));
        waker.wake_by_ref();
        // In a box of its own: in a future that awaits it, it would have its place twice.
        let future = Box::pin(future);
        let future = Box::pin(async move { sender.send(future.await) });
        tasks.borrow_mut().push(Task { future, flag, waker });
        receiver
    }
}

impl<S: System> Executor<S> {
    /// An executor without tasks, for this thread.
    pub fn new(system: S) -> Self {
        let queue =
            RunQueue { ids: Mutex::default(), home: thread::current().id(), wake: system.wake() };
        let spawned =
            Spawned { tasks: RefCell::default(), next_id: Cell::new(0), queue: Arc::new(queue) };
        let handle = Handle::new(Rc::new(Reactor::new(system)), Spawner(Rc::new(spawned)));
        Self { handle, tasks: HashMap::new() }
    }

    /// The executor, for those who run in it.
    pub fn handle(&self) -> &Handle<S> {
        &self.handle
    }

    /// Runs until `main` has ended, and returns what it returned; that it panicked is an error.
    /// The other tasks are dropped with the executor.
    pub fn run<T: 'static>(&mut self, main: impl Future<Output = T> + 'static) -> Result<T> {
        let mut main = pin!(self.handle.spawn(main));
        loop {
            // Nobody need wake us: we look after each turn.
            let polled = main.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(output) = polled {
                return output.context("the task panicked");
            }
            self.turn()?;
        }
    }

    /// One turn: looks who was woken by a socket, by the time or by another task, and polls each
    /// of these once. If nobody is to be polled, it waits for that.
    pub fn turn(&mut self) -> io::Result<()> {
        let may_wait = self.queue().lock().is_empty();
        self.handle.reactor().turn(may_wait)?;
        // No more than there are now: who is woken from here on has its turn in the next one.
        let ids = std::mem::take(&mut *self.queue().lock());
        for id in ids {
            self.poll(id);
        }
        Ok(())
    }

    /// How many tasks there are.
    pub fn tasks(&self) -> usize {
        self.tasks.len() + self.spawned().tasks.borrow().len()
    }

    fn spawned(&self) -> &Spawned {
        &self.handle.spawner().0
    }

    fn queue(&self) -> &RunQueue {
        &self.spawned().queue
    }

    fn poll(&mut self, id: TaskId) {
        let spawned = self.spawned().tasks.take();
        self.tasks.extend(spawned.into_iter().map(|task| (task.flag.id, task)));
        // It may have ended: some waker is always the last one.
        let Some(task) = self.tasks.get_mut(&id) else { return };
        // Before it is polled: who wakes it from now on has something that it may not see. And an
        // exchange: what was written by those who woke it and found it in the queue, it does see.
        task.flag.is_queued.swap(false, Ordering::AcqRel);
        self.handle.reactor().grant_budget();
        let mut context = Context::from_waker(&task.waker);
        match catch_panic(|| task.future.as_mut().poll(&mut context)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(())) => {}
            Err(panic) => log(Traceback::of_panic(&panic)),
        }
        self.tasks.remove(&id);
    }
}

impl<S: System> Drop for Executor<S> {
    /// Tasks have handles, and handles have the tasks that were not taken in.
    fn drop(&mut self) {
        drop(self.spawned().tasks.take());
    }
}
