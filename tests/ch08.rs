//! What chapter 8 promises.

use ch08::{
    Headers, HttpServer, InvalidHeader, MAX_BODY, Message, NOT_FOUND, PICTURE, ParseError,
    ReadError, Request, Response, StartLine, Version, and, encode, http_date, method, path,
    percent_decode, prefix, read_request, reason,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, Reply, Script, assert_bytes,
    for_every_split,
};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// A request as a browser sends it.
const BROWSER: &[u8] = b"GET /menu?day=monday HTTP/1.1\r\n\
    Host: localhost:8008\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    \r\n";

/// A request with a body that is no text.
const UPLOAD: &[u8] = b"POST /guest%20book HTTP/1.0\r\n\
    Content-Type: application/octet-stream\r\n\
    Content-Length: 8\r\n\
    \r\n\
    \0\r\n\r\n\xff%0";

// Request

/// A request without fields and body.
fn request(method: &str, target: &str) -> Result<Request, ParseError> {
    let (method, target) = (method.to_owned(), target.to_owned());
    let start = StartLine::Request { method, target, version: Version::Http11 };
    Request::from_message(Message { start, headers: Headers::default(), body: Vec::new() }, None)
}

/// Path and query of a GET request.
#[track_caller]
fn path_and_query(method: &str, target: &str) -> (String, Option<String>) {
    match request(method, target) {
        Ok(request) => (request.path, request.query),
        Err(error) => panic!("{method} {target}: {error}"),
    }
}

fn somebody() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 50_000))
}

fn read(input: impl Into<Script>) -> Result<Option<Request>, ReadError> {
    let (mut conn, _peer) = MockConnection::pair(input);
    read_request(&mut conn, &mut Vec::new(), Some(somebody()))
}

#[test]
fn a_request_is_read_however_it_is_cut() {
    for_every_split(UPLOAD, |input| {
        let request = read(input).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/guest%20book"));
        assert_eq!((request.path.as_str(), request.query), ("/guest%20book", None));
        assert_eq!(request.version, Version::Http10);
        assert_eq!(request.headers.len(), 2);
        assert_eq!(request.headers.get_text("content-type"), Some("application/octet-stream"));
        assert_bytes!(request.body, b"\0\r\n\r\n\xff%0");
        assert_eq!(request.peer, Some(somebody()));
    });
    for_every_split(BROWSER, |input| {
        let request = read(input).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/menu?day=monday"));
        assert_eq!(
            (request.path.as_str(), request.query.as_deref()),
            ("/menu", Some("day=monday"))
        );
        assert_eq!(request.version, Version::Http11);
        assert_eq!(request.headers.get_text("HOST"), Some("localhost:8008"));
        assert_bytes!(request.body, b"");
    });
}

#[test]
fn a_request_needs_no_peer() {
    let (mut conn, _peer) = MockConnection::pair(BROWSER);
    assert_eq!(read_request(&mut conn, &mut Vec::new(), None).unwrap().unwrap().peer, None);
}

#[test]
fn what_is_no_request_is_an_error_or_nothing() {
    assert_eq!(read("").unwrap(), None);
    let error = read("GET / HTTP/1.1\r\nHo").unwrap_err();
    assert!(matches!(error, ReadError::CutOff(18)), "{error:?}");
    let error = read("GET menu HTTP/1.0\r\n\r\n").unwrap_err();
    let ReadError::Malformed(fault) = &error else { panic!("{error:?}") };
    assert_eq!((fault.status, fault.offset), (400, 4));
    assert_eq!(error.status(), Some(400));
    let error = read("HTTP/1.0 200 OK\r\n\r\n").unwrap_err();
    assert_eq!(error.status(), Some(400));
}

#[test]
fn the_origin_form_is_a_path_and_perhaps_a_query() {
    for (target, path, query) in [
        ("/", "/", None),
        ("/menu", "/menu", None),
        ("/menu/", "/menu/", None),
        ("/menu?day=monday", "/menu", Some("day=monday")),
        ("/menu?", "/menu", Some("")),
        ("/?", "/", Some("")),
        ("/menu?a?b=c", "/menu", Some("a?b=c")),
        ("/menu?next=/soup", "/menu", Some("next=/soup")),
        // Nothing is decoded, and nothing is tidied up.
        ("/a%20b?c%3Fd+e", "/a%20b", Some("c%3Fd+e")),
        ("/a%3Fb", "/a%3Fb", None),
        ("/..//./%2e%2e", "/..//./%2e%2e", None),
        // It begins with a slash, so this is no address of another server.
        ("//localhost/menu", "//localhost/menu", None),
        ("/http://localhost/", "/http://localhost/", None),
        ("/?from=http://localhost/a?b", "/", Some("from=http://localhost/a?b")),
    ] {
        let query = query.map(str::to_owned);
        for method in ["GET", "HEAD", "POST", "OPTIONS", "get", "BREW"] {
            assert_eq!(path_and_query(method, target), (path.to_owned(), query.clone()));
        }
    }
}

