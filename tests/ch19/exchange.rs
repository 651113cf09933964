//! An answer, taken out of the bytes that come.

use ch19::{Exchange, FetchError, MAX_HEAD, ResponseHead, Version, read_some};
use mock::{MockConnection, Script, assert_bytes, for_every_split};
use std::fmt::Write;

/// What became of an answer.
struct Outcome {
    head: Option<ResponseHead>,
    body: Vec<u8>,
    error: Option<FetchError>,
    exchange: Exchange,
}

impl Outcome {
    #[track_caller]
    fn head(&self) -> &ResponseHead {
        self.head.as_ref().expect("a head")
    }

    /// The sentence of the fault.
    #[track_caller]
    fn error(&self) -> String {
        self.error.as_ref().expect("a fault").to_string()
    }

    #[track_caller]
    fn assert_body(&self, body: impl AsRef<[u8]>) {
        if let Some(error) = &self.error {
            panic!("{error}");
        }
        assert_bytes!(self.body, body);
        assert_eq!(self.exchange.delivered(), body.as_ref().len() as u64);
        assert!(self.exchange.is_over());
    }
}

/// Reads an answer to its end or to its fault, `room` bytes of the body at a time.
fn outcome(method: &str, input: impl Into<Script>, room: usize) -> Outcome {
    let (mut conn, _peer) = MockConnection::pair(input);
    let mut exchange = Exchange::new(method);
    let (mut head, mut body, mut error) = (None, Vec::new(), None::<FetchError>);
    let (mut buffer, mut out) = ([0; 70_000], vec![0; room]);
    'all: loop {
        if head.is_none() {
            match exchange.head() {
                Ok(found) => head = found,
                Err(fault) => error = Some(fault),
            }
        }
        while head.is_some() && error.is_none() {
            match exchange.body(&mut out) {
                Ok(Some(0)) => break 'all,
                Ok(Some(count)) => body.extend_from_slice(&out[..count]),
                Ok(None) => break,
                Err(fault) => error = Some(fault),
            }
        }
        if let Some(fault) = &error {
            // It stays what it is.
            if head.is_none() {
                assert_eq!(exchange.head().unwrap_err().to_string(), fault.to_string());
            }
            break;
        }
        match read_some(&mut conn, &mut buffer).unwrap() {
            0 => exchange.receive_end(),
            count => exchange.receive(&buffer[..count]),
        }
    }
    Outcome { head, body, error, exchange }
}

