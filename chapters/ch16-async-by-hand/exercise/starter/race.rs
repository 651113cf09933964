use crate::Clock;
use std::time::Duration;

/// Asks two for the same, and is content with the one who is first.
///
/// `second` is not polled before `first` has had a `head_start`, or has failed. From then on they
/// run side by side, and if both have succeeded, `first` wins. When one has succeeded, the other
/// is dropped at once: its connection is closed, and what it waited for is forgotten.
///
/// A failure is no answer as long as the other may still succeed. If both fail, it is the error
/// of the one that failed last.
///
/// This is how a browser connects to a server that has two addresses, of which one may lead
/// nowhere: “happy eyeballs”, RFC 8305, which recommends in section 5 to begin with the second
/// one after 250 ms.
pub async fn race<T, E>(
    clock: &Clock,
    head_start: Duration,
    first: impl Future<Output = Result<T, E>>,
    second: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    todo!("two waits: with whom is the first one side by side, and with whom afterwards?")
}