#[test]
fn the_absolute_form_has_a_path_behind_its_host() {
    for (target, path, query) in [
        ("http://localhost:8008/menu", "/menu", None),
        ("http://localhost:8008/menu?day=monday", "/menu", Some("day=monday")),
        ("http://localhost:8008/", "/", None),
        ("http://localhost:8008", "/", None),
        ("http://localhost?day=monday", "/", Some("day=monday")),
        ("http://localhost/?", "/", Some("")),
        ("HTTP://localhost/a", "/a", None),
        ("https://localhost/a", "/a", None),
        ("http://[::1]:8008/a//b", "/a//b", None),
        ("http://localhost/http://elsewhere/", "/http://elsewhere/", None),
        ("http://localhost?u=http://elsewhere/a", "/", Some("u=http://elsewhere/a")),
    ] {
        let query = query.map(str::to_owned);
        for method in ["GET", "POST"] {
            assert_eq!(path_and_query(method, target), (path.to_owned(), query.clone()));
        }
        // It is kept as it was sent.
        assert_eq!(request("GET", target).unwrap().target, target);
    }
}

#[test]
fn the_asterisk_is_for_options() {
    assert_eq!(path_and_query("OPTIONS", "*"), ("*".to_owned(), None));
}

/// Whatever a handler said to it would promise a tunnel, so none is asked.
#[test]
fn connect_is_501_whatever_its_target() {
    for target in ["localhost:8008", "[::1]:443", "localhost", "/menu", "*", "http://localhost/"] {
        let error = request("CONNECT", target).unwrap_err();
        assert_eq!((error.status, error.offset), (501, 0), "{target}");
    }
    let mut server = HttpServer::default();
    server.register(|_| true, |_| Ok(Response::text("soup")));
    for_every_split("CONNECT localhost:8008 HTTP/1.0\r\n\r\n", |input| {
        assert_eq!(Reply::parse(client_of(&server).raw_script(input)).status, 501);
    });
}

#[test]
fn an_absolute_target_has_an_authority_like_that_of_a_host() {
    for authority in ["localhost:", "localhost:65535", "[v1.a]:80", "%41"] {
        for rest in ["", "/menu", "?a"] {
            let target = format!("http://{authority}{rest}");
            assert!(request("GET", &target).is_ok(), "{target}");
        }
    }
    for authority in [
        "",
        ":80",
        "[",
        "]",
        "[]",
        "[]:80",
        "[::1",
        "::1",
        "[localhost]",
        "<>",
        "x:port",
        "x:+80",
        "x:65536",
        "x#",
        "x:80#",
        "ada@x",
        "ada:secret@x:80",
        "%zz",
        "%",
        "a b",
        "a\\b",
        "a:b:c",
        "[::1]80",
        "caf\u{e9}",
    ] {
        for rest in ["", "/menu", "?a", "/", "/?"] {
            for scheme in ["http", "HTTPS"] {
                let target = format!("{scheme}://{authority}{rest}");
                let error = request("GET", &target).expect_err(&target);
                assert_eq!((error.status, error.offset), (400, 4), "{target}");
            }
        }
    }
}

#[test]
fn a_target_of_no_form_is_400_and_says_where_it_is() {
    for (method, target) in [
        ("GET", "menu"),
        ("GET", "*"),
        ("GET", "localhost:8008"),
        ("GET", "?day=monday"),
        ("GET", "%2Fmenu"),
        ("GET", "..%2f"),
        ("GET", "\\menu"),
        ("GET", "ftp://localhost/menu"),
        ("GET", "file:///menu"),
        ("GET", "://localhost/"),
        ("GET", "http:/menu"),
        ("GET", "http//localhost/"),
        ("POST", "*"),
        ("OPTIONS", "**"),
        ("OPTIONS", "menu"),
        ("options", "*"),
        ("OPTIONS", "*?a"),
        ("connect", "localhost:8008"),
    ] {
        match request(method, target) {
            Err(error) => {
                assert_eq!((error.status, error.offset), (400, method.len() + 1), "{error}");
            }
            Ok(request) => panic!("{request} has the path {:?}", request.path),
        }
    }
}

#[test]
fn a_response_is_no_request() {
    let start =
        StartLine::Response { version: Version::Http10, status: 200, reason: "OK".to_owned() };
    let message = Message { start, headers: Headers::default(), body: Vec::new() };
    let error = Request::from_message(message, None).unwrap_err();
    assert_eq!((error.status, error.offset), (400, 0));
}

#[test]
fn a_request_is_shown_as_the_line_that_was_sent() {
    for line in [
        "GET /menu?day=monday HTTP/1.1",
        "POST http://localhost/a%20b HTTP/1.0",
        "OPTIONS * HTTP/1.1",
    ] {
        let request = read(format!("{line}\r\nHost: localhost\r\n\r\n")).unwrap().unwrap();
        assert_eq!(request.to_string(), line);
    }
}

#[test]
fn a_percent_sign_and_two_digits_are_a_byte() {
    for byte in 0..=255u8 {
        assert_bytes!(percent_decode(&format!("%{byte:02x}")).unwrap(), [byte]);
        assert_bytes!(percent_decode(&format!("a%{byte:02X}b")).unwrap(), [b'a', byte, b'b']);
    }
    assert_bytes!(percent_decode("%aF%Af").unwrap(), b"\xaf\xaf");
    assert_bytes!(percent_decode("caf%C3%A9").unwrap(), "caf\u{e9}");
    assert_bytes!(percent_decode("%c0%ae").unwrap(), b"\xc0\xae");
}

