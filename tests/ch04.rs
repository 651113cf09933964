//! What chapter 4 promises.

use ch04::{
    Direct, MAX_LINE, MAX_NAME, MemberId, Outlet, QUEUE_LENGTH, Queue, Room, converse, on_connect,
    on_connect_direct, serve, serve_direct,
};
use mock::{
    Ending, Events, Gate, Live, MockConnection, MockWriter, Peer, Script, TcpClient, alone,
    assert_bytes, for_every_split, patience,
};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

const NAME_RULE: &str = "* a name is 1 to 20 letters, digits, - and _\n";
const HINT: &str = "* there are /NAME you and /EXIT\n";

fn welcome(name: &str) -> String {
    format!("* welcome, {name}: /NAME you changes your name, /EXIT leaves\n")
}

// The room, without threads: each line is written before `say` returns

type DirectRoom = Room<Direct<MockWriter>>;

/// A new member, who must find a seat, and what they hear.
fn join(room: &DirectRoom) -> (MemberId, Peer) {
    join_with(room, |conn| conn)
}

/// The same with a connection that is not in order.
fn join_with(
    room: &DirectRoom,
    change: impl FnOnce(MockConnection) -> MockConnection,
) -> (MemberId, Peer) {
    let (conn, peer) = MockConnection::pair("");
    let (_, writer) = change(conn).split();
    (room.join(Direct(writer)).ok().expect("a seat is free"), peer)
}

/// A member whose connection takes `lines` and breaks at the next one.
fn join_and_break(room: &DirectRoom, lines: &str) -> (MemberId, Peer) {
    join_with(room, |conn| conn.fail_writes_after(lines.len(), ErrorKind::BrokenPipe))
}

#[test]
fn a_newcomer_is_welcomed_and_the_others_are_told() {
    let room = Room::new(3);
    let (_, first) = join(&room);
    let (_, second) = join(&room);
    let (_, third) = join(&room);
    let heard = welcome("guest1") + "* guest2 has joined\n* guest3 has joined\n";
    assert_bytes!(first.sent(), heard);
    assert_bytes!(second.sent(), welcome("guest2") + "* guest3 has joined\n");
    assert_bytes!(third.sent(), welcome("guest3"));
}

#[test]
fn a_line_goes_once_to_each_of_the_others_and_in_one_order() {
    let room = Room::new(3);
    let ((ada, ada_hears), (bob, bob_hears), (_, cleo_hears)) =
        (join(&room), join(&room), join(&room));
    room.say(ada, "one");
    room.say(bob, "two");
    room.say(ada, "three");
    let before = welcome("guest1") + "* guest2 has joined\n* guest3 has joined\n";
    assert_bytes!(ada_hears.sent(), before + "guest2: two\n");
    let before = welcome("guest2") + "* guest3 has joined\n";
    assert_bytes!(bob_hears.sent(), before + "guest1: one\nguest1: three\n");
    let lines = "guest1: one\nguest2: two\nguest1: three\n";
    assert_bytes!(cleo_hears.sent(), welcome("guest3") + lines);
}

#[test]
fn who_is_told_alone_is_told_alone() {
    let room = Room::new(2);
    let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
    room.tell(ada, "psst\n");
    assert_bytes!(ada_hears.sent(), welcome("guest1") + "* guest2 has joined\npsst\n");
    assert_bytes!(bob_hears.sent(), welcome("guest2"));
}

#[test]
fn who_leaves_is_announced_once_and_hears_no_more() {
    let room = Room::new(3);
    let ((ada, _), (_, bob_hears), (cleo, cleo_hears)) = (join(&room), join(&room), join(&room));
    room.leave(cleo);
    assert!(cleo_hears.is_closed());
    room.leave(cleo);
    room.say(ada, "is she gone?");
    let heard = "* guest3 has joined\n* guest3 has left\nguest1: is she gone?\n";
    assert_bytes!(bob_hears.sent(), welcome("guest2") + heard);
    assert_bytes!(cleo_hears.sent(), welcome("guest3"));
}

#[test]
fn who_is_gone_says_nothing_and_takes_no_name() {
    let room = Room::new(2);
    let ((ada, _), (_, bob_hears)) = (join(&room), join(&room));
    room.leave(ada);
    room.say(ada, "boo");
    room.tell(ada, "boo\n");
    room.rename(ada, "ghost");
    assert_bytes!(bob_hears.sent(), welcome("guest2") + "* guest1 has left\n");
}

