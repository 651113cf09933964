//! Your tests of chapter 5's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch05` is one of the servers; which one, your tests cannot see. Look at `hello`,
//! `MockConnection` and `Reply` in the tests of chapter 5, `tests/ch05.rs`.

use ch05::hello;
use mock::{MockConnection, Reply, assert_bytes, for_every_split};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: mock\r\n\r\n";

#[test]
fn a_request_is_answered_however_it_is_cut() {
    for_every_split(REQUEST, |input| {
        let (conn, peer) = MockConnection::pair(input);
        hello(conn).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, "Hi there!\n");
    });
}

#[test]
fn an_answer_says_how_long_it_is() {
    let (conn, peer) = MockConnection::pair(REQUEST);
    hello(conn).unwrap();
    // Not compared with the whole answer: in which order its fields stand does not matter.
    assert_eq!(Reply::parse(peer.sent()).header("Content-Length"), Some("10"));
}

#[test]
fn who_leaves_before_the_blank_line_hears_nothing() {
    for length in 0..REQUEST.len() {
        let (conn, peer) = MockConnection::pair(&REQUEST[..length]);
        let _ = hello(conn); // an error, but for the client that sent nothing
        assert_bytes!(peer.sent(), "", "after {length} bytes");
    }
}
