//! Your tests of chapter 3's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch03` is one of the servers; which one, your tests cannot see. Look at `echo_lines`,
//! `MockConnection` and `for_every_split` in chapter 3's section "Test it".

use ch03::echo_lines;
use mock::{MockConnection, assert_bytes};

#[test]
fn a_line_comes_back() {
    let (conn, peer) = MockConnection::pair("hello\n");
    echo_lines(conn).unwrap();
    assert_bytes!(peer.sent(), "hello\n");
    todo!("this passes on broken servers too: what else must come back?")
}