#[test]
fn a_new_name_is_told_to_everybody_and_used_from_then_on() {
    let room = Room::new(2);
    let ((ada, ada_hears), (bob, bob_hears)) = (join(&room), join(&room));
    room.rename(ada, "ada");
    room.say(ada, "it is me");
    room.rename(ada, "Countess-A_1815");
    room.leave(ada);
    let heard = "* guest1 is now ada\nada: it is me\n* ada is now Countess-A_1815\n\
                 * Countess-A_1815 has left\n";
    assert_bytes!(bob_hears.sent(), welcome("guest2") + heard);
    let told = "* guest2 has joined\n* you are now ada\n* you are now Countess-A_1815\n";
    assert_bytes!(ada_hears.sent(), welcome("guest1") + told);

    room.rename(bob, "ada"); // it is free again
    let told = "* you are now ada\n";
    assert_bytes!(bob_hears.sent(), welcome("guest2") + heard + told);
}

#[test]
fn two_members_have_two_names() {
    let room = Room::new(3);
    let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
    room.rename(ada, "guest2");
    let told = "* guest2 has joined\n* guest2 is taken\n";
    assert_bytes!(ada_hears.sent(), welcome("guest1") + told);
    assert_bytes!(bob_hears.sent(), welcome("guest2"));

    room.rename(ada, "guest3"); // who comes now must be called something else
    let (_, cleo_hears) = join(&room);
    assert_bytes!(cleo_hears.sent(), welcome("guest1"));
}

#[test]
fn a_name_is_short_and_has_nothing_in_it_that_could_deceive() {
    let longest = "x".repeat(MAX_NAME);
    let too_long = "x".repeat(MAX_NAME + 1);
    let room = Room::new(2);
    let ((ada, ada_hears), (_, bob_hears)) = (join(&room), join(&room));
    let mut told = welcome("guest1") + "* guest2 has joined\n";
    for wrong in
        ["", " ", "a b", "ada:", "* ada", "/ada", "ad\na", "ad\x1ba", "ad\u{e4}", &too_long]
    {
        room.rename(ada, wrong);
        told += NAME_RULE;
        assert_bytes!(ada_hears.sent(), told, "{wrong:?}");
    }
    assert_bytes!(bob_hears.sent(), welcome("guest2"));

    room.rename(ada, &longest);
    assert_bytes!(bob_hears.sent(), welcome("guest2") + &format!("* guest1 is now {longest}\n"));
}

#[test]
fn a_full_room_takes_nobody_until_somebody_leaves() {
    let room = Room::new(2);
    let ((ada, _), (_, bob_hears)) = (join(&room), join(&room));
    let (conn, peer) = MockConnection::pair("");
    let mut refused = room.join(Direct(conn.split().1)).expect_err("all seats are taken");
    refused.deliver(b"another time\n").unwrap(); // it was given back in good order
    assert_bytes!(peer.sent(), b"another time\n");
    assert_bytes!(bob_hears.sent(), welcome("guest2")); // and nobody was bothered

    room.leave(ada);
    join(&room);
    let heard = "* guest1 has left\n* guest1 has joined\n";
    assert_bytes!(bob_hears.sent(), welcome("guest2") + heard);
}

#[test]
fn who_cannot_be_reached_is_dropped_and_the_others_hear_everything() {
    let room = Room::new(3);
    let (ada, ada_hears) = join(&room);
    let (_, dead_hears) = join_and_break(&room, &(welcome("guest2") + "* guest3 has joined\n"));
    let (_, cleo_hears) = join(&room);
    room.say(ada, "hello");
    assert!(dead_hears.is_closed());
    let attempts = dead_hears.writes().len();
    room.say(ada, "who is left?");
    assert_eq!(dead_hears.writes().len(), attempts, "nobody writes to them any more");

    let heard = "* guest2 has joined\n* guest3 has joined\n* guest2 was dropped\n";
    assert_bytes!(ada_hears.sent(), welcome("guest1") + heard);
    let heard = "guest1: hello\n* guest2 was dropped\nguest1: who is left?\n";
    assert_bytes!(cleo_hears.sent(), welcome("guest3") + heard);

    // Their seat and their name are free again.
    let (_, dora_hears) = join(&room);
    assert_bytes!(dora_hears.sent(), welcome("guest2"));
}

