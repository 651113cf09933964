//! What a script says before the body.

use ch17::{LocalRedirect, MAX_SCRIPT_HEAD, ScriptHead};

/// The head at the start of `bytes`, however much of them is there: as long as it is not all there
/// it is none, and whatever follows does not change it.
#[track_caller]
fn parse(bytes: impl AsRef<[u8]>) -> ScriptHead {
    let bytes = bytes.as_ref();
    let head = ScriptHead::parse(bytes).unwrap().expect("a whole head");
    for cut in 0..bytes.len() {
        let part = ScriptHead::parse(&bytes[..cut]).unwrap();
        match cut < head.end {
            true => assert_eq!(part, None, "of the first {cut} bytes"),
            false => assert_eq!(part.as_ref(), Some(&head), "of the first {cut} bytes"),
        }
    }
    head
}

/// Its error, which is one of the whole head: as long as that is not all there it is none.
#[track_caller]
fn error(head: impl AsRef<[u8]>) -> anyhow::Error {
    let head = head.as_ref();
    for cut in 0..head.len() {
        assert_eq!(ScriptHead::parse(&head[..cut]).unwrap(), None, "of the first {cut} bytes");
    }
    match ScriptHead::parse(head) {
        Err(error) => error,
        Ok(outcome) => panic!("{}: {outcome:?}", head.escape_ascii()),
    }
}

/// All fields of a head, as they would stand in a message.
fn fields(head: &ScriptHead) -> Vec<String> {
    let fields = head.headers.iter();
    fields.map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect()
}

#[test]
fn lines_end_in_lf_or_in_cr_lf() {
    let lf = "Content-Type: text/plain\nX-Two: 2\n\n";
    let mixed = "Content-Type: text/plain\r\nX-Two: 2\n\r\n";
    let other = "Content-Type: text/plain\nX-Two: 2\r\n\n";
    for head in [lf, &lf.replace('\n', "\r\n"), mixed, other] {
        let parsed = parse([head.as_bytes(), b"the body\n\n\xff\0more"].concat());
        assert_eq!((parsed.status, parsed.length, parsed.end), (200, None, head.len()));
        assert_eq!(fields(&parsed), ["Content-Type: text/plain", "X-Two: 2"]);
        parse(head);
    }
}

#[test]
fn a_status_may_lack_its_reason() {
    let statuses = [
        ("200", 200),
        ("418", 418),
        ("404 Not Found", 404),
        (" 404  Gone fishing", 404),
        ("201 ", 201),
    ];
    for (text, status) in statuses {
        for name in ["Status", "status", "STATUS"] {
            let head = parse(format!("{name}: {text}\nContent-Type: text/plain\n\n"));
            assert_eq!(head.status, status, "{text}");
            assert_eq!(fields(&head), ["Content-Type: text/plain"], "it is no field");
        }
    }
    assert_eq!(parse("Status:204\n\n").status, 204);
}

#[test]
fn what_is_no_status_is_an_error_that_says_so() {
    for text in ["", "OK", "20", "2000", "2x0", "+20", "-20", "200OK", "HTTP/1.1 200 OK", "２００"]
    {
        let error = error(format!("Status: {text}\n\n")).to_string();
        assert!(error.contains("Status"), "{text}: {error}");
    }
}

#[test]
fn a_head_must_have_a_type_a_place_or_a_status() {
    for head in ["\n", "\r\n", "X-Type: text/plain\n\n", "Set-Cookie: a=1\r\n\r\n"] {
        let error = error(head).to_string();
        assert!(error.contains("neither Content-Type nor Location nor Status"), "{error}");
    }
    assert_eq!(parse("Content-Type: text/plain\n\n").status, 200);
    assert_eq!(parse("content-type: text/plain\n\n").status, 200);
    assert_eq!(parse("Location: http://example.org/\n\n").status, 302);
    assert_eq!(parse("Status: 299\n\n").status, 299);
}

#[test]
fn a_line_that_is_no_field_is_an_error_that_shows_it() {
    let all = [
        ("<html>\n\n", "<html>"),
        ("Content-Type: text/plain\nTraceback (most recent call last)\n\n", "Traceback"),
        ("Content-Type: text/plain\n\u{1b}[31m\n\n", "\\x1b[31m"),
        (" folded: x\n\n", "folded"),
        ("Content-Type : text/plain\n\n", "Content-Type "),
        (": text/plain\n\n", "\"\""),
        ("Content-Type: a\rb\n\n", "Content-Type"),
        ("Content-Type: a\0b\n\n", "Content-Type"),
    ];
    for (head, shown) in all {
        let error = format!("{:#}", error(head));
        assert!(error.contains(shown), "{}: {error}", head.escape_debug());
    }
    error(b"Content-Type: text/plain\nX\xff: 1\n\n");
}

#[test]
fn a_place_without_a_status_is_a_redirect() {
    for place in ["http://example.org/menu", "https://example.org", "//example.org/", "menu", ""] {
        let head = parse(format!("Location: {place}\n\n"));
        assert_eq!(head.status, 302, "{place}");
        assert_eq!(fields(&head), [format!("Location: {place}")]);
    }
}

