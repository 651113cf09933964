use crate::{accepted, log};
use std::io;
use std::thread;

/// Serves each client of `incoming` by `on_connect`, in a thread of its own.
///
/// Like chapter 2's `serve`, it takes any iterator. It returns when `incoming`
/// has ended and the last conversation too. Errors are logged: one of a
/// conversation ends that one alone, and a client for which the system refuses
/// a thread is hung up on. A panic ends its own conversation; it is passed on
/// when `incoming` has ended, which in a program it never does.
///
/// Clients without limit are threads without limit: chapter 6 adds the limit.
pub fn serve<C: Send>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()> + Sync,
) {
    let converse = |conn| {
        if let Err(error) = on_connect(conn) {
            log(format_args!("a conversation broke off: {error}"));
        }
    };
    // A scope waits for its threads. So they may borrow `converse`, which lives
    // outside, and nothing needs to be shared by an `Arc`.
    thread::scope(|scope| {
        for conn in accepted(incoming, thread::sleep) {
            // `scope.spawn` would panic where the system has no thread to give.
            let spawned = thread::Builder::new().spawn_scoped(scope, || converse(conn));
            if let Err(error) = spawned {
                log(format_args!("no thread for a client: {error}"));
            }
        }
    });
}
