//! One request after the other on a connection.

use super::scripted::{Servers, answer, answers, asked, ok};
use ch19::{Connection, Deadline, FetchError, ResponseHead, Stage};
use mock::{MockConnection, Script, assert_bytes, for_every_split};
use std::io::ErrorKind;
use std::time::Duration;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n";

fn minute() -> Deadline {
    Deadline::within(Duration::from_secs(60))
}

/// A connection to the first of these servers.
fn connection(servers: &Servers) -> Connection {
    Connection::new(servers.wire(), minute())
}

fn send(connection: &mut Connection) -> Result<ResponseHead, FetchError> {
    connection.send("GET", REQUEST, minute())
}

/// All that is left of the body.
fn rest(connection: &mut Connection) -> Result<Vec<u8>, FetchError> {
    let (mut rest, mut out) = (Vec::new(), [0; 3]);
    loop {
        match connection.read(&mut out)? {
            0 => return Ok(rest),
            count => rest.extend_from_slice(&out[..count]),
        }
    }
}

#[test]
fn one_request_after_the_other_at_every_split() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    for_every_split(chunked, |input| {
        let servers = Servers::new([input]);
        let mut connection = connection(&servers);
        assert!(!connection.has_begun());
        assert_eq!(send(&mut connection).unwrap().status, 200);
        assert!(connection.has_begun() && !connection.is_over() && !connection.is_kept());
        assert_bytes!(rest(&mut connection).unwrap(), "hello");
        assert!(connection.is_over() && connection.is_kept());
        assert_bytes!(servers.peer(0).sent(), REQUEST);
    });
    let servers = Servers::new([answers([ok("one"), answer("404 No", "", "two"), ok("")])]);
    let mut connection = connection(&servers);
    for (status, body) in [(200, "one"), (404, "two"), (200, "")] {
        assert_eq!(send(&mut connection).unwrap().status, status);
        assert_bytes!(rest(&mut connection).unwrap(), body);
    }
    assert_bytes!(servers.peer(0).sent(), REQUEST.repeat(3));
}

#[test]
fn the_method_tells_whether_there_is_a_body() {
    let servers = Servers::new([answers(["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"])]);
    let mut connection = connection(&servers);
    connection.send("HEAD", REQUEST, minute()).unwrap();
    assert!(connection.is_over() && connection.is_kept());
}

#[test]
fn a_kernel_that_takes_little_and_interrupts_is_served() {
    let (conn, peer) = MockConnection::pair(answers([ok("hello")]));
    let servers = Servers::of([(conn.short_writes(3).interrupt_writes(), peer)]);
    let mut connection = connection(&servers);
    send(&mut connection).unwrap();
    assert_bytes!(rest(&mut connection).unwrap(), "hello");
    assert_bytes!(servers.peer(0).sent(), REQUEST);
}

/// It says 413 and closes; the end of the request goes nowhere.
#[test]
fn an_early_answer_is_read_although_the_rest_cannot_be_sent() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        for taken in [0, 1, REQUEST.len() - 1] {
            for_every_split(answer("413 Too Large", "", "too much"), |input| {
                let (conn, peer) = MockConnection::pair(input);
                let servers = Servers::of([(conn.fail_writes_after(taken, kind), peer)]);
                let mut connection = connection(&servers);
                assert_eq!(send(&mut connection).unwrap().status, 413);
                assert_bytes!(rest(&mut connection).unwrap(), "too much");
                // Whatever it says: half a request is on its way.
                assert!(connection.is_over() && !connection.is_kept());
            });
        }
    }
    // The next request, sent whole, is a new beginning: here it is, that this one was.
    let servers = Servers::new([answers([answer("413 Too Large", "", "")])]);
    let mut connection = connection(&servers);
    send(&mut connection).unwrap();
    assert!(connection.is_kept());
}

