//! Your tests of chapter 5's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch05` is one of the servers; which one, your tests cannot see. Look at `hello`,
//! `MockConnection` and `Reply` in the tests of chapter 5, `tests/ch05.rs`.

use ch05::hello;
use mock::{MockConnection, Reply, assert_bytes};

#[test]
fn a_request_is_answered() {
    let (conn, peer) = MockConnection::pair("GET / HTTP/1.1\r\nHost: mock\r\n\r\n");
    hello(conn).unwrap();
    assert_bytes!(Reply::parse(peer.sent()).body, "Hi there!\n");
    todo!("this passes on broken servers too: what else must be so?")
}
