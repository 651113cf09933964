//! Bytes that nobody thought of.
//!
//! What must hold for any input is tried with very many: random ones, and real
//! ones that were damaged a little. As a test, each target runs for a third of a second:
//!
//! ```text
//! cargo test -p course-fuzz --test fuzz
//! ```
//!
//! Longer, and faster; the number is in milliseconds, for each target:
//!
//! ```text
//! BOLERO_RANDOM_TEST_TIME_MS=600000 cargo test --release -p course-fuzz --test fuzz
//! ```
//!
//! A failure prints the smallest input that it could find, and a line
//! `BOLERO_RANDOM_SEED=...` which repeats it when it is set in the environment.
//!
//! Longer still, and led by which code an input reaches (not on Windows; needs a
//! C++ compiler and `cargo install cargo-bolero`, but no nightly toolchain):
//!
//! ```text
//! cargo bolero test -p course-fuzz parse_takes_any_bytes --sanitizer NONE -T 10min
//! ```

#[allow(dead_code, reason = "tests of other chapters use the rest")]
#[path = "../simulated_system.rs"]
mod simulated_system;

use ch03::{LineBuffer, LineTooLong, MAX_LINE};
use ch07::{MAX_BODY, MAX_HEAD, Message, ParseError, Parsed, encode, parse};
use ch12::ChunkedDecoder;
use ch17::{
    Environ, LocalRedirect, MAX_SCRIPT_HEAD, Record, Request, ScriptHead, append_params,
    parse_params,
};
use ch18::{Form, MAX_FORM_FIELDS, Router, Session, Sessions, segments};
use ch19::{Exchange, FetchError, Headers, Jar, redirect};
use course_tests::event_loop::LoopServer;
use course_tests::samples::{MESSAGES, PATHS, REFUSED, SCRIPT_HEADS};
use course_tests::task_server::TaskServer;
use mock::{MockConnection, Reply, Script};
use simulated_system::{Rules, Simulated, Turns};
use std::io;
use std::net::Ipv4Addr;
use std::path::{Component, Path};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};
use url::Url;

/// One of `originals`, damaged as `script` says: this is how random bytes get
/// behind the first line of a request.
fn damaged(originals: &[&[u8]], script: &[u8]) -> Vec<u8> {
    let [which, edits, script @ ..] = script else { return Vec::new() };
    let mut bytes = originals[usize::from(*which) % originals.len()].to_vec();
    for edit in script.chunks_exact(4).take(usize::from(*edits) % 8) {
        let (place, length) = (usize::from(u16::from_le_bytes([edit[0], edit[1]])), edit[2] / 8);
        let at = place % (bytes.len() + 1);
        let end = bytes.len().min(at + usize::from(length));
        match edit[2] % 8 {
            // What is often special, and what is not.
            0..=2 => bytes.insert(at, b"\r\n\0 \t:,/.%0+-\x7f\xff"[usize::from(edit[3]) % 15]),
            3 => bytes.insert(at, edit[3]),
            4 => drop(bytes.drain(at..end)),
            5 => bytes.truncate(at),
            // Once more, at the end or many times.
            6 => bytes.extend_from_within(at..end),
            _ => drop(bytes.splice(at..at, bytes[at..end].repeat(usize::from(edit[3])))),
        }
    }
    bytes
}

/// Some places to cut `bytes`, as `script` says.
fn cuts(bytes: &[u8], script: &[u8]) -> impl Iterator<Item = usize> {
    let length = bytes.len();
    let places = script.chunks_exact(2).take(20).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let near_the_end = (1..=4).filter_map(move |back| length.checked_sub(back));
    places.map(move |place| usize::from(place) % (length + 1)).chain(near_the_end)
}

// Chapter 7's parser

#[test]
fn parse_takes_any_bytes() {
    let longest_head = format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "x".repeat(MAX_HEAD - 23));
    let endless_line = format!("GET /{}", "x".repeat(MAX_HEAD));
    // Without a space behind its colon.
    let tight_head = longest_head.replace("X: ", "X:x");
    let long = [longest_head.as_bytes(), tight_head.as_bytes(), endless_line.as_bytes()];
    let originals = [MESSAGES, REFUSED, &long].concat();
    bolero::check!().for_each(|script: &[u8]| {
        check_parse(script, script);
        check_parse(&damaged(&originals, script), script);
    });
}

/// What holds for every input of `parse`.
fn check_parse(input: &[u8], script: &[u8]) {
    let outcome = parse(input);
    match &outcome {
        Ok(Parsed::Complete(message, used)) => {
            assert!(*used <= input.len());
            assert_eq!(parse(&input[..*used]), outcome, "it looks at what follows");
            check_encode(message);
        }
        Ok(Parsed::Partial { at_least }) => check_partial(*at_least, input),
        Err(error) => check_error(error, input),
    }
    for cut in cuts(input, script) {
        check_prefix(cut, &parse(&input[..cut]), &outcome);
    }
}

/// What was accepted can be sent on, and means the same to who receives it. `encode` writes a
/// space behind each colon, and so a head that was just short enough may be too long then.
fn check_encode(message: &Message) {
    let encoded = encode(message).expect("what was parsed can be encoded");
    match encoded.len() - message.body.len() {
        0..=MAX_HEAD => {
            assert_eq!(parse(&encoded), Ok(Parsed::Complete(message.clone(), encoded.len())));
        }
        _ => {
            let error = parse(&encoded).expect_err("the head is too long");
            assert_eq!((error.status, error.offset), (431, MAX_HEAD));
        }
    }
}

/// More is wanted, and not without end.
fn check_partial(at_least: usize, input: &[u8]) {
    assert!(input.len() < at_least && at_least <= MAX_HEAD + MAX_BODY, "{at_least}");
    if input.len() >= MAX_HEAD {
        let blank_line = input[..MAX_HEAD].windows(4).any(|four| four == b"\r\n\r\n");
        assert!(blank_line, "a head of {} bytes has no end", input.len());
    }
}

fn check_error(error: &ParseError, input: &[u8]) {
    assert!(error.offset <= input.len(), "{error}");
    assert!([400, 413, 414, 431, 501, 505].contains(&error.status), "{error}");
}

/// Whether the outcome for the first `cut` bytes goes with the one for all.
fn check_prefix(cut: usize, first: &Result<Parsed, ParseError>, all: &Result<Parsed, ParseError>) {
    match (first, all) {
        (Ok(Parsed::Partial { at_least }), Ok(Parsed::Complete(_, used))) => {
            assert!(cut < *at_least && at_least <= used, "{at_least} at {cut} of {used}");
        }
        (Ok(Parsed::Partial { at_least }), Ok(Parsed::Partial { at_least: later })) => {
            assert!(cut < *at_least && at_least <= later, "{at_least} at {cut}, then {later}");
        }
        (Ok(Parsed::Partial { at_least }), Err(_)) => assert!(cut < *at_least),
        _ => assert_eq!(first, all, "decided after {cut} bytes, and then otherwise"),
    }
}