#[test]
fn several_may_be_lost_at_the_same_line() {
    let room = Room::new(4);
    let after = "* guest4 has joined\n";
    join_and_break(
        &room,
        &(welcome("guest1") + "* guest2 has joined\n* guest3 has joined\n" + after),
    );
    let (ada, ada_hears) = join(&room);
    join_and_break(&room, &(welcome("guest3") + after));
    let (_, dora_hears) = join(&room);
    room.say(ada, "hello");
    room.say(ada, "who is left?");
    let drops = "* guest1 was dropped\n* guest3 was dropped\n";
    let before = welcome("guest2") + "* guest3 has joined\n* guest4 has joined\n";
    assert_bytes!(ada_hears.sent(), before + drops);
    let heard = "guest2: hello\n".to_owned() + drops + "guest2: who is left?\n";
    assert_bytes!(dora_hears.sent(), welcome("guest4") + &heard);
}

#[test]
fn who_breaks_at_the_news_of_a_loss_is_lost_too() {
    let room = Room::new(3);
    let heard = welcome("guest1") + "* guest2 has joined\n* guest3 has joined\nguest2: hello\n";
    join_and_break(&room, &heard);
    let (ada, ada_hears) = join(&room);
    join_and_break(&room, &welcome("guest3"));
    room.say(ada, "hello");
    let heard = "* guest3 has joined\n* guest3 was dropped\n* guest1 was dropped\n";
    assert_bytes!(ada_hears.sent(), welcome("guest2") + heard);
}

#[test]
fn who_is_lost_while_being_renamed_is_dropped_by_a_name_that_was_heard() {
    let room = Room::new(2);
    let (_, ada_hears) = join(&room);
    let (dead, _) = join_and_break(&room, &welcome("guest2"));
    room.rename(dead, "phoenix");
    let heard = "* guest2 has joined\n* guest2 is now phoenix\n* phoenix was dropped\n";
    assert_bytes!(ada_hears.sent(), welcome("guest1") + heard);
}

// A conversation

/// What the speaker and a listener hear while the speaker sends `input`.
fn conversation(input: impl Into<Script>) -> (String, String) {
    let room = Room::new(2);
    let (_, listener) = join(&room);
    let (member, speaker) = join(&room);
    let (reader, _) = MockConnection::pair(input);
    converse(&room, reader, member).unwrap();
    let after = |peer: Peer, start: String| {
        let heard = String::from_utf8(peer.sent()).unwrap();
        heard.strip_prefix(&start).expect("the start of the conversation").to_owned()
    };
    (
        after(speaker, welcome("guest2")),
        after(listener, welcome("guest1") + "* guest2 has joined\n"),
    )
}

#[test]
fn lines_and_commands_are_understood_however_they_arrive() {
    let input = b"hello\n/NAME ada\r\nhow are you?\r\n\n/EXIT\nnobody hears this\n";
    for_every_split(input, |input| {
        let (speaker, listener) = conversation(input);
        assert_bytes!(speaker, "* you are now ada\n* goodbye\n");
        assert_bytes!(listener, "guest2: hello\n* guest2 is now ada\nada: how are you?\n");
    });
}

#[test]
fn the_end_of_the_input_leaves_and_half_a_line_is_not_said() {
    for_every_split(b"hello\nhalf a li", |input| {
        let (speaker, listener) = conversation(input);
        assert_bytes!(speaker, "");
        assert_bytes!(listener, "guest2: hello\n");
    });
}

#[test]
fn after_exit_nothing_more_is_read() {
    let (speaker, listener) = conversation(Script::new().bytes("/EXIT\n").reset());
    assert_eq!((&*speaker, &*listener), ("* goodbye\n", ""));
}

#[test]
fn what_moves_the_cursor_or_rings_the_bell_is_taken_out() {
    let input = "\x1b[31mred\x07\x08\x7f\rgreen\t\0\u{9b}2J\n";
    for_every_split(input, |input| {
        let (speaker, listener) = conversation(input);
        assert_eq!((&*speaker, &*listener), ("", "guest2: [31mredgreen2J\n"));
    });
}

#[test]
fn a_name_is_freed_of_control_characters_too() {
    let (speaker, listener) = conversation("/NAME \x07 ad\x1ba \r\n");
    assert_eq!((&*speaker, &*listener), ("* you are now ada\n", "* guest2 is now ada\n"));
}

#[test]
fn a_line_in_which_nothing_stands_says_nothing() {
    let (speaker, listener) = conversation("\n\r\n   \n\t\n\x1b\x07\n");
    assert_eq!((&*speaker, &*listener), ("", ""));
}

#[test]
fn other_alphabets_are_heard_and_bytes_that_are_no_text_are_marked() {
    for_every_split(b"gr\xc3\xbc\xc3\x9f dich \xff\n", |input| {
        let (_, listener) = conversation(input);
        assert_bytes!(listener, "guest2: gr\u{fc}\u{df} dich \u{fffd}\n");
    });
}