/// The same in every way in which it may come.
fn for_all(method: &str, input: &str, test: impl Fn(&Outcome)) {
    for room in [1, 3, 100_000] {
        for_every_split(input, |input| test(&outcome(method, input, room)));
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

// The head

#[test]
fn the_head_is_found_at_every_split() {
    let input = "HTTP/1.1 418 I'm a teapot\r\nA: b\r\na:  c \r\nContent-Length: 2\r\n\r\nHi";
    for_all("GET", input, |outcome| {
        let head = outcome.head();
        assert_eq!((head.version, head.status), (Version::Http11, 418));
        assert_eq!(head.reason, "I'm a teapot");
        assert_eq!(
            head.headers,
            super::scripted::headers(&[("A", "b"), ("a", "c"), ("Content-Length", "2")])
        );
        outcome.assert_body("Hi");
    });
}

#[test]
fn a_reason_may_be_empty_and_a_server_old() {
    for_all("GET", "HTTP/1.0 200 \r\n\r\nHi", |outcome| {
        let head = outcome.head();
        assert_eq!((head.version, &*head.reason), (Version::Http10, ""));
        outcome.assert_body("Hi");
    });
}

#[test]
fn the_head_is_there_with_its_last_byte_and_not_before_and_once() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let mut exchange = Exchange::new("GET");
    assert!(!exchange.has_begun());
    for byte in head.as_bytes() {
        assert_eq!(exchange.head().unwrap(), None);
        assert_eq!(exchange.body(&mut [0; 9]).unwrap(), None);
        exchange.receive(&[*byte]);
        assert!(exchange.has_begun() && !exchange.is_over());
    }
    assert!(exchange.head().unwrap().is_some());
    assert_eq!(exchange.head().unwrap(), None);
    assert!(exchange.has_begun() && !exchange.is_over() && !exchange.keeps_connection());
}

#[test]
fn what_is_no_head_of_an_answer_is_malformed() {
    for input in [
        "GET / HTTP/1.1\r\nHost: test\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\nA: b\n\n",
        "\x16\x03\x01 what?\r\n\r\n",
        "<html>\r\n\r\n",
    ] {
        for_all("GET", input, |outcome| {
            assert!(matches!(outcome.error, Some(FetchError::Malformed(_))), "{input:?}");
            assert!(outcome.head.is_none());
        });
    }
}

#[test]
fn a_head_without_end_is_refused_at_its_limit() {
    for filler in ["X-Filler: one more line\r\n", "one more word "] {
        for size in [1, 1000, filler.len()] {
            let mut exchange = Exchange::new("GET");
            exchange.receive(b"HTTP/1.1 200 OK\r\nX: ");
            let endless = filler.as_bytes().iter().copied().cycle();
            let mut endless = endless.take(10 * MAX_HEAD);
            let mut came = 20;
            let error = loop {
                match exchange.head() {
                    Ok(head) => assert_eq!(head, None),
                    Err(error) => break error,
                }
                let piece: Vec<u8> = endless.by_ref().take(size).collect();
                assert!(!piece.is_empty(), "all was taken");
                came += piece.len();
                exchange.receive(&piece);
            };
            assert!(matches!(error, FetchError::Malformed(_)), "{error}");
            assert!(came <= MAX_HEAD + size, "{came} bytes were taken");
        }
    }
}

#[test]
fn a_head_as_long_as_it_may_be_is_taken_whether_it_comes_at_once_or_not() {
    let start = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: ";
    let filler = "x".repeat(MAX_HEAD - start.len() - 4);
    let input = format!("{start}{filler}\r\n\r\n!");
    outcome("GET", &*input, 10).assert_body("!");
    let bytes = input.as_bytes().chunks(1).fold(Script::new(), Script::bytes);
    outcome("GET", bytes, 10).assert_body("!");
    let longer = input.replace("X: ", "X: x");
    assert!(matches!(outcome("GET", longer, 10).error, Some(FetchError::Malformed(_))));
}

// What precedes it

#[test]
fn what_precedes_the_answer_is_passed_over() {
    let input = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nA: b\r\n\r\n\
                 HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\nHTTP/1.1 199 X\r\n\r\n\
                 HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi";
    for_all("GET", input, |outcome| {
        assert_eq!(outcome.head().status, 200);
        assert_eq!(outcome.head().headers.len(), 1);
        outcome.assert_body("Hi");
        assert!(outcome.exchange.keeps_connection());
    });
}

#[test]
fn what_precedes_the_answer_is_a_beginning_and_no_answer() {
    let mut exchange = Exchange::new("GET");
    exchange.receive(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(exchange.head().unwrap(), None);
    assert!(exchange.has_begun() && !exchange.is_over());
    exchange.receive_end();
    assert!(matches!(exchange.head(), Err(FetchError::CutOff(0))));
}

#[test]
fn another_protocol_is_an_error() {
    for before in ["", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let input =
            format!("{before}HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
        for_all("GET", &input, |outcome| {
            assert!(matches!(outcome.error, Some(FetchError::Malformed(_))));
            assert!(outcome.error().contains("101"), "{}", outcome.error());
        });
    }
}

/// All of it may be as long as a head may be, and then the answer.
#[test]
fn what_precedes_the_answer_has_an_end() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let enough = MAX_HEAD / interim.len();
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi";
    let pieces = |count| {
        let interim = vec![interim.as_bytes().to_vec(); count];
        Script::from(interim).bytes(answer)
    };
    outcome("GET", pieces(enough), 10).assert_body("Hi");
    assert!(matches!(outcome("GET", pieces(enough + 1), 10).error, Some(FetchError::Malformed(_))));
    // To the byte.
    let start = "HTTP/1.1 100 Continue\r\nX: ";
    let longest = format!("{start}{}\r\n\r\n", "x".repeat(MAX_HEAD - start.len() - 4));
    outcome("GET", longest.clone() + answer, 10).assert_body("Hi");
    let script = Script::new().bytes(longest).bytes(interim).bytes(answer);
    assert!(matches!(outcome("GET", script, 10).error, Some(FetchError::Malformed(_))));
    // In one piece too.
    let whole = |count| interim.repeat(count) + answer;
    outcome("GET", whole(enough), 10).assert_body("Hi");
    assert!(matches!(outcome("GET", whole(enough + 1), 10).error, Some(FetchError::Malformed(_))));
}

// The body

/// Each row of the table, and the rules for requests.
#[test]
fn the_body_ends_where_the_head_says() {
    for (method, head, sent, body) in [
        ("GET", "200 OK\r\nContent-Length: 5", "hello", "hello"),
        ("GET", "200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 005", "hello", "hello"),
        ("GET", "200 OK\r\nContent-Length: 0", "", ""),
        ("GET", "404 Not Found\r\ncontent-length: 5", "hello", "hello"),
        ("POST", "201 Created\r\nContent-Length: 5", "hello", "hello"),
        (
            "GET",
            "200 OK\r\ntransfer-encoding: CHUNKED",
            "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            "hello",
        ),
        ("GET", "200 OK\r\nTransfer-Encoding: chunked", "0\r\n\r\n", ""),
        (
            "GET",
            "200 OK\r\nTransfer-Encoding: chunked",
            "A;x=y\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
            "0123456789",
        ),
        // Nothing, whatever the fields say.
        ("HEAD", "200 OK\r\nContent-Length: 5", "", ""),
        ("HEAD", "200 OK\r\nTransfer-Encoding: chunked", "", ""),
        ("HEAD", "200 OK", "", ""),
        ("HEAD", "200 OK\r\nContent-Length: x", "", ""),
        ("GET", "204 No Content\r\nContent-Length: 5", "", ""),
        ("GET", "204 No Content", "", ""),
        ("GET", "304 Not Modified\r\nContent-Length: 5", "", ""),
        ("GET", "304 Not Modified\r\nTransfer-Encoding: chunked", "", ""),
    ] {
        // The connection stays, and the next answer must not be taken for a part of this one.
        let input = format!("HTTP/1.1 {head}\r\n\r\n{sent}");
        for_all(method, &input, |outcome| {
            outcome.assert_body(body);
            assert!(outcome.exchange.keeps_connection(), "{method} {head}");
        });
        let mut exchange = Exchange::new(method);
        exchange.receive(input.as_bytes());
        exchange.head().unwrap();
        let (mut out, mut read) = ([0; 100], 0);
        while let Some(count @ 1..) = exchange.body(&mut out).unwrap() {
            read += count;
        }
        assert_eq!((read, exchange.is_over()), (body.len(), true), "it waits for an end: {head}");
    }
}

#[test]
fn without_a_length_the_body_is_all_that_comes() {
    for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"] {
        for body in ["", "x", "0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nmore"] {
            for_all("GET", &format!("{head}{body}"), |outcome| {
                outcome.assert_body(body);
                assert!(!outcome.exchange.keeps_connection());
            });
        }
    }
    // And it has no end as long as the connection has none.
    let mut exchange = Exchange::new("GET");
    exchange.receive(b"HTTP/1.1 200 OK\r\n\r\nab");
    exchange.head().unwrap();
    assert_eq!(exchange.body(&mut [0; 9]).unwrap(), Some(2));
    assert_eq!(exchange.body(&mut [0; 9]).unwrap(), None);
    assert!(!exchange.is_over() && !exchange.keeps_connection());
}

/// What came before the end is still to be read.
#[test]
fn an_end_that_is_known_early_cuts_nothing_off() {
    for head in ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        let body = if head.starts_with('T') { "5\r\nhello\r\n0\r\n\r\n" } else { "hello" };
        for room in [1, 2, 9] {
            let mut exchange = Exchange::new("GET");
            exchange.receive(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}").as_bytes());
            exchange.receive_end();
            assert_eq!(exchange.head().unwrap().unwrap().status, 200);
            let (mut out, mut read) = (vec![0; room], Vec::new());
            while let Some(count @ 1..) = exchange.body(&mut out).unwrap() {
                read.extend_from_slice(&out[..count]);
            }
            assert_bytes!(read, "hello");
            assert!(exchange.is_over() && !exchange.keeps_connection());
        }
    }
}