#[test]
fn any_other_character_stands_for_itself() {
    for text in ["", "menu", "a+b", "a b", "/../x?y#z", "41", "caf\u{e9}", "\0\r\n"] {
        assert_bytes!(percent_decode(text).unwrap(), text);
    }
}

#[test]
fn decoding_is_done_once() {
    assert_bytes!(percent_decode("%2541").unwrap(), b"%41");
    assert_bytes!(percent_decode("%25%34%31").unwrap(), b"%41");
    assert_bytes!(percent_decode("%252e%252e%252f").unwrap(), b"%2e%2e%2f");
}

#[test]
fn a_percent_sign_without_two_digits_is_refused() {
    for text in [
        "%",
        "%4",
        "a%",
        "a%4",
        "%%41",
        "%4%41",
        "%g0",
        "%0g",
        "%zz",
        "% 1",
        "%1 ",
        "%+1",
        "%-1",
        "%0x",
        "%x41",
        "%u0041",
        "%\u{e9}",
        "%4\u{e9}",
        "%\u{ff11}1",
        "ok%41 but 100%",
    ] {
        assert_eq!(percent_decode(text), None, "{text:?}");
    }
}

// Response

/// The moment of the example in RFC 9110.
fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(784_111_777, 0).unwrap()
}

/// A response as it is sent to a request with `method`.
#[track_caller]
fn sent(response: Response, method: &str) -> Vec<u8> {
    encode(&response.into_message(method, then()).unwrap()).unwrap()
}

#[test]
fn the_date_is_the_one_of_the_rfc() {
    assert_eq!(http_date(then()), "Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn a_date_has_two_digits_english_names_and_no_fractions() {
    for (seconds, nanos, expected) in [
        (0, 0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_399, 999_999_999, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_751_414_702, 1, "Wed, 02 Jul 2025 00:05:02 GMT"),
        (1_798_761_599, 0, "Thu, 31 Dec 2026 23:59:59 GMT"),
        (1_754_697_600, 0, "Sat, 09 Aug 2025 00:00:00 GMT"),
        (1_757_633_445, 0, "Thu, 11 Sep 2025 23:30:45 GMT"),
        (1_767_312_000, 0, "Fri, 02 Jan 2026 00:00:00 GMT"),
    ] {
        let moment = DateTime::from_timestamp(seconds, nanos).unwrap();
        assert_eq!(http_date(moment), expected);
    }
}

#[test]
fn a_response_has_what_every_response_has() {
    assert_bytes!(
        sent(Response::text("soup\n"), "GET"),
        b"HTTP/1.0 200 OK\r\n\
          Server: OwnHands/0.1\r\n\
          Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
          Content-Type: text/plain; charset=utf-8\r\n\
          Content-Length: 5\r\n\
          Connection: close\r\n\
          \r\n\
          soup\n"
    );
    assert_bytes!(
        sent(Response::new(503), "GET"),
        b"HTTP/1.0 503 Service Unavailable\r\n\
          Server: OwnHands/0.1\r\n\
          Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
          Content-Type: text/plain; charset=utf-8\r\n\
          Content-Length: 0\r\n\
          Connection: close\r\n\
          \r\n"
    );
}

#[test]
fn a_response_is_built_field_by_field() {
    let page = Response::html(b"<p>\xff\0\r\n\r\n".as_slice())
        .status(201)
        .header("X-Soup", "hot")
        .and_then(|page| page.header("Set-Cookie", "a=b"))
        .and_then(|page| page.header("Set-Cookie", b"c=\xff"))
        .unwrap();
    assert_bytes!(
        sent(page, "POST"),
        b"HTTP/1.0 201 Created\r\n\
          Server: OwnHands/0.1\r\n\
          Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
          Content-Type: text/html; charset=utf-8\r\n\
          X-Soup: hot\r\n\
          Set-Cookie: a=b\r\n\
          Set-Cookie: c=\xff\r\n\
          Content-Length: 9\r\n\
          Connection: close\r\n\
          \r\n\
          <p>\xff\0\r\n\r\n"
    );
    let reply = Reply::parse(sent(Response::new(200).content_type("image/png").body(PICTURE), ""));
    assert_eq!(reply.header("Content-Type"), Some("image/png"));
    assert_bytes!(reply.body, PICTURE);
}

#[test]
fn the_fields_of_the_handler_win_in_whatever_case() {
    for change_case in [str::to_owned, str::to_uppercase, str::to_lowercase] {
        let mut response = Response::text("soup");
        let own = [("Date", "yesterday"), ("Server", "Mine"), ("Content-Type", "text/x-soup")];
        for (name, value) in own {
            response = response.header(&change_case(name), value).unwrap();
        }
        // A well-formed reply has each of them once.
        let reply = Reply::parse(sent(response, "GET"));
        for (name, value) in own {
            assert_eq!(reply.header(name), Some(value));
        }
    }
}

#[test]
fn where_a_message_ends_is_not_for_a_handler_to_say() {
    for change_case in [str::to_owned, str::to_uppercase, str::to_lowercase] {
        let mut response = Response::text("soup").header("X-Soup", "hot").unwrap();
        let wrong = [
            ("Content-Length", "3"),
            ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "keep-alive"),
        ];
        for (name, value) in wrong {
            response = response.header(&change_case(name), value).unwrap();
        }
        let right = Response::text("soup").header("X-Soup", "hot").unwrap();
        for method in ["GET", "HEAD"] {
            assert_bytes!(sent(response.clone(), method), sent(right.clone(), method));
        }
    }
}

