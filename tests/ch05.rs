//! What chapter 5 promises.

use ch05::{Head, PICTURE, answer, hello, read_head, serve};
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, Reply, Script, TcpClient, assert_bytes,
    for_every_split,
};
use std::io::{self, ErrorKind};
use std::thread;

/// A request as a browser sends it.
const REQUEST: &[u8] = b"GET /picture.png HTTP/1.1\r\n\
    Host: localhost:8005\r\n\
    Accept: image/*\r\n\
    \r\n";

// Where a head ends

/// The head that is found in `input`.
fn head_in(input: impl Into<Script>) -> io::Result<Option<Vec<u8>>> {
    let (mut conn, _peer) = MockConnection::pair(input);
    read_head(&mut conn)
}

#[test]
fn a_head_ends_with_the_blank_line_however_it_is_cut() {
    for_every_split(REQUEST, |input| {
        let head = head_in(input).unwrap().unwrap();
        assert_bytes!(head, &REQUEST[..REQUEST.len() - 4]);
    });
}

#[test]
fn a_head_may_have_no_header_at_all() {
    for_every_split(b"GET / HTTP/1.0\r\n\r\n", |input| {
        assert_bytes!(head_in(input).unwrap().unwrap(), b"GET / HTTP/1.0");
    });
}

#[test]
fn what_comes_after_the_blank_line_is_not_in_the_head() {
    let post = b"POST / HTTP/1.0\r\nContent-Length: 9\r\n\r\na\r\n\r\nb\r\n\r\n";
    for_every_split(post, |input| {
        assert_bytes!(head_in(input).unwrap().unwrap(), b"POST / HTTP/1.0\r\nContent-Length: 9");
    });
}

#[test]
fn what_is_not_quite_a_blank_line_does_not_end_a_head() {
    let almost = b"GET / HTTP/1.0\n\nA: 1\r\n\rB: 2\n\r\n\rC: 3\r\r\n\n";
    let input = [&almost[..], b"\r\n\r\n"].concat();
    for_every_split(input, |input| assert_bytes!(head_in(input).unwrap().unwrap(), almost));
}

#[test]
fn a_head_may_be_longer_than_many_reads() {
    let mut head = b"GET / HTTP/1.1\r\nHost: mock".to_vec();
    for number in 0..90 {
        head.extend(format!("\r\nX-{number}: {}", "x".repeat(100)).as_bytes());
    }
    let input = [&head[..], b"\r\n\r\n"].concat();
    for length in [1, 2, 3, 512, 1023, 1024, 1025, 5000, input.len()] {
        let pieces: Vec<Vec<u8>> = input.chunks(length).map(<[u8]>::to_vec).collect();
        assert_bytes!(head_in(pieces).unwrap().unwrap(), head, "in pieces of {length}");
    }
}

#[test]
fn after_the_blank_line_nothing_more_is_read() {
    let head = head_in(Script::new().bytes(REQUEST).reset()).unwrap();
    assert_bytes!(head.unwrap(), &REQUEST[..REQUEST.len() - 4]);
}

