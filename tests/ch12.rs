//! What chapter 12 promises.

use ch12::{
    Body, ChunkedDecoder, DRAIN_BYTES, Framing, Headers, HttpError, HttpServer, Incoming,
    LAST_CHUNK, Limits, MAX_BODY, MAX_CHUNK_LINE, MAX_EXTENSIONS, MAX_FIELDS, MAX_HEAD, Outgoing,
    ParseError, ReadError, Request, RequestBody, Response, SLOWEST_RATE, Terms, TimedStream,
    Version, awaits_continue, encode_chunk, keeps_alive, lingering_close, path, read_some,
};
use chrono::Utc;
use mock::{
    Ending, Live, MockConnection, Peer, Reply, Script, Seed, TcpClient, assert_bytes,
    for_every_split, patience,
};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use Version::{Http10, Http11};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn headers_of(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    headers
}

// How a request ends

/// How the body of a request with these fields ends; of a fault, its status and its field.
fn framing(version: Version, fields: &[(&str, &str)]) -> Result<Framing, (u16, &'static str)> {
    Framing::of_request(version, &headers_of(fields)).map_err(|fault| (fault.status, fault.field))
}

const LENGTH: &str = "Content-Length";
const CODING: &str = "Transfer-Encoding";

#[test]
fn a_request_without_length_and_coding_has_no_body() {
    for version in [Http10, Http11] {
        assert_eq!(framing(version, &[]), Ok(Framing::Length(0)));
        assert_eq!(framing(version, &[("TE", "chunked")]), Ok(Framing::Length(0)));
    }
}

#[test]
fn a_length_is_digits_of_at_most_64_bits() {
    for version in [Http10, Http11] {
        for (value, length) in [
            ("0", 0),
            ("5", 5),
            ("007", 7),
            (" 12\t", 12),
            ("5, 5", 5),
            ("5,5 ,\t5", 5),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(framing(version, &[(LENGTH, value)]), Ok(Framing::Length(length)));
        }
        for value in [
            "",
            "+5",
            "-5",
            "-0",
            "0x5",
            "5a",
            "5 5",
            "5;",
            "5.0",
            "1e1",
            "5,",
            ",5",
            "5,,5",
            "\u{661}",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(framing(version, &[(LENGTH, value)]), Err((400, LENGTH)), "{value:?}");
        }
    }
}

#[test]
fn a_length_may_be_repeated_and_not_contradicted() {
    let two = |first, second| framing(Http11, &[(LENGTH, first), ("content-length", second)]);
    assert_eq!(two("5", "5"), Ok(Framing::Length(5)));
    for (first, second) in [("5", "6"), ("0", "5"), ("5", "0"), ("5", ""), ("5", "x"), ("5", "5,6")]
    {
        assert_eq!(two(first, second), Err((400, LENGTH)), "{first} {second}");
    }
    assert_eq!(framing(Http11, &[(LENGTH, "5, 6")]), Err((400, LENGTH)));
}

#[test]
fn chunked_is_the_only_coding_and_stands_alone() {
    for value in ["chunked", "Chunked", "CHUNKED", " chunked\t"] {
        assert_eq!(framing(Http11, &[(CODING, value)]), Ok(Framing::Chunked), "{value:?}");
        assert_eq!(framing(Http10, &[(CODING, value)]), Err((400, CODING)), "{value:?}");
    }
    for value in ["gzip, chunked", "gzip,br , chunked", "identity, chunked", "chunked2, chunked"] {
        assert_eq!(framing(Http11, &[(CODING, value)]), Err((501, CODING)), "{value:?}");
        assert_eq!(framing(Http10, &[(CODING, value)]), Err((400, CODING)), "{value:?}");
    }
    for value in [
        "",
        "gzip",
        "identity",
        "chunked, gzip",
        "chunked,",
        "chunked, chunked",
        "chunked, gzip, chunked",
        "chunked;q=1",
        "chunked chunked",
        "xchunked",
        "chunkedx",
        "\"chunked\"",
        "chunke",
    ] {
        assert_eq!(framing(Http11, &[(CODING, value)]), Err((400, CODING)), "{value:?}");
        assert_eq!(framing(Http10, &[(CODING, value)]), Err((400, CODING)), "{value:?}");
    }
    let two = |first, second| framing(Http11, &[(CODING, first), ("transfer-encoding", second)]);
    assert_eq!(two("gzip", "chunked"), Err((501, CODING)));
    assert_eq!(two("chunked", "gzip"), Err((400, CODING)));
    assert_eq!(two("chunked", "chunked"), Err((400, CODING)));
}

#[test]
fn a_length_beside_a_coding_is_refused() {
    for coding in ["chunked", "gzip, chunked", "identity", ""] {
        for fields in [[(CODING, coding), (LENGTH, "5")], [(LENGTH, "0"), (CODING, coding)]] {
            for version in [Http10, Http11] {
                assert_eq!(framing(version, &fields), Err((400, CODING)), "{fields:?}");
            }
        }
    }
}

// Who keeps a connection, and who waits

#[test]
fn a_connection_is_kept_by_its_version_unless_somebody_says_otherwise() {
    for (value, http11, http10) in [
        (None, true, false),
        (Some("close"), false, false),
        (Some("Close"), false, false),
        (Some("keep-alive"), true, true),
        (Some("Keep-Alive"), true, true),
        (Some("keep-alive, close"), false, false),
        (Some("close,keep-alive"), false, false),
        (Some("Upgrade ,\tCLOSE"), false, false),
        (Some("TE, keep-alive"), true, true),
        (Some(""), true, false),
        (Some("upgrade"), true, false),
        (Some("closed"), true, false),
        (Some("keep alive"), true, false),
        (Some("not-close"), true, false),
    ] {
        let fields: Vec<_> = value.iter().map(|value| ("connection", *value)).collect();
        let headers = headers_of(&fields);
        assert_eq!(keeps_alive(Http11, &headers), http11, "HTTP/1.1 {value:?}");
        assert_eq!(keeps_alive(Http10, &headers), http10, "HTTP/1.0 {value:?}");
    }
    let both = headers_of(&[("Connection", "keep-alive"), ("Connection", "close")]);
    assert!(!keeps_alive(Http11, &both) && !keeps_alive(Http10, &both));
    // The name is another one.
    assert!(keeps_alive(Http11, &headers_of(&[("Proxy-Connection", "close")])));
}

#[test]
fn who_expects_a_100_says_so_in_a_list_and_speaks_http_1_1() {
    for (value, expected) in [
        ("100-continue", true),
        ("100-Continue", true),
        ("soup,\t100-continue ", true),
        ("100-continue;q=1", false),
        ("100", false),
        ("", false),
    ] {
        let headers = headers_of(&[("expect", value)]);
        assert_eq!(awaits_continue(Http11, &headers), expected, "{value}");
        assert!(!awaits_continue(Http10, &headers), "{value}");
    }
    assert!(awaits_continue(
        Http11,
        &headers_of(&[("Expect", "soup"), ("Expect", "100-continue")])
    ));
    assert!(!awaits_continue(Http11, &Headers::default()));
}

// Chunks

/// What became of a chunked body.
#[derive(Debug, PartialEq)]
struct Decoded {
    body: Vec<u8>,
    /// `None` if it is not complete.
    trailers: Option<Headers>,
    /// What came behind it.
    behind: Vec<u8>,
}

