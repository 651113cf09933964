//! What chapter 7 promises.

use ch07::{
    Headers, HttpServer, InvalidHeader, MAX_BODY, MAX_FIELDS, MAX_HEAD, MAX_METHOD, MAX_TARGET,
    Message, PICTURE, Parsed, ReadError, StartLine, Version, encode, expects_continue,
    is_authority, method_of, parse, read_message, reason,
};
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, Reply, Script, assert_bytes,
    for_every_split, patience,
};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

/// A request as a browser sends it.
const BROWSER: &[u8] = b"GET /picture.png?size=small HTTP/1.1\r\n\
    Host: localhost:8007\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: image/avif,image/webp,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Connection: keep-alive\r\n\
    \r\n";

/// A request with a body.
const FORM: &[u8] = b"POST /guestbook HTTP/1.1\r\n\
    host: localhost\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\
    Content-Length: 14\r\n\
    \r\n\
    name=Ada&age=9";

/// A response with a body.
const RESPONSE: &[u8] = b"HTTP/1.0 404 Not Found\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 6\r\n\
    \r\n\
    Oops\r\n";

// How the tests below look at a message: whole, and as it comes

/// The message that `input` is, from its first byte to its last.
#[track_caller]
fn whole(input: impl AsRef<[u8]>) -> Message {
    let input = input.as_ref();
    let (message, used) = first(input);
    assert_eq!(used, input.len(), "only a part of it is the message: {}", show(input));
    message
}

/// The message at the start of `input`, and its length.
#[track_caller]
fn first(input: &[u8]) -> (Message, usize) {
    let (message, used) = match parse(input) {
        Ok(Parsed::Complete(message, used)) => (message, used),
        other => panic!("{other:?} for {}", show(input)),
    };
    assert!(used <= input.len());
    let mut before = 0;
    for cut in cuts(input.len(), used).filter(|&cut| cut < used) {
        match parse(&input[..cut]) {
            Ok(Parsed::Partial { at_least }) => {
                // More than there is, no more than there will be, never less.
                assert!(cut < at_least && at_least <= used, "{at_least} wanted at {cut} of {used}");
                assert!(before <= at_least, "first {before} were wanted, then {at_least}");
                before = at_least;
            }
            other => panic!("{other:?} for the first {cut} bytes of {}", show(input)),
        }
    }
    (message, used)
}

/// `input` is refused with this status, for what is wrong at this byte, and no
/// matter how much of it has come: as soon as it is refused at all.
#[track_caller]
fn refused(input: impl AsRef<[u8]>, status: u16, offset: usize) {
    let input = input.as_ref();
    let error = match parse(input) {
        Err(error) => error,
        Ok(other) => {
            panic!("{other:?}, and not {status} at byte {offset}, for {}", show(input))
        }
    };
    assert_eq!((error.status, error.offset), (status, offset), "{error} in {}", show(input));
    assert!(!error.reason.is_empty());
    let mut refused_before = false;
    for cut in cuts(input.len(), offset) {
        match parse(&input[..cut]) {
            Err(same) => {
                assert_eq!(same, error, "for the first {cut} bytes of {}", show(input));
                refused_before = true;
            }
            Ok(Parsed::Partial { at_least }) => {
                assert!(!refused_before, "refused, and then not, at {cut} of {}", show(input));
                assert!(cut < at_least && at_least <= input.len());
            }
            Ok(complete) => panic!("{complete:?} for the first {cut} bytes of {}", show(input)),
        }
    }
}

/// Where to cut a message: everywhere if it is short, else everywhere in its first hundred
/// bytes, around `place` and at its end.
fn cuts(length: usize, place: usize) -> impl Iterator<Item = usize> {
    (0..length).filter(move |&cut| {
        let near = cut < 100 || cut.abs_diff(place) < 10 || length - cut < 10;
        length < 2000 || cut % 997 == 0 || near
    })
}

fn show(input: &[u8]) -> String {
    input[..input.len().min(200)].escape_ascii().to_string()
}

fn request(method: &str, target: &str, version: Version) -> StartLine {
    StartLine::Request { method: method.to_owned(), target: target.to_owned(), version }
}

fn response(version: Version, status: u16, reason: &str) -> StartLine {
    StartLine::Response { version, status, reason: reason.to_owned() }
}

fn fields(fields: &[(&str, &[u8])]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    headers
}

// A whole message

#[test]
fn a_request_is_taken_apart() {
    let message = whole(BROWSER);
    assert_eq!(message.start, request("GET", "/picture.png?size=small", Version::Http11));
    assert_eq!(message.headers.len(), 5);
    assert_eq!(message.headers.get_text("host"), Some("localhost:8007"));
    assert_eq!(message.headers.get_text("CONNECTION"), Some("keep-alive"));
    assert_bytes!(message.body, b"");
}

#[test]
fn a_request_with_a_body_is_taken_apart() {
    let message = whole(FORM);
    assert_eq!(message.start, request("POST", "/guestbook", Version::Http11));
    assert_bytes!(message.body, b"name=Ada&age=9");
}

#[test]
fn a_response_is_taken_apart() {
    let message = whole(RESPONSE);
    assert_eq!(message.start, response(Version::Http10, 404, "Not Found"));
    assert_eq!(message.headers, fields(&[("Server", b"OwnHands/0.1"), ("Content-Length", b"6")]));
    assert_bytes!(message.body, b"Oops\r\n");
}

#[test]
fn the_smallest_messages_are_messages() {
    assert_eq!(whole("A / HTTP/1.0\r\n\r\n").start, request("A", "/", Version::Http10));
    assert_eq!(whole("HTTP/1.1 200 \r\n\r\n").start, response(Version::Http11, 200, ""));
}

#[test]
fn what_follows_a_message_is_not_looked_at() {
    for message in [BROWSER, FORM, RESPONSE] {
        for rest in [&b"\0"[..], b"\n", b"GET / HTTP/1.1\r\n\r\n", b"\r\n\r\n", &[b'x'; 20_000]] {
            let (parsed, used) = first(&[message, rest].concat());
            assert_eq!((parsed, used), (whole(message), message.len()));
        }
    }
}

#[test]
fn an_empty_line_before_a_message_is_passed_over_and_counted() {
    let input = [b"\r\n", FORM].concat();
    assert_eq!(whole(&input), whole(FORM));
    refused("\r\nGET /\r\n\r\n", 400, 2);
    refused("\r\n\r\nGET / HTTP/1.0\r\n\r\n", 400, 2); // one, not two
    refused("\nGET / HTTP/1.0\r\n\r\n", 400, 0);
}

#[test]
fn nothing_at_all_is_the_beginning_of_a_message() {
    assert_eq!(parse(b""), Ok(Parsed::Partial { at_least: 1 }));
}

/// Whoever waits for so many bytes before asking again asks once for a body.
#[test]
fn once_the_length_is_known_all_of_it_is_asked_for() {
    let head = FORM.len() - 14;
    for length in head..FORM.len() {
        assert_eq!(parse(&FORM[..length]), Ok(Parsed::Partial { at_least: FORM.len() }));
    }
}

// The first line

#[test]
fn any_token_is_a_method_and_its_case_counts() {
    for method in ["GET", "get", "BREW", "M-SEARCH", "!#$%&'*+-.^_`|~09azAZ", "HTTP"] {
        let input = format!("{method} / HTTP/1.0\r\n\r\n");
        assert_eq!(whole(input).start, request(method, "/", Version::Http10));
    }
}