#[test]
fn the_answer_to_head_is_the_one_to_get_without_its_body() {
    for response in [
        Response::text("soup"),
        Response::text(""),
        Response::html(vec![b'x'; 100_000]),
        Response::new(404).body(NOT_FOUND),
        Response::text("soup").header("ETag", "\"1\"").unwrap(),
    ] {
        let length = response.body.len();
        let whole = sent(response.clone(), "GET");
        assert_bytes!(sent(response.clone(), "HEAD"), &whole[..whole.len() - length]);
        // Case counts: this is some other method.
        assert_bytes!(sent(response, "head"), whole);
    }
}

/// The whole of it may be more than anybody wants to make for nothing.
#[test]
fn an_answer_to_head_may_give_the_length_of_a_body_that_it_spares_itself() {
    let given = |body: &str, length: &str| {
        Response::text(body).header("content-LENGTH", length).unwrap().header("X-Soup", "hot")
    };
    let told = |response: Response, method: &str| {
        let head = Reply::parse_head_only(sent(response, method));
        head.header("Content-Length").unwrap().to_owned()
    };
    for length in ["0", "5", "18446744073709551615"] {
        assert_eq!(told(given("", length).unwrap(), "HEAD"), length);
        // To any other method the body is what is sent, and here there is one.
        assert_eq!(told(given("", length).unwrap(), "GET"), "0");
        assert_eq!(told(given("", length).unwrap(), "head"), "0");
        assert_eq!(told(given("soup", length).unwrap(), "HEAD"), "4");
    }
    for no_length in ["", "-1", "5, 5", "5 5", "0x5", "18446744073709551616", "soup"] {
        assert_eq!(told(given("", no_length).unwrap(), "HEAD"), "0", "{no_length}");
    }
}

#[test]
fn a_status_that_never_has_a_body_has_neither_body_nor_length() {
    for status in [100, 101, 199, 204, 304] {
        for method in ["GET", "HEAD", "POST"] {
            let response = Response::text("soup").status(status).header("ETag", "\"1\"").unwrap();
            let expected = format!(
                "HTTP/1.0 {status} {}\r\n\
                 Server: OwnHands/0.1\r\n\
                 Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                 ETag: \"1\"\r\n\
                 Connection: close\r\n\
                 \r\n",
                reason(status)
            );
            assert_bytes!(sent(response, method), expected);
        }
    }
    for status in [200, 203, 205, 206, 303, 305] {
        assert_bytes!(
            Reply::parse(sent(Response::text("soup").status(status), "GET")).body,
            "soup"
        );
    }
}

#[test]
fn nothing_gets_into_a_header_that_would_make_it_two() {
    for value in ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\x1bb", "\u{7f}"] {
        let error = Response::text("soup").header("X-Soup", value).unwrap_err();
        assert_eq!(error, InvalidHeader::Value("X-Soup".to_owned()));
    }
    for name in ["", "X Soup", "X-Soup:", "X-Soup\r\nSet-Cookie", "caf\u{e9}", "X\0"] {
        let error = Response::text("soup").header(name, "hot").unwrap_err();
        assert_eq!(error, InvalidHeader::Name(name.to_owned()));
    }
    let split = Response::text("soup").content_type("text/plain\r\nSet-Cookie: a=b");
    assert!(split.into_message("GET", then()).is_err());
}

#[test]
fn a_status_that_has_not_three_digits_is_not_sent() {
    for status in [0, 20, 99, 1000, u16::MAX] {
        let message = Response::new(status).into_message("GET", then()).unwrap();
        assert!(encode(&message).is_err(), "{status}");
    }
}

// Patterns

#[track_caller]
fn get(target: &str) -> Request {
    request("GET", target).unwrap()
}

#[test]
fn path_matches_this_path_whatever_the_query() {
    let menu = path("/menu");
    for target in ["/menu", "/menu?", "/menu?day=monday", "http://localhost/menu"] {
        assert!(menu(&get(target)), "{target}");
    }
    for target in ["/", "/menu/", "/menus", "/Menu", "/men", "/a/menu", "/?/menu", "/%6Denu"] {
        assert!(!menu(&get(target)), "{target}");
    }
}

#[test]
fn prefix_matches_how_a_path_begins() {
    let menu = prefix("/menu");
    for target in ["/menu", "/menu/", "/menu/monday?x", "/menus", "http://localhost/menu/"] {
        assert!(menu(&get(target)), "{target}");
    }
    for target in ["/", "/men", "/Menu", "/a/menu", "/?/menu", "//menu", "/%6Denu"] {
        assert!(!menu(&get(target)), "{target}");
    }
    assert!(prefix("")(&get("/")));
}

