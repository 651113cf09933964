//! What the extensions of chapter 7 promise.

use ch07::{
    Headers, MAX_BODY, Message, ParseError, Parsed, ReadError, StartLine, body_length,
    join_repeated, parse, parse_response, read_response,
};
use mock::{MockConnection, Script, Seed, assert_bytes, for_every_split};
use std::fmt;
use std::io::{self, ErrorKind, Read};

mod joined {
    use super::*;

    /// The fields as they would be sent.
    fn lines(headers: &Headers) -> Vec<u8> {
        let line = |(name, value): (&str, &[u8])| [name.as_bytes(), b": ", value, b"\n"].concat();
        headers.iter().flat_map(line).collect()
    }

    fn fields<N: AsRef<str>, V: AsRef<[u8]>>(fields: &[(N, V)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.add(name.as_ref(), value).unwrap();
        }
        headers
    }

    /// Joining `before` gives `after`, and joining that changes nothing.
    #[track_caller]
    fn joins<N: AsRef<str>, V: AsRef<[u8]>>(before: &[(N, V)], after: &[(&str, &[u8])]) {
        let (before, after) = (fields(before), fields(after));
        let joined = join_repeated(&before);
        let what = format!("\"{}\" joined", lines(&before).escape_ascii());
        assert_bytes!(lines(&joined), lines(&after), "{what}");
        assert_bytes!(lines(&join_repeated(&joined)), lines(&after), "{what} twice");
    }

    #[test]
    fn a_name_that_occurs_once_stays_as_it_is() {
        let mut seed = Seed::new();
        let (names, values) = (seed.words(5), seed.words(5));
        let before: Vec<_> = names.iter().zip(&values).collect();
        let after = before.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        joins(&before, &after.collect::<Vec<_>>());
        joins::<&str, &str>(&[], &[]);
    }

    #[test]
    fn values_are_joined_in_their_order_where_the_first_one_stood() {
        let mut seed = Seed::new();
        let (names, values) = (seed.words(3), seed.words(6));
        let [a, b, c] = &names[..] else { unreachable!() };
        let [one, two, three, four, five, six] = &values[..] else { unreachable!() };
        joins(
            &[(a, one), (b, two), (a, three), (c, four), (b, five), (a, six)],
            &[
                (a, format!("{one}, {three}, {six}").as_bytes()),
                (b, format!("{two}, {five}").as_bytes()),
                (c, four.as_bytes()),
            ],
        );
    }

    #[test]
    fn a_name_has_no_case_and_the_first_spelling_stays() {
        let mut seed = Seed::new();
        let (name, values) = (seed.word(), seed.words(3));
        let upper = name.to_uppercase();
        let mixed = format!("{}{}", &upper[..2], &name[2..]);
        let all = values.join(", ");
        for spellings in [[&name, &upper, &mixed], [&mixed, &name, &upper]] {
            let before: Vec<_> = spellings.into_iter().zip(&values).collect();
            joins(&before, &[(spellings[0], all.as_bytes())]);
        }
    }

    #[test]
    fn a_name_that_only_begins_like_another_is_another() {
        let value = Seed::new().word();
        joins(
            &[("Accept", &value), ("Accept-Language", &value), ("Accep", &value)],
            &[
                ("Accept", value.as_bytes()),
                ("Accept-Language", value.as_bytes()),
                ("Accep", value.as_bytes()),
            ],
        );
    }

    #[test]
    fn cookies_stay_apart_each_in_its_place() {
        let mut seed = Seed::new();
        let (name, words) = (seed.word(), seed.words(5));
        let cookie = |word: &str| format!("{word}={name}; Expires=Thu, 26 Nov 2026 00:00:00 GMT");
        let cookies = [cookie(&words[0]), cookie(&words[1]), cookie(&words[2])];
        joins(
            &[
                ("Set-Cookie", &cookies[0]),
                (&name, &words[3]),
                ("SET-COOKIE", &cookies[1]),
                (&name, &words[4]),
                ("set-cookie", &cookies[2]),
            ],
            &[
                ("Set-Cookie", cookies[0].as_bytes()),
                (&name, format!("{}, {}", words[3], words[4]).as_bytes()),
                ("SET-COOKIE", cookies[1].as_bytes()),
                ("set-cookie", cookies[2].as_bytes()),
            ],
        );
        // Every other name is joined, also if it sounds like a cookie's.
        for other in ["Cookie", "Set-Cookie2", "X-Set-Cookie", "Set"] {
            let joined = format!("{}, {}", words[0], words[1]);
            joins(&[(other, &words[0]), (other, &words[1])], &[(other, joined.as_bytes())]);
        }
    }

