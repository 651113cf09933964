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
fn two_requests_in_one_read_have_two_answers() {
    let one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(sent(&one.repeat(2)).matches("Hi there!\n").count(), 2);
}

#[test]
fn a_request_with_two_ends_is_refused() {
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    let sent = sent(&format!("POST / HTTP/1.1\r\nHost: a\r\n{both}\r\n0\r\n\r\n"));
    assert!(sent.starts_with("HTTP/1.1 400 "), "{sent}");
}

#[test]
fn the_answer_to_head_ends_with_its_head() {
    let sent = sent("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(sent.ends_with("\r\n\r\n"), "{sent}");
}
