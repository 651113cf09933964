//! What chapter 1 promises.

use ch01::{echo, read_some, serve_one};
use mock::{
    Ending, Events, Gate, MockConnection, Script, TcpClient, assert_bytes, for_every_split,
    patience,
};
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

// Echo

#[test]
fn what_comes_in_pieces_goes_out_whole() {
    for_every_split(b"hello\r\n\0\xff", |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn).unwrap(), 9);
        assert_bytes!(peer.sent(), b"hello\r\n\0\xff");
    });
}

#[test]
fn every_byte_there_is_comes_back() {
    let all: Vec<u8> = (0..=255).collect();
    for_every_split(&all, |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn).unwrap(), 256);
        assert_bytes!(peer.sent(), all);
    });
}

#[test]
fn a_megabyte_comes_back_in_order() {
    let megabyte = long_text(1 << 20);
    let (conn, peer) = MockConnection::pair(&megabyte);
    assert_eq!(echo(conn).unwrap(), 1 << 20);
    assert_bytes!(peer.sent(), megabyte);
}

#[test]
fn who_says_nothing_gets_nothing() {
    let (conn, peer) = MockConnection::pair("");
    assert_eq!(echo(conn).unwrap(), 0);
    assert_bytes!(peer.sent(), b"");
}

#[test]
fn the_connection_is_closed_at_the_end() {
    let (conn, peer) = MockConnection::pair("bye");
    echo(conn).unwrap();
    assert!(peer.is_closed());
}

#[test]
fn each_piece_is_sent_back_before_the_next_is_awaited() {
    let events = Events::new();
    let thinks = Gate::new();
    let (conn, peer) = MockConnection::pair(Script::new().bytes("one").wait(&thinks).bytes("two"));
    let conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(|| echo(conn).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        assert_bytes!(sent_before, b"one");
    });
    assert_bytes!(peer.sent(), b"onetwo");
}

#[test]
fn a_kernel_that_takes_little_at_a_time_is_offered_the_rest() {
    let text = long_text(3000);
    for at_most in [1, 2, 3, 1000, 1023, 1024, 1025] {
        let (conn, peer) = MockConnection::pair(&text);
        assert_eq!(echo(conn.short_writes(at_most)).unwrap(), 3000);
        assert_bytes!(peer.sent(), text, "{at_most} bytes at a time");
    }
}

#[test]
fn an_interrupted_write_is_no_error() {
    for_every_split(b"signals come and go", |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn.short_writes(2).interrupt_writes()).unwrap(), 19);
        assert_bytes!(peer.sent(), b"signals come and go");
    });
}

#[test]
fn an_interrupted_read_is_no_error() {
    let (conn, peer) = MockConnection::pair(
        Script::new()
            .fail(ErrorKind::Interrupted)
            .bytes("one")
            .fail(ErrorKind::Interrupted)
            .fail(ErrorKind::Interrupted)
            .bytes("two")
            .fail(ErrorKind::Interrupted),
    );
    assert_eq!(echo(conn).unwrap(), 6);
    assert_bytes!(peer.sent(), b"onetwo");
}

#[test]
fn any_other_error_of_a_read_ends_the_conversation_and_is_returned() {
    for kind in [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        let (conn, peer) =
            MockConnection::pair(Script::new().bytes("one").fail(kind).bytes("never read"));
        assert_eq!(echo(conn).unwrap_err().kind(), kind);
        assert_bytes!(peer.sent(), b"one");
        assert!(peer.is_closed());
    }
}

#[test]
fn an_error_of_a_write_ends_the_conversation_and_is_returned() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        let (conn, peer) = MockConnection::pair(Script::new().bytes("hello").bytes("never read"));
        let conn = conn.fail_writes_after(3, kind);
        assert_eq!(echo(conn).unwrap_err().kind(), kind);
        assert_bytes!(peer.sent(), b"hel");
        assert_eq!(peer.reads(), 1, "reads, when the first write has failed");
    }
}

#[test]
fn a_write_that_takes_nothing_is_an_error() {
    let (conn, peer) = MockConnection::pair(Script::new().bytes("hello").bytes("never read"));
    assert!(echo(conn.take_nothing_after(3)).is_err());
    assert_bytes!(peer.sent(), b"hel");
    assert_eq!(peer.reads(), 1, "reads, when the first write has failed");
}

// One read

#[test]
fn one_read_returns_what_is_there_and_no_more() {
    let (mut conn, _peer) = MockConnection::pair(Script::new().bytes("abc").bytes("defgh"));
    let mut buffer = [0; 4];
    let mut pieces = Vec::new();
    for _ in 0..5 {
        let count = read_some(&mut conn, &mut buffer).unwrap();
        pieces.push(buffer[..count].to_vec());
    }
    assert_eq!(pieces, [&b"abc"[..], b"defg", b"h", b"", b""]);
}

#[test]
fn an_interrupted_read_is_repeated_and_others_are_not() {
    let script = Script::new()
        .fail(ErrorKind::Interrupted)
        .fail(ErrorKind::Interrupted)
        .bytes("ab")
        .fail(ErrorKind::TimedOut)
        .bytes("c");
    let (mut conn, peer) = MockConnection::pair(script);
    let mut buffer = [0; 4];
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap(), 2);
    assert_eq!(peer.reads(), 3);
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(peer.reads(), 4);
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap(), 1);
}

// Over TCP

/// Runs `serve_one` on a free port while `visit` visits it, and returns what it
/// returned.
fn visited(visit: impl FnOnce(TcpClient)) -> io::Result<u64> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (done, result) = mpsc::channel();
    // Not a scoped thread: if `serve_one` does not return, the test must still end.
    thread::spawn(move || done.send(serve_one(listener)));
    visit(TcpClient::connect(address));
    result.recv_timeout(patience()).expect("serve_one returns when its client has left")
}

#[test]
fn a_client_over_tcp_hears_what_they_said() {
    let text = long_text(10_000);
    let served = visited(|mut client| {
        client.send("hello\n");
        assert_bytes!(client.read_exact(6), b"hello\n");
        client.send(&text);
        client.finish();
        assert_eq!(client.read_to_end(), (text, Ending::Closed));
    });
    assert_eq!(served.unwrap(), 10_006);
}

#[test]
fn a_client_that_connects_and_leaves_is_served_too() {
    assert_eq!(visited(drop).unwrap(), 0);
}

#[test]
fn the_port_is_closed_when_the_client_has_left() {
    let mut address = None;
    visited(|client| address = Some(client.stream().peer_addr().unwrap())).unwrap();
    let error = TcpStream::connect(address.unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_clients_reset_is_returned() {
    let served = visited(|mut client| {
        client.send("hello\n");
        assert_bytes!(client.read_exact(6), b"hello\n");
        client.reset();
    });
    assert!(served.is_err());
}

/// Text without a repetition that a lost or doubled piece could hide in.
fn long_text(length: usize) -> Vec<u8> {
    let numbers = (0..).flat_map(|number: u32| format!("{number}\n").into_bytes());
    numbers.take(length).collect()
}
