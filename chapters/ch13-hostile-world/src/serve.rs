use crate::{
    Connections, Limits, Permit, TimedStream, accepted, lingering_close, log, log_request,
};
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a client hears that finds the connection limit reached, or no thread to serve it.
const SERVICE_UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// Serves each client of `incoming` by `on_connect`, in a thread of its own
/// and within `limits`.
///
/// When `incoming` has ended, it lets those who are being served finish, within
/// [`stop_time`](Limits::stop_time), and returns. What goes wrong is logged in a line and ends
/// that conversation alone. A panic ends its own conversation too; it is passed on when
/// `incoming` has ended.
pub fn serve<E: Display>(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    limits: &Limits,
    on_connect: impl Fn(&mut TimedStream, Option<SocketAddr>) -> Result<(), E> + Sync,
) {
    let converse = |permit: &Permit| {
        let peer = permit.stream().peer_addr().ok();
        if let Err(error) = on_connect(&mut TimedStream::new(permit, limits), peer) {
            log_request(peer, format_args!("{error:#}"));
        }
        permit.mark_done();
        // It fails if the client is gone or slow; we are done either way.
        let _ = lingering_close(permit.stream(), limits.drain_time);
    };
    let connections = Connections::new(limits);
    thread::scope(|scope| {
        for stream in accepted(incoming, thread::sleep) {
            let permit = match connections.admit(stream) {
                // This loop keeps a reference, because a thread that could not be made drops
                // what it was given.
                Ok(permit) => Arc::new(permit),
                Err(refused) => {
                    refuse(&refused.stream, refused.reason);
                    continue;
                }
            };
            let theirs = Arc::clone(&permit);
            // So that `move` takes that reference, but of `converse` no more than one.
            let converse = &converse;
            let spawned = thread::Builder::new().spawn_scoped(scope, move || converse(&theirs));
            if let Err(error) = spawned {
                refuse(permit.stream(), format_args!("no thread: {error}"));
            }
        }
        let left = connections.close(limits.drain_time, limits.stop_time);
        if left > 0 {
            log(format_args!("closed before they were done: {left}"));
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
