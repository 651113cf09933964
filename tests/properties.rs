//! What holds for every message, every name and every path: proved by nobody,
//! tried with some hundreds that were made up at random.
//!
//! A failure is made as small as possible, printed, and kept in
//! `proptest-regressions/`, from where it is tried first ever after.

use ch07::{Headers, Message, Parsed, StartLine, Version, encode, parse, read_message};
use course_tests::event_loop::LoopServer;
use course_tests::task_server::TaskServer;
use mock::{MockConnection, Script};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::ErrorKind;
use std::path::Path;

// How a message is made up

const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}";

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::Http10), Just(Version::Http11)]
}

fn start_line() -> impl Strategy<Value = StartLine> {
    let request = (TOKEN, "[!\"$-~]{1,200}", version())
        .prop_map(|(method, target, version)| StartLine::Request { method, target, version });
    let response = (version(), 100..1000u16, "[\t -~\u{80}-\u{10ffff}]{0,40}")
        .prop_map(|(version, status, reason)| StartLine::Response { version, status, reason });
    prop_oneof![request, response]
}

/// A name that says nothing about where the message ends or for whom it is.
fn field_name() -> impl Strategy<Value = String> {
    let special = ["Host", "Content-Length", "Transfer-Encoding"];
    let any = prop_oneof![TOKEN, "[Aa]ccept|COOKIE|[Xx]-[Aa]"];
    any.prop_filter("is special", move |name| {
        !special.iter().any(|special| special.eq_ignore_ascii_case(name))
    })
}

/// Any value, without whitespace at its edges: that is no part of a value.
fn field_value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![8 => 0x20..=0x7eu8, 1 => Just(b'\t'), 2 => 0x80..=0xffu8];
    vec(byte, 0..50).prop_map(|value| value.trim_ascii().to_vec())
}

/// Any message that keeps the limits.
fn message() -> impl Strategy<Value = Message> {
    let how_many = prop_oneof![20 => 0..10usize, 1 => Just(98)];
    let fields = how_many.prop_flat_map(|count| vec((field_name(), field_value()), count));
    let body = prop_oneof![Just(Vec::new()), vec(any::<u8>(), 1..500)];
    (start_line(), fields, body, any::<[prop::sample::Index; 2]>()).prop_map(
        |(start, mut fields, body, places)| {
            let mut insert = |place: prop::sample::Index, name: &str, value: String| {
                let at = place.index(fields.len() + 1);
                fields.insert(at, (name.to_owned(), value.into_bytes()));
            };
            insert(places[0], "content-Length", body.len().to_string());
            if matches!(start, StartLine::Request { .. }) {
                insert(places[1], "hosT", "localhost:8007".to_owned());
            }
            let mut headers = Headers::default();
            for (name, value) in fields {
                headers.add(&name, value).expect("name and value are valid");
            }
            Message { start, headers, body }
        },
    )
}

/// Text with characters that could end a word or a line.
const NOISE: &str = "[A-C :/\r\n\t\0\x7f]{0,6}";

/// Bytes that are often special in a message, and all others.
fn message_like_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "GET / HTTP/1.1\r\n", "HTTP/1.0 200 OK\r\n", "Host: a\r\n", "Content-Length: 3\r\n",
            "\r\n", "\r", "\n", " ", ": ", "A", "HTTP/1.1", "\0", "Transfer-Encoding: chunked\r\n",
        ]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..5),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// The body that a decoder finds when `input` comes in pieces of these lengths, and how much of
/// the input that took.
fn decoded(input: &[u8], lengths: &[usize], room: usize) -> (Vec<u8>, usize) {
    let mut decoder = ch12::ChunkedDecoder::default();
    let (mut body, mut out) = (Vec::new(), vec![0; room]);
    let (mut taken, mut come) = (0, 0);
    let mut lengths = lengths.iter().cycle();
    while decoder.trailers().is_none() {
        match decoder.decode(&input[taken..come], &mut out).expect("a right body") {
            (0, 0) if come == input.len() => break,
            (0, 0) => come = input.len().min(come + lengths.next().unwrap_or(&1)),
            (more, count) => {
                taken += more;
                body.extend(&out[..count]);
            }
        }
    }
    (body, taken)
}

