//! What chapter 20 promises.

use ch20::idea;
use mock::assert_bytes;

#[test]
fn the_idea_is_an_idea() {
    assert_bytes!(idea(), b"Hi there!\n");
}
