use crate::serve;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Like [`serve`], but for at most `seats` clients at once.
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
    let free = AtomicUsize::new(seats);
    // The seat is taken here, in the loop: a thread that has just been started may not have
    // come to it when the next client is there.
    let seated = incoming.into_iter().filter_map(|accepted| match accepted {
        Ok(mut conn) => match Seat::take(&free) {
            Some(seat) => Some(Ok((conn, seat))),
            None => {
                // If they cannot be told they are gone, which is just as well.
                let _ = conn.write_all(b"full\n");
                None
            }
        },
        Err(error) => Some(Err(error)),
    });
    // `_seat` is dropped when this closure ends, also by a panic, and by then `on_connect`
    // has dropped the connection.
    serve(seated, |(conn, _seat)| on_connect(conn));
}

/// A place in the server; dropping it makes it free for the next client.
struct Seat<'a>(&'a AtomicUsize);

impl<'a> Seat<'a> {
    fn take(free: &'a AtomicUsize) -> Option<Self> {
        let minus_one = |free: usize| free.checked_sub(1);
        let taken = free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, minus_one);
        taken.is_ok().then(|| Seat(free))
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
