use std::io;
use std::time::Duration;

/// How long the loop rests after an error that the next accept would meet again.
pub const PAUSE: Duration = Duration::from_millis(100);

/// The connections among `incoming`, in their order; its errors are logged and passed over.
///
/// An error of the kind `ConnectionAborted`, `ConnectionReset` or `Interrupted` concerns at
/// most the one client that was being accepted. Any other the next accept would meet again,
/// and at once: after it `pause` is called, once, with [`PAUSE`], before the next item is
/// taken from `incoming`. Nothing is taken before it is asked for.
///
/// [`log`](crate::log) writes a line to the log.
pub fn accepted<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    mut pause: impl FnMut(Duration),
) -> impl Iterator<Item = C> {
    // For each item of `incoming` the closure says what comes out: a connection or `None`,
    // nothing. Put `move` before its bars as soon as it calls `pause`.
    incoming.into_iter().filter_map(|accepted| {
        todo!("a connection passes; an error is logged, and is it one client's own?")
    })
}
