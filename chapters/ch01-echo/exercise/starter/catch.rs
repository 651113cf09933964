//! Your tests of chapter 1's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch01` is one of the servers; which one, your tests cannot see. Look at `echo`,
//! `MockConnection` and `for_every_split` in chapter 1's section "Test it".

use ch01::echo;
use mock::{MockConnection, assert_bytes};

#[test]
fn what_is_said_comes_back() {
    let (conn, peer) = MockConnection::pair("hello");
    echo(conn).unwrap();
    assert_bytes!(peer.sent(), "hello");
    todo!("this passes on broken servers too: what can a client send, and a kernel do?")
}
