//! The promises of chapter 15.

#[path = "scripted_system.rs"]
mod scripted_system;

use ch15::{HttpServer, HttpSite, Pool, Reactor, Response, path};
use mock::{MockConnection, Script};
use scripted_system::Scripted;
use std::sync::Arc;

fn talk(script: impl Into<Script>) -> Vec<u8> {
    let mut server = HttpServer::default();
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    let server = Arc::new(server);
    let pool = Arc::new(Pool::detached(1, 1).unwrap());
    let (theirs, others) = (Arc::clone(&server), Arc::strong_count(&server) + 2);
    let system = Scripted::new(move || Arc::strong_count(&theirs) > others);
    let (conn, peer) = MockConnection::pair(script);
    let stream = system.stream(conn);
    let mut reactor = Reactor::new(system);
    let site = HttpSite::new(server, pool, reactor.handle());
    let protocol = site.protocol();
    reactor.adopt(stream, None, protocol);
    for _ in 0..1000 {
        if !reactor.has_something_to_do() {
            return peer.sent();
        }
        reactor.turn().unwrap();
    }
    panic!("no end; sent {}", String::from_utf8_lossy(&peer.sent()));
}

#[test]
fn a_request_is_answered() {
    let sent = talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert!(sent.ends_with(b"Hi there!\n"));
}

#[test]
fn who_stays_is_closed_in_the_end() {
    use std::io::ErrorKind;
    let sent =
        talk(Script::new().bytes("GET / HTTP/1.1\r\nHost: h\r\n\r\n").fail(ErrorKind::TimedOut));
    assert!(sent.ends_with(b"Hi there!\n"));
    let sent = talk(Script::new().bytes("GET / HTTP/1.1\r\nHost: h\r\n").fail(ErrorKind::TimedOut));
    assert!(sent.starts_with(b"HTTP/1.1 408"));
}

#[test]
fn a_malformed_one_is_refused() {
    use std::io::ErrorKind;
    let sent =
        talk(Script::new().bytes("GET / x HTTP/1.1\r\nHost: h\r\n\r\n").fail(ErrorKind::TimedOut));
    assert!(sent.starts_with(b"HTTP/1.1 400"));
}
