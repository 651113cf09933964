//! Your tests of chapter 4's room. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch04` is one of the servers; which one, your tests cannot see. Look at `join`, `visit` and
//! `block_writes` in the tests of chapter 4, `tests/ch04.rs`.

use ch04::{Direct, MemberId, Room, on_connect};
use mock::{Events, Gate, MockConnection, MockWriter, Script, assert_bytes};
use std::{io::ErrorKind, sync::Arc, thread};

const WELCOME: &str = "* welcome, guest1: /NAME you changes your name, /EXIT leaves\n";

fn join(room: &Room<Direct<MockWriter>>, conn: MockConnection) -> MemberId {
    room.join(Direct(conn.split().1)).ok().expect("a seat is free")
}

#[test]
fn a_line_goes_to_all_others_and_the_dead_are_gone() {
    let room = Room::new(3);
    let [(ada, ada_hears), (bob, bob_hears), (dead, _)] =
        [(); 3].map(|()| MockConnection::pair(""));
    let ada = join(&room, ada);
    join(&room, bob);
    join(&room, dead.fail_writes_after(0, ErrorKind::BrokenPipe)); // dropped at the welcome
    room.say(ada, "hello");
    let news = "* guest3 has joined\n* guest3 was dropped\n";
    assert_bytes!(ada_hears.sent(), format!("{WELCOME}* guest2 has joined\n{news}"));
    assert!(bob_hears.sent().ends_with(format!("{news}guest1: hello\n").as_bytes()));
}

#[test]
fn a_stalled_member_keeps_nobody_waiting() {
    let (room, events, wakes) = (Arc::new(Room::new(2)), Events::new(), Gate::new());
    // Not scoped threads: if a visit does not end, the test must.
    let visit = |conn: MockConnection| {
        let room = room.clone();
        thread::spawn(move || {
            let (reader, writer) = conn.split();
            on_connect(&room, reader, writer, || {})
        });
    };
    let (stalled, stalled_hears) = MockConnection::pair(Script::new().wait(&wakes));
    visit(stalled.block_writes(0, &wakes).log_to(&events, "stalled"));
    events.wait_for("write stalled blocks");
    let (bob, bob_hears) = MockConnection::pair("hello\n");
    visit(bob);
    bob_hears.wait_closed(); // he has joined, spoken and left while the other one was stalled
    wakes.open();
    let heard = format!("{WELCOME}* guest2 has joined\nguest2: hello\n* guest2 has left\n");
    assert_bytes!(stalled_hears.wait_sent(heard.len()), heard);
}
