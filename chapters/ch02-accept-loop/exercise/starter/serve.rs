use std::io;

/// Serves the clients of `incoming`, one after the other, by `on_connect`, and returns when
/// `incoming` has ended.
///
/// Each connection is accepted, served and closed before the next is asked for. No error ends
/// the loop: one of `on_connect` is logged, and those of `incoming` are left to
/// [`accepted`](crate::accepted), whose pause is a real one here.
pub fn serve<C>(
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()>,
) {
    todo!("for each connection that is accepted …")
}