#[test]
fn who_gets_a_command_wrong_is_told_so_alone() {
    for wrong in ["/", "/HELP", "/NAME", "/NAME ", "/NAMEada", "/name ada", "/EXIT now", "/exit"] {
        let (speaker, listener) = conversation(format!("{wrong}\n"));
        assert_eq!((&*speaker, &*listener), (HINT, ""), "{wrong}");
    }
    let (speaker, listener) = conversation("/NAME a b\n/NAME guest1\n");
    assert_eq!(speaker, NAME_RULE.to_owned() + "* guest1 is taken\n");
    assert_eq!(listener, "");
}

#[test]
fn a_line_that_is_too_long_is_told_so_and_leaves() {
    let longest = "x".repeat(MAX_LINE - 1);
    let input = format!("{longest}\n{longest}x\nnobody hears this\n");
    let cut_anywhere = |input: Script| {
        let (speaker, listener) = conversation(input);
        assert_bytes!(speaker, "* that line is too long\n");
        assert_bytes!(listener, format!("guest2: {longest}\n"));
    };
    for_every_split(input, cut_anywhere);
}

#[test]
fn a_broken_connection_is_returned() {
    let room = Room::new(2);
    let ((_, listener), (member, _)) = (join(&room), join(&room));
    let (reader, _) = MockConnection::pair(Script::new().bytes("hello\nhel").reset());
    let error = converse(&room, reader, member).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let heard = "* guest2 has joined\nguest2: hello\n";
    assert_bytes!(listener.sent(), welcome("guest1") + heard);
}

// Step one: the room writes to the connections

#[test]
fn directly_each_member_leaves_in_their_own_way() {
    let exits = Script::from("hello\n/EXIT\n");
    let stops = Script::from("hello\n");
    let breaks = Script::new().bytes("hello\n").reset();
    for (script, goodbye, error) in [
        (exits, "* goodbye\n", None),
        (stops, "", None),
        (breaks, "", Some(ErrorKind::ConnectionReset)),
    ] {
        let room = Room::new(2);
        let (_, listener_hears) = join(&room);
        let (conn, peer) = MockConnection::pair(script);
        let (reader, writer) = conn.split();
        let result = on_connect_direct(&room, reader, writer);
        assert_eq!(result.err().map(|error| error.kind()), error);
        assert_bytes!(peer.sent(), welcome("guest2") + goodbye);
        assert!(peer.is_closed());
        let heard = "* guest2 has joined\nguest2: hello\n* guest2 has left\n";
        assert_bytes!(listener_hears.sent(), welcome("guest1") + heard);
    }
}

#[test]
fn directly_who_finds_no_seat_is_told_full_and_is_not_listened_to() {
    let room = Room::new(1);
    let (_, member_hears) = join(&room);
    let (conn, peer) = MockConnection::pair("hello\n");
    let (reader, writer) = conn.short_writes(1).interrupt_writes().split();
    on_connect_direct(&room, reader, writer).unwrap();
    assert_bytes!(peer.sent(), b"full\n");
    assert!(peer.is_closed());
    assert_eq!(peer.reads(), 0);
    assert_bytes!(member_hears.sent(), welcome("guest1"));
}

