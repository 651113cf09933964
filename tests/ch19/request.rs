//! What is sent to a server.

use super::scripted::headers;
use ch19::{FetchError, Parsed, Request, StartLine, parse};
use mock::assert_bytes;
use serde_json::json;

/// The bytes of a request.
#[track_caller]
fn bytes(request: &Request) -> Vec<u8> {
    request.encode(None).expect("it can be sent")
}

fn get(url: &str) -> Request {
    Request::get(url).expect("a URL")
}

#[track_caller]
fn assert_unsendable(outcome: Result<Vec<u8>, FetchError>) {
    match outcome {
        Err(FetchError::Request(_)) => {}
        Err(other) => panic!("{other:?}"),
        Ok(bytes) => panic!("it is sent: {}", bytes.escape_ascii()),
    }
}

#[test]
fn a_get_has_these_bytes() {
    assert_bytes!(
        bytes(&get("http://test/path?a=b")),
        "GET /path?a=b HTTP/1.1\r\nHost: test\r\nUser-Agent: OwnHands/0.1\r\nAccept: */*\r\n\r\n"
    );
}

#[test]
fn a_post_has_these_bytes() {
    let request = Request::post("http://test:8019/").unwrap().header("X-A", "b").unwrap();
    assert_bytes!(
        bytes(&request.body(b"hello\0\xff")),
        b"POST / HTTP/1.1\r\nHost: test:8019\r\nUser-Agent: OwnHands/0.1\r\nAccept: */*\r\n\
         X-A: b\r\nContent-Length: 7\r\n\r\nhello\0\xff"
    );
}

#[test]
fn what_is_sent_is_a_message_that_the_servers_of_this_course_take() {
    let body = b"a\r\n\r\nb".to_vec();
    let request = Request::new("PUT", "http://test/a").unwrap().body(body.clone());
    let sent = bytes(&request);
    let Ok(Parsed::Complete(message, length)) = parse(&sent) else { panic!("no message") };
    assert_eq!(length, sent.len());
    assert_bytes!(message.body, body);
    assert!(matches!(message.start, StartLine::Request { method, .. } if method == "PUT"));
}

#[test]
fn the_target_is_path_and_query_and_no_fragment() {
    for (url, target) in [
        ("http://test", "/"),
        ("http://test?a", "/?a"),
        ("http://test/#part", "/"),
        ("http://test/a/../b/./c", "/b/c"),
        ("http://test/a?b#c?d", "/a?b"),
        ("http://test/a?", "/a?"),
        ("http://test//a//", "//a//"),
        ("http://test/a b?c d", "/a%20b?c%20d"),
        ("http://test/ä?€", "/%C3%A4?%E2%82%AC"),
        ("http://test/%2f%41?%26", "/%2f%41?%26"),
        ("http://test/a\tb\r\nc", "/abc"),
        ("http://test/a\"<>", "/a%22%3C%3E"),
    ] {
        let sent = bytes(&get(url));
        let line = format!("GET {target} HTTP/1.1\r\n");
        assert!(sent.starts_with(line.as_bytes()), "{url}: {}", sent.escape_ascii());
    }
}

#[test]
fn the_host_is_that_of_the_url() {
    for (url, host) in [
        ("http://test/", "test"),
        ("http://TEST:80/", "test"),
        ("http://test:81/", "test:81"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://127.0.0.1:8019/", "127.0.0.1:8019"),
        ("http://[::1]/", "[::1]"),
        ("http://[0:0::1]:8019/", "[::1]:8019"),
        ("http://bücher.test/", "xn--bcher-kva.test"),
        ("http://test:443/", "test:443"),
    ] {
        let text = String::from_utf8(bytes(&get(url))).unwrap();
        let hosts: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("Host: ")).collect();
        assert_eq!(hosts, [host], "{url}");
    }
}

#[test]
fn some_fields_are_the_requests_own_or_else_ours() {
    let own = [("host", "other"), ("USER-AGENT", "me"), ("accept", "text/html"), ("cookie", "a=b")];
    for (name, value) in own {
        let request = get("http://test/").header(name, value).unwrap();
        let sent = String::from_utf8(request.encode(Some("c=d")).unwrap()).unwrap();
        let line = format!("{name}: {value}\r\n");
        assert!(sent.contains(&line), "{sent}");
        let of_name =
            |line: &&str| line.to_ascii_lowercase().starts_with(&name.to_ascii_lowercase());
        assert_eq!(sent.lines().filter(of_name).count(), 1, "{sent}");
        // The others are ours all the same.
        assert_eq!(sent.lines().count(), 6, "{sent}");
    }
}