/// One request of a conversation.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let mirrored = "[a-z]{0,200}".prop_map(|body| {
        let length = body.len();
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
    });
    let in_chunks = vec("[a-z]{0,50}", 0..5).prop_map(|pieces| {
        let mut request =
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        pieces.iter().for_each(|piece| ch12::encode_chunk(piece.as_bytes(), &mut request));
        request.extend(ch12::LAST_CHUNK);
        String::from_utf8(request).expect("all of it is text")
    });
    let others = prop::sample::select(vec![
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /panics HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "PUT /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
    ]);
    prop_oneof![mirrored, in_chunks, others.prop_map(str::to_owned)].prop_map(String::into_bytes)
}

/// All that a chapter's server sends, without the times of day.
macro_rules! answers {
    ($chapter:ident, $input:expr) => {
        answers!($chapter, $input, |server: $chapter::HttpServer, mut conn| {
            server.on_connect(&mut conn, None).expect("a right conversation");
        })
    };
    ($chapter:ident, $input:expr, $talk:expr) => {{
        use $chapter::{Body, Response, method, path};
        let mut server = $chapter::HttpServer::default();
        server.register(path("/stream"), |_| {
            let pieces = ["one\n", "two\n"].map(|piece| Ok(piece.as_bytes().to_vec()));
            Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces.into_iter()))))
        });
        server.register_reading(path("/unread"), |_, _| Ok(Response::text("Not read.\n")));
        server.register(path("/panics"), |_| panic!("no soup"));
        server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
        server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
        let (conn, peer) = MockConnection::pair($input);
        $talk(server, conn);
        let sent = String::from_utf8(peer.sent()).expect("all of it is text");
        sent.split_inclusive("\r\n").filter(|line| !line.starts_with("Date: ")).collect::<String>()
    }};
}

/// Chapter 15, with one worker for the bodies that nobody reads.
fn talk_in_a_loop(mut server: ch15::HttpServer, conn: MockConnection) {
    server.limits.workers = 1;
    LoopServer::new(server).on_connect(conn);
}

/// Chapter 16 likewise.
fn talk_in_a_task(mut server: ch16::HttpServer, conn: MockConnection) {
    server.limits.workers = 1;
    TaskServer::new(server).on_connect(conn);
}

/// `bytes` in reads of any length, with interruptions.
fn in_pieces(mut bytes: &[u8], lengths: &[usize]) -> Script {
    let mut script = Script::new();
    for &length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        script = script.bytes(piece);
        if length % 3 == 0 {
            script = script.fail(ErrorKind::Interrupted);
        }
        bytes = rest;
    }
    script
}

// Chapter 7: parse and encode

