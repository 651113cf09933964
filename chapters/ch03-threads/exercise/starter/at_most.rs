use std::io::{self, Read, Write};

/// Like [`serve`](crate::serve), but for at most `seats` clients at once.
///
/// A client that comes while all seats are taken is sent `full\n`, and its connection is
/// closed; `on_connect` is not called for it. The thread that calls this function does that
/// itself, before it takes the next client; that somebody cannot be told ends nothing. A
/// conversation that ends, be it well, with an error or in a panic, frees its seat when its
/// connection is closed.
pub fn serve_at_most<C: Read + Write + Send>(
    seats: usize,
    incoming: impl IntoIterator<Item = io::Result<C>>,
    on_connect: impl Fn(C) -> io::Result<()> + Sync,
) {
    todo!("count who is inside; who counts down when a conversation panics?")
}
