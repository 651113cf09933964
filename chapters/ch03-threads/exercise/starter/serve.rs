use std::io;

/// Serves each client of `incoming` by `on_connect`, in a thread of its own, and returns
/// when `incoming` has ended and the last conversation too.
///
/// An error of a conversation is logged, and so is an error of `incoming`
/// ([`accepted`](crate::accepted) does that for you) and a thread that the system does not
/// give: none of them ends the loop.
pub fn serve<C: Send>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()> + Sync,
) {
    todo!("std::thread::scope, and in it a thread for each connection")
}
