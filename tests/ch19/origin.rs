//! Where a URL leads to.

use super::scripted::url;
use ch19::{FetchError, Origin};
use std::collections::HashSet;

fn origin(text: &str) -> Origin {
    Origin::of(&url(text)).expect("an origin")
}

#[test]
fn an_origin_is_a_host_and_a_port() {
    for (text, expected, port) in [
        ("http://test/a?b#c", "test", 80),
        ("http://TEST:80", "test", 80),
        ("http://test:8019", "test:8019", 8019),
        ("http://test:443", "test:443", 443),
        ("http://[::1]:8019/", "[::1]:8019", 8019),
        ("http://[::1]", "[::1]", 80),
        ("http://127.0.0.1", "127.0.0.1", 80),
        ("http://0x7f.1:81", "127.0.0.1:81", 81),
    ] {
        assert_eq!((origin(text).to_string(), origin(text).port), (expected.to_owned(), port));
    }
}

#[test]
fn two_urls_have_the_same_origin_or_not() {
    let all = ["http://a/", "http://b/", "http://a:81/", "http://a.b/", "http://127.0.0.1/"];
    let different: HashSet<_> = all.map(origin).into();
    assert_eq!(different.len(), all.len());
    assert_eq!(origin("http://a/x"), origin("http://A:80/y?z"));
}

#[test]
fn what_we_cannot_ask_is_refused() {
    for (text, reason) in [
        ("https://test/", "https needs TLS"),
        ("ftp://test/", "ftp is not http"),
        ("mailto:ann@test", "mailto is not http"),
        ("http://ann@test/", "a password does not belong in a URL"),
        ("http://:x@test/", "a password does not belong in a URL"),
    ] {
        let Err(FetchError::Url { url: said, reason: why }) = Origin::of(&url(text)) else {
            panic!("{text} has an origin")
        };
        assert!(why.starts_with(reason), "{why}");
        assert_eq!(said, url(text).as_str());
    }
}