#[test]
fn what_is_not_a_token_is_not_a_method() {
    refused("G(T / HTTP/1.0\r\n\r\n", 400, 1);
    refused("GET\t / HTTP/1.0\r\n\r\n", 400, 3);
    refused(b"G\xc3\x89T / HTTP/1.0\r\n\r\n", 400, 1);
    refused("GET: / HTTP/1.0\r\n\r\n", 400, 3);
    refused("\x7fGET / HTTP/1.0\r\n\r\n", 400, 0);
}

#[test]
fn a_target_is_kept_as_it_was_sent() {
    for target in [
        "/",
        "*",
        "/a/../b/%2e%2E//c",
        "http://localhost:8007/?q",
        "localhost:8007",
        "/{a}|b\\c\"d<e>^`",
        "/?a=b&c=%20",
    ] {
        let input = format!("GET {target} HTTP/1.0\r\n\r\n");
        assert_eq!(whole(input).start, request("GET", target, Version::Http10));
    }
}

#[test]
fn a_target_is_made_of_visible_ascii() {
    refused("GET /a\tb HTTP/1.0\r\n\r\n", 400, 6);
    refused("GET /\x1b[2J HTTP/1.0\r\n\r\n", 400, 5);
    refused("GET /a\x7f HTTP/1.0\r\n\r\n", 400, 6);
    refused("GET /caf\u{e9} HTTP/1.0\r\n\r\n", 400, 8);
    refused(b"GET /\xff HTTP/1.0\r\n\r\n", 400, 5);
}

/// What stands behind it is the browser's own. A server that cut it off, and one
/// that did not, would see two addresses.
#[test]
fn a_fragment_is_no_part_of_a_target() {
    refused("GET /#top HTTP/1.0\r\n\r\n", 400, 5);
    refused("GET /?a=b#c HTTP/1.0\r\n\r\n", 400, 9);
    refused("GET http://localhost#/ HTTP/1.0\r\n\r\n", 400, 20);
}

#[test]
fn the_first_line_is_three_words_with_one_space_between_them() {
    for line in [
        "GET",
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET / HTTP/1.1 more",
        " / HTTP/1.1",
        "GET  HTTP/1.1",
        " ",
        "  ",
    ] {
        refused(format!("{line}\r\nHost: mock\r\n\r\n"), 400, 0);
    }
}

#[test]
fn versions_of_http_1_are_understood_and_others_are_505() {
    for (word, version) in [
        ("HTTP/1.0", Version::Http10),
        ("HTTP/1.1", Version::Http11),
        ("HTTP/1.2", Version::Http11),
        ("HTTP/1.9", Version::Http11),
    ] {
        let input = format!("GET / {word}\r\nHost: mock\r\n\r\n");
        assert_eq!(whole(input).start, request("GET", "/", version));
        let input = format!("{word} 200 OK\r\n\r\n");
        assert_eq!(whole(input).start, response(version, 200, "OK"));
    }
    for word in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"] {
        refused(format!("GET / {word}\r\nHost: mock\r\n\r\n"), 505, 6);
        refused(format!("{word} 200 OK\r\n\r\n"), 505, 0);
    }
}

#[test]
fn what_is_not_a_version_is_400() {
    for word in [
        "http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/11",
        "HTTP/1.10",
        "HTTP/1,1",
        "HTTPS/1.1",
        "HTTP/",
        "",
    ] {
        refused(format!("GET / {word}\r\nHost: mock\r\n\r\n"), 400, 6);
    }
}

#[test]
fn a_target_of_8_kib_is_taken_and_one_more_byte_is_414() {
    let target = format!("/{}", "a".repeat(MAX_TARGET - 1));
    assert_eq!(target.len(), 8 * 1024);
    let input = format!("GET {target} HTTP/1.0\r\n\r\n");
    assert_eq!(whole(input).start, request("GET", &target, Version::Http10));
    refused(format!("GET {target}a HTTP/1.0\r\n\r\n"), 414, "GET ".len() + MAX_TARGET);
}

#[test]
fn a_method_of_64_bytes_is_taken_and_one_more_byte_is_501() {
    assert_eq!(MAX_METHOD, 64);
    let method = "M".repeat(MAX_METHOD);
    let input = format!("{method} / HTTP/1.0\r\n\r\n");
    assert_eq!(whole(input).start, request(&method, "/", Version::Http10));
    refused(format!("{method}M / HTTP/1.0\r\n\r\n"), 501, MAX_METHOD);
    refused(format!("\r\n{method}M / HTTP/1.0\r\n\r\n"), 501, 2 + MAX_METHOD);
    // Where there is no second word, it is no method that is too long.
    refused(format!("{method}M\r\n\r\n"), 400, 0);
}

/// RFC 9112 section 3: 501 for a method and 414 for a target that is too long. In
/// a line that does not end, it is the method as long as that has not ended.
#[test]
fn a_first_line_without_end_is_501_if_it_is_a_method_and_else_414() {
    for (start, status) in [
        ("", 501),
        ("\r\n", 501),
        (&*"M".repeat(MAX_METHOD), 501),
        (&*format!("{} ", "M".repeat(MAX_METHOD + 1)), 501),
        (&*format!("{} ", "M".repeat(MAX_METHOD)), 414),
        (&*format!("\r\n{} ", "M".repeat(MAX_METHOD)), 414),
        ("GET ", 414),
        ("\r\nGET ", 414),
        ("GET / HTTP/1.1 ", 414),
    ] {
        let line = format!("{start}{}", "x".repeat(20_000));
        assert!(matches!(parse(&line.as_bytes()[..MAX_HEAD - 1]), Ok(Parsed::Partial { .. })));
        refused(line, status, MAX_HEAD);
    }
}

#[test]
fn a_first_line_without_end_is_414_at_the_end_of_the_longest_head() {
    let line = format!("GET /{}", "a".repeat(MAX_HEAD));
    assert!(matches!(parse(&line.as_bytes()[..MAX_HEAD - 1]), Ok(Parsed::Partial { .. })));
    refused(&line[..MAX_HEAD], 414, MAX_HEAD);
    refused(line, 414, MAX_HEAD);
}

#[test]
fn the_reason_of_a_response_may_be_empty_or_have_spaces_or_any_bytes_above_ascii() {
    for reason in ["", " ", "OK", "It works \t well", "d\u{e9}j\u{e0} vu"] {
        let input = format!("HTTP/1.0 200 {reason}\r\n\r\n");
        assert_eq!(whole(input).start, response(Version::Http10, 200, reason));
    }
    let message = whole(b"HTTP/1.0 200 a\xffb\r\n\r\n");
    assert_eq!(message.start, response(Version::Http10, 200, "a\u{fffd}b"));
    refused("HTTP/1.0 200 a\x1bb\r\n\r\n", 400, 14);
    refused("HTTP/1.0 200 \x7f\r\n\r\n", 400, 13);
}

#[test]
fn a_status_is_three_digits_between_two_spaces() {
    for status in [100, 200, 599, 999] {
        let input = format!("HTTP/1.0 {status} X\r\n\r\n");
        assert_eq!(whole(input).start, response(Version::Http10, status, "X"));
    }
    for status in ["099", "000", "20", "2000", "2x0", "+20", "-20", "", "twohundred"] {
        refused(format!("HTTP/1.0 {status} OK\r\n\r\n"), 400, 9);
    }
    refused("HTTP/1.0 200\r\n\r\n", 400, 0);
    refused("HTTP/1.0\r\n\r\n", 400, 0);
    refused("HTTP/1.0  200 OK\r\n\r\n", 400, 9);
}