#[test]
fn a_request_that_cannot_be_sent_and_is_not_answered_is_said_to_be_that() {
    for script in [Script::new(), Script::new().bytes("HTTP/1.1 200"), Script::new().bytes("\0")] {
        let (conn, peer) = MockConnection::pair(script);
        let conn = conn.fail_writes_after(5, ErrorKind::BrokenPipe);
        let servers = Servers::of([(conn, peer)]);
        match send(&mut connection(&servers)) {
            Err(FetchError::Broken(error)) => assert_eq!(error.kind(), ErrorKind::BrokenPipe),
            other => panic!("{other:?}"),
        }
    }
    // And where the connection is no more, that.
    let (conn, peer) = MockConnection::pair(Script::new().reset());
    let servers = Servers::of([(conn.fail_writes_after(5, ErrorKind::BrokenPipe), peer)]);
    assert!(matches!(send(&mut connection(&servers)), Err(FetchError::Broken(_))));
}

#[test]
fn it_is_said_how_far_it_came_when_the_time_is_over() {
    for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        let (conn, peer) = MockConnection::pair(ok("hello"));
        let servers = Servers::of([(conn.fail_writes_after(5, kind), peer.clone())]);
        let error = send(&mut connection(&servers)).unwrap_err();
        assert!(matches!(error, FetchError::Deadline(Stage::Send)), "{error}");
        assert_eq!(peer.reads(), 0);

        let script = asked(Script::new(), 1).bytes("HTTP/1.1 200 OK\r\n").fail(kind);
        let error = send(&mut connection(&Servers::new([script]))).unwrap_err();
        assert!(matches!(error, FetchError::Deadline(Stage::Head)), "{error}");

        let start = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
        let script = asked(Script::new(), 1).bytes(start).fail(kind);
        let servers = Servers::new([script]);
        let mut connection = connection(&servers);
        send(&mut connection).unwrap();
        let error = rest(&mut connection).unwrap_err();
        assert!(matches!(error, FetchError::Deadline(Stage::Body(5))), "{error}");
    }
}

#[test]
fn a_connection_that_breaks_is_said_to_be_that() {
    let start = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    let servers = Servers::new([Script::new().bytes(start).reset(), Script::new().reset()]);
    let mut first = connection(&servers);
    send(&mut first).unwrap();
    let error = rest(&mut first).unwrap_err();
    assert!(matches!(&error, FetchError::Broken(_)), "{error}");
    let error = send(&mut connection(&servers)).unwrap_err();
    assert!(matches!(&error, FetchError::Broken(_)), "{error}");
}

// The deadline

#[test]
fn every_read_and_write_has_the_deadline_of_the_request() {
    let servers = Servers::new([answers([ok("one"), ok("two")])]);
    let mut connection = connection(&servers);
    let deadlines = [10, 20].map(|time| Deadline::within(Duration::from_secs(time)));
    for deadline in deadlines {
        let before = servers.deadlines().len();
        connection.send("GET", REQUEST, deadline).unwrap();
        rest(&mut connection).unwrap();
        let given = servers.deadlines().split_off(before);
        assert!(given.len() >= 2, "for sending, and for reading");
        assert!(given.iter().all(|at| *at == deadline.at()));
    }
}

/// Bytes of the body buy seconds; those of the head do not, nor do the ends of chunks.
#[test]
fn what_comes_steadily_may_take_longer() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 350\r\nX: {}\r\n\r\n", "x".repeat(999));
    let bytes = [b'x'; 50];
    let pieces = std::iter::repeat_n(bytes, 7).fold(Script::new().bytes(head), Script::bytes);
    let servers = Servers::new([pieces]);
    let deadline = Deadline::within(Duration::from_secs(60)).or_at(Some(100));
    let mut connection = connection(&servers);
    connection.send("GET", REQUEST, deadline).unwrap();
    assert_eq!(servers.deadlines().last(), Some(&deadline.at()));
    let mut bought = Vec::new();
    for _ in 0..7 {
        assert_eq!(connection.read(&mut [0; 100]).unwrap(), 50);
        let last = *servers.deadlines().last().unwrap();
        bought.push((last - deadline.at()).as_secs());
    }
    assert_eq!(bought, [0, 0, 1, 1, 2, 2, 3]);
}

#[test]
fn it_is_quiet_as_long_as_its_wire_is() {
    let servers = Servers::new([answers([ok("")])]);
    let mut connection = connection(&servers);
    assert!(connection.is_quiet());
    servers.leave(0);
    assert!(!connection.is_quiet());
}