/// Decodes what a script delivers, at most `room` bytes at a time.
fn decode(script: impl Into<Script>, room: usize) -> Result<Decoded, ParseError> {
    let (mut conn, _peer) = MockConnection::pair(script);
    let mut decoder = ChunkedDecoder::default();
    let (mut body, mut received) = (Vec::new(), Vec::new());
    let mut buffer = [0; 1000];
    loop {
        loop {
            let mut out = vec![b'?'; room];
            let (taken, count) = decoder.decode(&received, &mut out)?;
            received.drain(..taken);
            body.extend(&out[..count]);
            assert!(out[count..] == vec![b'?'; room - count], "more than it says");
            if (taken, count) == (0, 0) {
                break;
            }
        }
        match read_some(&mut conn, &mut buffer).unwrap() {
            0 => {
                let trailers = decoder.trailers().cloned();
                return Ok(Decoded { body, trailers, behind: received });
            }
            count => received.extend(&buffer[..count]),
        }
    }
}

/// The offset and the status of the fault in a chunked body, however it is cut.
#[track_caller]
fn fault(input: impl AsRef<[u8]>) -> (u16, usize) {
    let input = input.as_ref();
    let whole = decode(input, 100).expect_err("a fault");
    for_every_split(input, |script| assert_eq!(decode(script, 100), Err(whole)));
    (whole.status, whole.offset)
}

/// The whole body, however it is cut and whatever room there is.
#[track_caller]
fn assert_decoded(input: impl AsRef<[u8]>, body: &[u8], trailers: &[(&str, &str)]) {
    for room in [1, 3, 1000] {
        for_every_split(&input, |script| {
            let decoded = decode(script, room).unwrap();
            assert_bytes!(decoded.body, body);
            assert_eq!(decoded.trailers.as_ref(), Some(&headers_of(trailers)));
            assert_bytes!(decoded.behind, b"");
        });
    }
}

#[test]
fn chunks_are_put_together_however_their_bytes_come() {
    assert_decoded("0\r\n\r\n", b"", &[]);
    assert_decoded("5\r\nhello\r\n0\r\n\r\n", b"hello", &[]);
    let three = b"4\r\nWiki\r\n1\r\n\n\r\nc\r\n0\r\n\r\nis la\0\xff\r\n0\r\n\r\n";
    assert_decoded(three, b"Wiki\n0\r\n\r\nis la\0\xff", &[]);
}

#[test]
fn what_comes_behind_a_chunked_body_is_not_its_own() {
    for_every_split("1\r\na\r\n0\r\n\r\n5\r\nGET / HTTP/1.1\r\n", |script| {
        let decoded = decode(script, 100).unwrap();
        assert_bytes!(decoded.body, b"a");
        assert_bytes!(decoded.behind, b"5\r\nGET / HTTP/1.1\r\n");
    });
}

#[test]
fn a_chunked_body_is_complete_with_its_last_line_and_not_before() {
    let whole = b"3\r\nabc\r\n0\r\nA: b\r\n\r\n";
    for length in 0..whole.len() {
        let decoded = decode(&whole[..length], 100).unwrap();
        assert_eq!(decoded.trailers, None, "after {length} bytes");
        assert_bytes!(decoded.body, &b"abc"[..length.saturating_sub(3).min(3)]);
    }
    assert!(decode(whole, 100).unwrap().trailers.is_some());
}

#[test]
fn a_size_is_up_to_16_hexadecimal_digits() {
    for size in ["a", "A", "0a", "0A", "000000000000000a"] {
        let input = format!("{size}\r\n0123456789\r\n000\r\n\r\n");
        assert_decoded(input, b"0123456789", &[]);
    }
    assert_decoded("0000000000000000\r\n\r\n", b"", &[]);
    // As large as a number can be, and far from its end.
    for size in ["ffffffffffffffff", "FFFFFFFFFFFFFFFF", "8000000000000000"] {
        let decoded = decode(format!("{size}\r\nabc\r\n0\r\n\r\n"), 100).unwrap();
        assert_bytes!(decoded.body, b"abc\r\n0\r\n\r\n");
        assert_eq!(decoded.trailers, None);
    }
    for size in ["00000000000000000", "00000000000000005", "10000000000000000"] {
        assert_eq!(fault(format!("{size}\r\n")), (400, 16), "{size}");
    }
}

#[test]
fn what_is_no_size_is_refused_where_it_goes_wrong() {
    for (line, offset) in [
        ("\r\n", 0),
        (" 5\r\n", 0),
        ("+5\r\n", 0),
        ("-5\r\n", 0),
        (";a\r\n", 0),
        ("g\r\n", 0),
        ("\n", 0),
        ("\0", 0),
        // Nobody waits for the end of such a line.
        ("+", 0),
        (";", 0),
        ("5 ", 1),
        ("0x5\r\n", 1),
        ("5 \r\n", 1),
        ("5\t;a\r\n", 1),
        ("5_0\r\n", 1),
        ("5g\r\n", 1),
        ("5\n", 1),
        ("5\rx", 1),
        ("5\r\r\n", 1),
        ("5,5\r\n", 1),
        ("\u{661}\r\n", 0),
    ] {
        assert_eq!(fault(line), (400, offset), "{line:?}");
        // The same, counted from where the body begins.
        assert_eq!(fault(format!("3;x\r\nabc\r\n{line}")), (400, offset + 10), "{line:?}");
    }
}

#[test]
fn a_chunk_is_as_long_as_its_size() {
    for (input, offset) in [
        ("3\r\nabcd\r\n", 6),
        ("3\r\nabc\n", 6),
        ("3\r\nabc\r0", 6),
        ("3\r\nabc0\r\n\r\n", 6),
        ("3\r\nab\r\n0\r\n\r\n", 6),
        ("1\r\na\r\n3\r\nabcd", 12),
    ] {
        assert_eq!(fault(input), (400, offset), "{input:?}");
    }
}

#[test]
fn extensions_are_passed_over() {
    for extension in [";", ";a", ";a=b", "; a = \"b;c\\\"\";d", ";5", ";\t\u{e9}", ";;;"] {
        let input = format!("3{extension}\r\nabc\r\n0{extension}\r\n\r\n");
        assert_decoded(input, b"abc", &[]);
    }
    for (line, offset) in
        [("5;a\n", 3), ("5;a\rb", 3), ("5;a\0\r\n", 3), ("5;\x7f\r\n", 2), ("5;ab\x1b\r\n", 4)]
    {
        assert_eq!(fault(line), (400, offset), "{line:?}");
    }
}

#[test]
fn a_line_with_a_size_has_at_most_256_bytes() {
    assert_eq!(MAX_CHUNK_LINE, 256);
    let line = |length: usize| format!("{:x<length$}", "3;");
    assert_decoded(
        format!("{}\r\nabc\r\n{}\r\n\r\n", line(256), line(256).replace('3', "0")),
        b"abc",
        &[],
    );
    assert_eq!(fault(format!("{}\r\n", line(257))), (400, 256));
    // Nobody waits for the end of it.
    assert_eq!(fault(line(257)), (400, 256));
    assert_eq!(decode(line(256), 100).unwrap().trailers, None);
}

#[test]
fn extensions_have_a_limit_in_all_chunks_together() {
    let chunk = format!("1;{}\r\na\r\n", "x".repeat(127));
    let most = chunk.repeat(MAX_EXTENSIONS / 128);
    let decoded = decode(format!("{most}0\r\n\r\n"), 1000).unwrap();
    assert_bytes!(decoded.body, "a".repeat(MAX_EXTENSIONS / 128));
    assert!(decoded.trailers.is_some());
    for last in ["0;", "1;", "1;x\r\n"] {
        let fault = decode(format!("{most}{last}\r\n\r\n"), 1000).expect_err("too many");
        assert_eq!((fault.status, fault.offset), (400, most.len() + 1));
    }
}