#[test]
fn what_could_be_understood_in_two_ways_is_an_error() {
    for (version, fields) in [
        ("1.1", "Content-Length: 5\r\nContent-Length: 6"),
        ("1.1", "Content-Length: 5, 6"),
        ("1.1", "Content-Length: +5"),
        ("1.1", "Content-Length: -1"),
        ("1.1", "Content-Length: 0x5"),
        ("1.1", "Content-Length: "),
        ("1.1", "Content-Length: 18446744073709551616"),
        ("1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        ("1.1", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        ("1.1", "Transfer-Encoding: gzip"),
        ("1.1", "Transfer-Encoding: gzip, chunked"),
        ("1.1", "Transfer-Encoding: chunked, chunked"),
        ("1.1", "Transfer-Encoding: identity"),
        ("1.1", "Transfer-Encoding: "),
        ("1.0", "Transfer-Encoding: chunked"),
    ] {
        let input = format!("HTTP/{version} 200 OK\r\n{fields}\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        for_all("GET", &input, |outcome| {
            let Some(FetchError::Malformed(error)) = &outcome.error else { panic!("{fields}") };
            assert!(outcome.head.is_none());
            // It is said where: at a field, not at the first byte.
            assert!((17..input.len()).contains(&error.offset), "{error:?}");
        });
    }
}

