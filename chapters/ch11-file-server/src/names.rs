use std::ffi::{OsStr, OsString};

/// The name of a file as it stands in an address: every byte but letters, digits and
/// `-._~` is escaped (RFC 3986 section 2.3), so that it can stand in any place of one.
///
/// ```
/// assert_eq!(ch11::encode_name("100% tea?".as_ref()), "100%25%20tea%3F");
/// ```
pub fn encode_name(name: &OsStr) -> String {
    let mut encoded = String::new();
    // On Unix these are the bytes of the name, elsewhere it is UTF-8.
    for &byte in name.as_encoded_bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

/// The name that these bytes are. On Linux it may be any bytes.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub fn decode_name(bytes: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
}

/// The name that these bytes are: on Windows and macOS a text, and so UTF-8.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub fn decode_name(bytes: Vec<u8>) -> Option<OsString> {
    String::from_utf8(bytes).ok().map(OsString::from)
}