proptest! {
    #[test]
    fn what_is_encoded_parses_into_the_same_message(
        message in message(),
        rest in vec(any::<u8>(), 0..20),
    ) {
        let encoded = encode(&message).unwrap();
        let length = encoded.len();
        let parsed = parse(&[encoded, rest].concat());
        prop_assert_eq!(parsed, Ok(Parsed::Complete(message, length)));
    }

    #[test]
    fn what_is_encoded_is_read_however_it_is_cut(
        message in message(),
        lengths in vec(1..200usize, 1..20),
    ) {
        let encoded = encode(&message).unwrap();
        let (mut conn, _peer) = MockConnection::pair(in_pieces(&encoded, &lengths));
        prop_assert_eq!(read_message(&mut conn, &mut Vec::new()).unwrap(), Some(message));
    }

    #[test]
    fn a_part_of_a_message_is_partial(message in message(), cut in any::<prop::sample::Index>()) {
        let encoded = encode(&message).unwrap();
        let cut = cut.index(encoded.len());
        let Ok(Parsed::Partial { at_least }) = parse(&encoded[..cut]) else {
            return Err(TestCaseError::fail("it is not partial"));
        };
        prop_assert!(cut < at_least && at_least <= encoded.len());
    }

    /// `httparse` is somebody else's parser: it does not share our mistakes.
    #[test]
    fn another_parser_reads_the_same_in_what_is_encoded(message in message()) {
        let encoded = encode(&message).unwrap();
        let mut fields = [httparse::EMPTY_HEADER; 128];
        let (head, minor, count) = match &message.start {
            StartLine::Request { method, target, version } => {
                let mut theirs = httparse::Request::new(&mut fields);
                let head = theirs.parse(&encoded).unwrap().unwrap();
                prop_assert_eq!(theirs.method, Some(method.as_str()));
                prop_assert_eq!(theirs.path, Some(target.as_str()));
                prop_assert_eq!(theirs.version, Some(u8::from(*version == Version::Http11)));
                (head, theirs.version, theirs.headers.len())
            }
            StartLine::Response { version, status, .. } => {
                let mut theirs = httparse::Response::new(&mut fields);
                let head = theirs.parse(&encoded).unwrap().unwrap();
                prop_assert_eq!(theirs.code, Some(*status));
                prop_assert_eq!(theirs.version, Some(u8::from(*version == Version::Http11)));
                (head, theirs.version, theirs.headers.len())
            }
        };
        prop_assert!(minor.is_some());
        let theirs = fields[..count].iter().map(|field| (field.name, field.value));
        prop_assert!(theirs.eq(message.headers.iter()));
        prop_assert_eq!(&encoded[head..], &message.body[..]);
    }

    /// Bytes that come later never change what was decided before.
    #[test]
    fn what_is_decided_stays_decided(
        bytes in message_like_bytes(),
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(bytes.len() + 1);
        let (before, after) = (parse(&bytes[..cut]), parse(&bytes));
        match before {
            Ok(Parsed::Partial { at_least }) => {
                prop_assert!(cut < at_least);
                if let Ok(Parsed::Complete(_, used)) = after {
                    prop_assert!(at_least <= used);
                }
            }
            decided => prop_assert_eq!(decided, after),
        }
    }

    #[test]
    fn a_field_is_refused_or_stays_one_field(
        name in prop_oneof![TOKEN, NOISE, any::<String>()],
        value in prop_oneof![
            vec(any::<u8>(), 0..20),
            NOISE.prop_map(String::into_bytes),
            field_value(),
        ],
    ) {
        let mut headers = Headers::default();
        if headers.add(&name, &value).is_err() {
            prop_assert!(headers.is_empty());
            return Ok(());
        }
        let start = StartLine::Response { version: Version::Http11, status: 200, reason: "".into() };
        let message = Message { start, headers, body: Vec::new() };
        let encoded = encode(&message).unwrap();
        // Three lines: the first one, this field, the blank line.
        prop_assert_eq!(encoded.iter().filter(|&&byte| byte == b'\n').count(), 3);
        prop_assert_eq!(encoded.iter().filter(|&&byte| byte == b'\r').count(), 3);
        prop_assert_eq!(parse(&encoded), Ok(Parsed::Complete(message, encoded.len())));
    }

    #[test]
    fn a_first_line_is_refused_or_stays_one_line(
        method in prop_oneof![TOKEN, NOISE, any::<String>()],
        target in prop_oneof!["[!-~]{1,20}", NOISE, any::<String>()],
        status in prop_oneof![4 => 100..1000u16, 1 => any::<u16>()],
        version in version(),
    ) {
        let request = StartLine::Request { method, target: target.clone(), version };
        let response = StartLine::Response { version, status, reason: target };
        for start in [request, response] {
            let mut headers = Headers::default();
            headers.add("Host", "mock").unwrap();
            let message = Message { start, headers, body: Vec::new() };
            if let Ok(encoded) = encode(&message) {
                prop_assert_eq!(parse(&encoded), Ok(Parsed::Complete(message, encoded.len())));
            }
        }
    }
}

// Chapter 8: percent-encoding

