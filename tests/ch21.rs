//! What chapter 21 promises.

use ch21::idea;
use mock::assert_bytes;

#[test]
fn the_idea_is_an_idea() {
    assert_bytes!(idea(), b"Hi there!\n");
}