#[test]
fn trailers_are_fields_with_the_rules_of_a_head() {
    assert_decoded(
        "1\r\na\r\n0\r\nX-Sum: 97\r\nx-sum:\t98 \r\nEmpty:\r\n\r\n",
        b"a",
        &[("X-Sum", "97"), ("x-sum", "98"), ("Empty", "")],
    );
    for (trailers, offset) in [
        ("A\r\n\r\n", 0),
        (" A: b\r\n\r\n", 0),
        (": b\r\n\r\n", 0),
        ("A : b\r\n\r\n", 1),
        ("A: b\n\r\n", 4),
        ("A: b\r\r\n", 4),
        ("A: \0\r\n\r\n", 3),
        ("A: b\r\n c\r\n\r\n", 6),
        ("\n", 0),
    ] {
        assert_eq!(fault(format!("1\r\na\r\n0\r\n{trailers}")), (400, offset + 9), "{trailers:?}");
    }
}

#[test]
fn trailers_have_the_limits_of_a_head() {
    let fields = |count| format!("0\r\n{}\r\n", "A: b\r\n".repeat(count));
    assert_eq!(decode(fields(MAX_FIELDS), 1).unwrap().trailers.unwrap().len(), MAX_FIELDS);
    let error = decode(fields(MAX_FIELDS + 1), 1).unwrap_err();
    assert_eq!((error.status, error.offset), (431, 3 + 6 * MAX_FIELDS));

    let long = |length: usize| format!("0\r\nA: {}\r\n\r\n", "b".repeat(length - 7));
    assert!(decode(long(MAX_HEAD), 1).unwrap().trailers.is_some());
    let error = decode(long(MAX_HEAD + 1), 1).unwrap_err();
    assert_eq!((error.status, error.offset), (431, 3 + MAX_HEAD));
    // Nobody waits for the end of such a line either.
    let endless = long(2 * MAX_HEAD);
    let error = decode(&endless.as_bytes()[..3 + MAX_HEAD], 1).unwrap_err();
    assert_eq!((error.status, error.offset), (431, 3 + MAX_HEAD));
}

#[test]
fn what_is_encoded_in_chunks_is_decoded_from_them() {
    let mut out = b"before".to_vec();
    encode_chunk(b"hello, chunks!\r\n", &mut out);
    encode_chunk(b"", &mut out);
    encode_chunk(b"a", &mut out);
    assert_bytes!(out, b"before10\r\nhello, chunks!\r\n\r\n1\r\na\r\n");
    assert_bytes!(LAST_CHUNK, b"0\r\n\r\n");
    let mut letter = Vec::new();
    encode_chunk(&[b'x'; 10], &mut letter);
    assert_bytes!(letter, b"a\r\nxxxxxxxxxx\r\n");

    let mut seed = Seed::new();
    let (mut whole, mut out) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let length = seed.number(0..=300);
        let piece = seed.bytes(length);
        encode_chunk(&piece, &mut out);
        whole.extend(piece);
    }
    out.extend(LAST_CHUNK);
    for room in [1, 100, 10_000] {
        for script in [Script::from(&out), out.chunks(1).fold(Script::new(), Script::bytes)] {
            let decoded = decode(script, room).unwrap();
            assert_bytes!(decoded.body, whole);
            assert!(decoded.trailers.is_some());
        }
    }
}

// Heads and bodies, one behind the other

const TWO: &str = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
                   GET /second HTTP/1.1\r\nHost: b\r\n\r\n";

#[test]
fn what_was_read_beyond_a_request_is_kept_for_the_next() {
    let head = TWO.find("abc").unwrap();
    for_every_split(TWO, |script| {
        let (mut conn, peer) = MockConnection::pair(script);
        let mut incoming = Incoming::new(&mut conn);
        assert!(!incoming.is_between_requests());
        let first = incoming.read_head(None).unwrap().unwrap();
        assert_eq!((&*first.request.path, first.framing), ("/first", Framing::Length(3)));
        assert_eq!(first.length, head);
        let mut body = RequestBody::new(&mut incoming, &first);
        assert_bytes!(body.read_whole().unwrap(), b"abc");
        assert_eq!(body.unread(), Some(0));
        let second = incoming.read_head(None).unwrap().unwrap();
        assert_eq!((&*second.request.path, second.framing), ("/second", Framing::Length(0)));
        assert_eq!(incoming.requests, 2);
        assert!(incoming.is_between_requests());
        assert!(incoming.read_head(None).unwrap().is_none());
        assert_bytes!(peer.sent(), b"");
    });
}

#[test]
fn a_body_that_nobody_wants_is_passed_over() {
    for_every_split(TWO, |script| {
        let (mut conn, _peer) = MockConnection::pair(script);
        let mut incoming = Incoming::new(&mut conn);
        incoming.read_head(None).unwrap().unwrap();
        incoming.unwanted = 3;
        let second = incoming.read_head(None).unwrap().unwrap();
        assert_eq!(second.request.path, "/second");
        assert_eq!(incoming.unwanted, 0);
    });
    // Who goes away in the middle of it has sent no other request.
    let (mut conn, _peer) = MockConnection::pair(&TWO[..TWO.find("bc").unwrap()]);
    let mut incoming = Incoming::new(&mut conn);
    incoming.read_head(None).unwrap().unwrap();
    incoming.unwanted = 3;
    assert!(incoming.read_head(None).unwrap().is_none());
}

#[test]
fn a_head_that_is_malformed_or_cut_off_is_kept_to_be_looked_at() {
    for_every_split("HEAD /a HTTP/1.1\r\nHost : a\r\n\r\n", |script| {
        let (mut conn, _peer) = MockConnection::pair(script);
        let mut incoming = Incoming::new(&mut conn);
        let Err(ReadError::Malformed(fault)) = incoming.read_head(None) else { panic!("a fault") };
        assert_eq!((fault.status, fault.offset), (400, 22));
        assert!(incoming.received.starts_with(b"HEAD /a HTTP/1.1\r\n"));
    });
    let second = TWO.find("GET").unwrap();
    let (mut conn, _peer) = MockConnection::pair(&TWO[..second + 10]);
    let mut incoming = Incoming::new(&mut conn);
    incoming.read_head(None).unwrap().unwrap();
    incoming.unwanted = 3;
    let error = incoming.read_head(None).unwrap_err();
    assert!(matches!(error, ReadError::CutOff(10)), "{error:?}");
    assert!(!incoming.is_between_requests(), "half of one has come");
}