/// Reads so many bytes; whoever writes more waits until the gate is open.
struct Stalled {
    reads: usize,
    gate: Gate,
    events: Events,
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reads == 0 {
            let who = thread::current().name().unwrap_or("nobody").to_owned();
            self.events.log(format!("{who} waits for the stalled member"));
            self.gate.wait();
            return Ok(bytes.len());
        }
        let count = bytes.len().min(self.reads);
        self.reads -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// It is the speaker's own thread that is stuck, with the room's lock in its
/// hand; so nobody else can speak either.
#[test]
fn directly_a_stalled_member_freezes_the_room() {
    let room: Room<Direct<Box<dyn Write + Send>>> = Room::new(3);
    let (events, gate) = (Events::new(), Gate::new());
    let join = |conn: Box<dyn Write + Send>| room.join(Direct(conn)).ok().expect("a seat is free");

    let hears = welcome("guest1") + "* guest2 has joined\n* guest3 has joined\n";
    let stalled = Stalled { reads: hears.len(), gate: gate.clone(), events: events.clone() };
    join(Box::new(stalled));
    let (conn, _) = MockConnection::pair("");
    let ada = join(Box::new(conn));
    let (conn, bob_hears) = MockConnection::pair("");
    join(Box::new(conn));

    thread::scope(|scope| {
        let speak = || {
            room.say(ada, "hello");
            events.log("ada has spoken");
        };
        thread::Builder::new().name("ada".into()).spawn_scoped(scope, speak).unwrap();
        events.wait_for("ada waits for the stalled member");
        events.log("the stalled member reads");
        gate.open();
    });
    let expected =
        ["ada waits for the stalled member", "the stalled member reads", "ada has spoken"];
    assert_eq!(events.list(), expected);
    assert_bytes!(bob_hears.sent(), welcome("guest3") + "guest2: hello\n");
}

/// The lock that the unlucky thread had in its hand is not lost with it.
#[test]
fn a_thread_that_panics_in_the_room_does_not_close_it() {
    struct PanicsOnce {
        panics: bool,
        events: Events,
    }
    impl Outlet for PanicsOnce {
        fn deliver(&mut self, line: &[u8]) -> io::Result<()> {
            assert!(!std::mem::take(&mut self.panics), "this is part of the test");
            self.events.log(line.escape_ascii().to_string());
            Ok(())
        }
    }
    let room = Room::new(2);
    let events = Events::new();
    thread::scope(|scope| {
        let join = || room.join(PanicsOnce { panics: true, events: events.clone() }).ok();
        scope.spawn(join).join().expect_err("the welcome panics");
    });
    assert!(room.join(PanicsOnce { panics: false, events: events.clone() }).is_ok());
    assert_eq!(events.list()[0], "* guest2 has joined\\n");
}

// Step three: a queue for each member

/// A member who is nothing but a queue, and its other end.
fn join_queue(room: &Room<Queue>, hang_up: &Gate) -> (MemberId, Receiver<Vec<u8>>) {
    let hang_up = hang_up.clone();
    let (queue, lines) = Queue::new(move || hang_up.open());
    (room.join(queue).ok().expect("a seat is free"), lines)
}

/// What lies in a queue now.
fn queued(lines: &Receiver<Vec<u8>>) -> String {
    String::from_utf8(lines.try_iter().flatten().collect()).unwrap()
}

/// Runs `work` in a thread of its own, and does not wait for it for ever.
fn in_time<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    // What waits inside has less patience, and says better what it waited for.
    match result.recv_timeout(patience() + patience() / 5) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("it has not come to an end"),
        Err(RecvTimeoutError::Disconnected) => panic!("its thread panicked: see above"),
    }
}

#[test]
fn a_queue_takes_so_many_lines_then_hangs_up_and_never_waits() {
    in_time(|| {
        let (room, ada_lost, stalled_lost) = (Room::new(2), Gate::new(), Gate::new());
        let (ada, ada_hears) = join_queue(&room, &ada_lost);
        let (_, stalled_hears) = join_queue(&room, &stalled_lost);
        assert_eq!(queued(&ada_hears), welcome("guest1") + "* guest2 has joined\n");

        let mut expected = welcome("guest2");
        for number in 1..QUEUE_LENGTH {
            room.say(ada, &format!("line {number}"));
            expected += &format!("guest1: line {number}\n");
        }
        assert!(!stalled_lost.is_open());
        assert_eq!(queued(&ada_hears), "");

        room.say(ada, "one too many");
        assert!(stalled_lost.is_open());
        assert_eq!(queued(&ada_hears), "* guest2 was dropped\n");
        room.say(ada, "alone at last");
        // The queue was dropped: after what was in it, there is an end.
        assert_bytes!(stalled_hears.iter().flatten().collect::<Vec<u8>>(), expected);
        assert!(!ada_lost.is_open());
    });
}

#[test]
fn a_queue_whose_other_end_is_gone_hangs_up() {
    let (room, ada_lost, dead_lost) = (Room::new(2), Gate::new(), Gate::new());
    let (ada, ada_hears) = join_queue(&room, &ada_lost);
    let (_, dead_hears) = join_queue(&room, &dead_lost);
    drop(dead_hears);
    room.say(ada, "hello");
    assert!(dead_lost.is_open());
    let heard = "* guest2 has joined\n* guest2 was dropped\n";
    assert_eq!(queued(&ada_hears), welcome("guest1") + heard);
}

/// A member's visit, which goes on in a thread of its own.
struct Visit(Receiver<io::Result<()>>);

/// Lets `conn` in. To hang up on it opens `hang_up`.
fn visit(room: &Arc<Room<Queue>>, conn: MockConnection, hang_up: &Gate) -> Visit {
    let (room, hang_up) = (Arc::clone(room), hang_up.clone());
    let (ended, result) = mpsc::channel();
    // Not a scoped thread: if the visit does not end, the test must still do.
    thread::spawn(move || {
        let (reader, writer) = conn.split();
        let _ = ended.send(on_connect(&room, reader, writer, move || hang_up.open()));
    });
    Visit(result)
}

