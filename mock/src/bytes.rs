//! `assert_eq!` for bytes, with a message that one can read.

use std::fmt::Arguments;

use crate::transcript;

/// How many bytes before and after the first difference are shown, as text and as
/// numbers.
const TEXT_AROUND: usize = 24;
const HEX_AROUND: usize = 8;

/// Asserts that two things are the same bytes: `assert_bytes!(actual, expected)`.
///
/// Both may be anything that is `AsRef<[u8]>`. What follows, if anything, is a
/// message as for `assert_eq!`.
///
/// ```
/// use mock::assert_bytes;
///
/// assert_bytes!(vec![b'b', b'y', b'e'], "bye");
/// assert_bytes!("bye".to_uppercase(), b"BYE", "in capitals");
/// ```
///
/// # Panics
///
/// If they differ. The message shows both around the first difference, with a
/// caret under it:
///
/// ```text
/// bytes differ at offset 7
///   expected: b"bye!\r\nx\n"
///   actual:   b"bye!\r\nx\r"
///                        ^
///   expected hex from 0: 62 79 65 21 0d 0a 78 0a
///   actual hex from 0:   62 79 65 21 0d 0a 78 0d
/// ```
#[macro_export]
macro_rules! assert_bytes {
    ($actual:expr, $expected:expr $(,)?) => {
        $crate::assert_same_bytes(&$actual, &$expected, ::std::option::Option::None)
    };
    ($actual:expr, $expected:expr, $($message:tt)+) => {
        $crate::assert_same_bytes(
            &$actual,
            &$expected,
            ::std::option::Option::Some(::std::format_args!($($message)+)),
        )
    };
}

/// What [`assert_bytes!`] calls.
///
/// # Panics
///
/// If the bytes differ.
#[track_caller]
pub fn assert_same_bytes(
    actual: impl AsRef<[u8]>,
    expected: impl AsRef<[u8]>,
    message: Option<Arguments<'_>>,
) {
    let (actual, expected) = (actual.as_ref(), expected.as_ref());
    if actual != expected {
        transcript::differ(actual, expected);
        let difference = difference(actual, expected);
        match message {
            Some(message) => panic!("{message}: {difference}"),
            None => panic!("{difference}"),
        }
    }
}

fn difference(actual: &[u8], expected: &[u8]) -> String {
    let offset = actual.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let more = actual.len().abs_diff(expected.len());
    let how = if offset == actual.len() {
        format!(": actual ends here, expected has {more} more")
    } else if offset == expected.len() {
        format!(": expected ends here, actual has {more} more")
    } else {
        String::new()
    };

    let text_from = offset.saturating_sub(TEXT_AROUND);
    let hex_from = offset.saturating_sub(HEX_AROUND);
    // Before the difference both are the same, so that one caret serves both.
    let same = format!("{}{}", opening(text_from), actual[text_from..offset].escape_ascii());
    let caret = "  expected: ".len() + same.len();
    [
        format!("bytes differ at offset {offset}{how}"),
        format!("  expected: {}", text(expected, text_from, offset)),
        format!("  actual:   {}", text(actual, text_from, offset)),
        format!("{:caret$}^", ""),
        format!("  expected hex from {hex_from}: {}", hex(expected, hex_from, offset)),
        format!("  actual hex from {hex_from}:   {}", hex(actual, hex_from, offset)),
    ]
    .join("\n")
}

/// What stands before the first byte that is shown.
fn opening(from: usize) -> &'static str {
    if from > 0 { "...b\"" } else { "b\"" }
}

fn text(bytes: &[u8], from: usize, offset: usize) -> String {
    let until = bytes.len().min(offset + TEXT_AROUND);
    let closing = if until < bytes.len() { "\"..." } else { "\"" };
    format!("{}{}{closing}", opening(from), bytes[from..until].escape_ascii())
}

fn hex(bytes: &[u8], from: usize, offset: usize) -> String {
    let until = bytes.len().min(offset + HEX_AROUND);
    let pairs = bytes[from..until].iter().map(|byte| format!("{byte:02x}"));
    pairs.collect::<Vec<_>>().join(" ")
}

/// The first bytes, escaped: enough to see in a message what is wrong.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const ENOUGH: usize = 1000;
    match bytes.get(..ENOUGH) {
        None => format!("b\"{}\"", bytes.escape_ascii()),
        Some(start) => format!("b\"{}\"... ({} bytes)", start.escape_ascii(), bytes.len()),
    }
}
