use std::time::Instant;
use tokio::time;

/// The time of tokio's runtime, which is found by the thread that asks: nothing is kept here.
#[derive(Clone)]
pub(crate) struct Clock;

impl Clock {
    /// What time it is. Ours looks once in each turn of the loop, tokio each time.
    pub fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }

    /// As ours: a future and a sleep, and who comes second is dropped. In a test the time can be
    /// stopped (`start_paused`), for all who ask tokio what time it is.
    pub async fn timeout_at<F: Future>(&self, at: Instant, future: F) -> Option<F::Output> {
        time::timeout_at(at.into(), future).await.ok()
    }
}