#[test]
fn cookies_are_sent_if_there_are_any() {
    let request = get("http://test/");
    let sent = String::from_utf8(request.encode(Some("a=b; c=d")).unwrap()).unwrap();
    assert!(sent.contains("\r\nCookie: a=b; c=d\r\n"), "{sent}");
    assert!(!String::from_utf8(bytes(&request)).unwrap().contains("Cookie"));
}

#[test]
fn fields_keep_their_order_and_may_be_repeated() {
    let request = get("http://test/").header("B", "1").unwrap().header("A", "2").unwrap();
    let request = request.header("B", b"\xff").unwrap();
    let sent = bytes(&request);
    assert!(sent.ends_with(b"*/*\r\nB: 1\r\nA: 2\r\nB: \xff\r\n\r\n"), "{}", sent.escape_ascii());
}

/// Else the server would see two requests where we see one.
#[test]
fn where_the_message_ends_is_said_by_us_alone() {
    for (name, value) in [
        ("Content-Length", "0"),
        ("content-length", "100"),
        ("Transfer-Encoding", "chunked"),
        ("TRANSFER-ENCODING", "gzip"),
    ] {
        for (method, body, length) in [("POST", "hello", Some("5")), ("GET", "", None)] {
            let request = Request::new(method, "http://test/").unwrap();
            let request = request.header(name, value).unwrap().body(body);
            let sent = String::from_utf8(bytes(&request)).unwrap().to_ascii_lowercase();
            assert!(!sent.contains("transfer-encoding"), "{sent}");
            let lengths: Vec<_> =
                sent.lines().filter_map(|line| line.strip_prefix("content-length: ")).collect();
            assert_eq!(lengths, Vec::from_iter(length), "{sent}");
        }
    }
}

#[test]
fn that_there_is_no_body_is_said_where_one_is_usual() {
    for (method, body, length) in [
        ("POST", "", Some("0")),
        ("PUT", "", Some("0")),
        ("PATCH", "", Some("0")),
        ("GET", "", None),
        ("HEAD", "", None),
        ("DELETE", "", None),
        ("OPTIONS", "", None),
        ("GET", "a", Some("1")),
        ("DELETE", "ab", Some("2")),
    ] {
        let request = Request::new(method, "http://test/").unwrap().body(body);
        let sent = String::from_utf8(bytes(&request)).unwrap();
        let said = sent.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        assert_eq!(said, length, "{method}");
        assert!(sent.ends_with(&format!("\r\n\r\n{body}")));
    }
}

// No other line

#[test]
fn nothing_makes_another_line() {
    let evil = ["\r\nX-Evil: 1", "\n", "\r", "\0", "a\r\n\r\nGET / HTTP/1.1\r\n", "\x7f"];
    for evil in evil {
        let field = get("http://test/").header("X", format!("a{evil}b"));
        assert!(field.is_err(), "{evil:?}");
        assert!(get("http://test/").header(&format!("X{evil}"), "a").is_err(), "{evil:?}");
        for method in [format!("GET{evil}"), format!("GET / HTTP/1.1{evil}")] {
            assert_unsendable(Request::new(&method, "http://test/").unwrap().encode(None));
        }
        assert_unsendable(get("http://test/").encode(Some(&format!("a=b{evil}c"))));
        // In a URL they are escaped, left out, or refused.
        for url in [
            format!("http://test/{evil}"),
            format!("http://test/?{evil}"),
            format!("http://te{evil}st/"),
            format!("http://test/#{evil}"),
        ] {
            if let Ok(request) = Request::get(&url) {
                let sent = String::from_utf8(bytes(&request)).unwrap();
                assert_eq!(sent.matches("\r\n").count(), 5, "{sent}");
                assert!(!sent.chars().any(|one| one.is_control() && !"\r\n".contains(one)));
            }
        }
    }
}