#[test]
fn method_matches_in_this_case_and_get_matches_head() {
    let asks = |pattern: &str, asked: &str| method(pattern)(&request(asked, "/").unwrap());
    for (pattern, asked) in [("GET", "GET"), ("GET", "HEAD"), ("HEAD", "HEAD"), ("a", "a")] {
        assert!(asks(pattern, asked), "{pattern} and {asked}");
    }
    for (pattern, asked) in [
        ("GET", "POST"),
        ("GET", "get"),
        ("GET", "head"),
        ("get", "HEAD"),
        ("HEAD", "GET"),
        ("POST", "HEAD"),
        ("GET", "GETS"),
    ] {
        assert!(!asks(pattern, asked), "{pattern} and {asked}");
    }
}

#[test]
fn and_matches_what_both_match_and_asks_the_second_only_then() {
    for a in [true, false] {
        for b in [true, false] {
            let events = Events::new();
            let (asked_a, asked_b) = (events.clone(), events.clone());
            let both = and(
                move |_: &Request| {
                    asked_a.log("a");
                    a
                },
                move |_: &Request| {
                    asked_b.log("b");
                    b
                },
            );
            assert_eq!(both(&get("/")), a && b);
            assert_eq!(events.list(), if a { vec!["a", "b"] } else { vec!["a"] });
        }
    }
    let three = and(and(method("POST"), prefix("/a")), |request: &Request| request.query.is_some());
    assert!(three(&request("POST", "/a?b").unwrap()));
    assert!(!three(&request("POST", "/a").unwrap()));
    assert!(!three(&request("GET", "/a?b").unwrap()));
}

#[test]
fn a_pattern_keeps_what_it_was_made_of() {
    let (mut server, words) = (HttpServer::default(), ["GET".to_owned(), "/menu".to_owned()]);
    server.register(and(method(&words[0]), path(&words[1])), |_| Ok(Response::text("soup")));
    drop(words);
    assert_eq!(on_request(&server, "/menu").body, b"soup");
}

// The server, without a connection

#[track_caller]
fn on_request(server: &HttpServer, target: &str) -> Response {
    server.on_request(&get(target)).unwrap()
}

/// Registers a pattern and a handler that log that they were asked.
fn register_logged(server: &mut HttpServer, events: &Events, name: &'static str, prefix: &str) {
    let (asked, called, pattern) = (events.clone(), events.clone(), ch08::prefix(prefix));
    server.register(
        move |request| {
            asked.log(format!("{name}?"));
            pattern(request)
        },
        move |request| {
            called.log(format!("{name} {}", request.target));
            Ok(Response::text(name))
        },
    );
}

/// A server with four patterns: soup, salad, all and never.
fn logged_server() -> (HttpServer, Events) {
    let (mut server, events) = (HttpServer::default(), Events::new());
    register_logged(&mut server, &events, "soup", "/menu/soup");
    register_logged(&mut server, &events, "salad", "/menu/s");
    register_logged(&mut server, &events, "all", "/menu");
    register_logged(&mut server, &events, "never", "/menu/soup");
    (server, events)
}

#[test]
fn the_first_pattern_that_matches_decides() {
    for (target, body) in [
        ("/menu/soup", "soup"),
        ("/menu/soup?day=monday", "soup"),
        ("/menu/salad", "salad"),
        ("/menu", "all"),
        ("/menu/fish", "all"),
    ] {
        let (server, _) = logged_server();
        assert_bytes!(on_request(&server, target).body, body);
    }
}

#[test]
fn each_pattern_is_asked_once_in_order_until_one_matches() {
    for (target, expected) in [
        ("/menu/soup", &["soup?", "soup /menu/soup"][..]),
        ("/menu/salad", &["soup?", "salad?", "salad /menu/salad"]),
        ("/menu", &["soup?", "salad?", "all?", "all /menu"]),
        ("/elsewhere", &["soup?", "salad?", "all?", "never?"]),
    ] {
        let (server, events) = logged_server();
        on_request(&server, target);
        assert_eq!(events.list(), expected);

        let (server, events) = logged_server();
        client_of(&server).get(target);
        assert_eq!(events.list(), expected);
    }
}

#[test]
fn nobody_answers_what_nobody_knows_but_a_poem() {
    for server in [HttpServer::default(), logged_server().0] {
        let response = on_request(&server, "/elsewhere");
        assert_eq!(response.status, 404);
        assert_bytes!(response.body, NOT_FOUND);
        let reply = client_of(&server).get("/elsewhere");
        assert_eq!((reply.status, reply.reason.as_str()), (404, "Not Found"));
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(reply.text(), NOT_FOUND);
        let length = NOT_FOUND.len().to_string();
        let reply = client_of(&server).head("/elsewhere");
        assert_eq!((reply.status, reply.header("Content-Length")), (404, Some(length.as_str())));
        assert_eq!(client_of(&server).post("/elsewhere", "a").status, 404);
    }
}

/// The methods that `Allow` names.
fn allowed(reply: &Reply) -> Vec<&str> {
    reply.header("Allow").expect("what is allowed").split(',').map(str::trim).collect()
}

