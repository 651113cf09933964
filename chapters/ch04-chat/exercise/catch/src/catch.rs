//! Your tests of chapter 4's room. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch04` is one of the servers; which one, your tests cannot see. Look at `join`, `visit` and
//! `block_writes` in the tests of chapter 4, `tests/ch04.rs`.

use ch04::{Direct, Room};
use mock::MockConnection;

#[test]
fn a_line_is_heard() {
    let room = Room::new(2);
    let join = |conn: MockConnection| {
        let (_, writer) = conn.split();
        room.join(Direct(writer)).ok().expect("a seat is free")
    };
    let (ada, _) = MockConnection::pair("");
    let (bob, bob_hears) = MockConnection::pair("");
    let ada = join(ada);
    join(bob);
    room.say(ada, "hello");
    assert!(bob_hears.sent().ends_with(b"guest1: hello\n"));
    todo!("this passes on broken servers too: what else must be so?")
}
