use crate::{Limits, Permits, TimedStream, accepted, lingering_close, log_request};
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a client hears that finds the connection limit reached, or no thread to serve it.
const SERVICE_UNAVAILABLE: &[u8] = b"HTTP/1.0 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// Serves each client of `incoming` by `on_connect`, in a thread of its own
/// and within `limits`.
///
/// It returns when `incoming` has ended and the last conversation too. What
/// goes wrong is logged in a line and ends that conversation alone. A panic ends
/// its own conversation too; it is passed on when `incoming` has ended.
pub fn serve<E: Display>(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    limits: &Limits,
    on_connect: impl Fn(&mut TimedStream, Option<SocketAddr>) -> Result<(), E> + Sync,
) {
    let converse = |stream: &TcpStream| {
        let peer = stream.peer_addr().ok();
        if let Err(error) = on_connect(&mut TimedStream::new(stream, limits), peer) {
            log_request(peer, format_args!("{error:#}"));
        }
        // It fails if the client is gone or slow; we are done either way.
        let _ = lingering_close(stream, limits.drain_time);
    };
    let permits = Permits::new(limits.connections);
    thread::scope(|scope| {
        for stream in accepted(incoming, thread::sleep) {
            let Some(permit) = permits.take() else {
                refuse(&stream, "the connection limit is reached");
                continue;
            };
            // Both are dropped with the last reference, in this order: the permit is not
            // free before the connection is closed. This loop keeps a reference, because
            // a thread that could not be made drops what it was given.
            let held = Arc::new((stream, permit));
            let theirs = Arc::clone(&held);
            // So that `move` takes that reference, but of `converse` no more than one.
            let converse = &converse;
            let spawned = thread::Builder::new().spawn_scoped(scope, move || converse(&theirs.0));
            if let Err(error) = spawned {
                refuse(&held.0, format_args!("no thread: {error}"));
            }
        }
    });
}

/// Tells a client that it is not served, and logs `why`.
///
/// This happens in the accept loop, so it never waits for the client. That makes
/// it less careful than [`lingering_close`]: only what has arrived already is read,
/// 4 KiB of it, and a client whose request is still on its way may see a reset.
fn refuse(mut stream: &TcpStream, why: impl Display) {
    let peer = stream.peer_addr().ok();
    let mut tell = || {
        stream.set_nonblocking(true)?;
        stream.write_all(SERVICE_UNAVAILABLE)?;
        stream.shutdown(Shutdown::Write)?;
        stream.read(&mut [0; 4096])
    };
    // Its failing changes nothing: the connection is dropped in any case.
    let _ = tell();
    log_request(peer, format_args!("503: {why}"));
}