/// Each byte as itself or as `%` and two digits, in either case.
fn percent_encoded(bytes: &[u8], how: &[u8]) -> String {
    let encode = |(byte, how): (&u8, &u8)| match (byte, how % 3) {
        (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', 0) => {
            char::from(*byte).to_string()
        }
        (byte, 1) => format!("%{byte:02x}"),
        (byte, _) => format!("%{byte:02X}"),
    };
    bytes.iter().zip(how.iter().cycle()).map(encode).collect()
}

proptest! {
    #[test]
    fn what_is_percent_encoded_is_decoded_into_the_same_bytes(
        bytes in vec(any::<u8>(), 0..50),
        how in vec(any::<u8>(), 1..50),
    ) {
        let encoded = percent_encoded(&bytes, &how);
        prop_assert_eq!(ch08::percent_decode(&encoded), Some(bytes));
    }

    #[test]
    fn what_has_no_percent_sign_stands_for_itself(text in any::<String>()) {
        let text = text.replace('%', "");
        prop_assert_eq!(ch08::percent_decode(&text), Some(text.clone().into_bytes()));
    }

    #[test]
    fn a_percent_sign_needs_two_digits(
        before in "[ -$&-~]{0,5}",
        after in "[-+ g%][0-9]|[0-9][-+ g%]|[^0-9A-Fa-f].?|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?",
        rest in any::<String>(),
    ) {
        // Fewer than two characters are the end of the text.
        let rest = if after.chars().count() < 2 { "" } else { &rest };
        prop_assert_eq!(ch08::percent_decode(&format!("{before}%{after}{rest}")), None);
    }
}

// Chapter 10: paths

proptest! {
    #[test]
    fn names_are_found_below_the_root_in_whatever_way_they_are_encoded(
        names in vec("[a-zA-Z0-9 %._~é-]{0,8}[a-zA-Z0-9%é]", 1..5),
        how in vec(any::<u8>(), 1..50),
    ) {
        let root = Path::new("some").join("root");
        let encoded: Vec<_> =
            names.iter().map(|name| percent_encoded(name.as_bytes(), &how)).collect();
        let expected = names.iter().fold(root.clone(), |path, name| path.join(name));
        let path = encoded.join("/");
        prop_assert_eq!(ch10::resolve(&path, &root).unwrap(), expected.clone());
        let folder = format!("{path}/");
        prop_assert_eq!(ch10::resolve(&folder, &root).unwrap(), expected.join("index.html"));
    }

    #[test]
    fn a_segment_that_leads_elsewhere_is_refused_in_whatever_way_it_is_encoded(
        bad in prop::sample::select(vec![
            "..", ".", "", "...", "a.", "a ", ".. ", "..\\x", "a/b", "../x", "/x", "\\x", "C:", "C:x",
            "a:b", "a::$DATA", "a\0", "\0",
        ]),
        before in vec("[a-z]{1,3}", 0..3),
        after in vec("[a-z]{1,3}", 1..3),
        how in vec(any::<u8>(), 1..50),
    ) {
        let root = Path::new("some").join("root");
        let bad = percent_encoded(bad.as_bytes(), &how);
        let path = [before, vec![bad], after].concat().join("/");
        prop_assert!(ch10::resolve(&path, &root).is_err(), "{}", path);
    }
}

// Chapter 11: ranges, dates, tags and names

/// What looks like a `Range`, and now and then is one.
fn range_like() -> impl Strategy<Value = String> {
    let number = prop_oneof![Just(String::new()), "[0-9]{1,4}", "[0-9]{1,25}", "[ +x-]"];
    let spec = (number.clone(), number).prop_map(|(first, last)| format!("{first}-{last}"));
    let list = vec(prop_oneof![9 => spec, 1 => "[ -~]{0,9}"], 0..40);
    let unit = prop_oneof![9 => Just("bytes="), 1 => Just("Bytes ="), 1 => Just("")];
    (unit, list).prop_map(|(unit, list)| format!("{unit}{}", list.join(",")))
}