#[test]
fn a_method_that_nobody_knows_is_501_where_no_pattern_matches() {
    for server in [HttpServer::default(), logged_server().0] {
        let client = client_of(&server);
        for method in ["BREW", "TRACE", "get", "Head", "GETS", "!#$%&'*+-.^_`|~"] {
            let reply = client.request(method, "/elsewhere").send();
            assert_eq!((reply.status, reply.reason.as_str()), (501, "Not Implemented"), "{method}");
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            assert_eq!(client.request(method, "/elsewhere").send().status, 404, "{method}");
        }
    }
}

/// Who has registered it, knows it.
#[test]
fn a_pattern_may_match_any_method() {
    let mut server = HttpServer::default();
    server.register(method("BREW"), |_| Ok(Response::text("tea")));
    server.register(path("/any"), |request| Ok(Response::text(request.method.clone())));
    let client = client_of(&server);
    assert_eq!(client.request("BREW", "/elsewhere").send().text(), "tea");
    assert_eq!(client.request("TRACE", "/any").send().text(), "TRACE");
    assert_eq!(client.request("brew", "/elsewhere").send().status, 501);
}

#[test]
fn options_of_the_whole_server_is_answered_with_the_methods_that_it_knows() {
    for server in [HttpServer::default(), logged_server().0] {
        for_every_split("OPTIONS * HTTP/1.0\r\n\r\n", |input| {
            let reply = Reply::parse(client_of(&server).raw_script(input));
            assert_eq!((reply.status, &reply.body[..]), (204, &b""[..]));
            let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
            assert_eq!(allowed(&reply), methods);
        });
    }
    let mut server = HttpServer::default();
    server.register(path("*"), |_| Ok(Response::text("everything")));
    assert_eq!(client_of(&server).request("OPTIONS", "*").send().text(), "everything");
}

/// Chapter 9 tells the client.
#[test]
fn an_error_of_a_handler_is_returned() {
    let mut server = HttpServer::default();
    server.register(path("/soup"), |_| Err(io::Error::other("no soup today").into()));
    let error = server.on_request(&get("/soup")).unwrap_err();
    assert_eq!(error.to_string(), "no soup today");
    let (mut conn, _) = MockConnection::pair("GET /soup HTTP/1.0\r\n\r\n");
    let error = server.on_connect(&mut conn, None).unwrap_err();
    assert_eq!(error.to_string(), "no soup today");
}

#[test]
fn a_pattern_may_ask_for_anything_in_a_request() {
    let mut server = HttpServer::default();
    let is = |answer: &'static str| move |_: &Request| Ok(Response::text(answer));
    server.register(|request| request.body == b"\0soup", is("body"));
    server.register(|request| request.headers.get("Accept") == Some(b"soup"), is("header"));
    server.register(|request| request.query.as_deref() == Some("soup"), is("query"));
    server.register(|request| request.version == Version::Http10, is("version"));
    server.register(|request| request.peer == Some(somebody()), is("peer"));
    let client = client_of(&server);
    assert_eq!(client.post("/", "\0soup").text(), "body");
    assert_eq!(client.request("PUT", "/").header("accept", "soup").send().text(), "header");
    assert_eq!(client.get("/?soup").text(), "query");
    assert_eq!(client.request("GET", "/").version("HTTP/1.0").send().text(), "version");
    assert_eq!(client.get("/").status, 404);
    let client =
        MockClient::new(|mut conn| server.on_connect(&mut conn, Some(somebody())).unwrap());
    assert_eq!(client.get("/").text(), "peer");
}

#[test]
fn a_handler_is_given_the_request_as_it_was_sent() {
    let (mut server, events) = (HttpServer::default(), Events::new());
    let seen = events.clone();
    server.register(
        |_| true,
        move |request| {
            seen.log(format!("{request:?}"));
            Ok(Response::new(204))
        },
    );
    client_with_peer(&server).raw(UPLOAD);
    client_with_peer(&server).raw(BROWSER);
    let expected = [UPLOAD, BROWSER].map(|input| format!("{:?}", read(input).unwrap().unwrap()));
    assert_eq!(events.list(), expected);
}

// The server, without a socket

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

fn client_with_peer(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, Some(somebody())).unwrap())
}

/// A server that sends back the body of every POST, and a greeting to others.
fn mirror() -> HttpServer {
    let mut server = HttpServer::default();
    server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
    server.register(prefix("/"), |_| Ok(Response::text("Hi there!\n")));
    server
}

/// The bytes of an answer without the line that changes with the clock.
fn without_date(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(8).position(|bytes| bytes == b"\r\nDate: ").expect("a date") + 2;
    let length = bytes[at..].windows(2).position(|bytes| bytes == b"\r\n").expect("its end") + 2;
    [&bytes[..at], &bytes[at + length..]].concat()
}

#[test]
fn every_post_is_mirrored_byte_by_byte() {
    let server = mirror();
    let every_byte: Vec<u8> = (0..=255).collect();
    for body in [&b""[..], b"who is there?", b"\r\n\r\n", b"\0", b"\xff\xfe", &every_byte] {
        let reply = client_of(&server).post("/", body);
        assert_eq!(reply.status, 200);
        assert_bytes!(reply.body, body);
    }
    let large: Vec<u8> = every_byte.iter().copied().cycle().take(MAX_BODY).collect();
    assert_bytes!(client_of(&server).post("/anywhere", &large).body, large);
    assert_eq!(client_of(&server).get("/").text(), "Hi there!\n");
}

