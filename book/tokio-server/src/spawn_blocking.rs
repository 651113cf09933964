use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task;

/// Lets a thread of tokio's do `job`, or nobody if too many jobs are waiting. The result is `None`
/// if it panicked.
///
/// tokio makes these threads when they are needed and lets them go after ten idle seconds. Its
/// queue has no end; so `places` are counted here: one for each worker, and those of the queue.
pub(crate) fn spawn_blocking<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(
    places: &Arc<Semaphore>,
    job: F,
) -> Option<impl Future<Output = Option<T>> + use<T, F>> {
    let place = Arc::clone(places).try_acquire_owned().ok()?;
    let job = task::spawn_blocking(move || {
        let output = job();
        drop(place);
        output
    });
    Some(async { job.await.ok() })
}
