//! What a script promises: each read does what its step says.

use std::io::{ErrorKind, Read, Write};
use std::thread;

use mock::{Events, Gate, MockConnection, Script, assert_bytes};

/// One read with room for eight bytes.
fn read(conn: &mut impl Read) -> Result<Vec<u8>, ErrorKind> {
    let mut buffer = [0; 8];
    match conn.read(&mut buffer) {
        Ok(count) => Ok(buffer[..count].to_vec()),
        Err(error) => Err(error.kind()),
    }
}

/// All reads until the end of file, with that.
fn reads(script: impl Into<Script>) -> Vec<Result<Vec<u8>, ErrorKind>> {
    let (mut conn, _peer) = MockConnection::pair(script);
    let mut reads = Vec::new();
    while reads.last() != Some(&Ok(Vec::new())) {
        reads.push(read(&mut conn));
    }
    reads
}

fn bytes(text: &str) -> Result<Vec<u8>, ErrorKind> {
    Ok(text.as_bytes().to_vec())
}

#[test]
fn each_read_delivers_one_piece_and_then_comes_the_end() {
    let script = Script::new().bytes("one").bytes(b"two").bytes(vec![0, 255]);
    assert_eq!(reads(script), [bytes("one"), bytes("two"), Ok(vec![0, 255]), bytes("")]);
}

#[test]
fn a_piece_that_is_larger_than_the_buffer_takes_several_reads() {
    let script = Script::new().bytes("0123456789").bytes("next");
    assert_eq!(reads(script), [bytes("01234567"), bytes("89"), bytes("next"), bytes("")]);
}

#[test]
fn an_empty_piece_is_not_an_end_of_file() {
    let script = Script::new().bytes("one").bytes("").bytes("two");
    assert_eq!(reads(script), [bytes("one"), bytes("two"), bytes("")]);
    assert_eq!(reads(vec![vec![], b"x".to_vec()]), [bytes("x"), bytes("")]);
}

#[test]
fn text_and_bytes_are_scripts_of_one_piece() {
    let once = [bytes("hello"), bytes("")];
    assert_eq!(reads("hello"), once);
    assert_eq!(reads(String::from("hello")), once);
    assert_eq!(reads(b"hello"), once);
    assert_eq!(reads(&b"hello"[..]), once);
    let bytes = b"hello".to_vec();
    assert_eq!(reads(&bytes), once);
    assert_eq!(reads(bytes), once);
}

#[test]
fn a_list_of_pieces_is_a_script_with_a_read_for_each() {
    let pieces = vec![b"one".to_vec(), b"two".to_vec()];
    assert_eq!(reads(pieces), [bytes("one"), bytes("two"), bytes("")]);
}

#[test]
fn one_read_fails_and_the_next_goes_on() {
    let script = Script::new()
        .bytes("one")
        .fail(ErrorKind::Interrupted)
        .fail(ErrorKind::WouldBlock)
        .bytes("two");
    assert_eq!(
        reads(script),
        [
            bytes("one"),
            Err(ErrorKind::Interrupted),
            Err(ErrorKind::WouldBlock),
            bytes("two"),
            bytes("")
        ]
    );
}

#[test]
fn after_a_reset_every_read_fails() {
    let (mut conn, _peer) = MockConnection::pair(Script::new().bytes("one").reset().bytes("two"));
    assert_eq!(read(&mut conn), bytes("one"));
    for _ in 0..3 {
        assert_eq!(read(&mut conn), Err(ErrorKind::ConnectionReset));
    }
}

#[test]
fn the_end_of_file_stays_the_end() {
    let (mut conn, _peer) = MockConnection::pair("");
    for _ in 0..3 {
        assert_eq!(read(&mut conn), bytes(""));
    }
}

#[test]
fn a_read_waits_until_its_gate_is_open() {
    let gate = Gate::new();
    let events = Events::new();
    let script = Script::new().bytes("before").wait(&gate).bytes("after");
    let (conn, peer) = MockConnection::pair(script);
    let mut conn = conn.log_to(&events, "a");
    assert_eq!(read(&mut conn), bytes("before"));
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(read(&mut conn), bytes("after"));
            events.log("after");
        });
        events.wait_for("read a blocks");
        events.log("open");
        gate.open();
    });
    assert_eq!(events.list(), ["read a blocks", "open", "after"]);
    assert_eq!(peer.reads(), 2, "to wait and to deliver is one read");
}

#[test]
fn a_script_can_be_played_twice() {
    let script = Script::new().bytes("one").fail(ErrorKind::Interrupted);
    assert_eq!(reads(script.clone()), reads(script));
}

#[test]
#[should_panic(expected = "does the loop stop at Ok(0) and at an error?")]
fn a_loop_that_does_not_see_the_end_is_told_so() {
    let (mut conn, _peer) = MockConnection::pair("hello");
    loop {
        let _ = read(&mut conn);
    }
}

#[test]
#[should_panic(expected = "does the loop stop at Ok(0) and at an error?")]
fn a_loop_that_does_not_see_a_reset_is_told_so() {
    let (mut conn, _peer) = MockConnection::pair(Script::new().reset());
    loop {
        let _ = read(&mut conn);
    }
}

#[test]
fn the_peer_counts_every_read() {
    let (mut conn, peer) = MockConnection::pair(Script::new().fail(ErrorKind::Interrupted));
    let mut rest = Vec::new();
    assert_eq!(peer.reads(), 0);
    conn.read_to_end(&mut rest).unwrap(); // repeats what was interrupted
    assert_bytes!(rest, b"");
    assert_eq!(peer.reads(), 2);
}

#[test]
fn a_peer_that_waits_for_an_answer_sends_nothing_before() {
    let script = Script::new().bytes("one").once(|sent| sent == b"yes").bytes("two");
    let (mut conn, _peer) = MockConnection::pair(script);
    assert_eq!(read(&mut conn), bytes("one"));
    for part in ["ye", "s"] {
        assert_eq!(read(&mut conn), Err(ErrorKind::TimedOut));
        assert_eq!(read(&mut conn), Err(ErrorKind::TimedOut));
        conn.write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(read(&mut conn), bytes("two"));
    assert_eq!(read(&mut conn), bytes(""));
}
