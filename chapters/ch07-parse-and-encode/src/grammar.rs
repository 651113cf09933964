//! Which bytes may stand where.

/// Whether `byte` may be part of a token: a method or a field name.
///
/// RFC 9110 section 5.6.2.
pub fn is_token_byte(byte: u8) -> bool {
    let is_mark = matches!(
        byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
    );
    is_mark || byte.is_ascii_alphanumeric()
}

/// Whether `bytes` are a token: one or more token bytes.
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// Whether `byte` may be part of a field value or of a reason phrase: anything
/// but control characters, of which the tab alone is allowed.
///
/// RFC 9110 section 5.5.
pub fn is_text_byte(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

/// Whether `byte` may be part of a request target: visible ASCII but `#`.
///
/// That is wider than RFC 3986, since browsers send `|` or `{` as they are,
/// and narrow enough: no space, no control character, nothing above ASCII. What
/// stands behind a `#` in an address is the browser's own, and is never sent
/// (RFC 9110 section 7.1).
pub fn is_target_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}
