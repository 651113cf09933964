//! What the client promises: requests byte for byte, replies read strictly.

use std::io::{ErrorKind, Read, Write};
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::thread;

use mock::{MockClient, MockConnection, Reply, Script, assert_bytes};

const OK: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a server receives when `talk` talks to it, which answers `answer`.
fn received<R>(
    answer: &[u8],
    talk: impl FnOnce(&MockClient<&dyn Fn(MockConnection)>) -> R,
) -> Vec<u8> {
    let received = Mutex::new(Vec::new());
    let on_connect = |mut conn: MockConnection| {
        conn.read_to_end(&mut received.lock().unwrap()).unwrap();
        conn.write_all(answer).unwrap();
    };
    talk(&MockClient::new(&on_connect));
    received.into_inner().unwrap()
}

/// The sentence with which a reply is refused.
fn refusal(bytes: &[u8]) -> String {
    refused(|| Reply::parse(bytes))
}

fn refused(parse: impl FnOnce() -> Reply + std::panic::UnwindSafe) -> String {
    *catch_unwind(parse).expect_err("it should be refused").downcast::<String>().unwrap()
}

#[track_caller]
fn assert_refused(bytes: &[u8], why: &str) {
    let sentence = refusal(bytes);
    let expected = format!("not a well-formed reply: {why}\n  b\"{}\"", bytes.escape_ascii());
    assert_eq!(sentence, expected);
}

#[test]
fn a_get_request_byte_for_byte() {
    let bytes = received(OK, |client| client.get("/menu?day=1"));
    assert_bytes!(bytes, b"GET /menu?day=1 HTTP/1.1\r\nHost: mock\r\n\r\n");
}

#[test]
fn a_head_request_byte_for_byte_and_its_reply_has_no_body() {
    let answer = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n";
    let bytes = received(answer, |client| {
        let reply = client.head("/");
        assert_eq!(reply.header("Content-Length"), Some("2"));
        assert_bytes!(reply.body, b"");
    });
    assert_bytes!(bytes, b"HEAD / HTTP/1.1\r\nHost: mock\r\n\r\n");
}

