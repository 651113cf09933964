/// The bytes that `text` stands for: `%41` is the byte 0x41, any other
/// character stands for itself (RFC 3986 section 2.1).
///
/// `None` if a `%` is not followed by two hexadecimal digits. What comes out
/// may be anything, a slash or a NUL among it: split a path first, then decode
/// its segments, and decode each only once.
///
/// ```
/// assert_eq!(ch08::percent_decode("a%20b"), Some(b"a b".to_vec()));
/// assert_eq!(ch08::percent_decode("100%"), None);
/// ```
pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => decoded.push(16 * hex_digit(rest.next()?)? + hex_digit(rest.next()?)?),
            _ => decoded.push(byte),
        }
    }
    Some(decoded)
}

fn hex_digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is less than 16, so nothing is cut off.
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}
