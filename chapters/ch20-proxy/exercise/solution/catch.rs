//! Your tests of chapter 20's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch20` is one of the servers; which one, your tests cannot see.

use ch20::idea;
use mock::assert_bytes;

#[test]
fn there_is_an_idea() {
    assert_bytes!(idea(), b"Hi there!\n");
}