impl Visit {
    /// What `on_connect` returned.
    fn end(self) -> io::Result<()> {
        self.0.recv_timeout(patience() + patience() / 5).expect("on_connect returns")
    }
}

#[test]
fn each_member_leaves_in_their_own_way() {
    let exits = Script::from("hello\n/EXIT\n");
    let stops = Script::from("hello\n");
    let breaks = Script::new().bytes("hello\n").reset();
    for (script, goodbye, error) in [
        (exits, "* goodbye\n", None),
        (stops, "", None),
        (breaks, "", Some(ErrorKind::ConnectionReset)),
    ] {
        let (room, lost) = (Arc::new(Room::new(2)), Gate::new());
        let (_, listener_hears) = join_queue(&room, &lost);

        let (conn, peer) = MockConnection::pair(script);
        let result = visit(&room, conn.short_writes(5).interrupt_writes(), &lost).end();
        assert_eq!(result.err().map(|error| error.kind()), error);
        // It has returned; so everything was delivered, and the connection closed.
        assert_bytes!(peer.sent(), welcome("guest2") + goodbye);
        assert!(peer.is_closed());
        let heard = "* guest2 has joined\nguest2: hello\n* guest2 has left\n";
        assert_eq!(queued(&listener_hears), welcome("guest1") + heard);
        // Who leaves is not hung up on: they may still have something to read.
        assert!(!lost.is_open());
    }
}

#[test]
fn who_finds_no_seat_is_told_full_and_is_not_listened_to() {
    let (room, lost) = (Arc::new(Room::new(1)), Gate::new());
    let (member, member_hears) = join_queue(&room, &lost);
    let (conn, peer) = MockConnection::pair("hello\n");
    visit(&room, conn.short_writes(1).interrupt_writes(), &lost).end().unwrap();
    assert_bytes!(peer.sent(), b"full\n");
    assert!(peer.is_closed());
    assert_eq!(peer.reads(), 0);
    assert_eq!(queued(&member_hears), welcome("guest1"));

    room.leave(member);
    let (conn, peer) = MockConnection::pair("");
    visit(&room, conn, &lost).end().unwrap();
    assert_bytes!(peer.sent(), welcome("guest1"));
    assert!(!lost.is_open());
}

/// The stalled member reads again only when the other one has heard the line. A room
/// that writes with its lock in its hand never comes so far.
#[test]
fn a_stalled_member_keeps_nobody_waiting() {
    let (room, ada_lost, wakes) = (Arc::new(Room::new(3)), Gate::new(), Gate::new());
    let (events, leave) = (Events::new(), Gate::new());
    let (stalled, stalled_hears) = MockConnection::pair(Script::new().wait(&leave));
    let stalled = stalled.block_writes(0, &wakes).log_to(&events, "stalled");
    let (bob, bob_hears) = MockConnection::pair(Script::new().wait(&leave));
    visit(&room, stalled, &ada_lost);
    events.wait_for("write stalled blocks");
    visit(&room, bob, &ada_lost);
    bob_hears.wait_sent(welcome("guest2").len());

    let (ada, _ada_hears) = join_queue(&room, &ada_lost);
    room.say(ada, "hello");
    let heard = welcome("guest2") + "* guest3 has joined\nguest3: hello\n";
    assert_bytes!(bob_hears.wait_sent(heard.len()), heard);

    wakes.open();
    let heard = welcome("guest1") + "* guest2 has joined\n* guest3 has joined\nguest3: hello\n";
    assert_bytes!(stalled_hears.wait_sent(heard.len()), heard);
    leave.open();
}