#[test]
fn a_request_gets_its_answer_however_it_is_cut() {
    let server = mirror();
    let expected = without_date(
        &encode(&Response::text(*b"\0\r\n\r\n\xff%0").into_message("POST", then()).unwrap())
            .unwrap(),
    );
    for_every_split(UPLOAD, |input| {
        assert_bytes!(without_date(&client_of(&server).raw_script(input)), expected);
    });
}

#[test]
fn the_answer_is_whole_though_writes_are_short_and_interrupted() {
    for at_most in [1, 7, 100] {
        let (conn, peer) = MockConnection::pair(UPLOAD);
        let mut conn = conn.short_writes(at_most).interrupt_writes();
        mirror().on_connect(&mut conn, None).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, b"\0\r\n\r\n\xff%0");
    }
}

#[test]
fn head_is_answered_like_get_but_for_its_body() {
    let server = mirror();
    let head = client_of(&server).raw("HEAD / HTTP/1.0\r\n\r\n");
    let mut whole = without_date(&client_of(&server).raw("GET / HTTP/1.0\r\n\r\n"));
    whole.truncate(whole.len() - "Hi there!\n".len());
    assert_bytes!(without_date(&head), whole);
    assert_eq!(Reply::parse_head_only(head).header("Content-Length"), Some("10"));
}

#[test]
fn head_is_answered_without_a_body_though_the_rest_is_malformed() {
    let server = mirror();
    for request in [
        "HEAD / HTTP/1.1\r\n\r\n",
        "HEAD / HTTP/1.0\r\nno colon\r\n\r\n",
        "HEAD * HTTP/1.0\r\n\r\n",
        "HEAD / HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n",
    ] {
        for_every_split(request, |input| {
            let reply = Reply::parse_head_only(client_of(&server).raw_script(input));
            assert!(matches!(reply.status, 400 | 413), "{request:?}: {}", reply.status);
            assert!(reply.header("Content-Length").is_some());
        });
    }
    let late = Script::new().bytes("HEAD / HTTP/1.0\r\n").fail(ErrorKind::TimedOut);
    assert_eq!(Reply::parse_head_only(client_of(&server).raw_script(late)).status, 408);
}

#[test]
fn a_response_is_dated_now_unless_its_handler_knows_better() {
    let mut server = mirror();
    let before = Utc::now().timestamp();
    let reply = client_of(&server).get("/");
    let after = Utc::now().timestamp();
    let date = reply.header("Date").expect("a date");
    let date = NaiveDateTime::parse_from_str(date, "%a, %d %b %Y %H:%M:%S GMT").expect(date);
    assert!((before..=after).contains(&date.and_utc().timestamp()), "{date} is not now");

    server = HttpServer::default();
    server.register(prefix("/"), |_| Ok(Response::text("").header("date", "some day")?));
    assert_eq!(client_of(&server).get("/").header("Date"), Some("some day"));
}

/// The client chooses what is put into the header. What it hears is up to the
/// next chapter, as long as it is not what it wanted.
#[test]
fn a_client_cannot_add_a_header_of_their_own() {
    let mut server = HttpServer::default();
    server.register(prefix("/"), |request| {
        let wish = percent_decode(request.query.as_deref().unwrap_or("")).unwrap_or_default();
        Ok(Response::text("").header("X-Wish", wish)?)
    });
    for wish in ["a%0d%0aSet-Cookie:%20b", "a%0aSet-Cookie:%20b", "a%0d%0a%0d%0aSet-Cookie:%20b"] {
        let (mut conn, peer) = MockConnection::pair(format!("GET /?{wish} HTTP/1.0\r\n\r\n"));
        let _ = server.on_connect(&mut conn, None);
        let heard = peer.sent();
        assert!(!heard.windows(10).any(|b| b == b"Set-Cookie"), "{}", heard.escape_ascii());
    }
    assert_eq!(client_of(&server).get("/?soup").header("X-Wish"), Some("soup"));
}