proptest! {
    #[test]
    fn ranges_that_are_found_lie_in_the_file_apart_from_each_other(
        value in prop_oneof![4 => range_like(), 1 => any::<String>()],
        length in prop_oneof![0..2000u64, any::<u64>()],
    ) {
        let ranges = ch11::parse_ranges(&value, length).unwrap_or_default();
        prop_assert!(ranges.len() <= ch11::MAX_RANGES);
        for (index, range) in ranges.iter().enumerate() {
            prop_assert!(range.start < range.end && range.end <= length, "{:?}", ranges);
            for other in &ranges[index + 1..] {
                prop_assert!(range.end < other.start || other.end < range.start, "{:?}", ranges);
            }
        }
    }

    #[test]
    fn ranges_that_do_not_touch_are_found_as_they_were_written(
        gaps in vec((1..1000u64, 1..1000u64), 1..30),
        beyond in 0..1000u64,
    ) {
        let mut end = 0;
        let ranges: Vec<_> = gaps.iter().map(|(gap, size)| {
            let start = end + gap;
            end = start + size;
            start..end
        }).collect();
        let specs: Vec<_> =
            ranges.iter().map(|range| format!("{}-{}", range.start, range.end - 1)).collect();
        let value = format!("bytes={}", specs.join(", "));
        prop_assert_eq!(ch11::parse_ranges(&value, end + beyond), Some(ranges));
    }

    #[test]
    fn a_date_is_read_as_it_was_written_in_each_of_its_forms(
        seconds in 0..253_402_300_800i64,
    ) {
        let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let written = ch11::http_date(date);
        prop_assert_eq!(ch11::parse_date(&written, date), Some(date));
        for form in ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"] {
            // Of two digits the century is that of today, which is this day.
            let written = date.format(form).to_string();
            prop_assert_eq!(ch11::parse_date(&written, date), Some(date), "{}", written);
        }
    }

    #[test]
    fn what_is_read_as_a_date_is_written_in_a_form_that_dates_have(
        text in prop_oneof![
            any::<String>(),
            "[SMTWF][a-z]{2,8}, [0-9]{1,2}[ -](Jan|Nov|nov|Foo)[ -][0-9]{2,5} [0-9:]{5,8} GMT ?",
            "Sun Nov [ 0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{1,5}",
        ],
        now in 0..4_000_000_000i64,
    ) {
        let now = chrono::DateTime::from_timestamp(now, 0).unwrap();
        if let Some(date) = ch11::parse_date(&text, now) {
            let forms =
                ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
            prop_assert!(forms.iter().any(|form| date.format(form).to_string() == text));
        }
    }

    #[test]
    fn a_tag_is_found_in_any_list_that_has_it(
        before in vec("(W/)?\"[!#-~]{0,10}\"", 0..5),
        after in vec("(W/)?\"[!#-~]{0,10}\"", 0..5),
        separator in "[ \t]{0,2},[ \t,]{0,2}",
    ) {
        let own = ["\"the own tag\"".to_owned()];
        let now = chrono::DateTime::from_timestamp(0, 0).unwrap();
        let validators =
            ch11::Validators { etag: Some("the own tag".to_owned()), changed: None, now };
        let with: Vec<_> = before.iter().chain(&own).chain(&after).cloned().collect();
        let without: Vec<_> = before.iter().chain(&after).cloned().collect();
        for (list, verdict) in
            [(with, ch11::Verdict::NotModified), (without, ch11::Verdict::Go)]
        {
            let mut headers = ch11::Headers::default();
            headers.add("If-None-Match", list.join(&separator)).unwrap();
            prop_assert_eq!(ch11::judge_conditions(&headers, &validators), verdict);
        }
    }

    #[test]
    fn conditions_and_log_lines_take_any_bytes(
        name in prop_oneof![
            Just("If-Match"), Just("If-None-Match"), Just("If-Modified-Since"),
            Just("If-Unmodified-Since"), Just("If-Range"), Just("User-Agent"),
        ],
        value in prop_oneof![field_value(), "[W/\", *a-c]{0,20}".prop_map(String::into_bytes)],
    ) {
        let now = chrono::DateTime::from_timestamp(1_000_000_000, 0).unwrap();
        let validators =
            ch11::Validators { etag: Some("a".to_owned()), changed: Some(now), now };
        let mut headers = ch11::Headers::default();
        headers.add(name, &value).unwrap();
        ch11::judge_conditions(&headers, &validators);
        ch11::if_range_holds(&headers, &validators);
        let escaped = ch11::escape_quoted(&value);
        prop_assert!(escaped.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let quotes = escaped.replace("\\\\", "").replace("\\\"", "");
        prop_assert!(!quotes.contains('"'), "{}", escaped);
    }

    #[test]
    fn a_name_in_an_address_is_decoded_into_the_same_name(bytes in vec(1..=255u8, 1..30)) {
        if let Some(name) = ch11::decode_name(bytes.clone()) {
            let encoded = ch11::encode_name(&name);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(ch11::percent_decode(&encoded), Some(bytes));
        }
    }

    #[test]
    fn what_is_sent_in_chunks_arrives_however_it_is_cut(
        pieces in vec(vec(any::<u8>(), 0..300), 0..10),
        behind in vec(any::<u8>(), 0..50),
        lengths in vec(1..100usize, 1..10),
        room in 1..400usize,
    ) {
        let mut sent = Vec::new();
        pieces.iter().for_each(|piece| ch12::encode_chunk(piece, &mut sent));
        sent.extend(ch12::LAST_CHUNK);
        let length = sent.len();
        sent.extend(behind);
        prop_assert_eq!(decoded(&sent, &lengths, room), (pieces.concat(), length));
    }

    #[test]
    fn requests_that_come_together_get_the_answers_that_they_get_alone(
        requests in vec(request(), 1..12),
        lengths in vec(1..200usize, 1..30),
    ) {
        let alone: String =
            requests.iter().map(|request| answers!(ch12, request.as_slice())).collect();
        let together = || in_pieces(&requests.concat(), &lengths);
        prop_assert_eq!(answers!(ch12, together()), &*alone);
        prop_assert_eq!(answers!(ch13, together()), &*alone);
        prop_assert_eq!(answers!(ch14, together()), &*alone);
        prop_assert_eq!(answers!(ch15, together(), talk_in_a_loop), &*alone);
        prop_assert_eq!(answers!(ch16, together(), talk_in_a_task), &*alone);
    }
}