#[test]
fn a_stalled_member_is_dropped_and_hung_up_on_while_the_others_hear_every_line() {
    let (room, lost) = (Arc::new(Room::new(3)), Gate::new());
    let (ada, ada_hears) = join_queue(&room, &lost);
    let (events, leave, hung_up) = (Events::new(), Gate::new(), Gate::new());
    let (bob, bob_hears) = MockConnection::pair(Script::new().wait(&leave));
    // Both threads of the stalled member are stuck until they are hung up on.
    let (stalled, stalled_hears) = MockConnection::pair(Script::new().wait(&hung_up));
    let stalled = stalled
        .block_writes(0, &hung_up)
        .fail_writes_after(0, ErrorKind::BrokenPipe)
        .log_to(&events, "stalled");
    let bob = visit(&room, bob, &lost);
    let mut heard = welcome("guest2");
    bob_hears.wait_sent(heard.len());
    let stalled = visit(&room, stalled, &hung_up);
    // Now the welcome has been taken out of their queue, which is empty.
    events.wait_for("write stalled blocks");
    heard += "* guest3 has joined\n";

    let mut say = |text: String, then: &str| {
        room.say(ada, &text);
        heard += &format!("guest1: {text}\n{then}");
        // Bob's queue has the same length: he is given the time to read.
        assert_bytes!(bob_hears.wait_sent(heard.len()), heard);
    };
    for number in 0..QUEUE_LENGTH {
        say(format!("line {number}"), "");
        assert!(!hung_up.is_open());
    }
    say("one too many".into(), "* guest3 was dropped\n");
    assert!(hung_up.is_open(), "a member who is dropped is hung up on");
    stalled.end().unwrap();
    assert!(stalled_hears.is_closed());
    // That they leave is no news any more.
    for number in 0..2 * QUEUE_LENGTH {
        say(format!("without them {number}"), "");
    }
    leave.open();
    bob.end().unwrap();
    let heard =
        "* guest2 has joined\n* guest3 has joined\n* guest3 was dropped\n* guest2 has left\n";
    assert_eq!(queued(&ada_hears), welcome("guest1") + heard);
    assert!(!lost.is_open());
}

#[test]
fn a_member_whose_writes_fail_is_dropped_and_hung_up_on() {
    let (room, lost) = (Arc::new(Room::new(2)), Gate::new());
    let (ada, ada_hears) = join_queue(&room, &lost);
    let (events, hung_up) = (Events::new(), Gate::new());
    // They still send, or might: only the writes tell that they are gone.
    let (dead, dead_hears) = MockConnection::pair(Script::new().wait(&hung_up));
    let dead = dead.fail_writes_after(5, ErrorKind::ConnectionReset).log_to(&events, "dead");
    let dead = visit(&room, dead, &hung_up);
    events.wait_for("read dead blocks");
    // The first line that fails ends the writing thread. However late that
    // happens, the queue does not take more than it can hold.
    for _ in 0..=QUEUE_LENGTH + 1 {
        room.say(ada, "hello");
    }
    assert!(hung_up.is_open(), "a member who is dropped is hung up on");
    dead.end().unwrap();
    assert_bytes!(dead_hears.sent(), b"* wel");
    let heard = "* guest2 has joined\n* guest2 was dropped\n";
    assert_eq!(queued(&ada_hears), welcome("guest1") + heard);
}

#[test]
fn who_leaves_is_still_sent_what_was_queued_for_them() {
    let (room, lost) = (Arc::new(Room::new(2)), Gate::new());
    let (ada, ada_hears) = join_queue(&room, &lost);
    let (events, leave, wakes) = (Events::new(), Gate::new(), Gate::new());
    let (slow, slow_hears) = MockConnection::pair(Script::new().wait(&leave).bytes("/EXIT\n"));
    let slow = slow.block_writes(7, &wakes).log_to(&events, "slow");
    let mut heard = welcome("guest2");
    let slow = visit(&room, slow, &lost);
    events.wait_for("write slow blocks");
    for number in 0..10 {
        room.say(ada, &format!("line {number}"));
        heard += &format!("guest1: line {number}\n");
    }
    leave.open();
    // When the room says so, they have left: only the queue is left of them.
    let told = welcome("guest1") + "* guest2 has joined\n* guest2 has left\n";
    let mut ada_heard = Vec::new();
    while ada_heard.len() < told.len() {
        ada_heard.extend(ada_hears.recv_timeout(patience()).expect("they leave"));
    }
    assert_bytes!(ada_heard, told);
    wakes.open();
    slow.end().unwrap();
    assert_bytes!(slow_hears.sent(), heard + "* goodbye\n");
    assert!(slow_hears.is_closed());
    assert!(!lost.is_open());
}

#[cfg(unix)]
mod unix {
    use super::*;

    /// No system has a stack of 2^60 bytes, so that no thread can be started; the tests'
    /// harness runs this one in its own.
    #[test]
    fn a_visit_without_a_thread_is_an_error_and_takes_no_seat() {
        let test = "a_visit_without_a_thread_is_an_error_and_takes_no_seat";
        let no_thread = [("RUST_MIN_STACK", "1152921504606846976")];
        alone(module_path!(), test, &no_thread, || {
            assert!(thread::Builder::new().spawn(|| ()).is_err());
            let room = Room::new(1);
            let (conn, hears) = MockConnection::pair("hello\n");
            let (reader, writer) = conn.split();
            assert!(on_connect(&room, reader, writer, || {}).is_err());
            assert_bytes!(hears.sent(), b"");
            assert!(hears.is_closed());
            join_queue(&room, &Gate::new());
        });
    }
}

