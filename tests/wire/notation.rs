use std::fmt::Write;

/// The bytes that `text` stands for.
///
/// | written | stands for |
/// |---|---|
/// | `\r`, `\n`, `\t`, `\0`, `\\` | CR, LF, tab, NUL, backslash |
/// | `\xff` | the byte 0xff |
/// | `\*500(ab)` | `ab` 500 times; no other repetition and no bare `)` in it |
/// | a line break of the file | nothing: it is there for the eye |
/// | any other character, which must be ASCII | itself |
///
/// ```
/// use course_tests::wire::from_notation;
///
/// assert_eq!(from_notation(r"GET /\*3(a)\x2f HTTP/1.0\r\n").unwrap(), b"GET /aaa/ HTTP/1.0\r\n");
/// ```
///
/// # Errors
///
/// Anything else is refused, with a sentence.
pub fn from_notation(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '\n' | '\r' => {}
            '\\' => rest = escape(rest, &mut bytes)?,
            ' '..='~' => bytes.push(char as u8),
            _ => return Err(format!("{char:?} must be written as \\x.. escapes")),
        }
    }
    Ok(bytes)
}

/// Appends what the escape at the start of `rest` stands for, without its
/// backslash, and returns what follows it.
fn escape<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let unknown = || format!("unknown escape \\{}", rest.chars().take(8).collect::<String>());
    let (kind, after) = rest.split_at_checked(1).ok_or_else(unknown)?;
    match kind {
        "r" => bytes.push(b'\r'),
        "n" => bytes.push(b'\n'),
        "t" => bytes.push(b'\t'),
        "0" => bytes.push(0),
        "\\" => bytes.push(b'\\'),
        "x" => {
            let (digits, after) = after.split_at_checked(2).ok_or_else(unknown)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| unknown())?);
            return Ok(after);
        }
        "*" => {
            let (count, after) = after.split_once('(').ok_or_else(unknown)?;
            let (text, after) = after.split_once(')').ok_or_else(unknown)?;
            let count = count.parse().map_err(|_| unknown())?;
            if text.contains("\\*") {
                return Err("a repetition inside of a repetition".to_owned());
            }
            bytes.extend(from_notation(text)?.repeat(count));
            return Ok(after);
        }
        _ => return Err(unknown()),
    }
    Ok(after)
}

/// How `bytes` are written: the other way round, and as short as it gets.
///
/// A byte that comes more than 24 times in a row becomes a repetition.
pub fn to_notation(bytes: &[u8]) -> String {
    let mut text = String::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        let one = match run[0] {
            b'\r' => "\\r".to_owned(),
            b'\n' => "\\n".to_owned(),
            b'\t' => "\\t".to_owned(),
            b'\0' => "\\0".to_owned(),
            b'\\' => "\\\\".to_owned(),
            b' '..=b'~' => char::from(run[0]).to_string(),
            other => format!("\\x{other:02x}"),
        };
        match run.len() {
            0..=24 => text += &one.repeat(run.len()),
            // Writing to a string does not fail.
            many => drop(write!(text, "\\*{many}({})", one.replace(')', "\\x29"))),
        }
    }
    text
}
