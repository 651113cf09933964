//! Your tests of chapter 2's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch02` is one of the servers; which one, your tests cannot see. Look at `serve`,
//! `greet_and_echo` and `MockConnection` in the tests of chapter 2, `tests/ch02.rs`.

use ch02::{greet_and_echo, serve};
use mock::{MockConnection, assert_bytes};

#[test]
fn a_client_is_served() {
    let (conn, peer) = MockConnection::pair("hello");
    serve([Ok(conn)], greet_and_echo);
    assert_bytes!(peer.sent(), "Thank you for connecting\nhello");
    todo!("this passes on broken servers too: who else may come, and what may happen to them?")
}
