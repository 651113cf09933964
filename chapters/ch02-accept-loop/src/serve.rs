use crate::{accepted, log};
use std::io;
use std::thread;

/// Serves the clients of `incoming`, one after the other, by `on_connect`.
///
/// `incoming` is any iterator of connections and errors: a program hands over
/// `listener.incoming()`, which never ends; a test hands over a list. No error
/// ends the loop. One from `on_connect` ended that conversation and is logged;
/// for one from `accept` see [`accepted`].
pub fn serve<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) {
    for conn in accepted(incoming, thread::sleep) {
        if let Err(error) = on_connect(conn) {
            log(format_args!("a conversation broke off: {error}"));
        }
        // `on_connect` owned the connection and has dropped it: it is closed.
    }
}
