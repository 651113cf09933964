//! Your tests of chapter 1's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch01` is one of the servers; which one, your tests cannot see. Look at `echo`,
//! `MockConnection` and `for_every_split` in chapter 1's section "Test it".

use ch01::echo;
use mock::{MockConnection, assert_bytes, for_every_split};

#[test]
fn every_byte_comes_back_however_it_is_cut() {
    for_every_split(b"one\0two\xff\n", |input| {
        let (conn, peer) = MockConnection::pair(input);
        echo(conn).unwrap();
        assert_bytes!(peer.sent(), b"one\0two\xff\n");
    });
}

#[test]
fn a_kernel_may_take_three_bytes_at_a_time() {
    let (conn, peer) = MockConnection::pair("hello");
    echo(conn.short_writes(3)).unwrap();
    assert_bytes!(peer.sent(), "hello");
}
