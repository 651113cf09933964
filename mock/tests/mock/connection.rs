//! What a connection promises: what it takes, when it blocks, when it is closed.

use std::io::{ErrorKind, Result};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

use mock::{
    Events, Gate, MockConnection, MockReader, MockWriter, PATIENCE, Peer, Script, assert_bytes,
};

fn kind(result: Result<usize>) -> std::result::Result<usize, ErrorKind> {
    result.map_err(|error| error.kind())
}

#[test]
fn what_is_written_is_seen_by_the_peer() {
    let (mut conn, peer) = MockConnection::pair("");
    assert_eq!(conn.write(b"hello, ").unwrap(), 7);
    assert_eq!(conn.write(b"world").unwrap(), 5);
    conn.flush().unwrap();
    assert_bytes!(peer.sent(), b"hello, world");
    assert_eq!(peer.writes(), [7, 5]);
}

#[test]
fn clones_of_a_peer_see_the_same() {
    let (mut conn, peer) = MockConnection::pair("");
    let other = peer.clone();
    conn.write_all(b"hello").unwrap();
    drop(conn);
    assert_bytes!(other.sent(), peer.sent());
    assert!(other.is_closed() && peer.is_closed());
}

#[test]
fn a_short_write_takes_only_a_part() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.short_writes(3);
    assert_eq!(conn.write(b"hello").unwrap(), 3);
    assert_eq!(conn.write(b"lo").unwrap(), 2);
    assert_bytes!(peer.sent(), b"hello");

    conn.write_all(b"12345678").unwrap();
    assert_bytes!(peer.sent(), b"hello12345678");
    assert_eq!(peer.writes(), [5, 2, 8, 5, 2], "what was offered, not what was taken");
}

#[test]
fn every_other_write_is_interrupted() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.interrupt_writes();
    assert_eq!(kind(conn.write(b"one")), Err(ErrorKind::Interrupted));
    assert_eq!(kind(conn.write(b"one")), Ok(3));
    assert_eq!(kind(conn.write(b"two")), Err(ErrorKind::Interrupted));
    assert_eq!(kind(conn.write(b"two")), Ok(3));
    assert_bytes!(peer.sent(), b"onetwo");
}

#[test]
fn writes_fail_for_good_after_so_many_bytes() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.fail_writes_after(4, ErrorKind::BrokenPipe);
    assert_eq!(kind(conn.write(b"abc")), Ok(3));
    assert_eq!(kind(conn.write(b"def")), Ok(1));
    assert_eq!(kind(conn.write(b"ef")), Err(ErrorKind::BrokenPipe));
    assert_eq!(kind(conn.write(b"ef")), Err(ErrorKind::BrokenPipe));
    assert_bytes!(peer.sent(), b"abcd");
}

#[test]
#[should_panic(expected = "1000 writes failed with BrokenPipe and there was one more")]
fn a_loop_that_does_not_see_a_failed_write_is_told_so() {
    let (conn, _peer) = MockConnection::pair("");
    let mut conn = conn.fail_writes_after(0, ErrorKind::BrokenPipe);
    loop {
        let _ = conn.write(b"hello");
    }
}

#[test]
fn writes_take_nothing_after_so_many_bytes() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.take_nothing_after(4);
    assert_eq!(kind(conn.write(b"abc")), Ok(3));
    assert_eq!(kind(conn.write(b"def")), Ok(1));
    assert_eq!(kind(conn.write(b"ef")), Ok(0));
    assert_eq!(conn.write_all(b"ef").unwrap_err().kind(), ErrorKind::WriteZero);
    assert_bytes!(peer.sent(), b"abcd");
}

#[test]
#[should_panic(expected = "1000 writes took nothing and there was one more")]
fn a_loop_that_does_not_see_that_nothing_is_taken_is_told_so() {
    let (conn, _peer) = MockConnection::pair("");
    let mut conn = conn.take_nothing_after(0);
    while conn.write(b"hello").unwrap() < 5 {}
}

#[test]
fn the_ways_of_writing_can_be_combined() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn =
        conn.short_writes(2).interrupt_writes().fail_writes_after(5, ErrorKind::TimedOut);
    let error = conn.write_all(b"abcdefgh").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_bytes!(peer.sent(), b"abcde");
}

#[test]
fn a_stalled_peer_takes_some_bytes_and_then_blocks_the_writer() {
    let events = Events::new();
    let gate = Gate::new();
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.block_writes(5, &gate).log_to(&events, "stalled");
    thread::scope(|scope| {
        scope.spawn(|| {
            conn.write_all(b"hello, world").unwrap();
            events.log("written");
        });
        events.wait_for("write stalled blocks");
        assert_bytes!(peer.sent(), b"hello");
        events.log("open");
        gate.open();
        events.wait_for("written");
    });
    assert_bytes!(peer.sent(), b"hello, world");
    assert_eq!(events.list(), ["write stalled blocks", "open", "written"]);
}