#[test]
fn a_method_is_a_word() {
    for method in ["", "GET /", "a b", "GÄT", "GET:", "(", "\tGET"] {
        assert_unsendable(Request::new(method, "http://test/").unwrap().encode(None));
    }
    for method in ["get", "M-SEARCH", "x"] {
        let sent = bytes(&Request::new(method, "http://test/").unwrap());
        assert!(sent.starts_with(format!("{method} / ").as_bytes()));
    }
}

// Bodies

#[test]
fn a_form_is_sent_as_a_browser_does() {
    let request = Request::post("http://test/").unwrap();
    let request = request.form([("a b", "c&d=e"), ("ä", "€+%"), ("a b", "")]);
    assert_bytes!(request.body, "a+b=c%26d%3De&%C3%A4=%E2%82%AC%2B%25&a+b=");
    assert_eq!(request.headers, headers(&[("Content-Type", "application/x-www-form-urlencoded")]));
}

#[test]
fn json_is_sent_as_json() {
    let request = Request::post("http://test/").unwrap().json(&json!({"a": ["ä", 1, null]}));
    let request = request.unwrap();
    assert_bytes!(request.body, r#"{"a":["ä",1,null]}"#);
    assert_eq!(request.headers, headers(&[("Content-Type", "application/json")]));
    // No JSON has such a key.
    let strange = std::collections::BTreeMap::from([((1, 2), 3)]);
    let outcome = Request::post("http://test/").unwrap().json(&strange);
    assert!(matches!(outcome, Err(FetchError::Request(_))));
}

#[test]
fn a_type_of_ones_own_stays() {
    let own = || Request::post("http://test/").unwrap().header("content-type", "x/y").unwrap();
    let expected = headers(&[("content-type", "x/y")]);
    assert_eq!(own().form([("a", "b")]).headers, expected);
    assert_eq!(own().json(&1).unwrap().headers, expected);
    assert_eq!(own().body("a").headers, expected);
    assert!(Request::post("http://test/").unwrap().body("a").headers.is_empty());
}

#[test]
fn what_may_be_done_twice() {
    for (method, may) in [
        ("GET", true),
        ("HEAD", true),
        ("OPTIONS", true),
        ("PUT", true),
        ("DELETE", true),
        ("TRACE", true),
        ("POST", false),
        ("PATCH", false),
        ("CONNECT", false),
        ("get", false),
        ("BREW", false),
    ] {
        assert_eq!(Request::new(method, "http://test/").unwrap().is_idempotent(), may, "{method}");
    }
    assert_eq!(get("http://test/").method, "GET");
    assert_eq!(Request::post("http://test/").unwrap().method, "POST");
}

// URLs

#[test]
fn what_cannot_be_asked_for_is_refused_with_a_sentence() {
    for (url, reason) in [
        ("", "relative URL"),
        ("/path", "relative URL"),
        ("test", "relative URL"),
        ("http://", "host"),
        ("http:///", "host"),
        ("http://te st/", "domain"),
        ("http://test:65536/", "port"),
        ("http://[::1/", "IPv6"),
        ("http://256.1.1.1/", "IPv4"),
        ("https://test/", "TLS"),
        ("HTTPS://test/", "TLS"),
        ("ftp://test/", "ftp"),
        ("file:///etc/passwd", "file"),
        ("data:text/plain,x", "data"),
        ("test:80/", "test"),
        ("http://ann@test/", "password"),
        ("http://ann:secret@test/", "password"),
        ("http://:secret@test/", "password"),
    ] {
        let Err(FetchError::Url { url: said, reason: why }) = Request::get(url) else {
            panic!("{url} is asked for")
        };
        assert!(why.contains(reason), "{url}: {why}");
        assert!(said.contains(url.split("://").next().unwrap()) || url.contains("HTTPS"), "{said}");
    }
}

/// Who changes the URL of a request is not believed.
#[test]
fn a_url_that_was_changed_is_looked_at_again() {
    let mut request = get("http://test/");
    request.url = super::scripted::url("https://test/");
    assert!(matches!(request.encode(None), Err(FetchError::Url { .. })));
    request.url = super::scripted::url("http://ann:secret@test/");
    assert!(matches!(request.encode(None), Err(FetchError::Url { .. })));
}