// Chapter 17: variables, and records

/// Bytes of such a length. (Each one made up by itself takes long, and there are many.)
fn bytes(length: impl Strategy<Value = usize>) -> impl Strategy<Value = Vec<u8>> {
    let byte = |first: u8| move |place: usize| first.wrapping_add(place.wrapping_mul(31) as u8);
    (length, any::<u8>()).prop_map(move |(length, first)| (0..length).map(byte(first)).collect())
}

/// Variables as a request makes them, and others.
fn variables() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let value = bytes(prop_oneof![20 => 0..200usize, 2 => 120..140usize, 1 => 60_000..65_000usize]);
    vec((prop_oneof!["[A-Z_]{0,20}", "[A-Z]{120,140}"], value), 0..8)
}

/// An environment that is asked for a path.
fn environ_of(path: &str) -> ch17::Environ {
    let mut environ = ch17::Environ::default();
    environ.set("SCRIPT_NAME", "");
    environ.set("PATH_INFO", path);
    environ
}

proptest! {
    #[test]
    fn variables_arrive_as_they_were_sent_and_no_pair_is_cut(variables in variables()) {
        let mut sent = Vec::new();
        let pairs = variables.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        ch17::append_params(&mut sent, 7, pairs).unwrap();
        let mut arrived = Vec::new();
        let mut is_last = false;
        while let Some((record, length)) = ch17::Record::parse(&sent).unwrap() {
            prop_assert!(!is_last, "something follows the empty one");
            prop_assert_eq!((record.kind, record.request), (ch17::Kind::Params as u8, 7));
            is_last = record.content.is_empty();
            // php-fpm reads each record by itself.
            arrived.extend(ch17::parse_params(&record.content).unwrap());
            sent.drain(..length);
        }
        prop_assert!(is_last && sent.is_empty());
        prop_assert_eq!(arrived, variables);
    }

    #[test]
    fn a_body_arrives_in_records_however_long_it_is(
        content in bytes(prop_oneof![0..300usize, 65_530..65_540usize, 131_065..131_080usize]),
        request in any::<u16>(),
    ) {
        let mut sent = Vec::new();
        ch17::append_records(&mut sent, ch17::Kind::Stdin, request, &content);
        let (mut arrived, mut used) = (Vec::new(), 0);
        while let Some((record, length)) = ch17::Record::parse(&sent[used..]).unwrap() {
            prop_assert_eq!((record.kind, record.request), (ch17::Kind::Stdin as u8, request));
            // An empty one would be the end.
            prop_assert_eq!(record.content.is_empty(), content.is_empty());
            arrived.extend(record.content);
            used += length;
        }
        prop_assert_eq!(used, sent.len());
        prop_assert_eq!(arrived, content);
    }

    /// Wherever an application is mounted, in whatever is mounted wherever.
    #[test]
    fn to_go_down_two_steps_is_to_go_down_at_once(
        first in "(/[a-c]{0,2}){0,2}",
        second in "(/[a-c]{0,2}){0,2}",
        path in "(/[a-c]{0,2}){0,5}",
        is_below in any::<bool>(),
    ) {
        let prefix = |text: &str| text.trim_end_matches('/').to_owned();
        let (first, second) = (prefix(&first), prefix(&second));
        let path = if is_below { format!("{first}{second}{path}") } else { path };
        let environ = environ_of(&path);
        let step_by_step = environ.below(&first).and_then(|environ| environ.below(&second));
        let at_once = environ.below(&format!("{first}{second}"));
        prop_assert_eq!(&step_by_step, &at_once);
        prop_assert!(!is_below || at_once.is_some() || !path.starts_with('/'));
        // What was taken from the one is in the other.
        if let Some(below) = at_once {
            let both = below.text("SCRIPT_NAME").to_owned() + below.text("PATH_INFO");
            prop_assert_eq!(both, path);
        }
    }

    #[test]
    fn what_an_application_answers_arrives_through_a_script_as_through_memory(
        status in prop_oneof![200..600u16],
        fields in vec(("X-[a-z]{1,8}", field_value()), 0..5),
        body in vec(any::<u8>(), 0..2000),
        lengths in vec(1..300usize, 1..10),
    ) {
        let answer = || {
            let mut response = ch17::Response::new(status).content_type("a/b").body(body.clone());
            for (name, value) in &fields {
                response = response.header(name, value).unwrap();
            }
            response
        };
        let mut written = Vec::new();
        ch17::write_reply(answer(), &mut written).unwrap();
        let (mut rest, mut blocks) = (written.as_slice(), Vec::new());
        for length in lengths.iter().cycle() {
            if rest.is_empty() { break }
            let (block, more) = rest.split_at(rest.len().min(*length));
            blocks.push(Ok(block.to_vec()));
            rest = more;
        }
        let response = ch17::script_reply(blocks.into_iter(), "GET").unwrap();
        prop_assert_eq!(response.status, status);
        for (name, _) in &fields {
            let values = response.headers.iter().filter(|(known, _)| known == name);
            let sent = fields.iter().filter(|(known, _)| known == name);
            prop_assert!(values.map(|(_, value)| value.to_vec()).eq(sent.map(|(_, v)| v.clone())));
        }
        let arrived: Vec<u8> = ch17::pieces_of(response.body).flat_map(Result::unwrap).collect();
        // These two have none, whatever is said.
        let expected = if matches!(status, 204 | 304) { Vec::new() } else { body };
        prop_assert_eq!(arrived, expected);
    }
}