    #[test]
    fn a_value_is_bytes_and_stays_as_it_is() {
        let mut seed = Seed::new();
        let word = seed.word();
        let one = [b"\"a, b\"; c=\xff", word.as_bytes()].concat();
        let two = [word.as_bytes(), b",,\tcaf\xc3\xa9"].concat();
        joins(&[("A", &one), ("a", &two)], &[("A", &[&one[..], b", ", &two].concat())]);
    }

    #[test]
    fn an_empty_value_is_a_value() {
        let word = Seed::new().word();
        let word = word.as_str();
        joins(&[("A", "")], &[("A", b"")]);
        joins(&[("A", ""), ("A", word)], &[("A", format!(", {word}").as_bytes())]);
        joins(
            &[("A", word), ("A", ""), ("A", word)],
            &[("A", format!("{word}, , {word}").as_bytes())],
        );
        // The space at the end is no part of a value.
        joins(&[("A", word), ("A", "")], &[("A", format!("{word},").as_bytes())]);
        joins(&[("A", ""), ("A", "")], &[("A", b",")]);
    }

    #[test]
    fn lengths_that_are_joined_are_still_lengths() {
        let mut seed = Seed::new();
        let length = seed.number(0..=MAX_BODY);
        let same = length.to_string();
        let joined =
            join_repeated(&fields(&[("Content-Length", &same), ("content-length", &same)]));
        assert_eq!(joined.len(), 1);
        assert_eq!(body_length(&joined), Ok(length));
        let other = (length + 1).to_string();
        let joined = join_repeated(&fields(&[("Content-Length", same), ("Content-Length", other)]));
        assert_eq!(body_length(&joined).map_err(|fault| fault.status), Err(400));
    }

    #[test]
    fn any_fields_are_joined() {
        let mut seed = Seed::new();
        let mut names = seed.words(3);
        names.push("Set-Cookie".to_owned());
        for _ in 0..50 {
            let count = seed.number(0..=12);
            let before: Vec<(String, String)> = (0..count)
                .map(|_| {
                    let name = seed.pick(&names);
                    let name = seed.pick(&[name.to_uppercase(), name]);
                    (name, seed.word())
                })
                .collect();
            let mut after: Vec<(&str, String)> = Vec::new();
            for (name, value) in &before {
                let known = after.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
                match known {
                    Some((_, values)) if !name.eq_ignore_ascii_case("Set-Cookie") => {
                        *values += ", ";
                        *values += value;
                    }
                    _ => after.push((name, value.clone())),
                }
            }
            let after = after.iter().map(|(name, value)| (*name, value.as_bytes()));
            joins(&before, &after.collect::<Vec<_>>());
        }
    }
}

mod response {
    use super::*;

    /// Made of a status and header lines: a head with its blank line.
    fn head(status: usize, fields: &[&str]) -> Vec<u8> {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        format!("HTTP/1.1 {status} Whatever\r\n{fields}\r\n").into_bytes()
    }

    /// A status whose responses have a body, if the request was not HEAD.
    fn status_with_body(seed: &mut Seed) -> usize {
        let other = [seed.number(206..=299), seed.number(305..=399), seed.number(400..=599)];
        let some = seed.pick(&[200, 201, 203, 301, 303, 404, 500]);
        seed.pick(&[some, other[0], other[1], other[2]])
    }

