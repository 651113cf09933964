//! Where an answer leads to.

use super::scripted::headers;
use ch19::{FetchError, Headers, Request, redirect};
use mock::assert_bytes;

/// A request with a body, and with fields of all kinds.
fn request(method: &str) -> Request {
    let request = Request::new(method, "http://test/from?a#part").unwrap().body("hello");
    [
        ("Content-Type", "text/plain"),
        ("content-language", "en"),
        ("Accept", "text/html"),
        ("Authorization", "secret"),
        ("COOKIE", "a=b"),
        ("Host", "named.test"),
        ("Accept-Language", "en"),
        ("User-Agent", "own"),
        ("Range", "bytes=1-"),
        ("If-Range", "\"one\""),
        ("X-Own", "c"),
        ("X-Content-Type", "d"),
    ]
    .into_iter()
    .fold(request, |request, (name, value)| request.header(name, value).unwrap())
}

#[track_caller]
fn next(request: &Request, status: u16, location: impl AsRef<[u8]>) -> Request {
    let mut headers = Headers::default();
    headers.add("location", location).unwrap();
    redirect(request, status, &headers).unwrap().expect("it leads elsewhere")
}

fn names(request: &Request) -> Vec<&str> {
    request.headers.iter().map(|(name, _)| name).collect()
}

/// Each status with each method.
#[test]
fn the_table_of_redirects() {
    for (status, methods) in [
        (
            301,
            [("POST", "GET"), ("GET", "GET"), ("HEAD", "HEAD"), ("PUT", "PUT"), ("post", "post")],
        ),
        (
            302,
            [("POST", "GET"), ("GET", "GET"), ("HEAD", "HEAD"), ("PUT", "PUT"), ("post", "post")],
        ),
        (303, [("POST", "GET"), ("GET", "GET"), ("HEAD", "HEAD"), ("PUT", "GET"), ("post", "GET")]),
        (
            307,
            [("POST", "POST"), ("GET", "GET"), ("HEAD", "HEAD"), ("PUT", "PUT"), ("post", "post")],
        ),
        (
            308,
            [("POST", "POST"), ("GET", "GET"), ("HEAD", "HEAD"), ("PUT", "PUT"), ("post", "post")],
        ),
    ] {
        for (before, after) in methods {
            let request = request(before);
            let next = next(&request, status, "/to");
            assert_eq!((&*next.method, next.url.path()), (after, "/to"), "{status} to {before}");
            let loses_body = status == 303 || before != after;
            assert_bytes!(next.body, if loses_body { "" } else { "hello" }, "{status} to {before}");
            let mut expected = names(&request);
            expected
                .retain(|name| !loses_body || !["Content-Type", "content-language"].contains(name));
            assert_eq!(names(&next), expected, "{status} to {before}");
        }
    }
}

#[test]
fn what_leads_nowhere_is_an_answer() {
    let to = headers(&[("Location", "/to")]);
    for status in (200..600).filter(|status| ![301, 302, 303, 307, 308].contains(status)) {
        assert_eq!(redirect(&request("GET"), status, &to).unwrap(), None, "{status}");
    }
    for status in [301, 302, 303, 307, 308] {
        let outcome = redirect(&request("GET"), status, &headers(&[("X-Location", "/to")]));
        assert_eq!(outcome.unwrap(), None, "{status}");
    }
}

#[test]
fn the_place_is_found_from_where_we_are() {
    for (location, expected) in [
        ("to", "http://test/a/to#part"),
        ("/to", "http://test/to#part"),
        ("../../to", "http://test/to#part"),
        ("?x=y", "http://test/a/b?x=y#part"),
        ("", "http://test/a/b?q#part"),
        ("#other", "http://test/a/b?q#other"),
        ("/to#", "http://test/to#"),
        ("//other/to", "http://other/to#part"),
        ("http://other:81", "http://other:81/#part"),
        ("HTTP://OTHER/", "http://other/#part"),
        ("http:to", "http://test/a/to#part"),
        ("  /to  ", "http://test/to#part"),
        ("/a b", "http://test/a%20b#part"),
        ("/%2F%41", "http://test/%2F%41#part"),
        ("/ä/€?ö", "http://test/%C3%A4/%E2%82%AC?%C3%B6#part"),
        ("\\\\other\\to", "http://other/to#part"),
    ] {
        let request = Request::get("http://test/a/b?q#part").unwrap();
        assert_eq!(next(&request, 302, location).url.as_str(), expected, "{location:?}");
    }
    // Of two places, the first one.
    let two = headers(&[("Location", "/first"), ("Location", "/second")]);
    let found = redirect(&request("GET"), 302, &two).unwrap().unwrap();
    assert_eq!(found.url.path(), "/first");
    // Bytes that are no UTF-8.
    assert_eq!(next(&request("GET"), 302, b"/\xe4\xff").url.path(), "/%E4%FF");
    // Where nothing was asked for, nothing is added.
    let plain = Request::get("http://test/").unwrap();
    assert_eq!(next(&plain, 302, "/to").url.as_str(), "http://test/to");
}

#[test]
fn strangers_are_told_no_secrets() {
    for (location, is_stranger) in [
        ("/to", false),
        ("//test/to", false),
        ("http://test:80/", false),
        ("http://TEST/", false),
        ("http://other/", true),
        ("//other/to", true),
        ("http://test:81/", true),
        ("http://sub.test/", true),
        ("http://test./", true),
        ("http://tes/", true),
    ] {
        for (method, status) in [("GET", 302), ("POST", 307), ("POST", 302)] {
            let next = next(&request(method), status, location);
            for secret in ["Authorization", "Cookie", "Host", "X-Own", "X-Content-Type"] {
                let is_told = next.headers.contains(secret);
                assert_eq!(is_told, !is_stranger, "{secret} to {location}");
            }
            for name in ["Accept", "Accept-Language", "User-Agent", "Range", "If-Range"] {
                assert!(next.headers.contains(name), "{name} to {location}");
            }
            let keeps_body = (method, status) != ("POST", 302);
            assert_eq!(next.headers.contains("Content-Type"), keeps_body, "{location}");
        }
    }
}

#[test]
fn where_we_cannot_ask_we_are_not_led() {
    for location in [
        "https://test/",
        "ftp://test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http://te st/",
        "http://ann:secret@test/",
        "//ann@test/",
        "http://test:99999/",
    ] {
        for status in [301, 302, 303, 307, 308] {
            let outcome = redirect(&request("GET"), status, &headers(&[("Location", location)]));
            assert!(matches!(outcome, Err(FetchError::Url { .. })), "{location}: {outcome:?}");
        }
    }
}