// Chapter 12's chunks

#[test]
fn a_chunked_body_is_the_same_however_it_is_cut() {
    let originals: [&[u8]; 3] = [
        b"5\r\nhello\r\n0\r\n\r\n",
        b"1;a=b\r\nx\r\n00A;\"c\"\r\n0123456789\r\n0\r\nSum: 7\r\nB: c\r\n\r\nGET /",
        b"ffffffffffffffff\r\nabc",
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_chunks(script, script);
        check_chunks(&damaged(&originals, script), script);
    });
}

/// What came of a chunked body: the bytes, how much of the input they took (0 if something is
/// wrong), and whether it is complete, or what is wrong.
type Decoded = (Vec<u8>, usize, Result<bool, ParseError>);

/// Decodes the first so many bytes of `input`, and then more and more of them.
fn decode(input: &[u8], ends: impl Iterator<Item = usize>) -> Decoded {
    let mut decoder = ChunkedDecoder::default();
    let (mut body, mut taken, mut out) = (Vec::new(), 0, [0; 7]);
    for end in ends {
        loop {
            match decoder.decode(&input[taken..end], &mut out) {
                Ok((0, 0)) => break,
                Ok((more, count)) => {
                    taken += more;
                    body.extend(&out[..count]);
                }
                Err(error) => return (body, 0, Err(error)),
            }
        }
    }
    (body, taken, Ok(decoder.trailers().is_some()))
}

fn check_chunks(input: &[u8], script: &[u8]) {
    let whole = decode(input, [input.len()].into_iter());
    match &whole.2 {
        Ok(_) => assert!(whole.1 <= input.len() && whole.0.len() <= whole.1),
        Err(error) => {
            assert!([400, 431].contains(&error.status) && error.offset <= input.len(), "{error}")
        }
    }
    let mut ends: Vec<_> = cuts(input, script).chain([input.len()]).collect();
    ends.sort_unstable();
    assert_eq!(decode(input, ends.into_iter()), whole);
}

// Conversations of chapters 14 to 16

/// A chapter's server, with handlers of all kinds.
macro_rules! server {
    ($chapter:ident) => {{
        use $chapter::{HttpServer, Response, method, path};
        let mut server = HttpServer::default();
        server.register_reading(path("/unread"), |_, _| Ok(Response::text("Not read.\n")));
        server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
        server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
        server
    }};
}

static POOL: LazyLock<ch14::HttpServer> = LazyLock::new(|| server!(ch14));
static LOOP: LazyLock<LoopServer> = LazyLock::new(|| LoopServer::new(server!(ch15)));
static TASKS: LazyLock<TaskServer> = LazyLock::new(|| TaskServer::new(server!(ch16)));

#[test]
fn a_conversation_is_the_same_however_it_is_cut() {
    let originals: [&[u8]; 3] = [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nsoupGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nso\r\n2;a\r\nup\r\n0\r\nB: c\r\n\r\n\
          PUT /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_conversation(script, script);
        check_conversation(&damaged(&originals, script), script);
    });
}

fn check_conversation(input: &[u8], script: &[u8]) {
    let whole = answers_of_pool(Script::from(input));
    let mut places: Vec<_> = cuts(input, script).chain([0, input.len()]).collect();
    places.sort_unstable();
    places.dedup();
    let in_pieces = || {
        let pieces = places.windows(2).map(|two| &input[two[0]..two[1]]);
        pieces.fold(Script::new(), Script::bytes)
    };
    assert_eq!(answers_of_pool(in_pieces()), whole);
    assert_eq!(answers_of_loop(Script::from(input)), whole.0);
    assert_eq!(answers_of_loop(in_pieces()), whole.0);
    assert_eq!(answers_of_task(Script::from(input)), whole.0);
    assert_eq!(answers_of_task(in_pieces()), whole.0);
}

/// All that chapter 14 sends, and whether it ended well.
fn answers_of_pool(input: Script) -> (String, bool) {
    let (mut conn, peer) = MockConnection::pair(input);
    let ended_well = POOL.on_connect(&mut conn, None).is_ok();
    (without_dates(&peer.sent()), ended_well)
}

/// All that chapter 15 sends.
fn answers_of_loop(input: Script) -> String {
    let (conn, peer) = MockConnection::pair(input);
    LOOP.on_connect(conn);
    without_dates(&peer.sent())
}

/// All that chapter 16 sends.
fn answers_of_task(input: Script) -> String {
    let (conn, peer) = MockConnection::pair(input);
    TASKS.on_connect(conn);
    without_dates(&peer.sent())
}

fn without_dates(sent: &[u8]) -> String {
    let sent = String::from_utf8_lossy(sent);
    sent.split_inclusive("\r\n").filter(|line| !line.starts_with("Date: ")).collect()
}

// What chapter 17 is told, and tells

#[test]
fn the_head_of_a_script_is_the_same_however_it_is_cut() {
    let long = [&b"A: "[..], &[b'x'; MAX_SCRIPT_HEAD]].concat();
    let longest = [&long[..MAX_SCRIPT_HEAD - 15], b"\nStatus: 200\n\n"].concat();
    let originals = [SCRIPT_HEADS, &[&long, &longest]].concat();
    bolero::check!().for_each(|script: &[u8]| {
        check_script_head(script, script);
        check_script_head(&damaged(&originals, script), script);
    });
}

/// What came of a head: itself; that it is not all there; another address; or that it is wrong, in
/// one way or another: of one that is too long it is soon only known that it has no end.
fn script_head(input: &[u8]) -> Result<Option<ScriptHead>, Option<LocalRedirect>> {
    ScriptHead::parse(input).map_err(|error| {
        let redirect = error.downcast::<LocalRedirect>().ok()?;
        assert!(redirect.0.starts_with('/') && !redirect.0.starts_with("//"), "{redirect}");
        // Whatever path that is.
        let _ = redirect.environ(&Environ::default());
        Some(redirect)
    })
}

fn check_script_head(input: &[u8], script: &[u8]) {
    let outcome = script_head(input);
    match &outcome {
        Ok(Some(head)) => {
            assert!(head.end <= input.len().min(MAX_SCRIPT_HEAD) && head.status < 1000);
            assert_eq!(script_head(&input[..head.end]), outcome, "it looks at what follows");
            for name in ["Status", "Content-Length", "Connection", "Transfer-Encoding"] {
                assert!(!head.headers.contains(name), "{name} is for the server to say");
            }
        }
        Ok(None) => assert!(input.len() <= MAX_SCRIPT_HEAD),
        Err(_) => {}
    }
    for cut in cuts(input, script) {
        match script_head(&input[..cut]) {
            Ok(None) => {}
            decided => assert_eq!(decided, outcome, "decided after {cut} bytes, then otherwise"),
        }
    }
}