#[test]
fn a_client_that_leaves_without_a_byte_has_no_head_and_that_is_no_error() {
    assert_eq!(head_in("").unwrap(), None);
    assert_eq!(head_in(Script::new().fail(ErrorKind::Interrupted)).unwrap(), None);
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_head_is_an_error() {
    for length in 1..REQUEST.len() {
        let error = head_in(&REQUEST[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "after {length} bytes");
    }
}

#[test]
fn an_error_of_the_connection_is_returned() {
    for length in 0..REQUEST.len() {
        let script = Script::new().bytes(&REQUEST[..length]).reset();
        assert_eq!(head_in(script).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

// What is in a head

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn the_first_line_is_method_target_and_protocol() {
    let head = Head::parse(b"GET /a?b=c%20d HTTP/1.1").unwrap();
    assert_eq!(head.method, "GET");
    assert_eq!(head.target, "/a?b=c%20d");
    assert_eq!(head.protocol, "HTTP/1.1");
    assert_eq!(head.headers, []);
}

#[test]
fn header_names_are_in_upper_case_and_values_without_the_whitespace_around_them() {
    let head = Head::parse(
        b"GET / HTTP/1.1\r\n\
          Host: localhost:8005\r\n\
          accept:a/b\r\n\
          X-PADDED: \t  two  words \t\r\n\
          X-Nothing:\r\n\
          Accept: c/d",
    );
    let expected = [
        header("HOST", "localhost:8005"), // the first colon ends the name
        header("ACCEPT", "a/b"),
        header("X-PADDED", "two  words"),
        header("X-NOTHING", ""),
        header("ACCEPT", "c/d"), // the same name again, in order
    ];
    assert_eq!(head.unwrap().headers, expected);
}

#[test]
fn only_spaces_and_tabs_are_whitespace_and_only_cr_lf_ends_a_line() {
    let head =
        Head::parse("GET / HTTP/1.1\r\nX-Name: \u{a0}Ada\u{a0} \r\nX-Lf: a\nb: c".as_bytes());
    let expected = [header("X-NAME", "\u{a0}Ada\u{a0}"), header("X-LF", "a\nb: c")];
    assert_eq!(head.unwrap().headers, expected);
}

#[test]
fn a_malformed_head_is_an_error() {
    for malformed in [
        &b""[..],
        b"GET",
        b"GET /",
        b"GET / HTTP/1.1 and more",
        b"GET  / HTTP/1.1",
        b"\r\nGET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nno colon",
        b"GET / HTTP/1.1\r\nHost: mock\r\nno colon",
    ] {
        let text = malformed.escape_ascii();
        let error = Head::parse(malformed).expect_err(&text.to_string());
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{text}");
    }
}

#[test]
fn bytes_that_are_not_text_do_no_harm() {
    let head = Head::parse(b"GET /\xff HTTP/1.1\r\nX: a\xc3(b\0").unwrap();
    assert_eq!(head.target, "/\u{fffd}");
    assert_eq!(head.headers, [header("X", "a\u{fffd}(b\0")]);
}

// What is answered

/// The answer to a request for `target`, read by a parser that is not ours.
fn answer_to(method: &str, target: &str) -> Reply {
    let (method, target) = (method.to_owned(), target.to_owned());
    let protocol = "HTTP/1.1".to_owned();
    Reply::parse(answer(&Head { method, target, protocol, headers: Vec::new() }))
}

#[test]
fn there_is_a_greeting_at_every_address() {
    for target in ["/", "/favicon.ico", "/picture", "/picture.png/", "/a/picture.png", "*", ""] {
        let reply = answer_to("GET", target);
        assert_eq!((reply.version, reply.status, reply.reason.as_str()), (0, 200, "OK"));
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_bytes!(reply.body, b"Hi there!\n", "at {target}");
    }
}

#[test]
fn there_is_a_picture_at_its_address() {
    let reply = answer_to("GET", "/picture.png");
    assert_eq!((reply.version, reply.status, reply.reason.as_str()), (0, 200, "OK"));
    assert_eq!(reply.header("Content-Type"), Some("image/png"));
    assert_bytes!(reply.body, PICTURE);
    assert!(PICTURE.starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn an_answer_says_who_answers_how_long_it_is_and_that_it_is_the_last() {
    for (target, length) in [("/", 10), ("/picture.png", PICTURE.len())] {
        let reply = answer_to("GET", target);
        assert_eq!(reply.header("Server"), Some("OwnHands/0.1"));
        assert_eq!(reply.header("Content-Length"), Some(length.to_string().as_str()));
        assert_eq!(reply.header("Connection"), Some("close"));
    }
}

#[test]
fn every_method_gets_the_same() {
    for method in ["POST", "PUT", "get", "BREW"] {
        assert_eq!(answer_to(method, "/"), answer_to("GET", "/"));
    }
}

// One conversation

/// What a client hears that sends `input`.
fn heard(input: impl Into<Script>) -> Vec<u8> {
    let (conn, peer) = MockConnection::pair(input);
    hello(conn).unwrap();
    assert!(peer.is_closed());
    peer.sent()
}

#[test]
fn a_request_gets_its_answer_however_it_is_cut() {
    let expected = answer(&Head::parse(&REQUEST[..REQUEST.len() - 4]).unwrap());
    for_every_split(REQUEST, |input| assert_bytes!(heard(input), expected));
}

#[test]
fn a_client_sees_the_greeting_and_the_picture() {
    let client = MockClient::new(|conn| hello(conn).unwrap());
    assert_eq!(client.get("/").text(), "Hi there!\n");
    assert_bytes!(client.get("/picture.png").body, PICTURE);
    assert_eq!(client.post("/", "who is there?").text(), "Hi there!\n");
    assert_eq!(client.request("GET", "/").version("HTTP/1.0").send().text(), "Hi there!\n");
}

#[test]
fn the_answer_waits_for_the_blank_line() {
    let events = Events::new();
    let thinks = Gate::new();
    let script =
        Script::new().bytes("GET / HTTP/1.1\r\nHost: mock\r\n").wait(&thinks).bytes("\r\n");
    let (conn, peer) = MockConnection::pair(script);
    let conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(|| hello(conn).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        assert_bytes!(sent_before, b"");
    });
    assert_eq!(Reply::parse(peer.sent()).text(), "Hi there!\n");
}

#[test]
fn the_answer_does_not_wait_for_the_client_to_finish() {
    // A browser sends its request and then waits, without a half-close.
    let answered = Gate::new();
    let script = Script::new().bytes(REQUEST).wait(&answered);
    let (conn, peer) = MockConnection::pair(script);
    thread::scope(|scope| {
        scope.spawn(|| hello(conn).unwrap());
        peer.wait_closed();
        answered.open();
    });
    assert_bytes!(Reply::parse(peer.sent()).body, PICTURE);
}

#[test]
fn the_answer_is_whole_though_writes_are_short_and_interrupted() {
    for at_most in [1, 7, 1000] {
        let (conn, peer) = MockConnection::pair(REQUEST);
        hello(conn.short_writes(at_most).interrupt_writes()).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, PICTURE);
    }
}

#[test]
fn a_client_that_leaves_without_a_byte_hears_nothing_and_that_is_no_error() {
    assert_bytes!(heard(""), b"");
}

#[test]
fn a_client_that_leaves_in_the_middle_is_not_answered() {
    for length in 1..REQUEST.len() {
        let (conn, peer) = MockConnection::pair(&REQUEST[..length]);
        assert!(hello(conn).is_err());
        assert!(!peer.sent().starts_with(b"HTTP/1.0 200"), "after {length} bytes");
    }
}

#[test]
fn a_malformed_request_is_an_error_and_gets_no_greeting() {
    for malformed in ["GET /\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "\r\n\r\n"] {
        let (conn, peer) = MockConnection::pair(malformed);
        assert_eq!(hello(conn).unwrap_err().kind(), ErrorKind::InvalidData);
        assert!(!peer.sent().starts_with(b"HTTP/1.0 200"), "{malformed:?}");
    }
}

#[test]
fn a_client_that_does_not_take_the_answer_is_an_error() {
    for bytes in [0, 1, 100] {
        let (conn, peer) = MockConnection::pair(REQUEST);
        let conn = conn.fail_writes_after(bytes, ErrorKind::BrokenPipe);
        assert_eq!(hello(conn).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(peer.sent().len(), bytes);

        let (conn, peer) = MockConnection::pair(REQUEST);
        assert!(hello(conn.take_nothing_after(bytes)).is_err());
        assert_eq!(peer.sent().len(), bytes);
    }
}

// Many conversations

#[test]
fn no_client_disturbs_the_next_one() {
    let left = || MockConnection::pair("").0;
    let reset = || MockConnection::pair(Script::new().bytes("GET /").reset()).0;
    let malformed = || MockConnection::pair("one two\r\n\r\n").0;
    let gone = || MockConnection::pair(REQUEST).0.fail_writes_after(1, ErrorKind::BrokenPipe);
    let (first, heard_first) = MockConnection::pair(REQUEST);
    let (last, heard_last) = MockConnection::pair("GET / HTTP/1.0\r\n\r\n");
    let incoming = [
        Ok(first),
        Ok(left()),
        Ok(reset()),
        Err(ErrorKind::ConnectionAborted.into()),
        Ok(malformed()),
        Ok(gone()),
        Ok(last),
    ];
    serve(incoming, hello);
    assert_bytes!(Reply::parse(heard_first.sent()).body, PICTURE);
    assert_bytes!(Reply::parse(heard_last.sent()).body, b"Hi there!\n");
}

// Over TCP

fn over_tcp(test: impl FnOnce(&Live)) {
    Live::run(|incoming| serve(incoming, hello), test);
}

/// The reply that a client hears up to the end, and it ends as it should.
fn hears(client: &mut TcpClient) -> Reply {
    let (bytes, ending) = client.read_to_end();
    assert_eq!(ending, Ending::Closed);
    Reply::parse(bytes)
}

#[test]
fn requests_over_tcp_are_answered_and_the_connection_is_closed() {
    over_tcp(|live| {
        for (target, body) in [("/", &b"Hi there!\n"[..]), ("/picture.png", PICTURE)] {
            let mut client = live.connect();
            client.send(format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", live.addr()));
            assert_bytes!(hears(&mut client).body, body);
        }
    });
}

#[test]
fn a_request_over_tcp_may_come_in_pieces() {
    over_tcp(|live| {
        let mut client = live.connect();
        for piece in REQUEST.chunks(5) {
            client.send(piece);
        }
        assert_bytes!(hears(&mut client).body, PICTURE);
    });
}

#[test]
fn a_client_over_tcp_may_finish_and_still_read() {
    over_tcp(|live| {
        let mut client = live.connect();
        client.send(REQUEST);
        client.finish();
        assert_bytes!(hears(&mut client).body, PICTURE);
    });
}

#[test]
fn a_spare_connection_hears_nothing_when_it_is_given_up_and_the_next_client_is_served() {
    over_tcp(|live| {
        let mut spare = live.connect();
        spare.finish();
        assert_eq!(spare.read_to_end(), (Vec::new(), Ending::Closed));

        drop(live.connect());
        live.connect().reset();

        let mut client = live.connect();
        client.send(REQUEST);
        assert_bytes!(hears(&mut client).body, PICTURE);
    });
}

#[test]
fn a_foreign_letter_does_not_become_part_of_a_known_name() {
    let head = Head::parse("GET / HTTP/1.1\r\nho\u{17f}t: a".as_bytes()).unwrap();
    assert_eq!(head.headers, [("HO\u{17f}T".to_owned(), "a".to_owned())]);
}
