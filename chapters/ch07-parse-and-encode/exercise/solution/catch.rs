//! Your tests of chapter 7's parser. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch07` is one of the servers; which one, your tests cannot see. Look at `parse` and
//! `Headers` in chapter 7's section "Build", and at its tests, `tests/ch07.rs`.

use ch07::{Parsed, parse};
use mock::assert_bytes;

#[test]
fn a_value_is_found_in_any_case_and_without_the_whitespace_around_it() {
    let input = b"GET / HTTP/1.1\r\nHost: mock\r\naccept: \t text/html\t \r\n\r\n";
    match parse(input) {
        Ok(Parsed::Complete(message, used)) => {
            assert_bytes!(message.headers.get("HOST").expect("there is a host"), "mock");
            assert_bytes!(message.headers.get("Accept").expect("it is there"), "text/html");
            assert_eq!(used, input.len());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_feed_alone_ends_no_line() {
    for (input, offset) in [
        ("GET / HTTP/1.0\n\n", 14),
        ("GET / HTTP/1.0\r\nA: b\n\r\n", 20),
        ("GET / HTTP/1.0\r\nA: b\r\n\n", 22),
    ] {
        match parse(input.as_bytes()) {
            Err(error) => assert_eq!((error.status, error.offset), (400, offset), "{input:?}"),
            other => panic!("{other:?} for {input:?}"),
        }
    }
}
