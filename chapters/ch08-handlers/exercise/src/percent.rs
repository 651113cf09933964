/// The bytes that `text` stands for: a `%` and two hexadecimal digits (`0` to `9`, `a` to `f`,
/// `A` to `F`) are the byte with that number, and any other byte of `text` stands for itself,
/// `+` among them (RFC 3986 section 2.1).
///
/// `None` if a `%` is not followed by two hexadecimal digits. Decoding is done once: `%2541`
/// becomes `%41` and stays so. What comes out may be any bytes, UTF-8 or not.
pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    todo!("go through `text.bytes()`; a `%` takes two more with it")
}