#[test]
fn a_length_of_64_bits_is_taken() {
    let input = "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nabc";
    for_all("GET", input, |outcome| {
        assert_bytes!(outcome.body, "abc");
        assert!(matches!(outcome.error, Some(FetchError::CutOff(3))));
    });
}

// Faults

/// What precedes the fault is given out, and then it is said, each time.
#[test]
fn what_precedes_a_fault_is_given_out_first_and_the_fault_stays() {
    for (chunks, body) in [
        ("x", ""),
        ("5\r\nhello\r\nx", "hello"),
        ("5\r\nhello!", "hello"),
        ("5\r\nhello\n", "hello"),
        ("3\r\nhel\r\n2\r\nlo\r\n-1\r\n", "hello"),
        ("5\r\nhello\r\n10000000000000000\r\nxx", "hello"),
        ("5\r\nhello\r\n0\r\nno colon\r\n\r\n", "hello"),
        ("5 \r\nhello\r\n0\r\n\r\n", ""),
        ("5\nhello\r\n0\r\n\r\n", ""),
    ] {
        for room in [1, 3, 100] {
            for_every_split(format!("{CHUNKED}{chunks}"), |input| {
                let mut outcome = outcome("GET", input, room);
                assert_bytes!(outcome.body, body, "{chunks:?}");
                assert!(matches!(outcome.error, Some(FetchError::Malformed(_))), "{chunks:?}");
                let said = outcome.error();
                let exchange = &mut outcome.exchange;
                exchange.receive(b"5\r\nhello\r\n0\r\n\r\n");
                for _ in 0..3 {
                    assert_eq!(exchange.body(&mut [0; 9]).unwrap_err().to_string(), said);
                }
                assert!(!exchange.is_over() && !exchange.keeps_connection());
            });
        }
    }
}

#[test]
fn all_that_has_come_is_given_out_at_once() {
    let mut exchange = Exchange::new("GET");
    exchange.receive(format!("{CHUNKED}1\r\na\r\n2\r\nbc\r\n3\r\nd").as_bytes());
    exchange.head().unwrap();
    let mut out = [0; 9];
    assert_eq!(exchange.body(&mut out).unwrap(), Some(4));
    assert_bytes!(out[..4], "abcd");
    exchange.receive(b"ef\r\n0\r\n\r\n");
    // No more than there is room for.
    assert_eq!(exchange.body(&mut out[..1]).unwrap(), Some(1));
    assert_eq!(exchange.body(&mut out[..1]).unwrap(), Some(1));
    assert_bytes!(out[..1], "f");
    assert_eq!(exchange.body(&mut out).unwrap(), Some(0));
    assert_eq!(exchange.delivered(), 6);
}

