//! What an application is told of a request.

use super::requests::{get, get_with, told, told_of, try_told};
use ch17::{Environ, HttpError, Request, Version};
use mock::assert_bytes;
use std::net::SocketAddr;

/// All variables, a line each, in the order of their names.
fn lines(environ: &Environ) -> Vec<String> {
    let mut lines: Vec<_> =
        environ.iter().map(|(name, value)| format!("{name}={}", value.escape_ascii())).collect();
    lines.sort();
    lines
}

#[test]
fn an_application_is_told_these_variables_and_no_others() {
    let head = "POST /a%20b/c%2Fd?x=%20&y HTTP/1.1\r\nHost: localhost:8017\r\n\
        Accept: text/html, */*;q=0.5\r\nContent-Type: text/plain; charset=utf-8\r\n\
        content-length: 3\r\nContent-Encoding: gzip\r\nAuthorization: Basic QTpC\r\n\
        X-Long-Name: a: b\r\nConnection: keep-alive\r\n\r\n";
    let environ = told_of(head, Some("198.51.100.7:4711".parse().unwrap()));
    let expected = [
        "CONTENT_LENGTH=3",
        "CONTENT_TYPE=text/plain; charset=utf-8",
        "HTTP_ACCEPT=text/html, */*;q=0.5",
        "HTTP_AUTHORIZATION=Basic QTpC",
        "HTTP_CONTENT_ENCODING=gzip",
        "HTTP_HOST=localhost:8017",
        "HTTP_X_LONG_NAME=a: b",
        "PATH_INFO=/a b/c/d",
        "QUERY_STRING=x=%20&y",
        "REMOTE_ADDR=198.51.100.7",
        "REMOTE_PORT=4711",
        "REQUEST_METHOD=POST",
        "REQUEST_URI=/a%20b/c%2Fd?x=%20&y",
        "SCRIPT_NAME=",
        "SERVER_NAME=localhost",
        "SERVER_PORT=8017",
        "SERVER_PROTOCOL=HTTP/1.1",
        "SERVER_SOFTWARE=OwnHands/0.1",
    ];
    assert_eq!(lines(&environ), expected);
}

#[test]
fn what_a_short_request_does_not_say_is_empty_or_not_there() {
    let expected = [
        "PATH_INFO=/",
        "QUERY_STRING=",
        "REQUEST_METHOD=GET",
        "REQUEST_URI=/",
        "SCRIPT_NAME=",
        "SERVER_NAME=192.0.2.1",
        "SERVER_PORT=8017",
        "SERVER_PROTOCOL=HTTP/1.0",
        "SERVER_SOFTWARE=OwnHands/0.1",
    ];
    assert_eq!(lines(&told("GET / HTTP/1.0\r\n\r\n")), expected);
    // An empty query is as good as none.
    assert_eq!(get("/?").get("QUERY_STRING"), Some(b"".as_slice()));
}