#[test]
fn records_and_what_they_hold_are_the_same_however_they_are_cut() {
    let mut params = Vec::new();
    let long = [b'x'; 300];
    append_params(&mut params, 1, [("A", &b"b"[..]), ("LONG", &long), ("", b"")]).unwrap();
    let originals: [&[u8]; 3] = [
        &params,
        b"\x01\x06\0\x01\0\x05\x03\0helloxyz\x01\x03\0\x01\0\x08\0\0\0\0\0\0\0\0\0\0",
        &params[8..],
    ];
    bolero::check!().for_each(|script: &[u8]| {
        for input in [script, &damaged(&originals, script)] {
            check_record(input, script);
            check_params(input);
        }
    });
}

fn record(input: &[u8]) -> Result<Option<(Record, usize)>, String> {
    Record::parse(input).map_err(|error| error.to_string())
}

fn check_record(input: &[u8], script: &[u8]) {
    let outcome = record(input);
    if let Ok(Some((record, length))) = &outcome {
        assert!(8 + record.content.len() <= *length && *length <= input.len());
        assert_eq!(record.content, input[8..8 + record.content.len()]);
    }
    for cut in cuts(input, script) {
        match record(&input[..cut]) {
            Ok(None) => {}
            decided => assert_eq!(decided, outcome, "decided after {cut} bytes, then otherwise"),
        }
    }
}

/// What is understood is understood again when it has been written again.
fn check_params(input: &[u8]) {
    let Ok(variables) = parse_params(input) else { return };
    let mut records = Vec::new();
    let pairs = variables.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    // One alone may be too long for a record.
    if append_params(&mut records, 1, pairs).is_err() {
        return;
    }
    let mut contents = Vec::new();
    while let Some((record, length)) = Record::parse(&records).unwrap() {
        contents.extend(record.content);
        records.drain(..length);
    }
    assert_eq!(parse_params(&contents).unwrap(), variables);
}

#[test]
fn an_environment_has_no_variable_twice_and_none_that_was_to_be_left_out() {
    let fields = b"POST /a%20b?c=d HTTP/1.1\r\nHost: [::1]:80\r\nProxy: e\r\nA-B: 1\r\na_b: 2\r\n\
                   a-b: 3\r\nCookie: f\r\nCOOKIE: g\r\nAuthorization: h\r\nContent-Length: 0\r\n\r\n";
    let originals = [MESSAGES, &[&fields[..]]].concat();
    bolero::check!().for_each(|script: &[u8]| {
        check_environ(script);
        check_environ(&damaged(&originals, script));
    });
}

fn check_environ(input: &[u8]) {
    let Ok(Parsed::Complete(message, _)) = parse(input) else { return };
    let Ok(request) = Request::from_message(message, None) else { return };
    let address = ([127, 0, 0, 1], 8017).into();
    // A path whose escapes are none.
    let Ok(environ) = Environ::of(&request, address) else { return };
    let mut names: Vec<_> = environ.iter().map(|(name, _)| name).collect();
    for name in &names {
        assert!(!name.is_empty() && !name.contains(['=', '\0', '-']), "{name}");
        assert!(!name.bytes().any(|byte| byte.is_ascii_lowercase()), "{name}");
    }
    for left_out in ["HTTP_PROXY", "HTTP_CONTENT_LENGTH", "HTTP_CONNECTION", "HTTP_EXPECT"] {
        assert_eq!(environ.get(left_out), None);
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
    // Only the path is decoded: no other value can have what ends a text in C.
    for (name, value) in environ.iter().filter(|(name, _)| *name != "PATH_INFO") {
        assert!(!value.contains(&0), "{name}");
    }
}

// Chapter 18's forms, routes and cookies

#[test]
fn any_bytes_are_a_form() {
    let most = "a&".repeat(MAX_FORM_FIELDS);
    let originals: [&[u8]; 3] =
        [b"a=b&c=%C3%A4+%2&&=&a", b"%E2%82%AC=%f0%9f%98%80", most.as_bytes()];
    bolero::check!().for_each(|script: &[u8]| {
        check_form(script);
        check_form(&damaged(&originals, script));
    });
}

fn check_form(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let fields = text.split('&').filter(|field| !field.is_empty()).count();
    let Ok(form) = Form::parse(&text) else {
        assert!(fields > MAX_FORM_FIELDS);
        return;
    };
    assert_eq!(form.iter().count(), fields);
    let written = form.to_string();
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()), "{written}");
    // One field without a name or a value is written as `=`, and so it comes back.
    assert_eq!(Form::parse(&written), Ok(form));
}

/// Patterns and a path of the same few segments, so that they often meet.
#[test]
fn a_route_that_is_found_matches_and_none_that_would_come_before_it_does() {
    const SEGMENTS: [&str; 6] = ["a", "b", "{x}", "{y}", "{*z}", ""];
    bolero::check!().for_each(|script: &[u8]| {
        let mut parts = script.split(|byte| *byte == 255);
        let path = parts.next().unwrap_or_default().iter().take(6);
        let path = path.map(|byte| ["a", "b", "c", ""][usize::from(*byte) % 4].to_owned());
        let path: Vec<_> = path.collect();
        let mut router = Router::default();
        let mut patterns = Vec::new();
        for part in parts.take(6) {
            let names = part.iter().take(6).map(|byte| SEGMENTS[usize::from(*byte) % 6]);
            let pattern = format!("/{}", names.collect::<Vec<_>>().join("/"));
            if router.add(&pattern, pattern.clone()).is_ok() {
                patterns.push(pattern);
            }
        }
        let found = router.find(&path);
        let matching = patterns.iter().filter(|pattern| matches(pattern, &path));
        // Segment by segment: one that is written out, a capture, the rest.
        let best =
            matching.min_by_key(|pattern| pattern[1..].split('/').map(rank).collect::<Vec<_>>());
        assert_eq!(found.as_ref().map(|found| found.value), best, "{path:?} of {patterns:?}");
        let Some(found) = found else { return };
        // What was captured, put back into the pattern, is the path.
        let mut captures = found.captures.iter().map(|(_, text)| text.as_str());
        let filled = found.value[1..].split('/').map(|segment| match rank(segment) {
            0 => segment,
            _ => captures.next().expect("a capture for each name"),
        });
        assert_eq!(filled.collect::<Vec<_>>().join("/"), path.join("/"));
        assert_eq!(captures.next(), None);
    });
}

/// How late a segment of a pattern is tried.
fn rank(segment: &str) -> u8 {
    match segment {
        _ if segment.starts_with("{*") => 2,
        _ if segment.starts_with('{') => 1,
        _ => 0,
    }
}