#[test]
fn a_response_needs_no_host() {
    whole("HTTP/1.1 204 No Content\r\n\r\n");
    whole("HTTP/1.1 204 No Content\r\nHost: a\r\nHost: b\r\n\r\n");
}

// Lines

#[test]
fn a_line_ends_with_cr_lf_and_with_nothing_else() {
    refused("GET / HTTP/1.0\n\n", 400, 14);
    refused("GET / HTTP/1.0\n\r\n", 400, 14);
    refused("GET / HTTP/1.0\r\nA: b\n\r\n", 400, 20);
    refused("GET / HTTP/1.0\r\nA: b\r\n\n", 400, 22);
    refused("GET / HTTP/1.0\r\n\n", 400, 16);
    refused("GET / HTTP/1.0\r\r\n\r\n", 400, 14);
    refused("GET / HTTP/1.0\rA: b\r\n\r\n", 400, 14);
    refused("GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", 400, 20);
    refused("GET / HTTP/1.0\r\nA: b\r\r\n\r\n", 400, 20);
    refused("GET / HTTP/1.0\r\n\r\r\n", 400, 16);
    refused("\rGET / HTTP/1.0\r\n\r\n", 400, 0);
}

#[test]
fn a_nul_is_refused_wherever_it_stands_in_a_head() {
    for head in ["GET / HTTP/1.0\r\nHost: mock\r\n\r\n", "HTTP/1.0 200 OK\r\nA: b\r\n\r\n"] {
        for at in 0..head.len() {
            // Between CR and LF, the CR is the fault.
            let offset = if head[..at].ends_with('\r') { at - 1 } else { at };
            refused(format!("{}\0{}", &head[..at], &head[at..]), 400, offset);
        }
    }
}

#[test]
fn a_body_may_have_any_bytes() {
    let body: Vec<u8> = (0..=255).collect();
    let head = b"PUT / HTTP/1.0\r\nContent-Length: 256\r\n\r\n";
    assert_bytes!(whole([head, &body[..]].concat()).body, body);
}

// Header fields