// Over TCP

/// Joins, and hears the welcome.
fn enter(live: &Live, name: &str) -> TcpClient {
    let mut client = live.connect();
    assert_bytes!(client.read_until("\n"), welcome(name));
    client
}

/// Each of them hears exactly this line next.
fn hear<const N: usize>(clients: [&mut TcpClient; N], line: &str) {
    for client in clients {
        assert_bytes!(client.read_exact(line.len()), line);
    }
}

fn three_chat(live: &Live) {
    let mut ada = enter(live, "guest1");
    let mut bob = enter(live, "guest2");
    hear([&mut ada], "* guest2 has joined\n");
    let mut cleo = enter(live, "guest3");
    hear([&mut ada, &mut bob], "* guest3 has joined\n");

    ada.send("/NAME ada\r\n");
    hear([&mut ada], "* you are now ada\n");
    hear([&mut bob, &mut cleo], "* guest1 is now ada\n");
    ada.send("hel");
    bob.send("good morning\n");
    hear([&mut ada, &mut cleo], "guest2: good morning\n");
    ada.send("lo\nhow are you?\n");
    hear([&mut bob, &mut cleo], "ada: hello\nada: how are you?\n");

    cleo.send("/EXIT\n");
    assert_eq!(cleo.read_to_end(), (b"* goodbye\n".to_vec(), Ending::Closed));
    hear([&mut ada, &mut bob], "* guest3 has left\n");
    bob.finish();
    assert_eq!(bob.read_to_end(), (Vec::new(), Ending::Closed));
    hear([&mut ada], "* guest2 has left\n");

    enter(live, "guest1").reset();
    hear([&mut ada], "* guest1 has joined\n* guest1 has left\n");
    ada.send("alone?\n/EXIT\n");
    assert_eq!(ada.read_to_end(), (b"* goodbye\n".to_vec(), Ending::Closed));
}

#[test]
fn three_chat_over_tcp() {
    Live::run(|incoming| serve(incoming, &Room::new(3)), three_chat);
}

#[test]
fn three_chat_over_tcp_directly() {
    Live::run(|incoming| serve_direct(incoming, &Room::new(3)), three_chat);
}

#[test]
fn a_seat_over_tcp_is_free_again_when_somebody_has_left() {
    fn two_seats(live: &Live) {
        let (mut ada, mut bob) = (enter(live, "guest1"), enter(live, "guest2"));
        for _ in 0..3 {
            assert_eq!(live.connect().read_to_end(), (b"full\n".to_vec(), Ending::Closed));
        }
        ada.send("/EXIT\n");
        hear([&mut bob], "* guest1 has left\n");
        enter(live, "guest1");
        hear([&mut bob], "* guest1 has joined\n");
    }
    Live::run(|incoming| serve(incoming, &Room::new(2)), two_seats);
    Live::run(|incoming| serve_direct(incoming, &Room::new(2)), two_seats);
}

/// How much the kernel keeps for somebody who does not read differs from system to
/// system, and may be megabytes; so they are sent lines until it is too much.
#[test]
fn a_stalled_member_over_tcp_is_dropped_and_hung_up_on() {
    fn one_is_stalled(live: &Live) {
        let (mut ada, bob) = (enter(live, "guest1"), enter(live, "guest2"));
        let mut stalled = enter(live, "guest3");
        let mut bob_hears = BufReader::new(bob.stream()).lines().map(Result::unwrap);
        assert_eq!(bob_hears.next().unwrap(), "* guest3 has joined");

        let text = "x".repeat(1000);
        let enough = 100_000;
        let heard = (0..enough).map_while(|_| {
            // Bob's queue has a limit too: the next line comes when he has read this one.
            ada.send(format!("{text}\n"));
            let line = bob_hears.next().unwrap();
            (line != "* guest3 was dropped").then(|| assert_eq!(line, format!("guest1: {text}")))
        });
        assert!(heard.count() < enough, "nobody was dropped");
        // They have what the kernel kept for them, and may say nothing more.
        stalled.read_to_end();
        let gone = (0..200_000).any(|_| stalled.try_send("is anybody there?\n").is_err());
        assert!(gone, "the server still listens to them");
    }
    Live::run(|incoming| serve(incoming, &Room::new(3)), one_is_stalled);
}