fn matches(pattern: &str, path: &[String]) -> bool {
    let mut rest = path.iter();
    for segment in pattern[1..].split('/') {
        let Some(name) = rest.next() else { return false };
        match rank(segment) {
            0 if segment == name => {}
            1 if !name.is_empty() => {}
            2 => return true,
            _ => return false,
        }
    }
    rest.next().is_none()
}

#[test]
fn a_cookie_that_was_tampered_with_is_a_strangers_or_says_the_same() {
    let sessions = Sessions::new(&[7; 64], Duration::from_secs(60)).expect("a secret");
    let mut session = Session::default();
    session.set("name", "Ann");
    let set = sessions.write(&session, 1).expect("it fits").expect("it has changed");
    let cookie = set.split(';').next().expect("there is a first one");
    let two = format!("other=1; {cookie}; session=x");
    let originals = [cookie.as_bytes(), two.as_bytes()];
    bolero::check!().for_each(|script: &[u8]| {
        for bytes in [script, damaged(&originals, script).as_slice()] {
            let read = sessions.read(&String::from_utf8_lossy(bytes), 1);
            let name = read.get("name");
            assert!(name.is_none_or(|name| name == "Ann"), "{name:?}");
            assert!(name.is_some() || read == Session::default());
        }
    });
}

#[test]
fn segments_are_those_of_the_path_each_decoded_by_itself() {
    let originals: Vec<&[u8]> = PATHS.iter().map(|path| path.as_bytes()).collect();
    bolero::check!().for_each(|script: &[u8]| {
        check_segments(script);
        check_segments(&damaged(&originals, script));
    });
}

fn check_segments(path: &[u8]) {
    let head = [b"GET /", path, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    let Ok(Parsed::Complete(message, _)) = parse(&head) else { return };
    let Ok(request) = Request::from_message(message, None) else { return };
    let Ok(environ) = Environ::of(&request, ([127, 0, 0, 1], 8018).into()) else { return };
    match segments(&environ) {
        Ok(names) => {
            let path = format!("/{}", names.join("/"));
            assert_eq!(environ.get("PATH_INFO"), Some(path.as_bytes()));
            assert_eq!(names.len(), request.path.split('/').count() - 1, "{}", request.path);
        }
        // `Environ` has decoded it already.
        Err(error) => assert_eq!(error.0, 404),
    }
}

// Chapter 19: what servers answer

#[test]
fn an_answer_is_the_same_however_it_is_cut() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nbody", "x".repeat(MAX_HEAD - 30));
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(MAX_HEAD / 25 + 1);
    let originals: [&[u8]; 8] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsoupHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nso\r\n2;a\r\nup\r\n0\r\nB: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
        b"HTTP/1.0 404 \r\n\r\nall that comes",
        b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        long.as_bytes(),
        &interim,
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_answer(script, script);
        check_answer(&damaged(&originals, script), script);
    });
}

/// What came of an answer: its status, its body, whether the connection is kept before its end is
/// known, and what is wrong.
type Answered = (Option<u16>, Vec<u8>, bool, Option<String>);

fn answered<'a>(method: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> Answered {
    let mut exchange = Exchange::new(method);
    let (mut status, mut body, mut fault) = (None, Vec::new(), None);
    for piece in pieces {
        exchange.receive(piece);
        fault = fault.or_else(|| go_on(&mut exchange, &mut status, &mut body).err());
    }
    let keeps = exchange.keeps_connection();
    exchange.receive_end();
    fault = fault.or_else(|| go_on(&mut exchange, &mut status, &mut body).err());
    assert_eq!(exchange.is_over(), fault.is_none());
    assert_eq!(exchange.delivered(), body.len() as u64);
    assert!(!keeps || fault.is_none());
    let fault = fault.map(|fault| match fault {
        // Where it is depends on how much was there.
        FetchError::Malformed(error) => error.reason.to_owned(),
        other => other.to_string(),
    });
    (status, body, keeps, fault)
}

/// Takes what there is.
fn go_on(
    exchange: &mut Exchange,
    status: &mut Option<u16>,
    body: &mut Vec<u8>,
) -> Result<(), FetchError> {
    if status.is_none() {
        *status = exchange.head()?.map(|head| head.status);
    }
    let mut out = [0; 7];
    while let Some(count @ 1..) = exchange.body(&mut out)? {
        body.extend(&out[..count]);
    }
    Ok(())
}

fn check_answer(input: &[u8], script: &[u8]) {
    for method in ["GET", "HEAD"] {
        let whole = answered(method, [input]);
        assert!(whole.0.is_none_or(|status| status >= 200), "{whole:?}");
        assert!(whole.1.len() <= input.len() && (method == "GET" || whole.1.is_empty()));
        let mut places: Vec<_> = cuts(input, script).chain([0, input.len()]).collect();
        places.sort_unstable();
        let pieces = places.windows(2).map(|two| &input[two[0]..two[1]]);
        assert_eq!(answered(method, pieces), whole);
    }
}

#[test]
fn cookies_are_told_to_who_set_them_and_never_break_a_request() {
    let originals: [&[u8]; 4] = [
        b"a=b; Path=/; Max-Age=60; HttpOnly",
        b"a=\"b\"; Domain=.kitchen.example; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
        b"__Host-a=b; Secure; SameSite=Lax",
        "ä=\u{1F35E}; Domain=example; Path=a".as_bytes(),
    ];
    bolero::check!().for_each(|script: &[u8]| {
        for value in [script, damaged(&originals, script).as_slice()] {
            let mut headers = Headers::default();
            if headers.add("Set-Cookie", value).is_ok() {
                check_cookie(&headers);
            }
        }
    });
}

fn check_cookie(headers: &Headers) {
    let url = |url: &str| Url::parse(url).expect("a URL");
    let now = SystemTime::now();
    let mut jar = Jar::default();
    jar.store(&url("http://soup.kitchen.example/menu/day"), headers, now);
    for stranger in ["http://example/", "http://other.example/menu/day", "http://1.2.3.4/"] {
        assert_eq!(jar.cookies_for(&url(stranger), now), None, "{headers:?}");
    }
    for host in ["soup", "bread"] {
        let request = format!("http://{host}.kitchen.example/menu/day");
        let cookies = jar.cookies_for(&url(&request), now);
        let request = ch19::Request::get(&request).expect("a URL");
        let bytes = request.encode(cookies.as_deref()).expect("it can be sent");
        let Ok(Parsed::Complete(message, used)) = parse(&bytes) else { panic!("{bytes:?}") };
        assert_eq!(used, bytes.len());
        let sent = message.headers.get("Cookie");
        assert_eq!(sent, cookies.as_deref().map(str::as_bytes));
    }
}

