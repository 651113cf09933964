use crate::{Pool, Receiver, oneshot};
use std::time::Duration;

/// Lets a worker of `pool` do `job`, which may wait as long as it likes, and hands back what is
/// awaited meanwhile: what it returned, or `None` if it panicked. There is no such thing if too
/// many jobs wait already.
pub fn spawn_blocking<T: Send + 'static>(
    pool: &Pool<'static>,
    job: impl FnOnce() -> T + Send + 'static,
) -> Option<Receiver<T>> {
    let (sender, receiver) = oneshot();
    // The worker wakes the task, from its own thread.
    pool.submit_within(Duration::ZERO, move || sender.send(job()))?;
    Some(receiver)
}