#[test]
fn the_name_of_the_server_is_what_the_client_calls_it_without_its_port() {
    let names = [
        ("localhost", "localhost"),
        ("localhost:80", "localhost"),
        ("Example.ORG:8017", "Example.ORG"),
        ("[::1]:8017", "[::1]"),
        ("[::1]", "[::1]"),
        ("[2001:db8::7]", "[2001:db8::7]"),
        ("", "192.0.2.1"),
    ];
    for (host, name) in names {
        let environ = told(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(environ.text("SERVER_NAME"), name, "{host}");
        assert_eq!(environ.text("SERVER_PORT"), "8017", "the port that it came to: {host}");
        assert_eq!(environ.text("HTTP_HOST"), host);
    }
}

/// RFC 3875 section 4.1.14: an address of IPv6 stands in brackets.
#[test]
fn a_server_without_a_name_is_called_by_its_address() {
    let request = Request {
        method: "GET".into(),
        target: "/".into(),
        path: "/".into(),
        query: None,
        version: Version::Http10,
        headers: Default::default(),
        body: Vec::new(),
        peer: None,
    };
    for (address, name) in [("192.0.2.9:80", "192.0.2.9"), ("[2001:db8::7]:80", "[2001:db8::7]")] {
        let environ = Environ::of(&request, address.parse().unwrap()).unwrap();
        assert_eq!(environ.text("SERVER_NAME"), name);
        assert_eq!(environ.text("SERVER_PORT"), "80");
    }
}

#[test]
fn a_client_is_called_by_its_address() {
    let addresses = [
        ("192.0.2.7:1", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:1", "192.0.2.7"),
        ("[2001:db8::7]:1", "2001:db8::7"),
    ];
    for (peer, address) in addresses {
        let peer: SocketAddr = peer.parse().unwrap();
        let environ = told_of("GET / HTTP/1.0\r\n\r\n", Some(peer));
        assert_eq!(environ.text("REMOTE_ADDR"), address);
        assert_eq!(environ.text("REMOTE_PORT"), "1");
    }
}

#[test]
fn no_application_is_told_of_fields_that_are_the_servers_business_or_dangerous() {
    let fields = [
        "Connection: keep-alive",
        "Content-Length: 0",
        "Content-Type: text/plain",
        "Expect: 100-continue",
        "Keep-Alive: timeout=5",
        "Proxy: http://192.0.2.66:3128/",
        "Trailer: X-Sum",
        "Transfer-Encoding: chunked",
    ];
    for field in fields {
        let (name, value) = field.split_once(": ").unwrap();
        for name in [name.to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
            let environ = get_with("/", &format!("{name}: {value}"));
            let of_header = environ.iter().filter(|(name, _)| name.starts_with("HTTP_"));
            let names: Vec<_> = of_header.map(|(name, _)| name).collect();
            assert_eq!(names, ["HTTP_HOST"], "{name}");
        }
    }
    // Those that only begin like one are told.
    assert_eq!(get_with("/", "Proxy-Hint: x").text("HTTP_PROXY_HINT"), "x");
}

#[test]
fn a_field_with_an_underscore_is_not_told_and_does_not_mix_with_the_one_that_has_a_hyphen() {
    for fields in ["X_Admin: yes", "X-Admin: no\r\nX_Admin: yes", "X_Admin: yes\r\nX-Admin: no"] {
        let environ = get_with("/", fields);
        let expected = if fields.contains("X-Admin") { "no" } else { "" };
        assert_eq!(environ.text("HTTP_X_ADMIN"), expected, "{fields}");
    }
}

#[test]
fn a_body_in_chunks_has_no_length() {
    assert_eq!(get_with("/", "Transfer-Encoding: chunked").get("CONTENT_LENGTH"), None);
}

#[test]
fn values_of_a_repeated_field_are_joined_in_their_order() {
    let fields = "Accept: a\r\nCookie: x=1\r\nACCEPT: b, c\r\ncookie: y=2; z=3\r\nAccept:\r\n\
        Cookie: w=4";
    let environ = get_with("/", fields);
    assert_eq!(environ.text("HTTP_ACCEPT"), "a, b, c, ");
    assert_eq!(environ.text("HTTP_COOKIE"), "x=1; y=2; z=3; w=4");
    let names = environ.iter().filter(|(name, _)| *name == "HTTP_ACCEPT");
    assert_eq!(names.count(), 1);
}

#[test]
fn values_are_bytes() {
    let mut request = Request {
        method: "GET".into(),
        target: "/%ff%00".into(),
        path: "/%ff%00".into(),
        query: Some("%ff".into()),
        version: Version::Http11,
        headers: Default::default(),
        body: Vec::new(),
        peer: None,
    };
    request.headers.add("X-Bytes", b"\xffa\xe9").unwrap();
    let environ = Environ::of(&request, "192.0.2.1:80".parse().unwrap()).unwrap();
    assert_bytes!(environ.get("HTTP_X_BYTES").unwrap(), b"\xffa\xe9");
    assert_eq!(environ.text("HTTP_X_BYTES"), "");
    assert_bytes!(environ.get("PATH_INFO").unwrap(), b"/\xff\0");
    assert_eq!(environ.text("QUERY_STRING"), "%ff", "it is left as it was");
}

#[test]
fn a_path_whose_escapes_are_not_hexadecimal_is_400() {
    for path in ["/%", "/%4", "/%zz", "/a%2", "/%+1"] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(try_told(&head, None), Err(HttpError(400)), "{path}");
    }
    // The query is the application's.
    assert_eq!(get("/?%zz").text("QUERY_STRING"), "%zz");
}

#[test]
fn the_target_is_told_as_it_was_sent() {
    let proxied = get("http://localhost:8017/a%41?b");
    assert_eq!(proxied.text("REQUEST_URI"), "http://localhost:8017/a%41?b");
    assert_eq!((proxied.text("PATH_INFO"), proxied.text("QUERY_STRING")), ("/aA", "b"));
}

#[test]
fn variables_are_set_replaced_and_taken_away() {
    let mut environ = Environ::default();
    assert_eq!((environ.get("A"), environ.text("A"), environ.iter().count()), (None, "", 0));
    environ.set("A", "1");
    environ.set("B", vec![0xff]);
    environ.set("A", "2");
    let all: Vec<_> = environ.iter().collect();
    assert_eq!(all, [("A", b"2".as_slice()), ("B", b"\xff".as_slice())]);
    assert_eq!((environ.text("A"), environ.text("B"), environ.text("C")), ("2", "", ""));
    // Names have a case.
    assert_eq!(environ.get("a"), None);
    environ.remove("A");
    environ.remove("C");
    assert_eq!(lines(&environ), ["B=\\xff"]);
}

#[test]
fn a_variable_that_becomes_longer_or_shorter_leaves_the_others_as_they_are() {
    for value in ["", "1", "12345678"] {
        let mut environ = Environ::default();
        for (name, value) in [("A", "first"), ("AB", "second"), ("ABC", "third")] {
            environ.set(name, value);
        }
        environ.set("AB", value);
        let expected = ["A=first".to_owned(), format!("AB={value}"), "ABC=third".to_owned()];
        assert_eq!(lines(&environ), expected);
        environ.remove("AB");
        assert_eq!(lines(&environ), ["A=first", "ABC=third"]);
        environ.set("AB", value);
        assert_eq!(environ.get("AB"), Some(value.as_bytes()));
    }
}

#[test]
fn two_are_equal_that_have_the_same_variables_in_the_same_order_however_they_came_there() {
    let environ = |variables: &[(&str, &str)]| {
        let mut environ = Environ::default();
        variables.iter().for_each(|(name, value)| environ.set(name, *value));
        environ
    };
    let expected = environ(&[("A", "1"), ("B", "23")]);
    assert_eq!(environ(&[("A", "a long one"), ("B", ""), ("B", "23"), ("A", "1")]), expected);
    let mut others_taken_away = environ(&[("C", "x"), ("A", "1"), ("D", "y"), ("B", "23")]);
    others_taken_away.remove("C");
    others_taken_away.remove("D");
    assert_eq!(others_taken_away, expected);
    // The same letters, cut elsewhere.
    assert_ne!(environ(&[("A", "12"), ("B", "3")]), expected);
    assert_ne!(environ(&[("AB", "1"), ("", "23")]), expected);
    assert_ne!(environ(&[("B", "23"), ("A", "1")]), expected);
}

#[test]
fn a_prefix_takes_its_part_of_the_path() {
    let all = [
        ("/app", "/app", Some(("/app", ""))),
        ("/app", "/app/", Some(("/app", "/"))),
        ("/app", "/app/menu/7", Some(("/app", "/menu/7"))),
        ("/app/", "/app/menu", Some(("/app", "/menu"))),
        ("/app/", "/app", Some(("/app", ""))),
        ("/app", "/apple", None),
        ("/app", "/ap", None),
        ("/app", "/App", None),
        ("/app", "/x/app", None),
        ("/app/menu", "/app/menu/7", Some(("/app/menu", "/7"))),
        ("/", "/menu", Some(("", "/menu"))),
        ("", "/menu", Some(("", "/menu"))),
        ("/", "*", None),
    ];
    for (prefix, path, expected) in all {
        let mut environ = Environ::default();
        environ.set("PATH_INFO", path);
        environ.set("QUERY_STRING", "q");
        let below = environ.below(prefix);
        let parts =
            below.as_ref().map(|below| (below.text("SCRIPT_NAME"), below.text("PATH_INFO")));
        assert_eq!(parts, expected, "{path} below {prefix}");
        if let Some(below) = below {
            assert_eq!(below.text("QUERY_STRING"), "q");
        }
        assert_eq!(environ.text("PATH_INFO"), path);
    }
    assert_eq!(Environ::default().below("/"), None, "there is no path");
}

#[test]
fn prefixes_add_up_and_the_path_is_that_which_was_decoded() {
    let below = get("/caf%C3%A9/%ff/a").below("/café").unwrap();
    assert_eq!(below.text("SCRIPT_NAME"), "/café");
    assert_bytes!(below.get("PATH_INFO").unwrap(), b"/\xff/a");
    let below = get("/a/b/c").below("/a").unwrap().below("/b").unwrap();
    assert_eq!((below.text("SCRIPT_NAME"), below.text("PATH_INFO")), ("/a/b", "/c"));
    assert_eq!(below.text("REQUEST_URI"), "/a/b/c");
}