#[test]
fn a_redirect_leads_to_a_request_that_can_be_sent_and_tells_strangers_nothing() {
    let originals: [&[u8]; 6] = [
        b"/a/../b?c=d#e",
        b"http://kitchen.example:8019/soup",
        b"//other.example/soup",
        b"https://kitchen.example/",
        b"http://ann:secret@kitchen.example:8019/",
        "s\u{fc}ppe?\u{1F35E}".as_bytes(),
    ];
    bolero::check!().for_each(|script: &[u8]| {
        for location in [script, damaged(&originals, script).as_slice()] {
            for status in [301, 303, 307] {
                check_redirect(status, location);
            }
        }
    });
}

fn check_redirect(status: u16, location: &[u8]) {
    let mut headers = Headers::default();
    if headers.add("Location", location).is_err() {
        return;
    }
    let asked = ch19::Request::post("http://kitchen.example:8019/menu/day").expect("a URL");
    let asked = asked.header("Authorization", "Basic YTpi").expect("a field");
    let asked = asked.header("Cookie", "a=b").expect("a field").body("soup");
    let next = match redirect(&asked, status, &headers) {
        Ok(next) => next.expect("there is a place"),
        Err(FetchError::Url { .. }) => return,
        Err(other) => panic!("{other}"),
    };
    let (method, body) = if status == 307 { ("POST", "soup") } else { ("GET", "") };
    assert_eq!((&*next.method, &*next.body), (method, body.as_bytes()));
    let is_same = (next.url.host_str(), next.url.port()) == (Some("kitchen.example"), Some(8019));
    for secret in ["Authorization", "Cookie"] {
        assert_eq!(next.headers.contains(secret), is_same, "{}", next.url);
    }
    let bytes = next.encode(None).expect("it can be sent");
    match parse(&bytes) {
        Ok(Parsed::Complete(message, used)) => {
            assert_eq!((used, &*message.body), (bytes.len(), body.as_bytes()));
        }
        // Longer than our own servers take, when it is escaped.
        Err(ParseError { status: 414 | 431, .. }) => {}
        // Browsers allow characters in names of hosts that RFC 3986 does not.
        Err(ParseError { reason: "not a host", .. }) => {}
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    }
}

// Chapter 20: what goes through a proxy

#[test]
fn fields_that_go_on_are_for_the_far_end_and_all_others_are_not() {
    let originals: [&[u8]; 3] = [
        b"Host: a\nConnection: close, x-a ,,Host\nX-A: b\nContent-Length: 3\nTE: trailers\nA: b\n",
        b"X-Forwarded-For: 1.2.3.4\nX-Forwarded-Host: a\nForwarded: for=1.2.3.4;host=\"a\"\nHost: b",
        b"connection:upgrade\nUpgrade: h2c\nconnection: a\tb\nKeep-Alive: x\nA: c\nB: d",
    ];
    bolero::check!().for_each(|script: &[u8]| {
        for bytes in [script, damaged(&originals, script).as_slice()] {
            let mut headers = Headers::default();
            for line in bytes.split(|&byte| byte == b'\n') {
                let mut parts = line.splitn(2, |&byte| byte == b':');
                let name = String::from_utf8_lossy(parts.next().unwrap_or_default());
                let _ = headers.add(&name, parts.next().unwrap_or_default());
            }
            check_fields(&headers);
        }
    });
}

fn check_fields(headers: &Headers) {
    let own = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let named = headers.get_all("Connection").map(|value| value.to_ascii_lowercase());
    let named = named.collect::<Vec<_>>().join(&b","[..]);
    let is_named = |name: &str| {
        let mut members = named.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        members.any(|member| member == name.as_bytes())
    };
    let goes_on = |name: &str| {
        let name = name.to_ascii_lowercase();
        let stays = ["host", "content-length"].contains(&&*name);
        !own.contains(&&*name) && (stays || !is_named(&name))
    };
    let expected: Vec<_> = headers.iter().filter(|(name, _)| goes_on(name)).collect();
    assert_eq!(ch20::end_to_end(headers).collect::<Vec<_>>(), expected);

    for trusted in [false, true] {
        let mut out = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
        ch20::add_forwarded(headers, Some(Ipv4Addr::LOCALHOST.into()), trusted, &mut out);
        out.extend(b"\r\n");
        let (message, used) = match parse(&out) {
            Ok(Parsed::Complete(message, used)) => (message, used),
            // Longer than our own servers take.
            Err(ParseError { status: 431, .. }) => continue,
            _ => panic!("{}", out.escape_ascii()),
        };
        assert_eq!((used, message.headers.len()), (out.len(), 5));
        let forwarded = message.headers.get("Forwarded").expect("it is told");
        // What precedes ours is another proxy's. In ours there are two quotes, and they are ours.
        let ours = b"for=127.0.0.1;host=\"";
        let place = forwarded.windows(ours.len()).rposition(|part| part == ours);
        let ours = &forwarded[place.expect("ours is the last")..];
        assert_eq!(ours.iter().filter(|&&byte| byte == b'"').count(), 2);
        assert_eq!(ours.iter().filter(|&&byte| b";,".contains(&byte)).count(), 2);
    }
}

static PROXY_POOL: LazyLock<Arc<ch20::Pool<'static>>> =
    LazyLock::new(|| Arc::new(ch20::Pool::detached(1, 1).expect("a thread")));

struct Tasks(ch20::Executor<Simulated>);

impl Turns for Tasks {
    fn turn(&mut self) -> io::Result<()> {
        self.0.turn()
    }
}

#[test]
fn through_a_proxy_come_whole_messages_however_they_are_cut() {
    let requests: [&[u8]; 5] = [
        b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: y\r\n\r\nGET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nsoupGET / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nso\r\n2;a\r\nup\r\n0\r\nB: c\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nHi",
        b"GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 x\r\nForwarded: for=x\r\nX-Forwarded-Host: \"\r\n\r\n",
    ];
    let answers: [&[u8]; 5] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: x\r\nX: y\r\n\r\nsoup",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nso\r\n2;a\r\nup\r\n0\r\nB: c\r\n\r\n",
        b"HTTP/1.0 404 \r\n\r\nall that comes",
        b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ];
    bolero::check!().for_each(|script: &[u8]| {
        let (first, second) = script.split_at(script.len() / 2);
        check_proxied(&damaged(&requests, first), &damaged(&answers, second), script);
        check_proxied(first, second, script);
    });
}

fn check_proxied(request: &[u8], answer: &[u8], script: &[u8]) {
    let whole = proxied(&[request], &[answer]);
    let pieces = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let mut places: Vec<_> = cuts(bytes, script).chain([0, bytes.len()]).collect();
        places.sort_unstable();
        places.windows(2).map(|two| bytes[two[0]..two[1]].to_vec()).collect()
    };
    // What a backend says behind its first answer may be taken for its second one, if it comes
    // later.
    let first = |replies: Vec<(u16, Vec<u8>)>| {
        let end = replies.iter().position(|(status, _)| *status >= 200);
        replies.into_iter().take(end.map_or(usize::MAX, |end| end + 1)).collect::<Vec<_>>()
    };
    assert_eq!(first(proxied(&pieces(request), &pieces(answer))), first(whole));
}

