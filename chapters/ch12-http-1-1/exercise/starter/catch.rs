//! Your tests of chapter 12's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch12` is one of the servers; which one, your tests cannot see. Give `on_connect` a
//! `mock::MockConnection`, and look at all that it sends.

use ch12::{HttpServer, Response, path};
use mock::MockConnection;

/// All that the server sends to who sends `input`.
fn sent(input: &str) -> String {
    let mut server = HttpServer::default();
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    let (mut conn, peer) = MockConnection::pair(input);
    server.on_connect(&mut conn, None).unwrap();
    String::from_utf8(peer.sent()).unwrap()
}

#[test]
fn a_request_is_answered() {
    let sent = sent("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(sent.ends_with("\r\n\r\nHi there!\n"), "{sent}");
    todo!("this passes on broken servers too: where does each message end?")
}
