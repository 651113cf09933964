use crate::{Direct, Queue, Room, on_connect, on_connect_direct};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// How long one write may wait for a member who does not read.
///
/// A member who takes a byte now and then is not stopped by it: chapter 6 has
/// the total deadline that does.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves a room in which one stalled member freezes all: step one.
pub fn serve_direct(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    room: &Room<Direct<TcpStream>>,
) {
    ch03::serve(incoming, |stream: TcpStream| {
        let writer = stream.try_clone()?;
        on_connect_direct(room, stream, writer)
    });
}

/// Serves a room in which a stalled member is dropped: step three.
pub fn serve(incoming: impl IntoIterator<Item = io::Result<TcpStream>>, room: &Room<Queue>) {
    ch03::serve(incoming, |stream: TcpStream| {
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        // One connection with three users: the reading thread, the writing
        // thread and the room, which may have to hang up.
        let stream = Arc::new(stream);
        let switch = Arc::clone(&stream);
        on_connect(room, &*stream, &*stream, move || {
            // It fails if the peer is gone already, which is what we want.
            let _ = switch.shutdown(Shutdown::Both);
        })
    });
}