/// Status and body of what a client is told that sends this, by a backend that answers each request
/// like this and closes. All that is said on both sides can be understood.
fn proxied(request: &[impl AsRef<[u8]>], answer: &[impl AsRef<[u8]>]) -> Vec<(u16, Vec<u8>)> {
    let system = Simulated::new(Rules::Epoll);
    let mut tasks = Tasks(ch20::Executor::new(system.clone()));
    let handle = tasks.0.handle().clone();
    let server = Arc::new(ch20::HttpServer::default());
    let site = ch20::HttpSite::new(server, Arc::clone(&PROXY_POOL), &handle);
    let settings = ch20::UpstreamSettings::default();
    let backend = ([10, 0, 0, 1], 80).into();
    site.register_upstream(|_| true, ch20::Upstream::new(&[(backend, 1)], settings));
    let (stream, client) = system.pair();
    let stream = handle.stream(stream, None).expect("it is watched");
    handle.spawn(async move { site.on_connect(stream).await });
    let mut backends = Vec::new();
    for piece in request {
        client.send(piece);
        system.run(&mut tasks);
        if backends.is_empty()
            && let Some(backend) = system.dialled().pop()
        {
            backend.accept();
            system.run(&mut tasks);
            backends.push(backend);
        }
    }
    client.finish();
    system.run(&mut tasks);
    let mut answered = 0;
    loop {
        if answered == backends.len() {
            let Some(backend) = system.dialled().into_iter().nth(answered) else { break };
            backend.accept();
            system.run(&mut tasks);
            backends.push(backend);
        }
        for piece in answer {
            backends[answered].send(piece);
            system.run(&mut tasks);
        }
        backends[answered].finish();
        system.run(&mut tasks);
        answered += 1;
        assert!(answered < 1000, "it is asked without end");
    }
    let mut is_head = false;
    for backend in backends {
        is_head |= check_passed(&backend.got());
    }
    if is_head {
        return Vec::new(); // where its answers end is not to be seen
    }
    let got = client.got();
    let (mut rest, mut replies) = (&got[..], Vec::new());
    while !rest.is_empty() {
        match Reply::try_parse_first(rest, false, true) {
            Ok(Some((reply, length))) => {
                // A page of our own may tell how far something had come.
                let is_ours = reply.status >= 400 && reply.header("Date").is_some();
                let body = if is_ours { Vec::new() } else { reply.body };
                replies.push((reply.status, body));
                rest = &rest[length..];
            }
            Ok(None) => break, // it is cut
            Err(why) => panic!("{why}: {}", rest.escape_ascii()),
        }
    }
    replies
}

/// Checks that a backend has received requests, of which the last one may be cut, and nothing that
/// is for us alone. Returns whether there is a HEAD.
fn check_passed(bytes: &[u8]) -> bool {
    let (mut rest, mut is_head) = (bytes, false);
    loop {
        let head = match ch20::RequestHead::parse(rest, None) {
            // With the fields that the proxy adds, a large head may be too large for a backend.
            Err(why) if why.status == 431 => return is_head,
            head => head.unwrap_or_else(|why| panic!("{why}: {}", rest.escape_ascii())),
        };
        let Some(head) = head else { return is_head };
        let headers = &head.request.headers;
        assert_eq!(headers.get_all("Host").count(), 1);
        assert_eq!(headers.get_all("Via").count(), 1);
        assert_eq!(headers.get_all("Forwarded").count(), 1);
        for name in ["Connection", "TE", "Trailer", "Upgrade", "Keep-Alive"] {
            assert!(!headers.contains(name), "{}", rest.escape_ascii());
        }
        is_head |= head.request.method == "HEAD";
        rest = &rest[head.length..];
        match head.framing {
            ch20::Framing::Length(length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                rest = &rest[length.min(rest.len())..];
            }
            ch20::Framing::Chunked => {
                let (mut decoder, mut out) = (ChunkedDecoder::default(), [0; 1000]);
                loop {
                    let decoded = decoder.decode(rest, &mut out);
                    let (count, _) = decoded.unwrap_or_else(|why| panic!("{why}"));
                    if count == 0 {
                        break;
                    }
                    rest = &rest[count..];
                }
                assert!(decoder.trailers().is_some() || rest.is_empty());
            }
        }
    }
}

// Chapter 21's calls and answers

/// Documents with all that they may have.
const DOCUMENTS: [&[u8]; 5] = [
    b"<?xml version=\"1.0\"?>\n<methodCall><methodName>a.b</methodName><params><param><value>\
      <array><data><value><i4>-07</i4></value><value> a&amp;&#13;<!-- -->b </value><value><nil/>\
      </value></data></array></value></param></params></methodCall>",
    b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><methodCall><methodName>\xe4</methodName><params>\
      <param><value><struct><member><name>n</name><value><double>-1.5e3</double></value></member>\
      <member><name/><value><string><![CDATA[<x>]]></string></value></member></struct></value>\
      </param></params></methodCall>",
    b"<methodCall><methodName>x</methodName><params><param><value><dateTime.iso8601>\
      1998-07-17T14:08:55Z</dateTime.iso8601></value></param><param><value><base64>AP8=\n</base64>\
      </value></param><param><value><boolean>1</boolean></value></param></params></methodCall>",
    b"<?xml version='1.0'?><methodResponse><params><param><value><i8>9223372036854775807</i8></value>\
      </param></params></methodResponse>",
    b"<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>4</int></value>\
      </member><member><name>faultString</name><value>no soup</value></member></struct></value>\
      </fault></methodResponse>",
];

#[test]
fn what_is_read_of_a_call_or_an_answer_is_the_same_when_it_is_written() {
    bolero::check!().for_each(|script: &[u8]| {
        check_document(script);
        check_document(&damaged(&DOCUMENTS, script));
    });
}

fn check_document(bytes: &[u8]) {
    if let Ok(call) = ch21::read_call(bytes) {
        // A name may have spaces within; those around it are gone already.
        let written = ch21::write_call(&call.name, &call.arguments);
        let written = written.unwrap_or_else(|why| panic!("{why}: {call:?}"));
        assert_eq!(ch21::read_call(written.as_bytes()), Ok(call), "{written}");
    }
    if let Ok(outcome) = ch21::read_response(bytes) {
        let written = ch21::write_response(&outcome);
        assert_eq!(ch21::read_response(written.as_bytes()), Ok(outcome), "{written}");
    }
}

