//! Broken: when all is said the connection stays open, until the visitor closes it.

#[path = "../../src/server.rs"]
mod http_server;

pub use chapter::*;
pub use http_server::HttpServer;

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;

const SERVICE_UNAVAILABLE: &[u8] = b"HTTP/1.0 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

pub fn serve<E: Display>(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    limits: &Limits,
    on_connect: impl Fn(&mut TimedStream, Option<SocketAddr>) -> Result<(), E> + Sync,
) {
    let seats = Seats::new(limits.connections);
    let answered = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for mut stream in accepted(incoming, thread::sleep) {
            let Some(seat) = seats.take() else {
                let _ = stream.set_nonblocking(true);
                let _ = stream.write_all(SERVICE_UNAVAILABLE);
                let _ = stream.read(&mut [0; 4096]);
                continue;
            };
            let (on_connect, answered) = (&on_connect, &answered);
            let spawned = thread::Builder::new().spawn_scoped(scope, move || {
                let peer = stream.peer_addr().ok();
                if let Err(error) = on_connect(&mut TimedStream::new(&stream, limits), peer) {
                    log_request(peer, format_args!("{error:#}"));
                }
                answered.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
                drop(seat);
            });
            if let Err(error) = spawned {
                log(format_args!("no thread for a visitor: {error}"));
            }
        }
    });
}