#[test]
fn an_answer_that_is_cut_off_at_any_byte_is_an_error_that_says_how_far_it_came() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    for (head, rest) in [(length, "hello"), (CHUNKED, "3\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n")] {
        let input = format!("{head}{rest}");
        for end in 0..input.len() {
            let came = match (end.checked_sub(head.len()), head == length) {
                (None, _) => 0,
                (Some(rest), true) => rest,
                (Some(rest), false) => {
                    rest.saturating_sub(3).min(3) + rest.saturating_sub(11).min(2)
                }
            };
            for room in [1, 100] {
                let outcome = outcome("GET", &input[..end], room);
                match outcome.error {
                    Some(FetchError::NoAnswer) => assert_eq!(end, 0),
                    Some(FetchError::CutOff(count)) => {
                        assert_eq!((count, outcome.body.len()), (came as u64, came), "{end}");
                        assert!(end > 0);
                    }
                    other => panic!("cut at {end}: {other:?}"),
                }
                assert_bytes!(outcome.body, b"hello"[..came]);
                assert!(!outcome.exchange.keeps_connection());
            }
        }
        assert_bytes!(outcome("GET", &*input, 9).body, "hello");
    }
}

// The connection afterwards

#[test]
fn the_connection_stays_if_both_sides_want_it() {
    for (version, fields, keeps) in [
        ("1.1", "", true),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: close\r\n", false),
        ("1.1", "connection: a, CLOSE\r\n", false),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", true),
        ("1.0", "Connection: close\r\n", false),
    ] {
        let head = format!("HTTP/{version} 200 OK\r\n{fields}Content-Length: 2\r\n\r\n");
        for_all("GET", &format!("{head}Hi"), |outcome| {
            outcome.assert_body("Hi");
            assert_eq!(outcome.exchange.keeps_connection(), keeps, "{head}");
        });
    }
}

/// Who sends what nobody asked for is not asked again.
#[test]
fn what_nobody_asked_for_spoils_the_connection_and_is_no_part_of_the_body() {
    for (method, rest, body) in [
        ("GET", "Content-Length: 5\r\n\r\nhello", "hello"),
        ("GET", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("GET", "Content-Length: 0\r\n\r\n", ""),
        ("HEAD", "Content-Length: 5\r\n\r\n", ""),
    ] {
        for unasked in ["!", "\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            let mut exchange = Exchange::new(method);
            exchange.receive(format!("HTTP/1.1 200 OK\r\n{rest}{unasked}").as_bytes());
            exchange.head().unwrap();
            let (mut out, mut read) = ([0; 2], String::new());
            while let Some(count @ 1..) = exchange.body(&mut out).unwrap() {
                write!(read, "{}", str::from_utf8(&out[..count]).unwrap()).unwrap();
            }
            assert_eq!((&*read, exchange.is_over()), (body, true));
            assert!(!exchange.keeps_connection(), "{rest}{unasked}");
        }
    }
}

#[test]
fn a_connection_that_ended_behind_the_answer_is_not_kept() {
    let mut exchange = Exchange::new("GET");
    exchange.receive(b"HTTP/1.1 204 No Content\r\n\r\n");
    exchange.receive_end();
    exchange.head().unwrap();
    assert_eq!(exchange.body(&mut [0; 9]).unwrap(), Some(0));
    assert!(!exchange.keeps_connection());
}

#[test]
fn it_is_kept_when_the_answer_is_over_and_not_before() {
    let mut exchange = Exchange::new("GET");
    assert!(!exchange.keeps_connection());
    exchange.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    exchange.head().unwrap();
    assert!(!exchange.keeps_connection());
    exchange.receive(b"Hi");
    assert!(!exchange.keeps_connection());
    exchange.body(&mut [0; 9]).unwrap();
    assert!(exchange.keeps_connection());
}