#[test]
fn a_path_without_a_status_is_a_local_redirect() {
    for (head, place) in [
        ("Location: /menu?day=monday\n\n", "/menu?day=monday"),
        ("location:/\r\n\r\n", "/"),
        ("Content-Type: text/html\nLocation:   /a%20b  \n\n", "/a%20b"),
    ] {
        let redirect = error(head).downcast::<LocalRedirect>().unwrap();
        assert_eq!(redirect, LocalRedirect(place.to_owned()));
    }
}

#[test]
fn with_a_status_every_place_is_the_clients() {
    for status in [201, 302, 303, 200] {
        for place in ["/menu", "http://example.org/"] {
            for head in [
                format!("Status: {status}\nLocation: {place}\n\n"),
                format!("Location: {place}\nStatus: {status}\n\n"),
            ] {
                let head = parse(head);
                assert_eq!(head.status, status);
                assert_eq!(fields(&head), [format!("Location: {place}")]);
            }
        }
    }
}

#[test]
fn the_length_of_the_body_is_told_apart() {
    for (text, length) in [("0", 0), ("7", 7), (" 12 ", 12), ("18446744073709551615", u64::MAX)] {
        let head = parse(format!("Content-Type: text/plain\nContent-Length: {text}\n\n"));
        assert_eq!(head.length, Some(length));
        assert_eq!(fields(&head), ["Content-Type: text/plain"]);
    }
    for text in ["", "-1", "0x10", "1 2", "18446744073709551616", "many"] {
        let error = error(format!("Content-Type: a/b\nContent-length: {text}\n\n"));
        assert!(error.to_string().contains("Content-Length"), "{text}: {error}");
    }
}

#[test]
fn status_and_length_are_said_once() {
    for twice in ["Status: 200\nstatus: 404\n\n", "Status: 200\nStatus: 200\n\n"] {
        assert!(error(twice).to_string().contains("twice"));
    }
    let lengths = "Content-Type: a/b\nContent-Length: 1\nCONTENT-LENGTH: 1\n\n";
    assert!(error(lengths).to_string().contains("twice"));
}

#[test]
fn what_says_how_the_message_is_sent_is_the_servers_to_say() {
    let head = parse(
        "Content-Type: text/plain\nConnection: keep-alive\nKeep-Alive: timeout=5\n\
         TRANSFER-ENCODING: chunked\nConnection-Hint: x\n\n",
    );
    assert_eq!(fields(&head), ["Content-Type: text/plain", "Connection-Hint: x"]);
}

#[test]
fn all_other_fields_are_kept_in_their_order() {
    let head = parse(
        b"Set-Cookie: a=1\nX-Bytes:\t\xff\xe9 \nContent-Type: text/plain\nset-cookie: b=2\n\
          X-Colon: a:b\nX-Empty:\n\nbody: no field\n",
    );
    let expected = [
        "Set-Cookie: a=1",
        "X-Bytes: \\xff\\xe9",
        "Content-Type: text/plain",
        "set-cookie: b=2",
        "X-Colon: a:b",
        "X-Empty: ",
    ];
    assert_eq!(fields(&head), expected);
}

/// A head of so many bytes.
fn head_of(length: usize) -> Vec<u8> {
    let frame = b"Content-Type: \n\n".len();
    [b"Content-Type: ".as_slice(), &vec![b'a'; length - frame], b"\n\n"].concat()
}

#[test]
fn a_head_has_so_many_bytes_at_most() {
    let longest = head_of(MAX_SCRIPT_HEAD);
    let head = ScriptHead::parse(&longest).unwrap().unwrap();
    assert_eq!(head.end, MAX_SCRIPT_HEAD);
    // It may stand before any amount of body.
    let with_body = [longest.as_slice(), &[b'\n'; MAX_SCRIPT_HEAD]].concat();
    assert_eq!(ScriptHead::parse(&with_body).unwrap().unwrap(), head);

    assert!(ScriptHead::parse(&head_of(MAX_SCRIPT_HEAD + 1)).is_err());
}

#[test]
fn a_head_without_an_end_is_an_error_when_it_is_too_long() {
    for byte in [b'a', b'\r', 0] {
        let endless = vec![byte; MAX_SCRIPT_HEAD + 1];
        assert_eq!(ScriptHead::parse(&endless[1..]).unwrap(), None);
        let error = ScriptHead::parse(&endless).unwrap_err().to_string();
        assert!(error.contains("no end"), "{error}");
    }
    let lines = "X: 1\n".repeat(MAX_SCRIPT_HEAD);
    assert!(ScriptHead::parse(lines.as_bytes()).is_err());
}

#[test]
fn a_head_is_that_of_an_answer() {
    let head = parse("Status: 404\nContent-Type: text/css\nX-A: 1\nContent-Length: 9\n\n");
    let response = head.response();
    assert_eq!(response.status, 404);
    let fields: Vec<_> = response.headers.iter().collect();
    assert_eq!(fields, [("Content-Type", b"text/css".as_slice()), ("X-A", b"1".as_slice())]);
    assert_eq!(response.body.length(), Some(0));
}