#[test]
fn a_post_request_byte_for_byte() {
    let bytes = received(OK, |client| client.post("/", b"a\0\xff"));
    assert_bytes!(bytes, b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 3\r\n\r\na\0\xff");
    let bytes = received(OK, |client| client.post("/", ""));
    assert_bytes!(bytes, b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn headers_are_sent_in_order_and_as_given() {
    let bytes = received(OK, |client| {
        client.request("GET", "/").header("B", "1").header("a", b"\xe4").header("B", "2").send()
    });
    assert_bytes!(bytes, b"GET / HTTP/1.1\r\nHost: mock\r\nB: 1\r\na: \xe4\r\nB: 2\r\n\r\n");
}

#[test]
fn what_is_given_is_not_added() {
    let client = MockClient::new(|_| {});
    let request = client.request("PUT", "/").body("soup");
    assert_bytes!(
        request.clone().header("host", "me").header("content-length", "3").bytes(),
        b"PUT / HTTP/1.1\r\nhost: me\r\ncontent-length: 3\r\n\r\nsoup"
    );
    assert_bytes!(
        request.header("Transfer-Encoding", "chunked").bytes(),
        b"PUT / HTTP/1.1\r\nHost: mock\r\nTransfer-Encoding: chunked\r\n\r\nsoup"
    );
}

#[test]
fn only_http_1_1_needs_a_host() {
    let client = MockClient::new(|_| {});
    let request = client.request("GET", "/").version("HTTP/1.0");
    assert_bytes!(request.bytes(), b"GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn a_request_sends_the_bytes_it_shows() {
    let mut shown = Vec::new();
    let bytes = received(OK, |client| {
        let request = client.request("PATCH", "*").header("A", "b").body("c");
        shown = request.bytes();
        request.send()
    });
    assert_bytes!(bytes, shown);
}

#[test]
fn raw_bytes_go_out_and_come_back_as_they_are() {
    let mut answer = Vec::new();
    let bytes = received(b"no HTTP\n", |client| answer = client.raw(b"neither\0"));
    assert_bytes!(bytes, b"neither\0");
    assert_bytes!(answer, b"no HTTP\n");
}

#[test]
fn a_script_can_be_sent() {
    let script = Script::new().bytes("GET").fail(ErrorKind::Interrupted).bytes(" /");
    let bytes = received(OK, |client| assert_bytes!(client.raw_script(script), OK));
    assert_bytes!(bytes, b"GET /");
}

#[test]
fn the_client_waits_for_a_server_that_answers_in_another_thread() {
    let client = MockClient::new(|mut conn: MockConnection| {
        thread::spawn(move || conn.write_all(OK).unwrap());
    });
    for _ in 0..100 {
        assert_bytes!(client.get("/").body, b"ok");
    }
}

#[test]
fn a_reply_is_taken_apart() {
    let reply = Reply::parse(
        b"HTTP/1.1 418 I'm a teapot\r\nX-Tea: green\r\nx-tea: \xff\r\nContent-Length: 3\r\n\r\n\0\r\n",
    );
    assert_eq!(reply.version, 1);
    assert_eq!(reply.status, 418);
    assert_eq!(reply.reason, "I'm a teapot");
    let expected: [(&str, &[u8]); 3] =
        [("X-Tea", b"green"), ("x-tea", b"\xff"), ("Content-Length", b"3")];
    assert_eq!(reply.headers, expected.map(|(name, value)| (name.to_string(), value.to_vec())));
    assert_bytes!(reply.body, b"\0\r\n");
    assert_eq!(reply.header("X-TEA"), Some("green"), "the first one, in whatever case");
    assert_eq!(reply.header("X-Coffee"), None);
}

#[test]
fn the_smallest_reply_and_one_without_a_length_are_well_formed() {
    let reply = Reply::parse(b"HTTP/1.0 200 \r\n\r\n");
    assert_eq!((reply.version, reply.status, reply.reason.as_str()), (0, 200, ""));
    assert_bytes!(Reply::parse(b"HTTP/1.0 200 OK\r\n\r\nuntil the end").body, b"until the end");
}

#[test]
#[should_panic(expected = "the body is not UTF-8")]
fn a_body_that_is_not_text_is_not_shown_as_text() {
    Reply::parse(b"HTTP/1.0 200 OK\r\n\r\n\xff").text();
}

#[test]
#[should_panic(expected = "X is not UTF-8")]
fn a_value_that_is_not_text_is_not_shown_as_text() {
    Reply::parse(b"HTTP/1.0 200 OK\r\nX: \xff\r\n\r\n").header("X");
}

#[test]
fn silence_is_refused() {
    let sentence = refusal(b"");
    assert_eq!(
        sentence,
        "not a well-formed reply: there is none, the server closed without a word\n  b\"\""
    );
}

#[test]
fn an_incomplete_head_is_refused() {
    assert_refused(b"HTTP/1.0 200 OK\r\nA: b\r\n", "it ends before its blank line");
    assert_refused(b"HTTP/1.0 2", "it ends before its blank line");
}

#[test]
fn a_malformed_head_is_refused() {
    assert_refused(b"Hi there!\r\n\r\n", "invalid HTTP version");
    assert_refused(b"HTTP/1.0 2x0 OK\r\n\r\n", "invalid response status");
    assert_refused(b"HTTP/1.0 200 OK\r\nA : b\r\n\r\n", "invalid header name");
    assert_refused(b"HTTP/1.0 200 OK\r\nno colon\r\n\r\n", "invalid header name");
    assert_refused(b"HTTP/1.0 200 OK\r\nA: b\0\r\n\r\n", "invalid header value");
    assert_refused(b"HTTP/1.0 200 OK\r\nA: b\r\n c\r\n\r\n", "invalid header name");
}

#[test]
fn what_other_parsers_forgive_is_refused() {
    assert_refused(b"\r\nHTTP/1.0 200 OK\r\n\r\n", "it does not begin with its version");
    assert_refused(b"HTTP/1.0 200\r\n\r\n", "no space after the status code");
    assert_refused(
        b"HTTP/1.0 200 OK\nA: b\r\n\r\n",
        "a line ends without a carriage return at offset 15",
    );
    assert_refused(b"HTTP/1.0 200 OK\r\n\n", "a line ends without a carriage return at offset 17");
}

#[test]
fn an_impossible_status_is_refused() {
    assert_refused(b"HTTP/1.0 099 Low\r\n\r\n", "there is no status 99");
    assert_refused(b"HTTP/1.0 600 High\r\n\r\n", "there is no status 600");
}

#[test]
fn a_body_of_another_length_is_refused() {
    assert_refused(
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok",
        "Content-Length is 3, but the body has 2 bytes",
    );
    assert_refused(
        b"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nok",
        "Content-Length is 1, but the body has 2 bytes",
    );
}

#[test]
fn a_length_that_is_no_number_is_refused() {
    for length in ["+2", "-2", "2, 2", "0x2", "two", "", "99999999999999999999999"] {
        let bytes = format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\nok");
        assert_refused(bytes.as_bytes(), &format!("Content-Length is \"{length}\""));
    }
}

#[test]
fn a_header_is_not_there_twice_unless_it_is_a_list() {
    assert_refused(
        b"HTTP/1.0 200 OK\r\nContent-Type: a\r\ncontent-type: a\r\n\r\n",
        "Content-Type is there 2 times",
    );
    assert_refused(
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "Content-Length is there 2 times",
    );
    Reply::parse(b"HTTP/1.0 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n");
}

#[test]
fn a_reply_does_not_tell_its_length_in_two_ways() {
    assert_refused(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
        "it has both Content-Length and Transfer-Encoding",
    );
}

#[test]
fn a_reply_that_ends_at_its_blank_line_has_no_body() {
    let head = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n";
    assert_bytes!(Reply::parse_head_only(head).body, b"");
    let sentence = refused(|| Reply::parse_head_only(OK));
    assert!(sentence.contains("it must not have a body, and has one of 2 bytes"), "{sentence}");

    Reply::parse(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n");
    for status in [100, 204, 304] {
        let bytes = format!("HTTP/1.1 {status} Word\r\n\r\nok");
        assert_refused(bytes.as_bytes(), "it must not have a body, and has one of 2 bytes");
    }
}

#[test]
fn of_a_long_reply_the_beginning_is_shown() {
    let mut bytes = b"HTTP/1.0 200\r\n\r\n".to_vec();
    bytes.resize(2000, b'x');
    let sentence = refusal(&bytes);
    assert!(sentence.ends_with("xxx\"... (2000 bytes)"), "{sentence}");
    assert!(sentence.len() < 1200);
}

/// All messages, one behind the other, and what is left.
fn all_of<'a>(mut bytes: &'a [u8], heads: &[bool], at_end: bool) -> (Vec<String>, &'a [u8]) {
    let mut found = Vec::new();
    for &head_only in heads {
        let Some((reply, length)) = Reply::try_parse_first(bytes, head_only, at_end).unwrap()
        else {
            break;
        };
        found.push(format!("{} {}", reply.status, reply.text()));
        bytes = &bytes[length..];
    }
    (found, bytes)
}

#[test]
fn replies_one_behind_the_other_are_found_at_their_ends() {
    let bytes = b"HTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab\
        HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\
        HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\n\
        HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\
        HTTP/1.0 200 OK\r\n\r\nuntil the end";
    let heads = [false, false, true, false, false, false, false];
    let expected =
        ["100 ", "200 ab", "200 ", "200 x0123456789", "204 ", "304 ", "200 until the end"];
    assert_eq!(all_of(bytes, &heads, true), (expected.map(String::from).into(), &b""[..]));
    // Each is there when its last byte is, and not before.
    let mut ends = Vec::new();
    for length in 0..=bytes.len() {
        ends.push(all_of(&bytes[..length], &heads, false).0.len());
    }
    assert!(ends.is_sorted());
    assert_eq!(ends.last(), Some(&6)); // the last one ends with the connection
}

#[test]
fn chunks_that_a_server_must_not_send_are_refused() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (body, complaint) in [
        ("5 \r\nhello\r\n0\r\n\r\n", "more than a chunk size"),
        ("5;a\r\nhello\r\n0\r\n\r\n", "more than a chunk size"),
        ("x\r\n", "no chunk size"),
        ("4\r\nhello\r\n0\r\n\r\n", "no line end behind a chunk"),
        ("0\r\nno colon\r\n\r\n", "the trailers"),
    ] {
        let bytes = format!("{head}{body}");
        let error = Reply::try_parse_first(bytes.as_bytes(), false, true).unwrap_err();
        assert!(error.contains(complaint), "{body:?}: {error}");
    }
    for (head, complaint) in [
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "chunked in HTTP/1.1"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "chunked in HTTP/1.1"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "both Content-Length and Transfer-Encoding",
        ),
    ] {
        let bytes = format!("{head}5\r\nhello\r\n0\r\n\r\n");
        let error = Reply::try_parse_first(bytes.as_bytes(), false, true).unwrap_err();
        assert!(error.contains(complaint), "{head:?}: {error}");
    }
}