#[test]
fn whatever_is_asked_in_json_is_answered_in_json() {
    let originals: [&[u8]; 5] = [
        br#"{"jsonrpc": "2.0", "method": "sample.add", "params": [2, 3], "id": 1}"#,
        br#"{"jsonrpc": "2.0", "method": "sample.divide", "params": {"a": 1, "b": 0}, "id": "a"}"#,
        br#"{"jsonrpc": "2.0", "method": "sample.echo", "params": [{"a": [1.5, null, "\u00e4"]}]}"#,
        br#"[{"jsonrpc": "2.0", "method": "system.listMethods", "id": 1.5}, 1, {"id": null}]"#,
        br#"{"jsonrpc": "2.0", "method": "system.multicall", "params": [[
             {"methodName": "sample.add", "params": [1, 2]}, {"methodName": 1}]], "id": -1}"#,
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_json(script);
        check_json(&damaged(&originals, script));
    });
}

static PROCEDURES: LazyLock<ch21::Procedures> = LazyLock::new(|| {
    let mut procedures = ch21::Procedures::default();
    ch21::add_samples(&mut procedures);
    procedures
});

fn check_json(bytes: &[u8]) {
    let Some(answer) = ch21::answer_json(&PROCEDURES, bytes) else { return };
    let written = answer.to_string();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), answer);
    let answers = match &answer {
        serde_json::Value::Array(answers) => &answers[..],
        one => std::slice::from_ref(one),
    };
    assert!(!answers.is_empty() && answers.len() <= ch21::MAX_BATCH);
    for answer in answers {
        let answer = answer.as_object().expect("an object");
        assert_eq!((answer.len(), answer["jsonrpc"].as_str()), (3, Some("2.0")));
        let id = &answer["id"];
        assert!(id.is_null() || id.is_number() || id.is_string(), "{id}");
        match answer.get("error") {
            Some(error) => assert!(error["code"].is_i64() && error["message"].is_string()),
            // What came of a value is one.
            None => {
                let value = ch21::from_json(answer["result"].clone()).expect("a value");
                assert_eq!(ch21::to_json(&value), answer["result"]);
            }
        }
    }
}

// Chapter 3's lines

#[test]
fn lines_are_the_same_however_they_are_cut() {
    let long = [&[b'x'; MAX_LINE][..], b"\none\n"].concat();
    let originals: [&[u8]; 5] = [
        b"one\ntwo\r\n\n\0\xff\nthree",
        &[b'\n'; MAX_LINE],
        &long,      // the first line is too long
        &long[1..], // and here it is not, by a byte
        &[long.as_slice(); 2].concat()[2..],
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_lines(script, script);
        check_lines(&damaged(&originals, script), script);
    });
}

/// The lines of `pieces`, and whether one was too long.
fn lines_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, bool) {
    let (mut lines, mut found) = (LineBuffer::default(), Vec::new());
    for piece in pieces {
        lines.push(piece);
        loop {
            match lines.next_line() {
                Ok(Some(line)) => found.push(line),
                Ok(None) => break,
                Err(LineTooLong) => return (found, true),
            }
        }
    }
    (found, false)
}

fn check_lines(input: &[u8], script: &[u8]) {
    let (lines, too_long) = lines_of([input]);
    for line in &lines {
        assert!(line.len() <= MAX_LINE);
        assert_eq!(line.iter().position(|&byte| byte == b'\n'), Some(line.len() - 1));
    }
    let taken = lines.concat();
    assert!(input.starts_with(&taken));
    let rest = &input[taken.len()..];
    match too_long {
        true => assert!(!rest[..MAX_LINE].contains(&b'\n')),
        false => assert!(rest.len() < MAX_LINE && !rest.contains(&b'\n')),
    }

    let mut places: Vec<usize> = cuts(input, script).collect();
    places.extend([0, input.len()]);
    places.sort_unstable();
    let pieces = places.windows(2).map(|two| &input[two[0]..two[1]]);
    assert_eq!(lines_of(pieces), (lines, too_long));
}

// Chapter 10's paths

#[test]
fn no_path_leads_out_of_the_root() {
    let originals: Vec<&[u8]> = PATHS.iter().map(|path| path.as_bytes()).collect();
    bolero::check!().for_each(|script: &[u8]| {
        check_path(script);
        check_path(&damaged(&originals, script));
    });
}

/// What holds for every path that a request may ask for, on every system: what
/// is harmless on one may be a separator on another.
fn check_path(path: &[u8]) {
    let path = String::from_utf8_lossy(path);
    let root = Path::new("some").join("root");
    let Ok(file) = ch10::resolve(&path, &root) else { return };
    let below = file.strip_prefix(&root).expect("it is below the root");
    assert_eq!(below.components().count(), path.split('/').count(), "{}", file.display());
    for component in below.components() {
        let Component::Normal(name) = component else { panic!("{}", file.display()) };
        let name = name.to_str().expect("a name is text");
        assert!(!name.contains(['/', '\\', ':', '\0']), "{name:?}");
        assert!(!name.ends_with(['.', ' ']), "{name:?}");
    }
}

// Chapter 22's fields and documents

#[test]
fn what_is_read_of_the_fields_of_webdav_is_the_same_when_it_is_written() {
    let originals: [&[u8]; 6] = [
        b"</a%20b> (<urn:uuid:1> [\"a]b\"]) (Not <DAV:no-lock>[W/\"\"]) <http://a.b/c>(<urn:x>)",
        b"(<urn:uuid:\xc3\xa4> [\"\xe2\x82\xac\"]) (not[\"a\"] <urn:y>)",
        b"http://our.site:8022/dav/a%20b/",
        b"/dav/a/b",
        b"Infinite, Second-4100000000",
        b"Extend , Second-60,Second-0",
    ];
    bolero::check!().for_each(|script: &[u8]| {
        check_dav_fields(script);
        check_dav_fields(&damaged(&originals, script));
    });
}

/// A request with this in all fields of WebDAV that are not `If`; `None` if no field can have it.
fn dav_request(value: &[u8]) -> Option<ch22::Request> {
    let head = b"MOVE /dav/a HTTP/1.1\r\nHost: our.site:8022\r\n\r\n";
    let mut request = ch22::RequestHead::parse(head, None).unwrap().expect("a whole head").request;
    for name in ["Depth", "Destination", "Timeout"] {
        request.headers.add(name, value).ok()?;
    }
    Some(request)
}

