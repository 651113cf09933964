//! Your tests of chapter 7's parser. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch07` is one of the servers; which one, your tests cannot see. Look at `parse` and
//! `Headers` in chapter 7's section "Build", and at its tests, `tests/ch07.rs`.

use ch07::{Parsed, parse};

#[test]
fn a_header_is_found() {
    let input = b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n";
    match parse(input) {
        Ok(Parsed::Complete(message, used)) => {
            assert!(message.headers.contains("Host"));
            assert_eq!(used, input.len());
        }
        other => panic!("{other:?}"),
    }
    todo!("this passes on broken parsers too: what do they not promise?")
}
