//! Your tests of chapter 3's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch03` is one of the servers; which one, your tests cannot see. Look at `echo_lines`,
//! `MockConnection` and `for_every_split` in chapter 3's section "Test it".

use ch03::{MAX_LINE, echo_lines};
use mock::{MockConnection, Script, assert_bytes, for_every_split};

#[test]
fn lines_come_back_however_they_are_cut() {
    for_every_split("one\ntwo\r\nthree\ndone\n", |input| {
        let (conn, peer) = MockConnection::pair(input);
        echo_lines(conn).unwrap();
        assert_bytes!(peer.sent(), "one\ntwo\r\nthree\nbye!\n");
    });
}

#[test]
fn a_line_without_end_is_not_collected_without_end() {
    let endless = Script::from(vec![vec![b'x'; 100]; MAX_LINE]);
    let (conn, peer) = MockConnection::pair(endless);
    echo_lines(conn).unwrap();
    assert_bytes!(peer.sent(), "line too long\n");
}
