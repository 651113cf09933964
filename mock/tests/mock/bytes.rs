//! What `assert_bytes!` promises: a message that one can read.

use std::panic::catch_unwind;

use mock::assert_bytes;

/// The message for these two.
fn message(actual: &[u8], expected: &[u8]) -> String {
    let panic = catch_unwind(|| assert_bytes!(actual, expected)).expect_err("they differ");
    *panic.downcast::<String>().unwrap()
}

#[test]
fn the_same_bytes_pass_whatever_they_are_kept_in() {
    assert_bytes!(b"", "");
    assert_bytes!(vec![104, 105], b"hi");
    assert_bytes!(String::from("hi"), &b"hi"[..]);
    assert_bytes!(&vec![0, 255], [0, 255], "with a message for {}", "nobody");
}

#[test]
fn the_caret_stands_under_the_byte_that_differs() {
    assert_eq!(
        message(b"bye!\r\nx\r", b"bye!\r\nx\n"),
        r#"bytes differ at offset 7
  expected: b"bye!\r\nx\n"
  actual:   b"bye!\r\nx\r"
                       ^
  expected hex from 0: 62 79 65 21 0d 0a 78 0a
  actual hex from 0:   62 79 65 21 0d 0a 78 0d"#
    );
}

#[test]
fn the_first_byte_can_differ() {
    assert_eq!(
        message(b"\xff\0", b"a"),
        r#"bytes differ at offset 0
  expected: b"a"
  actual:   b"\xff\x00"
              ^
  expected hex from 0: 61
  actual hex from 0:   ff 00"#
    );
}

#[test]
fn too_few_bytes_are_named_so() {
    assert_eq!(
        message(b"hel", b"hello"),
        r#"bytes differ at offset 3: actual ends here, expected has 2 more
  expected: b"hello"
  actual:   b"hel"
                 ^
  expected hex from 0: 68 65 6c 6c 6f
  actual hex from 0:   68 65 6c"#
    );
}

#[test]
fn too_many_bytes_are_named_so() {
    assert_eq!(
        message(b"hello\n", b"hello"),
        r#"bytes differ at offset 5: expected ends here, actual has 1 more
  expected: b"hello"
  actual:   b"hello\n"
                   ^
  expected hex from 0: 68 65 6c 6c 6f
  actual hex from 0:   68 65 6c 6c 6f 0a"#
    );
}

#[test]
fn of_long_bytes_the_place_that_differs_is_shown() {
    let mut expected = vec![b'.'; 100];
    expected.extend(b"\r\nContent-Length: 12\r\nServer: x\r\n\r\nhello, world");
    let mut actual = expected.clone();
    actual[119] = b'3';
    assert_eq!(
        message(&actual, &expected),
        r#"bytes differ at offset 119
  expected: ...b".....\r\nContent-Length: 12\r\nServer: x\r\n\r\nhello, w"...
  actual:   ...b".....\r\nContent-Length: 13\r\nServer: x\r\n\r\nhello, w"...
                                           ^
  expected hex from 111: 65 6e 67 74 68 3a 20 31 32 0d 0a 53 65 72 76 65
  actual hex from 111:   65 6e 67 74 68 3a 20 31 33 0d 0a 53 65 72 76 65"#
    );
}

#[test]
fn a_message_of_ones_own_comes_first() {
    let case = "the third";
    let panic = catch_unwind(|| assert_bytes!("a", "b", "case {case}")).unwrap_err();
    let message = panic.downcast::<String>().unwrap();
    assert!(message.starts_with("case the third: bytes differ at offset 0\n"), "{message}");
}