    /// A body of any bytes, with what could be taken for something else in it.
    fn any_body(seed: &mut Seed) -> Vec<u8> {
        let count = seed.number(1..=40);
        [&seed.bytes(count)[..], b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\n\0"].concat()
    }

    /// What the outcome is, in short: `Complete(body, length)`.
    fn outcome(input: &[u8], method: &str, ended: bool) -> Result<Outcome, ParseError> {
        parse_response(input, method, ended).map(|parsed| match parsed {
            Parsed::Complete(message, used) => Outcome::Complete(message.body, used),
            Parsed::Partial { at_least } => Outcome::Partial(at_least),
        })
    }

    #[derive(PartialEq)]
    enum Outcome {
        Complete(Vec<u8>, usize),
        Partial(usize),
    }

    impl fmt::Debug for Outcome {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Complete(body, used) => {
                    let body = body.escape_ascii();
                    write!(f, "complete after {used} bytes, with the body \"{body}\"")
                }
                Self::Partial(at_least) => write!(f, "partial, at least {at_least} bytes"),
            }
        }
    }

    /// The response at the beginning of `input` has `length` bytes and this body, and no
    /// beginning of it is a response, whether the connection has ended or not.
    #[track_caller]
    fn ends_by_itself(input: &[u8], method: &str, length: usize, body: &[u8]) {
        let shown = input.escape_ascii();
        for ended in [false, true] {
            for cut in 0..length {
                match outcome(&input[..cut], method, ended) {
                    Ok(Outcome::Partial(at_least)) => assert!(
                        cut < at_least && at_least <= length,
                        "{at_least} bytes are wanted, after {cut} of {length} of \"{shown}\""
                    ),
                    other => panic!("{other:?} for the first {cut} bytes of \"{shown}\""),
                }
            }
            for cut in length..=input.len() {
                let what = format!("to {method}, {cut} bytes of \"{shown}\", ended: {ended}");
                match outcome(&input[..cut], method, ended) {
                    Ok(Outcome::Complete(found, used)) => {
                        assert_bytes!(found, body, "the body, {what}");
                        assert_eq!(used, length, "bytes that were used, {what}");
                    }
                    other => panic!("{other:?}, {what}"),
                }
            }
        }
    }

    #[test]
    fn a_body_without_a_length_goes_on_until_the_connection_ends() {
        let mut seed = Seed::new();
        for method in ["GET", "POST", "head", "HEADER", ""] {
            let (head, body) = (head(status_with_body(&mut seed), &["A: b"]), any_body(&mut seed));
            let input = [&head[..], &body].concat();
            for cut in 0..=input.len() {
                let what = format!("to {method:?}, {cut} bytes of \"{}\"", input.escape_ascii());
                match outcome(&input[..cut], method, false) {
                    Ok(Outcome::Partial(at_least)) => assert!(
                        // In the head, the end may be known to be further away.
                        at_least == cut + 1 || (cut < at_least && at_least <= head.len()),
                        "{at_least} bytes are wanted: {what}"
                    ),
                    other => panic!("{other:?}: {what}"),
                }
                match outcome(&input[..cut], method, true) {
                    Ok(Outcome::Partial(at_least)) => assert!(
                        cut < head.len() && cut < at_least,
                        "partial, at least {at_least} bytes, when it has ended: {what}"
                    ),
                    Ok(Outcome::Complete(body, used)) => {
                        assert!(cut >= head.len(), "complete without its blank line: {what}");
                        assert_bytes!(body, &input[head.len()..cut], "{what}");
                        assert_eq!(used, cut, "bytes that were used: {what}");
                    }
                    Err(error) => panic!("{error}: {what}"),
                }
            }
        }
    }

    #[test]
    fn the_head_of_it_is_parsed_as_by_parse() {
        let mut seed = Seed::new();
        let (name, value) = (seed.word(), seed.word());
        let head = head(status_with_body(&mut seed), &[&format!("{name}:  {value}\t")]);
        let Ok(Parsed::Complete(expected, _)) = parse(&head) else { panic!("a whole response") };
        let body = any_body(&mut seed);
        let input = [&head[..], &body].concat();
        let Ok(Parsed::Complete(message, _)) = parse_response(&input, "GET", true) else {
            panic!("a whole response")
        };
        assert_eq!(message, Message { body, ..expected });
    }

    #[test]
    fn the_answer_to_head_ends_with_its_blank_line() {
        let mut seed = Seed::new();
        let length = format!("Content-Length: {}", seed.number(1..=99));
        let long = format!("Content-Length: {}", MAX_BODY + 1);
        let (length, long) = (length.as_str(), long.as_str());
        for fields in [
            &[][..],
            &[length],
            &[long],
            &["Content-Length: 0"],
            &["Content-Length: many"],
            &["Content-Length: 1", "Content-Length: 2"],
            &["Transfer-Encoding: chunked"],
            &["Transfer-Encoding: chunked", length],
        ] {
            let head = head(status_with_body(&mut seed), fields);
            let input = [&head[..], &any_body(&mut seed)].concat();
            ends_by_itself(&input, "HEAD", head.len(), b"");
        }
    }

    #[test]
    fn some_statuses_have_no_body_whatever_the_fields_say() {
        let mut seed = Seed::new();
        let length = &*format!("Content-Length: {}", seed.number(1..=99));
        for status in [100, 101, seed.number(102..=199), 199, 204, 304] {
            for fields in [
                &[][..],
                &[length],
                &["Content-Length: many"],
                &["Transfer-Encoding: chunked"],
                &["Transfer-Encoding: chunked", length],
            ] {
                let head = head(status, fields);
                let input = [&head[..], &any_body(&mut seed)].concat();
                ends_by_itself(&input, "GET", head.len(), b"");
            }
        }
    }

    #[test]
    fn a_length_counts_as_it_does_to_parse() {
        let mut seed = Seed::new();
        let body = any_body(&mut seed);
        let length = format!("Content-Length: {}", body.len());
        for fields in [&[&length[..]][..], &["A: b", &length, &length]] {
            let head = head(status_with_body(&mut seed), fields);
            let input = [&head[..], &body, &any_body(&mut seed)].concat();
            ends_by_itself(&input, "GET", head.len() + body.len(), &body);
        }
        let head = head(status_with_body(&mut seed), &["Content-Length: 0"]);
        ends_by_itself(&[&head[..], b"more"].concat(), "GET", head.len(), b"");
    }

    #[test]
    fn a_length_is_waited_for_in_one_piece() {
        let mut seed = Seed::new();
        let length = seed.number(1..=MAX_BODY);
        let head = head(status_with_body(&mut seed), &[&format!("Content-Length: {length}")]);
        for ended in [false, true] {
            let outcome = outcome(&head, "GET", ended);
            assert_eq!(outcome, Ok(Outcome::Partial(head.len() + length)), "ended: {ended}");
        }
    }

    #[test]
    fn what_parse_refuses_is_refused_in_the_same_place() {
        let mut seed = Seed::new();
        let (word, length) = (seed.word(), format!("Content-Length: {}", seed.number(1..=99)));
        let long = format!("Content-Length: {}", MAX_BODY + 1);
        for fields in [
            &[&word[..]][..],
            &["A : b"],
            &["A: b", " c"],
            &["A: b\nc"],
            &["A: \0"],
            &["A: b", &long],
            &[&format!("Content-Length: {word}"), "A: b"],
            &["A: b", "Content-Length: +3"],
            &[&length, "content-length: 100"],
            &["Transfer-Encoding: chunked"],
            &["Transfer-Encoding: chunked", &length],
        ] {
            let head = head(status_with_body(&mut seed), fields);
            let parsed = parse(&head).expect_err("a response that `parse` refuses");
            let expected = Err((parsed.status, parsed.offset));
            for ended in [false, true] {
                let outcome = outcome(&head, "GET", ended);
                let outcome = outcome.map_err(|error| (error.status, error.offset));
                let shown = head.escape_ascii();
                assert_eq!(outcome, expected, "(status and offset) of \"{shown}\"");
            }
        }
    }

    #[test]
    fn a_body_without_a_length_has_a_bound() {
        let mut seed = Seed::new();
        let head = head(status_with_body(&mut seed), &[]);
        let more = seed.number(1..=1000);
        let input = [&head[..], &vec![b'x'; MAX_BODY + more]].concat();
        let most = head.len() + MAX_BODY;
        // Without the bodies, which nobody wants to see in a message.
        let outcome = |length: usize, ended| match outcome(&input[..length], "GET", ended) {
            Ok(Outcome::Complete(body, used)) => {
                format!("complete, {} bytes of body, {used} in all", body.len())
            }
            Ok(Outcome::Partial(at_least)) => format!("partial, at least {at_least} bytes"),
            Err(error) => format!("refused with {} at byte {}", error.status, error.offset),
        };
        let (partial, complete, refused) = (
            format!("partial, at least {} bytes", most + 1),
            format!("complete, {MAX_BODY} bytes of body, {most} in all"),
            format!("refused with 413 at byte {most}"),
        );
        for (length, ended, expected) in [
            (most, false, partial),
            (most, true, complete),
            (most + 1, false, refused.clone()),
            (most + 1, true, refused.clone()),
            (most + more, false, refused),
        ] {
            assert_bytes!(outcome(length, ended), expected, "{length} bytes, ended: {ended}");
        }
    }

    #[test]
    fn a_request_is_not_a_response() {
        let word = Seed::new().word();
        for ended in [false, true] {
            let request = format!("GET /{word} HTTP/1.1\r\nHost: {word}\r\n\r\n");
            let outcome = outcome(request.as_bytes(), "GET", ended);
            assert_eq!(outcome.map_err(|error| error.status), Err(400), "{request:?}");
        }
    }

    /// What came of reading a response, in short.
    fn shown(read: Result<Option<Message>, ReadError>) -> String {
        match read {
            Ok(Some(Message { start, body, .. })) => {
                format!("`{start}` with the body \"{}\"", body.escape_ascii())
            }
            Ok(None) => "no response".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    /// What is read from a connection that delivers `input`.
    fn read(input: impl Into<Script>, method: &str) -> Result<Option<Message>, ReadError> {
        let (mut conn, _peer) = MockConnection::pair(input);
        read_response(&mut conn, method)
    }

    /// The same if it is a response: its status and its body.
    #[track_caller]
    fn response(input: impl Into<Script>, method: &str) -> (usize, Vec<u8>) {
        match read(input, method) {
            Ok(Some(Message { start: StartLine::Response { status, .. }, body, .. })) => {
                (usize::from(status), body)
            }
            other => panic!("{} instead of a response", shown(other)),
        }
    }

    #[test]
    fn a_response_is_read_to_the_end_however_it_is_cut() {
        let mut seed = Seed::new();
        let (status, body) = (status_with_body(&mut seed), any_body(&mut seed));
        let input = [&head(status, &["A: b"])[..], &body].concat();
        for_every_split(&input, |input| {
            let (found, read) = response(input, "GET");
            assert_bytes!(read, body);
            assert_eq!(found, status);
        });
        // There may be no byte of it.
        assert_eq!(response(head(status, &[]), "GET"), (status, Vec::new()));
    }

    #[test]
    fn after_the_last_byte_nothing_more_is_read() {
        let mut seed = Seed::new();
        let body = any_body(&mut seed);
        let length = format!("Content-Length: {}", body.len());
        let status = status_with_body(&mut seed);
        let answers = [
            ("GET", status, [&head(status, &[&length])[..], &body].concat(), &body[..]),
            ("HEAD", status, head(status, &[&length]), b""),
            ("GET", 204, head(204, &[]), b""),
            ("GET", 304, head(304, &[&length]), b""),
            ("GET", 101, head(101, &[]), b""),
        ];
        for (method, status, input, body) in answers {
            for_every_split(&input, |input| match read(input.fail(ErrorKind::TimedOut), method) {
                Ok(Some(message)) => assert_bytes!(message.body, body, "{status} to {method}"),
                Err(ReadError::TooLate) => panic!("{status} to {method}: it reads on"),
                other => panic!("{status} to {method}: {}", shown(other)),
            });
        }
    }

    #[test]
    fn interim_responses_are_passed_over() {
        let mut seed = Seed::new();
        let (status, body) = (status_with_body(&mut seed), any_body(&mut seed));
        let length = format!("Content-Length: {}", body.len());
        let interim =
            [head(100, &[]), head(103, &["Link: a"]), head(seed.number(102..=199), &[])].concat();
        let one_with_length = [&interim[..], &head(status, &[&length]), &body].concat();
        let one_to_the_end = [&interim[..], &head(status, &[]), &body].concat();
        for input in [one_with_length, one_to_the_end] {
            for_every_split(&input, |input| {
                let (found, read) = response(input, "POST");
                assert_bytes!(read, body);
                assert_eq!(found, status);
            });
        }
        let input = [&interim[..], &head(status, &[&length])].concat();
        assert_eq!(response(input, "HEAD"), (status, Vec::new()));
    }

    #[test]
    fn the_end_before_the_first_byte_is_no_error() {
        assert_eq!(read("", "GET").expect("the peer closed"), None);
    }

    #[test]
    fn a_response_that_is_cut_off_says_how_much_has_come() {
        let mut seed = Seed::new();
        let body = any_body(&mut seed);
        let length = format!("Content-Length: {}", body.len());
        let head = head(status_with_body(&mut seed), &[&length]);
        let input = [&head[..], &body].concat();
        let interim = self::head(100, &[]);
        for length in 1..input.len() {
            for before in [&b""[..], &interim] {
                match read([before, &input[..length]].concat(), "GET") {
                    Err(ReadError::CutOff(come)) => assert_eq!(come, length, "bytes that came"),
                    other => panic!("{} after {length} bytes", shown(other)),
                }
            }
        }
        // A head is not complete without its blank line, also if no length stands in it.
        let head = self::head(status_with_body(&mut seed), &["A: b"]);
        for length in 1..head.len() {
            match read(&head[..length], "GET") {
                Err(ReadError::CutOff(come)) => assert_eq!(come, length, "bytes that came"),
                other => panic!("{} after {length} bytes", shown(other)),
            }
        }
        // An answer was promised, and does not come.
        match read(interim, "GET") {
            Err(ReadError::CutOff(0)) => {}
            other => panic!("{} after an interim response", shown(other)),
        }
    }

    #[test]
    fn a_reset_is_not_the_end_of_a_body() {
        let mut seed = Seed::new();
        let input = [head(status_with_body(&mut seed), &[]), any_body(&mut seed)].concat();
        for length in [0, 1, input.len() / 2, input.len()] {
            match read(Script::new().bytes(&input[..length]).reset(), "GET") {
                Err(ReadError::Broken(error)) => {
                    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                }
                other => panic!("{} after a reset", shown(other)),
            }
            for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
                let outcome = read(Script::new().bytes(&input[..length]).fail(kind), "GET");
                let is_late = matches!(outcome, Err(ReadError::TooLate));
                assert!(is_late, "{} after {kind:?}", shown(outcome));
            }
        }
    }

    #[test]
    fn what_is_malformed_is_refused_however_it_is_cut() {
        let word = Seed::new().word();
        for_every_split(head(200, &["A: b", &word]), |input| match read(input, "GET") {
            Err(ReadError::Malformed(error)) => {
                assert_eq!((error.status, error.offset), (400, 29), "(status and offset)");
            }
            other => panic!("{} instead of an error", shown(other)),
        });
    }

    /// A response whose body never ends, and how many bytes of it were read.
    struct Endless(Vec<u8>, usize);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(self.1 < 2 * MAX_BODY, "{} bytes were read, and there is no end", self.1);
            let count = match self.0.len() {
                0 => {
                    buffer.fill(b'x');
                    buffer.len()
                }
                length => {
                    let count = length.min(buffer.len());
                    buffer[..count].copy_from_slice(&self.0[..count]);
                    self.0.drain(..count);
                    count
                }
            };
            self.1 += count;
            Ok(count)
        }
    }

    #[test]
    fn a_body_without_end_is_not_collected_without_end() {
        match read_response(&mut Endless(head(200, &[]), 0), "GET") {
            Err(ReadError::Malformed(error)) => assert_eq!(error.status, 413),
            Ok(_) => panic!("a body without end has an end"),
            Err(other) => panic!("{other:?} instead of 413"),
        }
    }
}