#[test]
fn nothing_blocks_once_the_gate_is_open() {
    let events = Events::new();
    let gate = Gate::new();
    gate.open();
    let (conn, peer) = MockConnection::pair(Script::new().wait(&gate).bytes("in"));
    let mut conn = conn.block_writes(2, &gate).log_to(&events, "a");
    conn.read_exact(&mut [0; 2]).unwrap();
    assert_eq!(conn.write(b"out").unwrap(), 3);
    assert_bytes!(peer.sent(), b"out");
    assert!(events.list().is_empty(), "{:?}", events.list());
}

#[test]
fn a_read_that_blocks_is_logged_and_so_is_the_close() {
    let events = Events::new();
    let gate = Gate::new();
    let (conn, _peer) = MockConnection::pair(Script::new().wait(&gate));
    let mut conn = conn.log_to(&events, "silent");
    thread::scope(|scope| {
        scope.spawn(move || conn.read(&mut [0; 10]));
        events.wait_for("read silent blocks");
        events.log("open");
        gate.open();
    });
    assert_eq!(events.list(), ["read silent blocks", "open", "close silent"]);
}

#[test]
fn dropping_the_connection_closes_it() {
    let (conn, peer) = MockConnection::pair("");
    assert!(!peer.is_closed());
    drop(conn);
    assert!(peer.is_closed());
}

#[test]
fn the_halves_read_and_write_at_the_same_time() {
    let gate = Gate::new();
    let (conn, peer) = MockConnection::pair(Script::new().wait(&gate).bytes("in"));
    let (mut reader, mut writer) = conn.split();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut input = String::new();
            reader.read_to_string(&mut input).unwrap();
            assert_eq!(input, "in");
        });
        writer.write_all(b"out").unwrap(); // while the reader waits
        assert_bytes!(peer.sent(), b"out");
        gate.open();
    });
}

#[test]
fn the_connection_is_closed_when_both_halves_are_gone_in_either_order() {
    let events = Events::new();
    let (conn, peer) = MockConnection::pair("");
    let (reader, writer) = conn.log_to(&events, "a").split();
    drop(reader);
    assert!(!peer.is_closed());
    drop(writer);
    assert!(peer.is_closed());

    let (conn, peer) = MockConnection::pair("");
    let (reader, writer) = conn.log_to(&events, "b").split();
    drop(writer);
    assert!(!peer.is_closed());
    drop(reader);
    assert!(peer.is_closed());

    assert_eq!(events.list(), ["close a", "close b"]);
}

#[test]
fn a_split_connection_still_writes_as_it_was_told() {
    let (conn, peer) = MockConnection::pair("");
    let (_reader, mut writer) = conn.short_writes(1).split();
    assert_eq!(writer.write(b"hello").unwrap(), 1);
    assert_bytes!(peer.sent(), b"h");
}

#[test]
fn a_test_can_wait_until_something_is_sent_and_until_the_close() {
    let gate = Gate::new();
    let (mut conn, peer) = MockConnection::pair(Script::new().wait(&gate));
    thread::scope(|scope| {
        scope.spawn(move || {
            conn.write_all(b"hel").unwrap();
            conn.write_all(b"lo").unwrap();
            assert_eq!(conn.read(&mut [0]).unwrap(), 0);
        });
        assert_bytes!(peer.wait_sent(5), b"hello");
        assert!(!peer.is_closed());
        gate.open();
        peer.wait_closed();
        assert!(peer.is_closed());
    });
}

#[test]
fn waiting_for_bytes_ends_when_the_connection_does() {
    let (mut conn, peer) = MockConnection::pair("");
    conn.write_all(b"hel").unwrap();
    drop(conn);
    let started = Instant::now();
    let panic = catch_unwind(AssertUnwindSafe(|| peer.wait_sent(5))).unwrap_err();
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(
        *panic.downcast::<String>().unwrap(),
        "the connection was closed, and 3 of 5 bytes were sent: b\"hel\""
    );
}

#[test]
fn connections_peers_gates_and_events_go_to_other_threads() {
    fn can_be_sent<T: Send>() {}
    fn can_be_shared<T: Sync>() {}
    can_be_sent::<MockConnection>();
    can_be_sent::<MockReader>();
    can_be_sent::<MockWriter>();
    can_be_sent::<mock::TcpClient>();
    can_be_sent::<mock::Incoming>();
    can_be_shared::<mock::Live>();
    can_be_shared::<Peer>();
    can_be_shared::<Gate>();
    can_be_shared::<Events>();
    can_be_shared::<Script>();
}
