use crate::{Close, Connections, Limits, Permit, Pool, accepted, log, log_request};
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

/// What a client hears for whom there is no room.
const SERVICE_UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// Serves each client of `incoming` by `on_connect`, which says how to close, in one of the
/// [`workers`](Limits::workers).
///
/// When `incoming` has ended, it lets those who are being served or wait finish, within
/// [`stop_time`](Limits::stop_time), and returns. What goes wrong is logged and ends
/// that conversation alone; so does a panic. It is an error if the workers cannot be made, and
/// then nobody is served.
pub fn serve<E: Display>(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    limits: &Limits,
    on_connect: impl Fn(&Permit<'_>) -> Result<Close, E> + Sync,
) -> io::Result<()> {
    let converse = |permit: &Permit<'_>| {
        permit.mark_new();
        let close = on_connect(permit).unwrap_or_else(|error| {
            log_request(permit.peer(), format_args!("{error:#}"));
            Close::Lingering
        });
        permit.mark_done();
        // It fails if the client is gone or slow; we are done either way.
        let _ = close.carry_out(permit.stream(), limits.drain_time);
    };
    let connections = Connections::new(limits);
    thread::scope(|scope| {
        // With room for all that have a permit, so that the accept loop never waits here.
        let pool = Pool::new(scope, limits.workers, limits.workers + limits.queue)?;
        for stream in accepted(incoming, thread::sleep) {
            match connections.admit(stream) {
                Ok(permit) => {
                    // So that `move` takes the permit, but of `converse` no more than a reference.
                    let converse = &converse;
                    pool.submit(move || converse(&permit));
                }
                Err(refused) => refuse(&refused.stream, refused.reason),
            }
        }
        let left = connections.close(limits.drain_time, limits.stop_time);
        if left > 0 {
            log(format_args!("closed before they were done: {left}"));
        }
        Ok(())
    })
}

/// Tells a client that it is not served, and logs `why`.
///
/// This happens in the accept loop, so it never waits for the client. That makes it less careful
/// than [`lingering_close`](crate::lingering_close): only what has arrived already is read, 4 KiB
/// of it, and a client whose request is still on its way may see a reset.
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
