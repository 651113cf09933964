//! Your tests of chapter 2's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch02` is one of the servers; which one, your tests cannot see. Look at `serve`,
//! `greet_and_echo` and `MockConnection` in the tests of chapter 2, `tests/ch02.rs`.

use ch02::{greet_and_echo, serve};
use mock::{MockConnection, Script, assert_bytes};

#[test]
fn everybody_is_served_once() {
    let (conns, peers): (Vec<_>, Vec<_>) = (0..10)
        .map(|number| MockConnection::pair(format!("I am {number}")))
        .map(|(conn, peer)| (Ok(conn), peer))
        .unzip();
    serve(conns, greet_and_echo);
    for (number, peer) in peers.iter().enumerate() {
        assert_bytes!(peer.sent(), format!("Thank you for connecting\nI am {number}"));
    }
}

#[test]
fn a_reset_ends_one_conversation_and_not_the_loop() {
    let (rude, _) = MockConnection::pair(Script::new().bytes("hello").reset());
    let (conn, peer) = MockConnection::pair("hello");
    serve([Ok(rude), Ok(conn)], greet_and_echo);
    assert_bytes!(peer.sent(), "Thank you for connecting\nhello");
}