#[test]
fn a_request_that_cannot_be_read_is_told_why_and_no_pattern_is_asked() {
    let (server, events) = logged_server();
    let client = client_of(&server);
    let (long, many) = ("a".repeat(9000), "a: b\r\n".repeat(101));
    for (input, status) in [
        ("two words\r\n\r\n", 400),
        ("GET /menu HTTP/1.0\r\nno colon\r\n\r\n", 400),
        ("GET /menu HTTP/1.1\r\n\r\n", 400),
        ("GET /menu HTTP/1.0\r\n", 400), // and no more comes
        ("PUT /menu HTTP/1.0\r\nContent-Length: 3\r\n\r\nab", 400),
        ("GET menu HTTP/1.0\r\n\r\n", 400),
        ("GET * HTTP/1.0\r\n\r\n", 400),
        ("HTTP/1.0 200 OK\r\n\r\n", 400),
        ("PUT /menu HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n", 413),
        (&format!("GET /menu{long} HTTP/1.0\r\n\r\n"), 414),
        (&format!("GET /menu HTTP/1.0\r\n{many}\r\n"), 431),
        ("PUT /menu HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        ("GET /menu HTTP/2.0\r\nHost: mock\r\n\r\n", 505),
    ] {
        let reply = Reply::parse(client.raw(input));
        assert_eq!((reply.status, reply.reason.as_str()), (status, reason(status)), "{input:.50}");
        assert_eq!(reply.header("Connection"), Some("close"));
        assert!(!reply.body.is_empty());
    }
    for kind in [ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        let script = Script::new().bytes("GET /menu HTTP/1.0\r\n").fail(kind);
        assert_eq!(Reply::parse(client.raw_script(script)).status, 408);
    }
    assert!(events.list().is_empty(), "{:?}", events.list());
}

#[test]
fn a_target_of_no_form_is_told_so_however_it_is_cut() {
    let server = mirror();
    for_every_split("OPTIONS menu HTTP/1.0\r\nA: b\r\n\r\n", |input| {
        assert_eq!(Reply::parse(client_of(&server).raw_script(input)).status, 400);
    });
}

#[test]
fn a_client_that_leaves_without_a_byte_hears_nothing_and_that_is_no_error() {
    assert_bytes!(client_of(&mirror()).raw(""), b"");
}

#[test]
fn a_broken_connection_is_an_error_and_nothing_is_sent() {
    let (mut conn, peer) = MockConnection::pair(Script::new().bytes("GET / HT").reset());
    assert!(mirror().on_connect(&mut conn, None).is_err());
    assert_bytes!(peer.sent(), b"");

    let (conn, peer) = MockConnection::pair(UPLOAD);
    let mut conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
    assert!(mirror().on_connect(&mut conn, None).is_err());
    assert_eq!(peer.sent().len(), 10);
}

#[test]
fn one_request_knows_nothing_of_the_one_before() {
    let server = mirror();
    let client = client_of(&server);
    let first = client.post("/", "a long story");
    for _ in 0..3 {
        assert_eq!(client.get("/").text(), "Hi there!\n");
        assert_eq!(client.post("/", "").text(), "");
        assert_eq!(Reply::parse(client.raw("two words\r\n\r\n")).status, 400);
        assert_eq!(client.post("/", "a long story").body, first.body);
    }
}

// The server over TCP

fn over_tcp(server: &HttpServer, test: impl FnOnce(&Live)) {
    Live::run(|incoming| server.serve(incoming), test);
}

#[test]
fn a_handler_over_tcp_knows_who_asks() {
    let mut server = HttpServer::default();
    server.register(path("/me"), |request| Ok(Response::text(format!("{:?}", request.peer))));
    over_tcp(&server, |live| {
        let mut client = live.connect();
        client.send("GET /me HTTP/1.0\r\n\r\n");
        let me = client.stream().local_addr().unwrap();
        let (bytes, ending) = client.read_to_end();
        assert_eq!(Reply::parse(bytes).text(), format!("{:?}", Some(me)));
        assert_eq!(ending, Ending::Closed);
    });
}

/// Each handler waits until all clients are inside.
#[test]
fn clients_over_tcp_are_answered_at_the_same_time_and_each_gets_their_own() {
    const CLIENTS: usize = 8;
    let (mut server, events, gate) = (HttpServer::default(), Events::new(), Gate::new());
    let (inside, all_inside) = (events.clone(), gate.clone());
    server.register(method("POST"), move |request| {
        inside.log(format!("entered {}", request.path));
        all_inside.wait();
        Ok(Response::text([request.path.as_bytes(), &request.body].concat()))
    });
    over_tcp(&server, |live| {
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| live.connect()).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(format!("POST /{number} HTTP/1.0\r\nContent-Length: 4\r\n\r\nso"));
            client.send("up");
        }
        for number in 0..CLIENTS {
            events.wait_for(&format!("entered /{number}"));
        }
        gate.open();
        for (number, client) in clients.iter_mut().enumerate() {
            let (bytes, ending) = client.read_to_end();
            assert_bytes!(Reply::parse(bytes).body, format!("/{number}soup"));
            assert_eq!(ending, Ending::Closed);
        }
    });
}

#[test]
fn a_large_body_over_tcp_comes_back_whole() {
    let body: Vec<u8> = (0..=255).cycle().take(MAX_BODY).collect();
    over_tcp(&mirror(), |live| {
        let mut client = live.connect();
        client.send(format!("POST / HTTP/1.0\r\nContent-Length: {MAX_BODY}\r\n\r\n"));
        client.send(&body);
        let (bytes, ending) = client.read_to_end();
        assert_bytes!(Reply::parse(bytes).body, body);
        assert_eq!(ending, Ending::Closed);
    });
}

#[test]
fn every_client_over_tcp_gets_the_answer_that_is_theirs() {
    over_tcp(&mirror(), |live| {
        for (input, status) in [
            (BROWSER, 200),
            (UPLOAD, 200),
            (b"two words\r\n\r\n", 400),
            (b"GET * HTTP/1.0\r\n\r\n", 400),
        ] {
            let mut client = live.connect();
            for piece in input.chunks(20) {
                client.send(piece);
            }
            let (bytes, ending) = client.read_to_end();
            assert_eq!(Reply::parse(bytes).status, status);
            assert_eq!(ending, Ending::Closed);
        }
    });
}