/// What `test` makes of the body behind a head that has come with the first read.
fn with_body<R>(
    script: impl Into<Script>,
    test: impl FnOnce(&mut RequestBody<'_>, &Peer) -> R,
) -> R {
    let (mut conn, peer) = MockConnection::pair(script);
    let mut incoming = Incoming::new(&mut conn);
    let head = incoming.read_head(None).unwrap().unwrap();
    test(&mut RequestBody::new(&mut incoming, &head), &peer)
}

fn post(fields: &str, body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
const EXPECT: &str = "Expect: 100-continue\r\n";

#[test]
fn a_body_is_read_to_its_end_and_not_beyond_it() {
    let of_length = post("Content-Length: 10\r\n", "0123456789GET");
    let in_chunks = post(CHUNKED, "4\r\n0123\r\n6\r\n456789\r\n0\r\nA: b\r\n\r\nGET");
    for (request, trailers) in [(of_length, None), (in_chunks, Some(headers_of(&[("A", "b")])))] {
        for_every_split(request, |script| {
            with_body(script, |body, _| {
                assert_eq!(body.trailers(), None);
                assert_eq!(body.read(&mut []).unwrap(), 0);
                let mut all = Vec::new();
                let mut out = [0; 3];
                loop {
                    match body.read(&mut out).unwrap() {
                        0 => break,
                        count => all.extend(&out[..count]),
                    }
                }
                assert_bytes!(all, b"0123456789");
                assert_eq!(body.read(&mut out).unwrap(), 0);
                assert_eq!(body.trailers(), trailers.as_ref());
                assert_eq!(body.unread(), Some(0));
                assert!(body.failure().is_none());
            });
        });
    }
}

#[test]
fn how_much_is_still_to_come_is_told_if_it_is_known() {
    with_body(post("Content-Length: 10\r\n", "0123"), |body, _| {
        assert_eq!(body.unread(), Some(10));
        body.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(body.unread(), Some(7));
        body.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(body.unread(), None);
    });
    with_body(post(CHUNKED, "3\r\nabc\r\n0\r\n\r\n"), |body, _| {
        assert_eq!(body.unread(), None);
        body.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(body.unread(), None);
        assert_eq!(body.read(&mut [0; 3]).unwrap(), 0);
        assert_eq!(body.unread(), Some(0));
    });
    // It may wait for ever for a word.
    let expecting = post(&format!("Content-Length: 10\r\n{EXPECT}"), "");
    with_body(expecting, |body, _| assert_eq!(body.unread(), None));
    with_body(post(EXPECT, ""), |body, _| assert_eq!(body.unread(), Some(0)));
}

#[test]
fn what_goes_wrong_with_a_body_is_told_by_each_read_and_remembered() {
    let head = post(CHUNKED, "").len();
    for (script, kind, status) in [
        (Script::from(post(CHUNKED, "3\r\nabc\r\nx")), ErrorKind::InvalidData, Some(400)),
        (Script::from(post(CHUNKED, "3\r\nab")), ErrorKind::UnexpectedEof, Some(400)),
        (
            Script::from(post(CHUNKED, "1")).fail(ErrorKind::TimedOut),
            ErrorKind::TimedOut,
            Some(408),
        ),
        (Script::from(post(CHUNKED, "1")).reset(), ErrorKind::ConnectionReset, None),
    ] {
        with_body(script, |body, _| {
            let error = body.read_to_end(&mut Vec::new()).unwrap_err();
            assert_eq!(error.kind(), kind);
            for _ in 0..2 {
                assert!(body.read(&mut [0; 10]).is_err());
            }
            assert_eq!(body.failure().map(|(_, status)| status), status);
            let offset = match body.failure() {
                Some((ReadError::Malformed(fault), _)) => fault.offset - head,
                Some((ReadError::CutOff(offset), _)) => offset - head,
                _ => return,
            };
            assert_eq!(offset, if kind == ErrorKind::InvalidData { 8 } else { 5 });
        });
    }
}

/// A client that sends a head and then zeros for ever.
struct Endless {
    head: io::Cursor<Vec<u8>>,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.head.read(out)? {
            0 => {
                out.fill(b'0');
                Ok(out.len())
            }
            count => Ok(count),
        }
    }
}

impl Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn of_a_body_that_is_read_while_it_comes_little_is_in_memory() {
    let most = u64::MAX;
    for (fields, begin) in
        [(format!("Content-Length: {most}\r\n"), ""), (CHUNKED.into(), "ffffffffffffffff\r\n")]
    {
        let mut conn = Endless { head: io::Cursor::new(post(&fields, begin).into_bytes()) };
        let mut incoming = Incoming::new(&mut conn);
        let head = incoming.read_head(None).unwrap().unwrap();
        let mut body = RequestBody::new(&mut incoming, &head);
        let count = io::copy(&mut (&mut body).take(10_000_000), &mut io::sink()).unwrap();
        assert_eq!(count, 10_000_000);
        assert!(incoming.received.capacity() < 100_000, "{}", incoming.received.capacity());
    }
}

#[test]
fn a_whole_body_has_a_mebibyte_at_most() {
    let chunks = |length: usize| {
        let mut out = post(CHUNKED, "").into_bytes();
        for piece in vec![b'x'; length].chunks(10_000) {
            encode_chunk(piece, &mut out);
        }
        out.extend(LAST_CHUNK);
        out
    };
    let plain = |length: usize| {
        let head = post(&format!("Content-Length: {length}\r\n"), "");
        [head.into_bytes(), vec![b'x'; length]].concat()
    };
    for request in [chunks(MAX_BODY), plain(MAX_BODY)] {
        with_body(request, |body, _| assert_eq!(body.read_whole().unwrap().len(), MAX_BODY));
    }
    for request in [chunks(MAX_BODY + 1), plain(MAX_BODY + 1)] {
        with_body(request, |body, peer| {
            let reads = peer.reads();
            assert_eq!(body.read_whole().unwrap_err().kind(), ErrorKind::InvalidData);
            assert!(matches!(body.failure(), Some((ReadError::Malformed(_), 413))));
            assert_eq!(body.unread(), None);
            // Of a length that was declared nothing is read.
            if body.trailers().is_none() && peer.reads() == reads {
                assert!(body.read(&mut [0]).is_err());
            }
        });
    }
}

#[test]
fn a_client_is_told_to_go_on_when_its_body_is_wanted_and_waited_for() {
    for framing in ["Content-Length: 3\r\n", CHUNKED] {
        let body_bytes = if framing == CHUNKED { "3\r\nabc\r\n0\r\n\r\n" } else { "abc" };
        let head = post(&format!("{framing}{EXPECT}"), "");
        with_body(Script::from(head.clone()).bytes(body_bytes), |body, peer| {
            assert_bytes!(peer.sent(), b"");
            assert_eq!(body.unread(), None);
            assert_eq!(body.read(&mut []).unwrap(), 0);
            assert_bytes!(peer.sent(), b"", "nothing was wanted");
            assert_bytes!(body.read_whole().unwrap(), b"abc");
            assert_bytes!(peer.sent(), CONTINUE);
            assert_eq!(body.unread(), Some(0));
        });
        // Who has begun does not wait.
        for begun in 1..=body_bytes.len() {
            let (first, rest) = body_bytes.split_at(begun);
            with_body(Script::from(format!("{head}{first}")).bytes(rest), |body, peer| {
                assert_bytes!(body.read_whole().unwrap(), b"abc");
                assert_bytes!(peer.sent(), b"", "{begun} bytes had come");
            });
        }
    }
    with_body(post(EXPECT, ""), |body, peer| {
        assert_bytes!(body.read_whole().unwrap(), b"");
        assert_bytes!(peer.sent(), b"", "there is no body");
    });
}

// A server

fn pieces(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>, IntoIter: Send + 'static>) -> Body {
    Body::Pieces(Box::new(pieces.into_iter()))
}

/// What many tests ask for.
fn server() -> HttpServer {
    let mut server = HttpServer::default();
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    server.register(path("/echo"), |request| Ok(Response::text(request.body.clone())));
    server.register(path("/path"), |request| Ok(Response::text(request.target.clone())));
    server.register(path("/pieces"), |_| {
        let texts = ["a", "", "0123456789abcdef!"];
        Ok(Response::new(200).stream(pieces(texts.map(|text| Ok(text.into())))))
    });
    server.register(path("/panic"), |_| panic!("no soup today"));
    server.register(path("/403"), |_| Err(HttpError(403).into()));
    server.register(path("/204"), |_| Ok(Response::new(204).body("never")));
    server.register(path("/304"), |_| Ok(Response::new(304).body("never")));
    server.register(path("/close"), |_| Ok(Response::text("bye\n").header("Connection", "Close")?));
    server.register_reading(path("/left"), |_, _| Ok(Response::text("left\n")));
    server.register_reading(path("/stream"), |_, body| {
        let mut all = Vec::new();
        body.read_to_end(&mut all)?;
        let sum = body.trailers().and_then(|trailers| trailers.get_text("X-Sum"));
        let sum = sum.unwrap_or("none").to_owned();
        Ok(Response::text(all).header("X-Was", sum)?)
    });
    // Whatever goes wrong, it is content.
    server.register_reading(path("/careless"), |_, body| {
        let _ = io::copy(body, &mut io::sink());
        Ok(Response::text("fine\n"))
    });
    server
}

/// Everything that a server sends, and how the conversation ended.
fn converse(server: &HttpServer, input: impl Into<Script>) -> (Vec<u8>, anyhow::Result<()>) {
    let (mut conn, peer) = MockConnection::pair(input);
    let result = server.on_connect(&mut conn, None);
    (peer.sent(), result)
}

/// The answers to requests with these methods, one behind the other, with their bodies
/// decoded.
#[track_caller]
fn answers(sent: impl AsRef<[u8]>, methods: &[&str]) -> Vec<Reply> {
    let mut rest = sent.as_ref();
    let mut all = Vec::new();
    for method in methods {
        let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else {
            panic!("{} answers, and then {}", all.len(), rest.escape_ascii())
        };
        let (head, behind) = rest.split_at(end + 4);
        let mut reply = Reply::try_parse(head, true).unwrap();
        assert_eq!(reply.version, 1);
        let has_body = *method != "HEAD" && !matches!(reply.status, 204 | 304);
        rest = behind;
        if has_body && let Some(length) = reply.header("Content-Length") {
            assert_eq!(reply.header("Transfer-Encoding"), None);
            let length = length.parse().unwrap();
            assert!(length <= rest.len(), "{length} bytes of {}", rest.escape_ascii());
            (reply.body, rest) = (rest[..length].to_vec(), &rest[length..]);
        } else if has_body && reply.header("Transfer-Encoding") == Some("chunked") {
            (reply.body, rest) = unchunk(rest);
        } else if has_body {
            assert_eq!(reply.header("Connection"), Some("close"), "where does it end?");
            (reply.body, rest) = (rest.to_vec(), b"");
        }
        all.push(reply);
    }
    assert_bytes!(rest, b"", "nothing else");
    all
}

/// Takes chunks apart, without the code under test.
fn unchunk(mut rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("a size");
        let size = usize::from_str_radix(str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let (chunk, behind) = rest[line + 2..].split_at(size);
        body.extend(chunk);
        rest = behind.strip_prefix(b"\r\n").expect("a line end behind a chunk");
        if size == 0 {
            return (body, rest);
        }
    }
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn requests_that_come_at_once_are_answered_in_their_order() {
    let requests = [
        get("/path?1"),
        post("Content-Length: 3\r\n", "abc"),
        "\r\n".to_owned() + &get("/path?2"),
        post(CHUNKED, "3;x\r\ndef\r\n1\r\ng\r\n0\r\nA: b\r\n\r\n"),
        get("/pieces"),
        "HEAD /path?3 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        get("/nothing"),
        get("/path?4"),
    ];
    let server = server();
    for_every_split(requests.concat(), |script| {
        let (sent, result) = converse(&server, script);
        result.unwrap();
        let methods = ["GET", "POST", "GET", "POST", "GET", "HEAD", "GET", "GET"];
        let replies = answers(sent, &methods);
        let texts = replies.iter().map(|reply| (reply.status, reply.text()));
        let texts: Vec<_> = texts.map(|(status, text)| (status, text.split('<').next())).collect();
        assert_eq!(
            texts,
            [
                (200, Some("/path?1")),
                (200, Some("abc")),
                (200, Some("/path?2")),
                (200, Some("defg")),
                (200, Some("a0123456789abcdef!")),
                (200, Some("")),
                (404, Some("")),
                (200, Some("/path?4")),
            ]
        );
        assert!(replies.iter().all(|reply| reply.header("Connection").is_none()));
    });
}

#[test]
fn an_answer_is_sent_before_the_next_request_has_come() {
    let (read, write) = (get("/path?1"), get("/path?2"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    struct Turns {
        requests: Vec<String>,
        seen: Arc<Mutex<Vec<String>>>,
    }
    impl Read for Turns {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.seen.lock().unwrap().push("read".into());
            match self.requests.pop() {
                Some(request) => request.as_bytes().read(out),
                None => Ok(0),
            }
        }
    }
    impl Write for Turns {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.seen.lock().unwrap().push("write".into());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut conn = Turns { requests: vec![write, read], seen: Arc::clone(&seen) };
    server().on_connect(&mut conn, None).unwrap();
    assert_eq!(*seen.lock().unwrap(), ["read", "write", "read", "write", "read"]);
}

#[test]
fn who_keeps_the_connection_is_told_in_the_clients_language() {
    let server = server();
    for (version, fields, answer, kept) in [
        ("1.1", "", None, true),
        ("1.1", "Connection: keep-alive\r\n", None, true),
        ("1.1", "Connection: close\r\n", Some("close"), false),
        ("1.1", "Connection: keep-alive, CLOSE\r\n", Some("close"), false),
        ("1.0", "", Some("close"), false),
        ("1.0", "Connection: close\r\n", Some("close"), false),
        ("1.0", "Connection: Keep-Alive\r\n", Some("keep-alive"), true),
    ] {
        for target in ["/", "/nothing", "/403", "/panic", "/204"] {
            let first = format!("GET {target} HTTP/{version}\r\nHost: a\r\n{fields}\r\n");
            let (sent, result) = converse(&server, first + &get("/path?next"));
            result.unwrap();
            let replies = answers(sent, &["GET", "GET"][..1 + usize::from(kept)]);
            assert_eq!(replies[0].header("Connection"), answer, "{version} {fields} {target}");
            if kept {
                assert_eq!(replies[1].text(), "/path?next");
            }
        }
    }
}

#[test]
fn a_handler_may_end_the_connection_and_not_keep_it() {
    let (sent, result) = converse(&server(), get("/close") + &get("/"));
    result.unwrap();
    let replies = answers(sent, &["GET"]);
    assert_eq!((replies[0].text(), replies[0].header("Connection")), ("bye\n", Some("close")));
    let fields = replies[0].headers.iter().filter(|(name, _)| name == "Connection");
    assert_eq!(fields.count(), 1);

    let mut server = server();
    server.register(path("/keep"), |_| {
        Ok(Response::text("x").header("Connection", "keep-alive")?.header("Content-Length", "9")?)
    });
    let request = "GET /keep HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let replies = answers(converse(&server, request.to_owned() + &get("/")).0, &["GET"]);
    assert_eq!(replies[0].header("Connection"), Some("close"));
    let replies = answers(converse(&server, get("/keep") + &get("/")).0, &["GET", "GET"]);
    assert_eq!((replies[0].header("Connection"), replies[0].text()), (None, "x"));
}

#[test]
fn a_handler_that_panics_ends_nothing_but_its_answer() {
    let (sent, result) = converse(&server(), get("/panic") + &get("/panic") + &get("/"));
    result.unwrap();
    let replies = answers(sent, &["GET", "GET", "GET"]);
    assert_eq!(replies.iter().map(|reply| reply.status).collect::<Vec<_>>(), [500, 500, 200]);
    assert_eq!(replies[0].header("Connection"), None);
}

#[test]
fn what_never_has_a_body_has_none_on_a_connection_that_stays() {
    let server = server();
    for (method, target, status) in
        [("HEAD", "/", 200), ("HEAD", "/pieces", 200), ("GET", "/204", 204), ("GET", "/304", 304)]
    {
        for (version, field) in [("1.1", ""), ("1.0", "Connection: keep-alive\r\n")] {
            let first = format!("{method} {target} HTTP/{version}\r\nHost: a\r\n{field}\r\n");
            let replies = answers(converse(&server, first + &get("/")).0, &[method, "GET"]);
            assert_eq!((replies[0].status, replies[1].text()), (status, "Hi there!\n"));
            let length = replies[0].header("Content-Length");
            assert_eq!(length, (method == "HEAD" && target == "/").then_some("10"));
            let chunked = method == "HEAD" && target == "/pieces" && version == "1.1";
            let coding = replies[0].header("Transfer-Encoding");
            assert_eq!(coding, chunked.then_some("chunked"), "{method} {target} {version}");
        }
    }
}

#[test]
fn a_body_of_unknown_length_goes_in_chunks_to_who_knows_them() {
    let server = server();
    let (sent, result) = converse(&server, get("/pieces") + &get("/"));
    result.unwrap();
    let body = b"\r\n\r\n1\r\na\r\n11\r\n0123456789abcdef!\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n";
    assert!(sent.windows(body.len()).any(|part| part == body), "{}", sent.escape_ascii());
    let replies = answers(sent, &["GET", "GET"]);
    assert_eq!(replies[0].header("Content-Length"), None);

    for field in ["", "Connection: keep-alive\r\n"] {
        let request = format!("GET /pieces HTTP/1.0\r\n{field}\r\n");
        let (sent, result) = converse(&server, request + &get("/"));
        result.unwrap();
        let reply = Reply::parse(sent);
        assert_bytes!(reply.body, b"a0123456789abcdef!");
        assert_eq!(reply.header("Transfer-Encoding"), None);
        assert_eq!(reply.header("Connection"), Some("close"));
    }
}

#[test]
fn a_body_that_fails_later_has_no_last_chunk_and_is_the_last() {
    for panics in [false, true] {
        let mut server = server();
        server.register(path("/fails"), move |_| {
            let mut first = Some(Ok(b"abc".to_vec()));
            Ok(Response::new(200).stream(pieces(std::iter::from_fn(move || match first.take() {
                Some(first) => Some(first),
                None if panics => panic!("no soup today"),
                None => Some(Err(ErrorKind::InvalidData.into())),
            }))))
        });
        let (sent, result) = converse(&server, get("/fails") + &get("/"));
        assert!(result.is_err());
        assert!(sent.ends_with(b"\r\n\r\n3\r\nabc\r\n"), "{}", sent.escape_ascii());
    }
    // Before the first piece the client can still be told, and asked to stay.
    let mut server = server();
    server.register(path("/fails"), |_| {
        Ok(Response::new(200).stream(pieces([Err(ErrorKind::InvalidData.into())])))
    });
    let replies = answers(converse(&server, get("/fails") + &get("/")).0, &["GET", "GET"]);
    assert_eq!((replies[0].status, replies[1].status), (500, 200));
}

#[test]
fn an_interim_status_is_no_answer() {
    for status in [100, 101, 103, 199] {
        let mut server = server();
        server.register(path("/interim"), move |_| Ok(Response::new(status)));
        let replies = answers(converse(&server, get("/interim") + &get("/")).0, &["GET", "GET"]);
        assert_eq!((replies[0].status, replies[1].status), (500, 200), "{status}");
    }
}

/// What the access log calls sent.
#[test]
fn what_is_sent_is_counted_with_its_chunks_and_without_the_head() {
    let body = || pieces([Ok(b"abc".to_vec()), Ok(b"d".to_vec())]);
    for (version, method, count) in [
        (Http11, "GET", "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n".len()),
        (Http10, "GET", 4),
        (Http11, "HEAD", 0),
    ] {
        let terms = Terms { method, version, keep: true };
        let outgoing = Outgoing::new(Response::new(200).stream(body()), &terms, Utc::now());
        let outgoing = outgoing.unwrap();
        assert_eq!(outgoing.keep, version == Http11);
        let (mut conn, _peer) = MockConnection::pair("");
        let (sent, result) = outgoing.send(&mut conn);
        result.unwrap();
        assert_eq!(sent, count as u64);
    }
}

// Bodies that come to a server

#[test]
fn a_handler_reads_the_body_and_then_the_trailers() {
    let server = server();
    let request = post(CHUNKED, "3\r\nabc\r\n0\r\nX-Sum: 294\r\n\r\n").replace("/echo", "/stream");
    for_every_split(request + &get("/"), |script| {
        let replies = answers(converse(&server, script).0, &["POST", "GET"]);
        assert_eq!((replies[0].text(), replies[0].header("X-Was")), ("abc", Some("294")));
    });
    // Without a connection it reads from memory.
    let (mut conn, _peer) = MockConnection::pair(get("/stream"));
    let head = Incoming::new(&mut conn).read_head(None).unwrap().unwrap();
    let request = Request { body: b"from memory".to_vec(), ..head.request };
    let mut body = server.on_request(&request).body;
    let mut text = Vec::new();
    body.next_piece(&mut text).unwrap();
    assert_bytes!(text, b"from memory");
}

#[test]
fn a_short_body_that_nobody_read_is_passed_over_and_for_a_long_one_we_close() {
    let server = server();
    let left = |framing: &str| post(framing, "").replace("/echo", "/left");
    for (length, kept) in [(0, true), (5, true), (DRAIN_BYTES, true), (DRAIN_BYTES + 1, false)] {
        let head = left(&format!("Content-Length: {length}\r\n"));
        // What looks like a request is none.
        let mut body = get("/path?smuggled").repeat(2000).into_bytes();
        body.truncate(length);
        let input = [head.as_bytes(), &body, get("/path?next").as_bytes()].concat();
        for script in [Script::from(&input), input.chunks(999).fold(Script::new(), Script::bytes)] {
            let (sent, result) = converse(&server, script);
            result.unwrap();
            let replies = answers(sent, &["POST", "GET"][..1 + usize::from(kept)]);
            assert_eq!(replies[0].header("Connection"), (!kept).then_some("close"), "{length}");
            if kept {
                assert_eq!(replies[1].text(), "/path?next");
            }
        }
    }
    let chunked = left(CHUNKED) + "1\r\na\r\n0\r\n\r\n" + &get("/");
    let replies = answers(converse(&server, chunked).0, &["POST"]);
    assert_eq!((replies[0].text(), replies[0].header("Connection")), ("left\n", Some("close")));
}

#[test]
fn the_rest_of_a_body_that_was_read_in_part_is_passed_over() {
    let mut server = server();
    server.register_reading(path("/three"), |_, body| {
        let mut three = [0; 3];
        body.read_exact(&mut three)?;
        Ok(Response::text(three))
    });
    let request = post("Content-Length: 10\r\n", "0123456789").replace("/echo", "/three");
    for_every_split(request + &get("/"), |script| {
        let replies = answers(converse(&server, script).0, &["POST", "GET"]);
        assert_eq!((replies[0].text(), replies[1].text()), ("012", "Hi there!\n"));
    });
}

#[test]
fn a_body_that_no_handler_wants_is_passed_over_too() {
    let server = server();
    let request = post("Content-Length: 5\r\n", "GET /").replace("/echo", "/nothing");
    for_every_split(request + &get("/"), |script| {
        let replies = answers(converse(&server, script).0, &["POST", "GET"]);
        assert_eq!((replies[0].status, replies[1].text()), (404, "Hi there!\n"));
    });
}

#[test]
fn who_expects_a_100_gets_it_once_and_then_the_answer() {
    let server = server();
    let head = post(&format!("Content-Length: 3\r\n{EXPECT}"), "");
    let script = Script::from(&*head).bytes("ab").bytes("c".to_owned() + &get("/"));
    let (sent, result) = converse(&server, script);
    result.unwrap();
    let sent = sent.strip_prefix(CONTINUE).expect("a word first");
    let replies = answers(sent, &["POST", "GET"]);
    assert_eq!((replies[0].text(), replies[1].text()), ("abc", "Hi there!\n"));

    let begun = converse(&server, Script::from(head.clone() + "a").bytes("bc")).0;
    assert_eq!(answers(begun, &["POST"])[0].text(), "abc");
    let old = head.replace("HTTP/1.1", "HTTP/1.0");
    let old = converse(&server, Script::from(old).bytes("abc")).0;
    assert_eq!(answers(old, &["POST"])[0].text(), "abc");
}

#[test]
fn who_waits_to_send_what_nobody_wants_is_answered_at_once_and_let_go() {
    let mut server = server();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    server.register(path("/count"), move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(Response::text("counted"))
    });
    server.register_reading(path("/405"), |_, _| Err(HttpError(405).into()));
    let too_long = format!("Content-Length: {}\r\n{EXPECT}", MAX_BODY + 1);
    let short = format!("Content-Length: 3\r\n{EXPECT}");
    for (target, fields, status) in [
        ("/nothing", &short, 404),
        ("/405", &short, 405),
        ("/left", &short, 200),
        ("/left", &format!("{CHUNKED}{EXPECT}"), 200),
        ("/count", &too_long, 413),
        ("/echo", &format!("Content-Length: {}\r\n{EXPECT}", u64::MAX), 413),
        // That one does not wait, and is not waited for either.
        ("/count", &format!("Content-Length: {}\r\n", MAX_BODY + 1), 413),
    ] {
        let head = post(fields, "").replace("/echo", target);
        let (mut conn, peer) = MockConnection::pair(Script::from(&*head).bytes("GET"));
        server.on_connect(&mut conn, None).unwrap();
        assert_eq!(peer.reads(), 1, "{target} {fields}");
        let replies = answers(peer.sent(), &["POST"]);
        assert_eq!((replies[0].status, replies[0].header("Connection")), (status, Some("close")));
        if status == 413 {
            assert!(replies[0].text().contains(&format!("at byte {}", head.len())));
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_wrong_with_a_body_is_answered_whatever_the_handler_says() {
    let mut server = server();
    server.register_reading(path("/panics"), |_, body| {
        io::copy(body, &mut io::sink()).expect("a body");
        Ok(Response::new(204))
    });
    for target in ["/echo", "/stream", "/careless", "/panics"] {
        let head = post(CHUNKED, "").replace("/echo", target);
        for (script, status, detail) in [
            (Script::from("3\r\nabcd"), 400, "at byte 6"),
            (Script::from("3\r\nab"), 400, "at byte 5"),
            (Script::from("3\r\nabc\r\n5;x"), 400, "at byte 11"),
            (Script::from("3\r\nab").fail(ErrorKind::TimedOut), 408, ""),
            (Script::from("0\r\nA : b\r\n\r\n"), 400, "at byte 4"),
            (Script::from(format!("0\r\n{}", "A: b\r\n".repeat(MAX_FIELDS + 1))), 431, "at byte"),
        ] {
            // The offset is that in the request.
            let detail = match detail.strip_prefix("at byte ") {
                Some(offset) => {
                    format!("at byte {}", head.len() + offset.parse::<usize>().unwrap())
                }
                None => detail.to_owned(),
            };
            let (mut conn, peer) = MockConnection::pair(prepend(&head, script));
            server.on_connect(&mut conn, None).unwrap();
            let replies = answers(peer.sent(), &["POST"]);
            assert_eq!(replies[0].status, status, "{target} {detail}");
            assert_eq!(replies[0].header("Connection"), Some("close"));
            assert!(replies[0].text().contains(&detail), "{}", replies[0].text());
        }
        let (sent, result) = converse(&server, Script::from(head + "3\r\nab").reset());
        assert!(result.is_err());
        assert_bytes!(sent, b"", "nobody is there");
    }
}

/// A read that delivers `first`, and then what the script says.
fn prepend(first: &str, script: Script) -> impl Into<Script> {
    // A script can only be added to at its end; so its reads are played into a new one.
    let (mut conn, _peer) = MockConnection::pair(script);
    let mut all = Script::from(first);
    let mut buffer = vec![0; 100_000];
    loop {
        match conn.read(&mut buffer) {
            Ok(0) => return all,
            Ok(count) => all = all.bytes(&buffer[..count]),
            Err(error) => all = all.fail(error.kind()),
        }
    }
}

#[test]
fn a_request_whose_end_is_not_plain_is_refused_and_nothing_behind_it_is_answered() {
    let called = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&called);
    let mut server = HttpServer::default();
    server.register(
        |_| true,
        move |_| {
            noted.store(true, Ordering::SeqCst);
            Ok(Response::text("answered"))
        },
    );
    for (fields, status) in [
        ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", 400),
        ("Content-Length: 3\r\nContent-Length: 4\r\n", 400),
        ("Content-Length: +3\r\n", 400),
        ("Transfer-Encoding: chunked, identity\r\n", 400),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
    ] {
        let request = post(fields, "0\r\n\r\n") + &get("/");
        for_every_split(&request, |script| {
            let (sent, result) = converse(&server, script);
            result.unwrap();
            let replies = answers(sent, &["POST"]);
            assert_eq!(
                (replies[0].status, replies[0].header("Connection")),
                (status, Some("close"))
            );
        });
    }
    assert!(!called.load(Ordering::SeqCst));
}

#[test]
fn a_request_that_cannot_be_read_is_the_last() {
    let server = server();
    for (broken, method) in [
        ("GET /\r\n\r\n", "GET"),
        ("HEAD / HTTP/1.1\r\n\r\n", "HEAD"),
        ("GET / HTTP/1.1\r\nHos", "GET"),
    ] {
        let input = get("/path?1") + broken;
        for_every_split(&input, |script| {
            let (sent, result) = converse(&server, script);
            result.unwrap();
            let replies = answers(sent, &["GET", method]);
            assert_eq!((replies[0].status, replies[1].status), (200, 400));
            assert_eq!(replies[1].header("Connection"), Some("close"));
        });
    }
    let (sent, result) = converse(&server, Script::from(get("/path?1") + "GET / H").reset());
    assert!(result.is_err());
    assert_eq!(answers(sent, &["GET"])[0].text(), "/path?1");
}

#[test]
fn who_is_silent_between_requests_is_let_go_in_silence() {
    let server = server();
    let one = get("/");
    let (sent, result) = converse(&server, Script::from(&*one).fail(ErrorKind::TimedOut));
    result.unwrap();
    assert_eq!(answers(sent, &["GET"])[0].status, 200);

    let (sent, result) = converse(&server, Script::new().fail(ErrorKind::TimedOut));
    result.unwrap();
    let replies = answers(sent, &["GET"]);
    assert_eq!((replies[0].status, replies[0].header("Connection")), (408, Some("close")));

    let script = Script::from(one + "GET").fail(ErrorKind::TimedOut);
    let replies = answers(converse(&server, script).0, &["GET", "GET"]);
    assert_eq!((replies[0].status, replies[1].status), (200, 408));

    let (sent, result) = converse(&server, "");
    result.unwrap();
    assert_bytes!(sent, b"");
}

// Time, over TCP

const SHORT: Duration = Duration::from_millis(200);

/// Both ends of a connection.
fn tcp() -> (TcpStream, TcpClient) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpClient::connect(listener.local_addr().unwrap());
    (listener.accept().unwrap().0, client)
}

/// Waits for so long: nobody sends anything.
fn wait(stream: &TcpStream, time: Duration) {
    stream.set_read_timeout(Some(time)).unwrap();
    let mut stream = stream;
    stream.read(&mut [0]).unwrap_err();
}

#[test]
fn a_server_grants_five_seconds_to_be_idle_ten_to_ask_and_to_take_and_one_to_close() {
    let Limits { connections, idle_time, request_time, response_time, drain_time } =
        Limits::default();
    assert_eq!((connections, idle_time.as_secs()), (200, 5));
    let times = [request_time, response_time, drain_time];
    assert_eq!(times.map(|time| time.as_secs_f32()), [10.0, 10.0, 1.0]);
    assert_eq!(SLOWEST_RATE, 16 * 1024);
}

#[test]
fn what_is_written_is_sent_at_once() {
    let (stream, _client) = tcp();
    assert!(!stream.nodelay().unwrap());
    TimedStream::new(&stream, &Limits::default());
    assert!(stream.nodelay().unwrap());
}

#[test]
fn the_idle_time_is_for_who_has_its_answer_and_no_other() {
    let (stream, mut client) = tcp();
    let mut limits = Limits { idle_time: patience(), request_time: SHORT, ..Limits::default() };
    let started = Instant::now();
    let error = TimedStream::new(&stream, &limits).read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(started.elapsed() >= SHORT);

    limits = Limits { idle_time: SHORT, request_time: patience(), ..limits };
    let mut conn = TimedStream::new(&stream, &limits);
    client.send("a");
    conn.read_exact(&mut [0]).unwrap();
    conn.write_all(b"an answer").unwrap();
    conn.flush().unwrap();
    let started = Instant::now();
    assert_eq!(conn.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!((SHORT..patience()).contains(&started.elapsed()));
}

/// Of what is there already nothing is waited for; but there is so much of it that reading it
/// takes longer than there is, and so does writing.
#[test]
fn each_request_and_each_answer_has_a_time_of_its_own() {
    let (stream, mut client) = tcp();
    let least = Duration::from_millis(1);
    let limits = Limits {
        idle_time: patience(),
        request_time: least,
        response_time: least,
        ..Limits::default()
    };
    let mut conn = TimedStream::new(&stream, &limits);
    let fewer_than_buy_a_second = SLOWEST_RATE as usize - 100;
    client.send(vec![b'x'; fewer_than_buy_a_second]);
    let read = (0..fewer_than_buy_a_second).try_for_each(|_| conn.read_exact(&mut [0]));
    assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    let written = (0..fewer_than_buy_a_second).try_for_each(|_| conn.write_all(b"x"));
    assert_eq!(written.unwrap_err().kind(), ErrorKind::TimedOut);
    conn.flush().unwrap();

    // What is left of the first request begins the second one, and ends the idle time.
    client.send("x");
    for _ in 0..2 {
        conn.read_exact(&mut [0]).unwrap();
    }
    conn.write_all(b"an answer").unwrap();
}

/// How long a read was to wait is known afterwards.
#[test]
fn a_read_waits_only_for_as_long_as_there_is_time_left() {
    let (stream, client) = tcp();
    let dripping = thread::spawn(move || {
        for _ in 0..10 {
            // A pause: nobody sends anything to the client.
            wait(client.stream(), SHORT / 10);
            client.stream().write_all(b"x").unwrap();
        }
    });
    let limits = Limits { request_time: patience(), ..Limits::default() };
    let mut conn = TimedStream::new(&stream, &limits);
    let waited = [(); 10].map(|()| {
        conn.read_exact(&mut [0]).unwrap();
        stream.read_timeout().unwrap().expect("a timeout of the socket")
    });
    dripping.join().unwrap();
    assert!(waited.is_sorted_by(|one, next| one >= next), "{waited:?}");
    assert!(waited[9] + SHORT / 10 <= waited[0], "{waited:?}");
}

/// A byte buys the time in which the slowest client would have sent it, and no more.
#[test]
fn who_sends_a_byte_now_and_then_is_not_waited_for() {
    let (stream, client) = tcp();
    let limits = Limits { request_time: SHORT, ..Limits::default() };
    let dripping = thread::spawn(move || {
        let mut socket = client.stream();
        // A pause: nobody sends anything to the client.
        while socket.write_all(b"x").is_ok() {
            wait(client.stream(), SHORT / 20);
        }
    });
    let mut conn = TimedStream::new(&stream, &limits);
    let started = Instant::now();
    let error = loop {
        match conn.read(&mut [0; 10]) {
            Ok(0) => panic!("the dripper has gone"),
            Ok(1..) => assert!(started.elapsed() < patience(), "nobody stops the dripper"),
            Err(error) => break error.kind(),
        }
    };
    assert_eq!(error, ErrorKind::TimedOut);
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    drop(stream);
    // The pause ends with an error of the socket, and so does the thread; how does not matter.
    let _ = dripping.join();
}

/// Whole seconds are bought by so many bytes.
#[test]
fn who_sends_fast_may_send_for_longer() {
    let (stream, client) = tcp();
    let limits = Limits { request_time: SHORT, ..Limits::default() };
    let sent = usize::try_from(2 * SLOWEST_RATE).unwrap();
    let mut conn = TimedStream::new(&stream, &limits);
    client.stream().write_all(&vec![b'x'; sent]).unwrap();
    let mut all = vec![0; sent];
    conn.read_exact(&mut all).unwrap();
    let waiting = thread::spawn(move || {
        wait(client.stream(), 2 * SHORT);
        client.stream().write_all(b"y").unwrap();
        client
    });
    conn.read_exact(&mut [0]).unwrap();
    waiting.join().unwrap();
}

#[test]
fn a_server_lets_go_of_idle_clients_in_silence_and_tells_those_who_are_late() {
    let mut server = server();
    server.limits.idle_time = SHORT;
    server.limits.request_time = 2 * SHORT;
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut idle = live.connect();
            idle.send(get("/"));
            let (sent, ending) = idle.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(answers(sent, &["GET"])[0].text(), "Hi there!\n");

            let mut late = live.connect();
            let (sent, ending) = late.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(answers(sent, &["GET"])[0].status, 408);
        },
    );
}

#[test]
fn many_requests_over_one_connection() {
    let server = server();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut client = live.connect();
            for number in 0..50 {
                let number = format!("/path?{number:03}");
                client.send(get(&number));
                let head = client.read_until("\r\n\r\n");
                assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
                assert_bytes!(client.read_exact(number.len()), number);
            }
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            let (sent, ending) = client.read_to_end();
            assert_eq!((answers(sent, &["GET"])[0].status, ending), (200, Ending::Closed));
        },
    );
}

/// How long the last read was to wait is known afterwards.
#[test]
fn whoever_sends_late_after_the_last_answer_is_waited_for_only_until_the_time_is_over() {
    let (stream, mut client) = tcp();
    let kept = stream.try_clone().unwrap();
    let closing = thread::spawn(move || lingering_close(&stream, patience()));
    assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed)); // its time has begun
    let (waiting, _other) = tcp();
    wait(&waiting, SHORT);
    client.send("x");
    client.finish();
    closing.join().unwrap().unwrap();
    let last = kept.read_timeout().unwrap().expect("a read without an end");
    // Systems round a timeout up, by some milliseconds.
    assert!(last < patience() - SHORT / 2, "{last:?}");
}

/// At the slowest rate these bytes would buy three seconds.
#[test]
fn what_still_comes_after_the_last_answer_buys_no_time() {
    let (stream, mut client) = tcp();
    client.send(vec![b'x'; 3 * usize::try_from(SLOWEST_RATE).unwrap()]);
    let started = Instant::now();
    // A read that finds no time left is an error, and the end all the same.
    let _ = lingering_close(&stream, SHORT);
    let elapsed = started.elapsed();
    assert!((SHORT / 2..5 * SHORT).contains(&elapsed), "{elapsed:?}");
}