#[test]
fn fields_are_in_their_order_and_values_without_the_whitespace_around_them() {
    let message = whole(
        b"GET / HTTP/1.0\r\n\
          b: 1\r\n\
          A:2\r\n\
          B: \t two  \t words\t \r\n\
          c:\r\n\
          d: \t \r\n\
          e: a:b\r\n\
          f: caf\xc3\xa9 \xff\r\n\
          \r\n",
    );
    let expected: [(&str, &[u8]); 7] = [
        ("b", b"1"),
        ("A", b"2"),
        ("B", b"two  \t words"),
        ("c", b""),
        ("d", b""),
        ("e", b"a:b"),
        ("f", b"caf\xc3\xa9 \xff"),
    ];
    let found: Vec<_> = message.headers.iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn a_field_has_a_colon() {
    refused("GET / HTTP/1.0\r\nno colon\r\n\r\n", 400, 16);
    refused("GET / HTTP/1.0\r\nA: b\r\nno-colon\r\n\r\n", 400, 22);
}

#[test]
fn whitespace_before_the_colon_is_refused() {
    refused("GET / HTTP/1.0\r\nHost : a\r\n\r\n", 400, 20);
    refused("GET / HTTP/1.0\r\nHost\t: a\r\n\r\n", 400, 20);
    refused("HTTP/1.0 200 OK\r\nA: b\r\nHost \t : a\r\n\r\n", 400, 27);
}

/// The text of the error is for the one who looks for a mistake in their client.
#[test]
fn whitespace_before_the_colon_is_told_from_other_faults_of_a_name() {
    let reason = |line: &str| {
        let input = format!("GET / HTTP/1.0\r\n{line}\r\n\r\n");
        parse(input.as_bytes()).expect_err(line).reason
    };
    assert_eq!(reason("Host : a"), reason("Host\t: a"));
    assert_ne!(reason("Host : a"), reason("Ho/st: a"));
    assert_ne!(reason("Host : a"), reason("Host a"));
}

#[test]
fn a_folded_line_is_refused() {
    refused("GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n", 400, 22);
    refused("GET / HTTP/1.0\r\nA: b\r\n\tc: d\r\n\r\n", 400, 22);
    refused("GET / HTTP/1.0\r\n A: b\r\n\r\n", 400, 16);
    refused("GET / HTTP/1.0\r\n \r\n\r\n", 400, 16);
    refused("HTTP/1.0 200 OK\r\nA: b\r\n c\r\n\r\n", 400, 23);
}

#[test]
fn a_field_name_is_a_token() {
    whole("GET / HTTP/1.0\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n");
    for name in ["ab cd", "ab\x7f", "ab/c", "ab(c)", "ab@", "ab\"", "ab\u{e9}", "ab\x1bc", "ab[c]"]
    {
        refused(format!("GET / HTTP/1.0\r\n{name}: b\r\n\r\n"), 400, 18);
    }
    refused("GET / HTTP/1.0\r\n: b\r\n\r\n", 400, 16);
    refused("GET / HTTP/1.0\r\n:\r\n\r\n", 400, 16);
}

#[test]
fn a_field_value_has_no_control_character_but_the_tab() {
    for byte in (0..b' ').chain([0x7f]) {
        let line = [b"GET / HTTP/1.0\r\nA: b", &[byte][..], b"c\r\n\r\n"].concat();
        match byte {
            b'\t' => assert_eq!(whole(line).headers.get("A"), Some(&b"b\tc"[..])),
            _ => refused(line, 400, 20),
        }
    }
}

/// A request of `count` fields, and the offset of the last one.
fn request_with_fields(count: usize) -> (String, usize) {
    let mut input = "GET / HTTP/1.0\r\n".to_owned();
    let mut last = 0;
    for number in 0..count {
        last = input.len();
        input += &format!("X-{number}: {number}\r\n");
    }
    (input + "\r\n", last)
}

#[test]
fn a_hundred_fields_are_taken_and_one_more_is_431() {
    assert_eq!(MAX_FIELDS, 100);
    let (input, _) = request_with_fields(MAX_FIELDS);
    assert_eq!(whole(input).headers.len(), MAX_FIELDS);
    let (input, last) = request_with_fields(MAX_FIELDS + 1);
    refused(input, 431, last);
}

/// A request whose head has so many bytes.
fn request_with_head_of(length: usize) -> String {
    let (start, end) = ("GET / HTTP/1.0\r\nContent-Length: 2\r\nX: ", "\r\n\r\n");
    format!("{start}{}{end}hi", "x".repeat(length - start.len() - end.len()))
}

#[test]
fn a_head_of_16_kib_is_taken_and_one_more_byte_is_431() {
    assert_eq!(MAX_HEAD, 16 * 1024);
    assert_bytes!(whole(request_with_head_of(MAX_HEAD)).body, b"hi");
    for more in 1..=4 {
        refused(request_with_head_of(MAX_HEAD + more), 431, MAX_HEAD);
    }
    refused(request_with_head_of(2 * MAX_HEAD), 431, MAX_HEAD);
}

// The host

#[test]
fn a_request_of_http_1_1_has_exactly_one_host() {
    whole("GET / HTTP/1.1\r\nHost: mock\r\n\r\n");
    // Nothing stands where it should be: that is seen at the end of the head.
    refused("GET / HTTP/1.1\r\n\r\n", 400, 18);
    refused("GET / HTTP/1.1\r\nA: b\r\n\r\n", 400, 24);
    refused("GET / HTTP/1.2\r\n\r\n", 400, 18);
    refused("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400, 25);
    refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nA: b\r\n\r\n", 400, 25);
}

#[test]
fn a_request_of_http_1_0_has_at_most_one_host() {
    whole("GET / HTTP/1.0\r\n\r\n");
    whole("GET / HTTP/1.0\r\nHost: mock\r\n\r\n");
    refused("GET / HTTP/1.0\r\nHost: a\r\nA: b\r\nhost: a\r\n\r\n", 400, 31);
}

/// Right and wrong authorities, for `Host` and for absolute targets.
const AUTHORITIES: [&str; 21] = [
    "localhost",
    "LOCALHOST",
    "a-b_c.example.",
    "127.0.0.1",
    "999.1", // no IPv4 address, and so a name
    "%41%c3%a9",
    "a!$&'()*+,;=~",
    "localhost:",
    "localhost:0",
    "localhost:8007",
    "localhost:65535",
    "localhost:0000000080",
    "[::]",
    "[::1]:",
    "[::1]:8007",
    "[1:2:3:4:5:6:7:8]",
    "[::ffff:127.0.0.1]:80",
    "[2001:DB8::a]",
    "[v1.a]",
    "[VfF.a:b~!$&'()*+,;=]:80",
    "0",
];
const NO_AUTHORITIES: [&str; 58] = [
    ":80",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a@b",
    "a:b@c",
    "a, b",
    "a\\b",
    "<a>",
    "a\"b",
    "a|b",
    "a^b",
    "{a}",
    "`a`",
    "caf\u{e9}",
    "a\u{0}",
    "a\tb",
    " a",
    "a ",
    "%",
    "%4",
    "%zz",
    "%4g",
    "a%2",
    "100%",
    "%%41",
    "a:b",
    "a:80b",
    "a:+80",
    "a:-1",
    "a: 80",
    "a:80:81",
    "a::80",
    "::1",
    "a:65536",
    "a:99999999",
    "a:99999999999999999999999",
    "a:\u{663}",
    "[",
    "]",
    "[]",
    "[]:80",
    "[::1",
    "::1]",
    "[::1]80",
    "[::1]a",
    "[::1]:a",
    "[::1]:65536",
    "[[::1]]",
    "a[::1]",
    "[localhost]",
    "[127.0.0.1]",
    "[1:2:3:4:5:6:7:8:9]",
    "[::1%25eth0]",
    "[:::]",
    "[12345::]",
    "[ ::1]",
];
/// Wrong ones of a later kind.
const NO_LATER_KINDS: [&str; 7] =
    ["[v]", "[v1]", "[v1.]", "[v.a]", "[vg.a]", "[v1.a/b]", "[v1.%41]"];

#[test]
fn an_authority_is_a_host_and_perhaps_a_port() {
    for text in AUTHORITIES {
        assert!(is_authority(text.as_bytes()), "{text}");
    }
    for text in NO_AUTHORITIES.iter().chain(&NO_LATER_KINDS).chain(&[""]) {
        assert!(!is_authority(text.as_bytes()), "{text}");
    }
    assert!(!is_authority(b"a\xff"));
}

#[test]
fn a_host_is_an_authority_or_empty() {
    for host in AUTHORITIES.iter().chain(&[""]) {
        let message = whole(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(message.headers.get_text("Host"), Some(*host));
    }
    // Whitespace around a value is no part of it, and a NUL is refused as one.
    let is_value = |host: &&&str| host.trim() == **host && !host.contains('\0');
    for host in NO_AUTHORITIES.iter().chain(&NO_LATER_KINDS).filter(is_value) {
        refused(format!("GET / HTTP/1.1\r\nA: b\r\nHost: {host}\r\n\r\n"), 400, 22);
        refused(format!("GET / HTTP/1.0\r\nHost: {host}\r\nA: b\r\n\r\n"), 400, 16);
    }
}

// The length of the body

#[test]
fn without_a_length_there_is_no_body() {
    let (message, used) = first(b"POST / HTTP/1.0\r\n\r\nnot a body");
    assert_bytes!(message.body, b"");
    assert_eq!(used, 19);
}

#[test]
fn a_body_is_exactly_as_long_as_it_says() {
    for (length, body) in [("0", &b""[..]), ("1", b"a"), ("3", b"abc"), ("0003", b"abc")] {
        let input = format!("PUT / HTTP/1.0\r\nContent-Length: {length}\r\n\r\nabcde");
        assert_bytes!(first(input.as_bytes()).0.body[..], body);
    }
}

#[test]
fn a_body_of_1_mib_is_taken_and_one_more_byte_is_413() {
    assert_eq!(MAX_BODY, 1024 * 1024);
    let input = format!("PUT / HTTP/1.0\r\nContent-Length: {MAX_BODY}\r\n\r\n");
    let body = vec![b'x'; MAX_BODY];
    let all = [input.as_bytes(), &body].concat();
    assert_eq!(parse(input.as_bytes()), Ok(Parsed::Partial { at_least: all.len() }));
    assert_eq!(parse(&all[..all.len() - 1]), Ok(Parsed::Partial { at_least: all.len() }));
    let Ok(Parsed::Complete(message, used)) = parse(&all) else { panic!("it has all come") };
    assert_eq!((message.body.len(), used), (MAX_BODY, all.len()));

    for length in [MAX_BODY as u64 + 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX] {
        // It is refused before any of it has come.
        refused(format!("PUT / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n"), 413, 16);
    }
}

#[test]
fn what_is_not_a_plain_number_is_not_a_length() {
    for length in [
        "",
        "+3",
        "-3",
        "-0",
        "3.0",
        "0x3",
        "3 3",
        "3;3",
        "3a",
        "three",
        "\u{663}",
        ",",
        "3,",
        ",3",
        "3,,3",
        "18446744073709551616", // 2 to the 64th
        "99999999999999999999999999999999999999999",
    ] {
        refused(format!("PUT / HTTP/1.0\r\nContent-Length: {length}\r\n\r\nabc"), 400, 16);
        refused(format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\nabc"), 400, 17);
    }
}

#[test]
fn a_length_may_be_repeated_if_it_is_the_same() {
    for again in ["Content-Length: 3, 3", "Content-Length: 3\r\ncontent-length: 3"] {
        assert_bytes!(whole(format!("PUT / HTTP/1.0\r\n{again}\r\n\r\nabc")).body, b"abc");
    }
    refused("PUT / HTTP/1.0\r\nContent-Length: 3, 4\r\n\r\nabc", 400, 16);
    let two = "PUT / HTTP/1.0\r\nContent-Length: 3\r\ncontent-length: 4\r\nA: b\r\n\r\nabcd";
    refused(two, 400, 35);
    refused(two.replace(": 4", ": x"), 400, 35);
    refused(two.replace(": 3", ": 9999999"), 400, 41);
}

#[test]
fn a_transfer_encoding_is_501() {
    refused("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, 16);
    refused("PUT / HTTP/1.0\r\nA: b\r\ntransfer-encoding: identity\r\n\r\n", 501, 22);
    refused("PUT / HTTP/1.0\r\nTransfer-Encoding:\r\n\r\n", 501, 16);
    refused("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501, 17);
}

/// The way to smuggle a request past a server that reads the one and in front
/// of one that reads the other.
#[test]
fn a_transfer_encoding_beside_a_length_is_400() {
    refused(
        "PUT / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        35,
    );
    refused(
        "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        400,
        16,
    );
}

#[test]
fn of_two_faults_the_first_line_that_has_one_counts() {
    refused("GET\r\nno colon\r\n\r\n", 400, 0);
    refused("GET / HTTP/2.0\r\nno colon\r\n\r\n", 505, 6);
    refused("GET / HTTP/1.1\r\nno colon\r\nA: \0\r\n\r\n", 400, 16);
    refused("GET / HTTP/1.1\r\nContent-Length: x\r\nno colon\r\n\r\n", 400, 35);
    refused("GET / HTTP/1.1\r\nA: b\r\n c\r\nA : b\r\n\r\n", 400, 22);
}

// Headers

#[test]
fn names_are_found_in_any_case_and_values_in_their_order() {
    let headers = fields(&[("Accept", b"a"), ("Host", b"b"), ("ACCEPT", b"c"), ("accept", b"d")]);
    for name in ["Accept", "accept", "ACCEPT", "aCCePT"] {
        assert_eq!(headers.get(name), Some(&b"a"[..]));
        assert_eq!(headers.get_all(name).collect::<Vec<_>>(), [b"a", b"c", b"d"]);
        assert!(headers.contains(name));
    }
    let names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Accept", "Host", "ACCEPT", "accept"]); // as they were added
    assert_eq!(headers.len(), 4);
    assert!(!headers.is_empty());
}

#[test]
fn what_is_not_there_is_not_found() {
    let headers = fields(&[("Accept", b"a")]);
    for name in ["", "Accept ", "Accept:", "Accep", "Accept-Language"] {
        assert_eq!(headers.get(name), None);
        assert_eq!(headers.get_text(name), None);
        assert_eq!(headers.get_all(name).count(), 0);
        assert!(!headers.contains(name));
    }
    assert!(Headers::default().is_empty());
    assert_eq!(Headers::default().len(), 0);
    assert_eq!(Headers::default().iter().count(), 0);
}

#[test]
fn values_are_bytes_and_may_be_text() {
    let headers = fields(&[("A", "caf\u{e9}".as_bytes()), ("B", b"\xff"), ("C", b"")]);
    assert_eq!(headers.get_text("A"), Some("caf\u{e9}"));
    assert_eq!(headers.get("B"), Some(&b"\xff"[..]));
    assert_eq!(headers.get_text("B"), None);
    assert_eq!(headers.get_text("C"), Some(""));
}

#[test]
fn whitespace_around_a_value_is_no_part_of_it() {
    for value in ["a\t b", " a\t b", "\ta\t b ", " \t a\t b \t "] {
        assert_eq!(fields(&[("A", value.as_bytes())]).get("A"), Some(&b"a\t b"[..]));
    }
    assert_eq!(fields(&[("A", b" \t ")]).get("A"), Some(&b""[..]));
}

#[test]
fn a_control_character_does_not_get_into_a_value() {
    for byte in (0..b' ').chain([0x7f]).filter(|&byte| byte != b'\t') {
        for value in [&[byte][..], &[byte, b'a'], &[b'a', byte], &[b'a', byte, b'b'], &[b' ', byte]]
        {
            let mut headers = Headers::default();
            let result = headers.add("A", value);
            assert_eq!(result, Err(InvalidHeader::Value("A".to_owned())), "{value:?}");
            assert!(headers.is_empty());
        }
    }
    let mut headers = Headers::default();
    assert!(headers.add("A", "b\r\nSet-Cookie: c=d").is_err());
    assert!(headers.add("A", "b\r\n\r\n<html>").is_err());
    assert!(headers.is_empty());
}

#[test]
fn what_is_not_a_token_does_not_get_into_a_name() {
    let mut headers = Headers::default();
    for name in ["", " ", "A ", " A", "A:", "A: b\r\nC", "A\r\nB", "A\n", "\0", "caf\u{e9}", "A\tB"]
    {
        let result = headers.add(name, "b");
        assert_eq!(result, Err(InvalidHeader::Name(name.to_owned())));
    }
    for byte in 0..=127u8 {
        let allowed = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let name = format!("A{}", char::from(byte));
        assert_eq!(Headers::default().add(&name, "b").is_ok(), allowed, "{name:?}");
    }
    assert!(headers.is_empty());
}

// Encode

/// The bytes of a message without header fields and body.
fn encoded(start: StartLine) -> Option<Vec<u8>> {
    encode(&Message { start, headers: Headers::default(), body: Vec::new() }).ok()
}

#[test]
fn a_message_is_its_lines_a_blank_line_and_its_body() {
    let message = Message {
        start: request("POST", "/a?b", Version::Http11),
        headers: fields(&[("Host", b"mock"), ("x-Empty", b""), ("Content-Length", b"4")]),
        body: b"a\r\n\0".to_vec(),
    };
    assert_bytes!(
        encode(&message).unwrap(),
        b"POST /a?b HTTP/1.1\r\nHost: mock\r\nx-Empty: \r\nContent-Length: 4\r\n\r\na\r\n\0"
    );
    let message = Message {
        start: response(Version::Http10, 404, "Not Found"),
        headers: fields(&[("A", b"\xff"), ("a", b"b")]),
        body: Vec::new(),
    };
    assert_bytes!(encode(&message).unwrap(), b"HTTP/1.0 404 Not Found\r\nA: \xff\r\na: b\r\n\r\n");
}

#[test]
fn a_response_without_a_reason_keeps_the_space_before_it() {
    let bytes = encoded(response(Version::Http10, 299, "")).unwrap();
    assert_bytes!(bytes, b"HTTP/1.0 299 \r\n\r\n");
}

#[test]
fn what_would_make_another_line_of_the_first_one_is_an_error() {
    let version = Version::Http11;
    for bad in (0..b' ').chain([0x7f]).map(char::from) {
        let (method, word) = (format!("GE{bad}T"), format!("/a{bad}b"));
        assert_eq!(encoded(request(&method, "/", version)), None, "{method:?}");
        assert_eq!(encoded(request("GET", &word, version)), None, "{word:?}");
        if bad != '\t' {
            assert_eq!(encoded(response(version, 200, &word)), None, "{word:?}");
        }
    }
    for (method, target) in [
        ("", "/"),
        ("GET", ""),
        ("GET /", "/"),
        ("GET", "/ HTTP/1.1"),
        ("G\u{c9}T", "/"),
        ("GET", "/caf\u{e9}"),
        ("GET", "/a#b"),
        ("HTTP/1.1", "200"),
        ("GET", "/ HTTP/1.1\r\nA: b\r\n\r\n"),
    ] {
        assert_eq!(encoded(request(method, target, version)), None, "{method:?} {target:?}");
    }
    for status in [0, 1, 99, 1000, u16::MAX] {
        assert_eq!(encoded(response(version, status, "OK")), None, "{status}");
    }
    assert_eq!(encoded(response(version, 200, "OK\r\nSet-Cookie: a=b")), None);
}

#[test]
fn what_was_parsed_and_encoded_is_the_same_bytes() {
    for bytes in [BROWSER, FORM, RESPONSE, b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 999 \r\n\r\n"] {
        assert_bytes!(encode(&whole(bytes)).unwrap(), bytes);
    }
    // But for the whitespace: there is one space behind each colon, for which a head may have had
    // no room.
    let tight = format!("GET / HTTP/1.0\r\nX:{}\r\n\r\n", "x".repeat(MAX_HEAD - 22));
    assert_eq!(tight.len(), MAX_HEAD);
    let wide = encode(&whole(&tight)).unwrap();
    assert_bytes!(wide, tight.replace("X:", "X: "));
    refused(wide, 431, MAX_HEAD);
}

#[test]
fn what_was_encoded_and_parsed_is_the_same_message() {
    let body: Vec<u8> = (0..=255).collect();
    for start in [
        request("GET", "*", Version::Http10),
        request("!", "~", Version::Http11),
        response(Version::Http10, 100, ""),
        response(Version::Http11, 999, " a  d\u{e9}j\u{e0}\tvu "),
    ] {
        let headers = fields(&[
            ("Host", b"mock"),
            ("Content-Length", b"256"),
            ("A", b"b: c,\t\"d\" \xff"),
            ("a", b""),
        ]);
        let message = Message { start, headers, body: body.clone() };
        assert_eq!(whole(encode(&message).unwrap()), message);
    }
}

/// RFC 9110 section 15, RFC 6585 sections 3 to 5, RFC 4918 section 11, and RFC 2324 section 2.3.2.
const REASONS: &str = "\
    100 Continue
    101 Switching Protocols
    200 OK
    201 Created
    202 Accepted
    204 No Content
    205 Reset Content
    206 Partial Content
    207 Multi-Status
    300 Multiple Choices
    301 Moved Permanently
    302 Found
    303 See Other
    304 Not Modified
    307 Temporary Redirect
    308 Permanent Redirect
    400 Bad Request
    401 Unauthorized
    403 Forbidden
    404 Not Found
    405 Method Not Allowed
    406 Not Acceptable
    408 Request Timeout
    409 Conflict
    410 Gone
    411 Length Required
    412 Precondition Failed
    413 Content Too Large
    414 URI Too Long
    415 Unsupported Media Type
    416 Range Not Satisfiable
    417 Expectation Failed
    418 I'm a teapot
    421 Misdirected Request
    422 Unprocessable Content
    423 Locked
    424 Failed Dependency
    426 Upgrade Required
    428 Precondition Required
    429 Too Many Requests
    431 Request Header Fields Too Large
    500 Internal Server Error
    501 Not Implemented
    502 Bad Gateway
    503 Service Unavailable
    504 Gateway Timeout
    505 HTTP Version Not Supported
    507 Insufficient Storage";

#[test]
fn a_status_has_its_reason_phrase_and_others_have_none() {
    let known: BTreeMap<u16, &str> = REASONS
        .lines()
        .map(|line| line.trim().split_once(' ').unwrap())
        .map(|(status, phrase)| (status.parse().unwrap(), phrase))
        .collect();
    for status in 0..=u16::MAX {
        assert_eq!(reason(status), *known.get(&status).unwrap_or(&""), "{status}");
    }
}

// What errors say

/// An error says where and what, and brings no control character of the client's
/// into a log.
#[test]
fn an_error_names_the_place_the_field_or_the_line() {
    let fault = parse(b"GET / HTTP/1.0\r\nno colon\r\n\r\n").unwrap_err();
    let told = fault.to_string();
    assert!(told.contains(fault.reason) && told.contains("16"), "{told}");
    assert_eq!(ReadError::Malformed(fault).to_string(), told);
    assert!(ReadError::CutOff(1234).to_string().contains("1234"));
    assert!(ReadError::TooLate.to_string().contains("time"));
    let broken = std::io::Error::other("the cable is out");
    assert!(ReadError::Broken(broken).to_string().contains("the cable is out"));

    let mut headers = Headers::default();
    let told = headers.add("A\r\nB", "c").unwrap_err().to_string();
    assert!(told.contains(r"A\r\nB"), "{told}");
    let told = headers.add("X-Evil", "a\r\nb").unwrap_err().to_string();
    assert!(told.contains("X-Evil") && !told.contains('\n'), "{told}");

    let start = request("GET", "/a\r\nb", Version::Http11);
    let error = encode(&Message { start, headers, body: Vec::new() }).unwrap_err();
    let told = error.to_string();
    assert!(told.contains(r"GET /a\r\nb HTTP/1.1"), "{told}");
}

// Whether a client waits to be told to go on

/// A request with a body, whose client asks before it sends it.
const ASKING: &[u8] = b"PUT /a HTTP/1.1\r\n\
    Host: mock\r\n\
    expect: 100-Continue\r\n\
    Content-Length: 4\r\n\
    \r\n\
    soup";

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn a_client_of_http_1_1_that_expects_a_100_is_known_by_its_head() {
    let head = ASKING.len() - 4;
    for length in 0..=ASKING.len() {
        assert_eq!(expects_continue(&ASKING[..length]), length >= head, "{length} bytes");
    }
    let text = str::from_utf8(ASKING).unwrap();
    for (old, new) in [
        ("HTTP/1.1", "HTTP/1.0"),
        ("expect:", "X-Expect:"),
        ("100-Continue", "something"),
        ("100-Continue", ""),
        ("100-Continue", "100-continue;q=1"),
        ("100-Continue", "\"100-continue\""),
        ("Content-Length", "no colon, "),
    ] {
        assert!(text.contains(old));
        assert!(!expects_continue(text.replace(old, new).as_bytes()), "{new}");
    }
    // The value is a list, and a list may be a field for each of its members.
    for list in [
        "100-continue,",
        "soup, 100-continue",
        "100-continue\t,soup",
        "soup\r\nExpect: 100-continue",
    ] {
        assert!(expects_continue(text.replace("100-Continue", list).as_bytes()), "{list}");
    }
    assert!(!expects_continue(RESPONSE));
}

// The method, of whatever has come

#[test]
fn a_method_is_known_though_the_rest_is_wrong_or_missing() {
    for (received, method) in [
        ("HEAD / HTTP/1.1\r\nno colon\r\n\r\n", "HEAD"),
        ("\r\nHEAD / HTTP/1.1", "HEAD"),
        ("HEAD ", "HEAD"),
        ("HEADER /", "HEADER"),
        ("head /", "head"),
        ("HEAD", ""),
        ("HEAD\r\n", "HEAD"),
        ("HEAD\r\nHost: x\r\n", "HEAD"),
        ("HEAD\n", "HEAD"),
        ("HEAD\t/ HTTP/1.1\r\n", "HEAD"),
        (" HEAD /", ""),
        ("", ""),
    ] {
        assert_eq!(method_of(received.as_bytes()), method, "{received:?}");
    }
    assert_eq!(method_of(b"\xff /"), "");
}

// Reading a message from a connection

/// What is read from a connection that delivers `input`.
fn read(input: impl Into<Script>) -> Result<Option<Message>, ReadError> {
    let (mut conn, _peer) = MockConnection::pair(input);
    read_message(&mut conn, &mut Vec::new())
}

#[test]
fn whatever_comes_of_it_all_bytes_that_came_are_known() {
    for input in [FORM, &FORM[..FORM.len() - 1], &FORM[..20], b"two words\r\n\r\n", b""] {
        let (mut conn, _peer) = MockConnection::pair(input);
        let mut received = Vec::new();
        let _ = read_message(&mut conn, &mut received);
        assert_bytes!(received, input);
    }
}

#[test]
fn a_client_that_asks_is_told_to_go_on_unless_its_body_has_come() {
    let head = ASKING.len() - 4;
    for cut in 1..ASKING.len() {
        let script = Script::new().bytes(&ASKING[..cut]).bytes(&ASKING[cut..]);
        let (mut conn, peer) = MockConnection::pair(script);
        let message = read_message(&mut conn, &mut Vec::new()).unwrap();
        assert_eq!(message, Some(whole(ASKING)));
        let expected = if cut < head { b"" } else { CONTINUE };
        assert_bytes!(peer.sent(), expected);
    }
}

#[test]
fn a_client_is_told_to_go_on_once_however_its_body_drips() {
    let (head, body) = ASKING.split_at(ASKING.len() - 4);
    let script = body.iter().fold(Script::new().bytes(head), |script, byte| script.bytes([*byte]));
    let (mut conn, peer) = MockConnection::pair(script);
    assert_eq!(read_message(&mut conn, &mut Vec::new()).unwrap(), Some(whole(ASKING)));
    assert_bytes!(peer.sent(), CONTINUE);
}

#[test]
fn who_does_not_ask_or_is_refused_is_not_told_to_go_on() {
    let text = str::from_utf8(&ASKING[..ASKING.len() - 4]).unwrap();
    for (old, new) in [
        ("HTTP/1.1", "HTTP/1.0"),
        ("expect", "X-Expect"),
        ("Length: 4", "Length: 0"),
        ("Length: 4", "Length: 1048577"),
        ("Host: mock\r\n", ""),
    ] {
        let (mut conn, peer) = MockConnection::pair(text.replace(old, new));
        let _ = read_message(&mut conn, &mut Vec::new());
        assert_bytes!(peer.sent(), b"");
    }
}

#[test]
fn a_message_is_read_however_it_is_cut() {
    for message in [BROWSER, FORM, RESPONSE] {
        let expected = Some(whole(message));
        for_every_split(message, |input| assert_eq!(read(input).unwrap(), expected));
    }
}

#[test]
fn after_the_last_byte_of_a_message_nothing_more_is_read() {
    for message in [BROWSER, FORM, RESPONSE] {
        let script = Script::new().bytes(message).reset();
        assert_eq!(read(script).unwrap(), Some(whole(message)));
    }
}

#[test]
fn the_end_before_the_first_byte_is_no_error() {
    assert_eq!(read("").unwrap(), None);
    assert_eq!(read(Script::new().fail(ErrorKind::Interrupted)).unwrap(), None);
}

#[test]
fn a_message_that_is_cut_off_says_how_much_has_come() {
    for length in 1..FORM.len() {
        let error = read(&FORM[..length]).unwrap_err();
        assert!(matches!(error, ReadError::CutOff(come) if come == length), "{error:?}");
        assert_eq!(error.status(), Some(400));
    }
}

#[test]
fn a_malformed_message_is_refused_as_parse_does_however_it_is_cut() {
    for_every_split("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\nA: b\r\n\r\n", |input| {
        let error = read(input).unwrap_err();
        let ReadError::Malformed(fault) = &error else { panic!("{error:?}") };
        assert_eq!((fault.status, fault.offset), (400, 25));
        assert_eq!(error.status(), Some(400));
    });
}

#[test]
fn a_message_that_does_not_come_in_time_is_408() {
    for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        for length in [0, 1, 20, FORM.len() - 1] {
            let error = read(Script::new().bytes(&FORM[..length]).fail(kind)).unwrap_err();
            assert!(matches!(error, ReadError::TooLate), "{error:?}");
            assert_eq!(error.status(), Some(408));
        }
    }
}

/// A client that has sent something wrong and waits is told so, and not that it
/// is late, wherever the bytes were cut.
#[test]
fn a_fault_in_a_head_is_told_before_the_time_is_up_at_every_cut() {
    for wrong in [b"GET / HTTP/1.0\rx".as_slice(), b"GET / HTTP/1.0\r\nA: b\rc", b"GET /\0"] {
        for cut in 1..wrong.len() {
            let script = Script::new().bytes(&wrong[..cut]).bytes(&wrong[cut..]);
            let (mut conn, _peer) = MockConnection::pair(script.fail(ErrorKind::WouldBlock));
            let error = read_message(&mut conn, &mut Vec::new()).unwrap_err();
            assert!(matches!(error, ReadError::Malformed(_)), "{error:?} for a cut at {cut}");
        }
    }
}

/// The last byte that a head may have is looked at at once, though it ends no line.
#[test]
fn a_head_that_is_too_long_is_told_before_the_time_is_up() {
    let target = format!("GET /{}", "a".repeat(MAX_HEAD));
    let field = format!("GET / HTTP/1.0\r\nX: {}", "a".repeat(MAX_HEAD));
    for (head, status) in [(target, 414), (field, 431)] {
        let (most, last) = head.as_bytes()[..MAX_HEAD].split_at(MAX_HEAD - 1);
        let script = Script::new().bytes(most).bytes(last).fail(ErrorKind::WouldBlock);
        assert_eq!(read(script).unwrap_err().status(), Some(status));
    }
}

#[test]
fn nobody_is_there_to_be_told_when_the_connection_is_broken() {
    for length in [0, 1, 20, FORM.len() - 1] {
        let error = read(Script::new().bytes(&FORM[..length]).reset()).unwrap_err();
        let ReadError::Broken(broken) = &error else { panic!("{error:?}") };
        assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
        assert_eq!(error.status(), None);
    }
}

#[test]
fn a_head_without_end_is_not_collected_without_end() {
    for (piece, status) in [("x", 501), ("x: y\r\n", 431)] {
        // Pieces of about 500 bytes, forty times more than a head may have.
        let piece = piece.repeat(500 / piece.len());
        let mut pieces = vec![b"GET / HTTP/1.0\r\n".to_vec(); usize::from(status == 431)];
        pieces.extend(vec![piece.clone().into_bytes(); 40 * MAX_HEAD / piece.len()]);
        let (mut conn, peer) = MockConnection::pair(pieces);
        let error = read_message(&mut conn, &mut Vec::new()).unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(peer.reads() <= 2 * MAX_HEAD / piece.len(), "{} reads", peer.reads());
    }
}

// The server, without a socket

/// What a client of the server hears that sends `input`.
fn heard(input: impl Into<Script>) -> Vec<u8> {
    let (mut conn, peer) = MockConnection::pair(input);
    HttpServer::default().on_connect(&mut conn, None).unwrap();
    peer.sent()
}

#[test]
fn a_client_sees_the_greeting_and_the_picture() {
    let server = HttpServer::default();
    let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
    let reply = client.get("/");
    assert_eq!((reply.version, reply.status, reply.text()), (0, 200, "Hi there!\n"));
    assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("Server"), Some("OwnHands/0.1"));
    assert_eq!(reply.header("Content-Length"), Some("10"));
    assert_eq!(reply.header("Connection"), Some("close"));
    let reply = client.get("/picture.png");
    assert_eq!(reply.header("Content-Type"), Some("image/png"));
    assert_bytes!(reply.body, PICTURE);
    assert_eq!(client.post("/", "who is there?").text(), "Hi there!\n");
}

#[test]
fn an_answer_to_head_has_no_body_whatever_its_status() {
    for request in [
        "GET / HTTP/1.0\r\n\r\n",
        "\r\nGET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET /\n",
        "GET / HTTP/1.0\r\nHo",
    ] {
        let head = request.replace("GET", "HEAD");
        let to_get = Reply::parse(heard(request));
        let to_head = Reply::parse_head_only(heard(head.as_str()));
        assert_eq!(to_head.status, to_get.status, "{head}");
        assert!(to_head.header("Content-Length").is_some(), "{head}");
        assert_ne!(to_get.body, b"", "{request}");
    }
    let late = Script::new().bytes("HEAD / HTTP/1.0\r\n").fail(ErrorKind::TimedOut);
    assert_eq!(Reply::parse_head_only(heard(late)).status, 408);
}

#[test]
fn a_request_is_answered_without_a_connection() {
    let server = HttpServer::default();
    let message = server.on_request(&whole(FORM)).unwrap();
    assert_eq!(message.start, response(Version::Http10, 200, "OK"));
    assert_bytes!(message.body, b"Hi there!\n");
    // What is said in the wrong direction is not a request.
    let message = server.on_request(&whole(RESPONSE)).unwrap();
    assert_eq!(message.start, response(Version::Http10, 400, "Bad Request"));
    assert_eq!(Reply::parse(heard(RESPONSE)).status, 400);
}

#[test]
fn a_request_gets_its_answer_however_it_is_cut() {
    let expected = heard(FORM);
    assert_eq!(Reply::parse(&expected).text(), "Hi there!\n");
    for_every_split(FORM, |input| assert_bytes!(heard(input), expected));
}

#[test]
fn the_answer_waits_for_the_whole_body_and_for_nothing_more() {
    let events = Events::new();
    let (thinks, answered) = (Gate::new(), Gate::new());
    let (most, rest) = FORM.split_at(FORM.len() - 1);
    let script = Script::new().bytes(most).wait(&thinks).bytes(rest).wait(&answered);
    let (conn, peer) = MockConnection::pair(script);
    let mut conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(move || HttpServer::default().on_connect(&mut conn, None).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        peer.wait_closed();
        answered.open();
        assert_bytes!(sent_before, b"");
    });
    assert_eq!(Reply::parse(peer.sent()).text(), "Hi there!\n");
}

#[test]
fn a_request_that_cannot_be_read_is_told_why() {
    let too_long = format!("GET /{} HTTP/1.1\r\nHost: mock\r\n\r\n", "a".repeat(MAX_TARGET));
    for (input, status) in [
        ("two words\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: mock\r\n", 400), // and no more comes
        ("PUT / HTTP/1.0\r\nContent-Length: 3\r\n\r\nab", 400),
        ("PUT / HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n", 413),
        (&too_long, 414),
        (&request_with_fields(101).0, 431),
        ("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        ("GET / HTTP/2.0\r\nHost: mock\r\n\r\n", 505),
    ] {
        let reply = Reply::parse(heard(input));
        assert_eq!(reply.status, status, "{}", show(input.as_bytes()));
        assert_eq!(reply.reason, reason(status));
        assert_eq!(reply.header("Connection"), Some("close"));
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
    }
}

#[test]
fn a_request_that_does_not_come_in_time_is_answered_408() {
    for input in [&b""[..], b"GET /", BROWSER.split_at(100).0, FORM.split_at(FORM.len() - 1).0] {
        for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
            let reply = Reply::parse(heard(Script::new().bytes(input).fail(kind)));
            assert_eq!((reply.status, reply.reason.as_str()), (408, "Request Timeout"));
        }
    }
}

#[test]
fn the_answer_is_whole_though_writes_are_short_and_interrupted() {
    for input in [BROWSER, FORM, b"two words\r\n\r\n"] {
        let (conn, peer) = MockConnection::pair(input);
        let mut conn = conn.short_writes(3).interrupt_writes();
        HttpServer::default().on_connect(&mut conn, None).unwrap();
        assert_bytes!(peer.sent(), heard(input));
    }
}

#[test]
fn a_client_that_leaves_without_a_byte_hears_nothing_and_that_is_no_error() {
    assert_bytes!(heard(""), b"");
}

#[test]
fn a_broken_connection_is_an_error_and_nothing_is_sent() {
    let (mut conn, peer) = MockConnection::pair(Script::new().bytes("GET /").reset());
    assert!(HttpServer::default().on_connect(&mut conn, None).is_err());
    assert_bytes!(peer.sent(), b"");

    let (conn, peer) = MockConnection::pair(BROWSER);
    let mut conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
    assert!(HttpServer::default().on_connect(&mut conn, None).is_err());
    assert_eq!(peer.sent().len(), 10);
}

// The server over TCP

fn over_tcp(server: HttpServer, test: impl FnOnce(&Live)) {
    Live::run(|incoming| server.serve(incoming), test);
}

#[test]
fn requests_over_tcp_are_answered_and_the_connection_is_closed() {
    over_tcp(HttpServer::default(), |live| {
        let mut spare = live.connect();
        for (input, status) in [(BROWSER, 200), (FORM, 200), (b"two words\r\n\r\n", 400)] {
            let mut client = live.connect();
            for piece in input.chunks(50) {
                client.send(piece);
            }
            let (bytes, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(Reply::parse(bytes).status, status);
        }
        spare.finish();
        assert_eq!(spare.read_to_end(), (Vec::new(), Ending::Closed));
    });
}

#[test]
fn a_client_over_tcp_may_finish_and_still_read() {
    over_tcp(HttpServer::default(), |live| {
        for (input, status) in [(FORM, 200), (&FORM[..FORM.len() - 1], 400), (b"GET", 400)] {
            let mut client = live.connect();
            client.send(input);
            client.finish();
            let (bytes, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(Reply::parse(bytes).status, status);
        }
    });
}

#[test]
fn a_refused_body_does_not_end_in_a_reset() {
    over_tcp(HttpServer::default(), |live| {
        let mut client = live.connect();
        client.send("PUT / HTTP/1.1\r\nHost: mock\r\nContent-Length: 2000000\r\n\r\n");
        client.send([b'x'; 50_000]);
        client.finish();
        let (bytes, ending) = client.read_to_end();
        assert_eq!(ending, Ending::Closed);
        assert_eq!(Reply::parse(bytes).status, 413);
    });
}

/// A server that waits for a request for a tenth of a second.
fn impatient() -> HttpServer {
    let mut server = HttpServer::default();
    server.limits.request_time = Duration::from_millis(100);
    server
}

#[test]
fn a_silent_client_is_answered_408_at_the_deadline() {
    over_tcp(impatient(), |live| {
        for input in ["", "GET / HTTP/1.1\r\nHost: mo"] {
            let mut silent = live.connect();
            silent.send(input);
            let (bytes, ending) = silent.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(Reply::parse(bytes).status, 408);
        }
    });
}

/// A megabyte in single bytes takes much longer than the time that there is.
#[test]
fn a_client_whose_body_drips_is_answered_408_at_the_deadline() {
    over_tcp(impatient(), |live| {
        let mut client = live.connect();
        client.send(format!("PUT / HTTP/1.0\r\nContent-Length: {MAX_BODY}\r\n\r\n"));
        let mut tap = client.stream().try_clone().unwrap();
        let started = Instant::now();
        let dripping =
            thread::spawn(
                move || {
                    while started.elapsed() < patience() && tap.write_all(b"x").is_ok() {}
                },
            );
        assert_eq!(Reply::parse(client.read_to_end().0).status, 408);
        dripping.join().unwrap();
    });
}

/// It was told to go on, and that was no answer: there is time to tell it 408.
#[test]
fn a_client_that_was_told_to_go_on_and_sends_nothing_is_answered_408() {
    let mut server = impatient();
    server.limits.response_time = Duration::from_millis(50);
    over_tcp(server, |live| {
        let mut client = live.connect();
        client.send(&ASKING[..ASKING.len() - 4]);
        let (bytes, ending) = client.read_to_end();
        assert_eq!(ending, Ending::Closed);
        let answer = bytes.strip_prefix(CONTINUE).expect("a 100 before the answer");
        assert_eq!(Reply::parse(answer).status, 408);
    });
}

#[test]
fn a_client_over_tcp_sends_its_body_when_it_is_told_to() {
    over_tcp(HttpServer::default(), |live| {
        let mut client = live.connect();
        let (head, body) = ASKING.split_at(ASKING.len() - 4);
        client.send(head);
        let mut told = [0; CONTINUE.len()];
        client.stream().read_exact(&mut told).unwrap();
        assert_bytes!(told, CONTINUE);
        client.send(body);
        let (bytes, ending) = client.read_to_end();
        assert_eq!(ending, Ending::Closed);
        assert_eq!(Reply::parse(bytes).status, 200);
    });
}