fn check_dav_fields(value: &[u8]) {
    if let Ok(text) = std::str::from_utf8(value) {
        match ch22::IfHeader::parse(text) {
            Ok(field) => {
                assert!(!field.lists.is_empty());
                assert!(field.lists.iter().all(|(_, list)| !list.is_empty()), "{text}");
                let written = written_if_header(&field);
                assert_eq!(ch22::IfHeader::parse(&written), Ok(field), "{written}");
            }
            Err(error) => assert_eq!(error, ch22::HttpError(400)),
        }
    }
    let Some(request) = dav_request(value) else { return };
    match ch22::destination(&request, "/dav") {
        Ok(rest) => {
            assert!(rest.is_empty() || rest.starts_with('/'), "{rest}");
            assert!(!rest.contains(['?', '#']), "{rest}");
            let whole = format!("https://OUR.site:8022/dav{rest}");
            let again = dav_request(whole.as_bytes()).expect("it is a value");
            assert_eq!(ch22::destination(&again, "/dav"), Ok(rest.trim_end_matches([' ', '\t'])));
        }
        Err(error) => assert!([400, 403, 502].contains(&error.0), "{error}"),
    }
    let seconds = ch22::lock_timeout(&request);
    assert!((1..=ch22::LONGEST_LOCK).contains(&seconds), "{seconds}");
    let again = dav_request(format!("Second-{seconds}").as_bytes()).expect("it is a value");
    assert_eq!(ch22::lock_timeout(&again), seconds);
    assert!(ch22::Depth::of(&request).map_or_else(|error| error.0 == 400, |_| true));
}

fn written_if_header(field: &ch22::IfHeader) -> String {
    let mut written = String::new();
    for (address, list) in &field.lists {
        if let Some(address) = address {
            written += &format!("<{address}> ");
        }
        let list = list.iter().map(|condition| match condition {
            ch22::Condition::Token(negated, token) => (negated, format!("<{token}>")),
            ch22::Condition::Tag(negated, tag) => (negated, format!("[{tag}]")),
        });
        let list = list.map(|(negated, text)| if *negated { format!("Not {text}") } else { text });
        written += &format!("({}) ", list.collect::<Vec<_>>().join(" "));
    }
    written
}

/// Documents with all that they may have.
const DAV_DOCUMENTS: [&[u8]; 6] = [
    b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
      <D:propertyupdate xmlns:D=\"DAV:\" xmlns:x='u&amp;'><D:set><D:prop xml:lang='de'>\
      <x:a b='>' x:c=\"'/>\">t<D:d xmlns=''/><![CDATA[<x>]]></x:a><e/>\
      </D:prop></D:set><D:remove><D:prop><x:f/></D:prop></D:remove></D:propertyupdate>",
    b"\xef\xbb\xbf<propertyupdate xmlns='DAV:' xml:lang='e&#9;n'><set><prop>\
      <a xmlns=\"n\" xml:lang=''><!-- > --><?p q?>&#13;\xe2\x82\xac</a ></prop></set>\
      </propertyupdate>",
    b"<D:propfind xmlns:D='DAV:'><D:allprop/><D:include><D:getetag/><x:a xmlns:x='u'/></D:include>\
      </D:propfind>",
    b"<propfind xmlns='DAV:'><prop><getetag/><a xmlns=''/></prop></propfind>",
    b"<D:propfind xmlns:D='DAV:'><D:propname/></D:propfind>",
    b"<D:lockinfo xmlns:D='DAV:' xml:lang='en'><D:lockscope><D:shared/></D:lockscope><D:locktype>\
      <D:write/></D:locktype><D:owner><D:href>a&lt;b</D:href></D:owner></D:lockinfo>",
];

#[test]
fn what_is_kept_of_a_document_stands_alone_and_is_read_as_the_same_again() {
    bolero::check!().for_each(|script: &[u8]| {
        check_dav_document(script);
        check_dav_document(&damaged(&DAV_DOCUMENTS, script));
    });
}

fn check_dav_document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match ch22::PropFind::parse(text) {
        Ok(ch22::PropFind::All(names) | ch22::PropFind::These(names)) => {
            assert!(names.len() <= ch22::MAX_NAMES);
            names.iter().for_each(check_property_name);
        }
        Ok(ch22::PropFind::Names) => {}
        Err(error) => assert_eq!(error, ch22::HttpError(400)),
    }
    match ch22::LockInfo::parse(text) {
        Ok(ch22::LockInfo { owner: Some(owner), .. }) => {
            assert!(owner.len() <= ch22::MAX_OWNER);
            let name = check_value(&owner);
            assert_eq!(name, ch22::PropertyName::dav("owner"));
        }
        Ok(_) => {}
        Err(error) => assert!([400, 413].contains(&error.0), "{error}"),
    }
    match ch22::PropertyUpdate::parse(text) {
        Ok(ch22::PropertyUpdate(update)) => {
            assert!(!update.is_empty());
            let lengths = update.iter().map(|(_, value)| value.as_ref().map_or(0, String::len));
            assert!(lengths.sum::<usize>() <= ch22::MAX_PROPERTIES);
            for (name, value) in update {
                check_property_name(&name);
                if let Some(value) = value {
                    assert_eq!(check_value(&value), name);
                }
            }
        }
        Err(error) => assert!([400, 413].contains(&error.0), "{error}"),
    }
}

/// Checks that a name is read as the same where it is told.
fn check_property_name(name: &ch22::PropertyName) {
    let text = format!("<D:prop xmlns:D=\"DAV:\">{}</D:prop>", name.element(""));
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    let element = document.root_element().first_child().expect("an element");
    assert_eq!(ch22::PropertyName::of(element), *name);
}

/// Checks that a value is whole, by itself and among others, and that who sends it back has the
/// same again. Returns its name.
fn check_value(value: &str) -> ch22::PropertyName {
    let alone = roxmltree::Document::parse(value).unwrap_or_else(|why| panic!("{why}: {value}"));
    let alone = meaning(alone.root_element());
    let prop = format!("<D:prop>{value}{value}</D:prop>");
    let text =
        format!("<D:propertyupdate xmlns:D=\"DAV:\"><D:set>{prop}</D:set></D:propertyupdate>");
    let Ok(ch22::PropertyUpdate(back)) = ch22::PropertyUpdate::parse(&text) else {
        // Twice it may be too long, or declare too many namespaces.
        assert!(value.len() > 500, "{value}");
        let document = roxmltree::Document::parse(value).expect("it was read before");
        return ch22::PropertyName::of(document.root_element());
    };
    assert_eq!((back.len(), &back[0]), (2, &back[1]), "{value}");
    let (name, again) = &back[0];
    let again = again.as_ref().expect("a value");
    let document = roxmltree::Document::parse(again).unwrap_or_else(|why| panic!("{why}: {again}"));
    assert_eq!(meaning(document.root_element()), alone, "{value}");
    name.clone()
}

/// Names, namespaces, attributes and texts of an element and of all that is in it.
fn meaning(element: roxmltree::Node<'_, '_>) -> String {
    let own = |node: roxmltree::Node<'_, '_>| {
        let attributes = node.attributes();
        let attributes = attributes.map(|own| (own.namespace(), own.name(), own.value()));
        format!("{:?} {:?} {:?}", node.tag_name(), attributes.collect::<Vec<_>>(), node.text())
    };
    element.descendants().map(own).collect::<Vec<_>>().join("\n")
}
