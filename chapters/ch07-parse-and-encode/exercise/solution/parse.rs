use crate::grammar::{is_target_byte, is_text_byte, is_token_byte};
use crate::{FieldFault, Headers, Message, StartLine, Version, body_length, check_host};
use std::fmt;

/// The longest method, in bytes. The longest one in IANA's list has 17.
pub const MAX_METHOD: usize = 64;
/// The longest request target, in bytes.
pub const MAX_TARGET: usize = 8 * 1024;
/// The longest head, in bytes: first line, header fields and blank line.
pub const MAX_HEAD: usize = 16 * 1024;
/// The most header fields.
pub const MAX_FIELDS: usize = 100;

/// How far [`parse`] came.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// A whole message, and how many bytes it took. What follows it is not
    /// looked at.
    Complete(Message, usize),
    /// So far so good, but more bytes are needed.
    Partial {
        /// How many there must be in all before it makes sense to ask again.
        at_least: usize,
    },
}

/// What is wrong, where, and which status tells the client.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParseError {
    /// The status to answer with, if the message is a request.
    pub status: u16,
    /// How many bytes of the input precede the fault: a byte that must not stand
    /// where it does. If a line or a field is wrong as a whole, that
    /// is its first byte; if something is missing, it is the end of the head.
    pub offset: usize,
    /// What is wrong, in a few words.
    pub reason: &'static str,
}

/// Parses the message at the start of `input`.
///
/// Bytes may arrive in any pieces: as long as the message is not complete, call
/// again with all that has come so far. The outcome does not depend on where the
/// pieces were cut, because lines are looked at one after the other: first how one
/// ends, then, when it is whole, what stands in it.
///
/// The time it takes is proportional to the length of `input`.
pub fn parse(input: &[u8]) -> Result<Parsed, ParseError> {
    let Some(head) = parse_head(input)? else {
        return Ok(Parsed::Partial { at_least: input.len() + 1 });
    };
    if let StartLine::Request { version, .. } = head.start {
        check_host(&head.headers, version).map_err(|fault| head.place(fault))?;
    }
    let length = body_length(&head.headers).map_err(|fault| head.place(fault))?;
    let end = head.length + length;
    Ok(head.with_body(input, end))
}

/// The head of a message: everything up to the blank line, and with it.
pub struct Head {
    /// The first line.
    pub start: StartLine,
    /// The header fields.
    pub headers: Headers,
    /// The offset of each field, for errors.
    offsets: Vec<usize>,
    /// How many bytes it took: here the body begins.
    pub length: usize,
}

/// Parses the head at the start of `input`; `None` if it is not complete.
pub fn parse_head(input: &[u8]) -> Result<Option<Head>, ParseError> {
    let mut lines = Lines { input, next: skip_empty_line(input) };
    let too_long = start_line_too_long(&input[lines.next..]);
    let Some((offset, line)) = lines.next_line(too_long)? else { return Ok(None) };
    let start = parse_start_line(line, offset)?;

    let fields = parse_fields(input, lines.next)?;
    Ok(fields.map(|Fields { headers, offsets, end }| Head { start, headers, offsets, length: end }))
}

/// Header fields, up to the blank line and with it.
pub struct Fields {
    /// The fields.
    pub headers: Headers,
    /// The offset of each field, for errors.
    pub offsets: Vec<usize>,
    /// How many bytes of the input precede what follows the blank line.
    pub end: usize,
}

/// Parses the header fields that begin at `start` in `input`; `None` if their blank line
/// has not come. It must end within the first [`MAX_HEAD`] bytes of `input`.
pub fn parse_fields(input: &[u8], start: usize) -> Result<Option<Fields>, ParseError> {
    let mut lines = Lines { input, next: start };
    let mut headers = Headers::default();
    let mut offsets = Vec::new();
    let too_long = ParseError { status: 431, offset: MAX_HEAD, reason: "the head is too long" };
    loop {
        let Some((offset, line)) = lines.next_line(too_long)? else { return Ok(None) };
        if line.is_empty() {
            return Ok(Some(Fields { headers, offsets, end: lines.next }));
        }
        if headers.len() == MAX_FIELDS {
            return Err(ParseError { status: 431, offset, reason: "too many header fields" });
        }
        add_field(&mut headers, line, offset)?;
        offsets.push(offset);
    }
}

impl Head {
    /// Where a fault is reported: where the last field of that name begins, or at
    /// the end of the head if there is none.
    pub fn place(&self, fault: FieldFault) -> ParseError {
        let fields = self.headers.iter().zip(&self.offsets);
        let named = fields.filter(|((name, _), _)| name.eq_ignore_ascii_case(fault.field));
        let offset = named.last().map_or(self.length, |(_, offset)| *offset);
        ParseError { status: fault.status, offset, reason: fault.reason }
    }

    /// The message with this head and with the bytes from there to `end` as its
    /// body, if `input` has so many.
    pub(crate) fn with_body(self, input: &[u8], end: usize) -> Parsed {
        match input.get(self.length..end) {
            Some(body) => {
                let Self { start, headers, .. } = self;
                Parsed::Complete(Message { start, headers, body: body.to_vec() }, end)
            }
            None => Parsed::Partial { at_least: end },
        }
    }
}

/// Whether `input` begins with the whole head of a request whose sender waits
/// for a `100 Continue` before sending the body (RFC 9110 section 10.1.1).
///
/// HTTP/1.0 does not know that status: there the field counts for nothing.
pub fn expects_continue(input: &[u8]) -> bool {
    let Ok(Some(Head { start, headers, .. })) = parse_head(input) else { return false };
    // The value is a list, of one member as a rule.
    let mut expected = headers.get_all("Expect").flat_map(|value| value.split(|&b| b == b','));
    matches!(start, StartLine::Request { version: Version::Http11, .. })
        && expected.any(|one| one.trim_ascii().eq_ignore_ascii_case(b"100-continue"))
}

/// An empty line before a request is passed over, since some clients send one
/// too many after a body (RFC 9112 section 2.2).
fn skip_empty_line(input: &[u8]) -> usize {
    if input.starts_with(b"\r\n") { 2 } else { 0 }
}

/// The lines of a head.
struct Lines<'a> {
    input: &'a [u8],
    /// Where the next line begins.
    next: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its CR LF, and its offset; `None` if it is not
    /// complete. `too_long` is the fault if the head is over [`MAX_HEAD`].
    ///
    /// A line ends with CR LF and nothing else. Some servers take a bare LF as
    /// well; then two servers in a row may see different lines.
    fn next_line(&mut self, too_long: ParseError) -> Result<Option<(usize, &'a [u8])>, ParseError> {
        let fault = |offset, reason| Err(ParseError { status: 400, offset, reason });
        let head = &self.input[..self.input.len().min(MAX_HEAD)];
        let start = self.next;
        for (offset, byte) in head.iter().enumerate().skip(start) {
            match byte {
                b'\r' => match head.get(offset + 1) {
                    None => break,
                    Some(b'\n') => {
                        self.next = offset + 2;
                        return Ok(Some((start, &head[start..offset])));
                    }
                    Some(_) => return fault(offset, "a CR without LF"),
                },
                b'\n' => return fault(offset, "an LF without CR"),
                b'\0' => return fault(offset, "a NUL"),
                _ => {}
            }
        }
        match head.len() == MAX_HEAD {
            true => Err(too_long),
            false => Ok(None),
        }
    }
}

/// The fault of a first line that has not ended when a head must have: it is the
/// method's if that is too long, and else the target's (RFC 9112 section 3).
fn start_line_too_long(line: &[u8]) -> ParseError {
    let (status, reason) = match line.iter().take(MAX_METHOD + 1).any(|&byte| byte == b' ') {
        true => (414, "the first line is too long"),
        false => (501, "the method is too long"),
    };
    ParseError { status, offset: MAX_HEAD, reason }
}

/// Takes the first line apart. `at` is its offset, for errors.
fn parse_start_line(line: &[u8], at: usize) -> Result<StartLine, ParseError> {
    // No method has a slash in it.
    match line.starts_with(b"HTTP/") {
        true => parse_status_line(line, at),
        false => parse_request_line(line, at),
    }
}

/// `GET /index.html HTTP/1.1`: three words with one space between them
/// (RFC 9112 section 3).
fn parse_request_line(line: &[u8], at: usize) -> Result<StartLine, ParseError> {
    let fault = |status, offset, reason| ParseError { status, offset, reason };
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    let [method, target, version] = words[..] else {
        return Err(fault(400, at, "the first line is not three words"));
    };
    if let Some(bad) = method.iter().position(|&byte| !is_token_byte(byte)) {
        return Err(fault(400, at + bad, "not a method"));
    }
    if method.len() > MAX_METHOD {
        return Err(fault(501, at + MAX_METHOD, "the method is too long"));
    }
    let target_at = at + method.len() + 1;
    if target.len() > MAX_TARGET {
        return Err(fault(414, target_at + MAX_TARGET, "the target is too long"));
    }
    if let Some(bad) = target.iter().position(|&byte| !is_target_byte(byte)) {
        return Err(fault(400, target_at + bad, "not a target"));
    }
    if method.is_empty() || target.is_empty() {
        return Err(fault(400, at, "an empty word in the first line"));
    }
    Ok(StartLine::Request {
        method: text(method),
        target: text(target),
        version: parse_version(version, target_at + target.len() + 1)?,
    })
}

/// `HTTP/1.0 200 OK`: the reason may be empty and may have spaces
/// (RFC 9112 section 4).
fn parse_status_line(line: &[u8], at: usize) -> Result<StartLine, ParseError> {
    let fault = |offset, reason| ParseError { status: 400, offset, reason };
    let words: Vec<&[u8]> = line.splitn(3, |&byte| byte == b' ').collect();
    let [version, status, reason] = words[..] else {
        return Err(fault(at, "the first line is not three words"));
    };
    let status_at = at + version.len() + 1;
    let &[hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = status else {
        return Err(fault(status_at, "not a status"));
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    if let Some(bad) = reason.iter().position(|&byte| !is_text_byte(byte)) {
        return Err(fault(status_at + 4 + bad, "a control character"));
    }
    Ok(StartLine::Response {
        version: parse_version(version, at)?,
        status: 100 * digit(hundreds) + 10 * digit(tens) + digit(ones),
        reason: text(reason),
    })
}

/// `HTTP/1.1`; another first digit is a version that we do not speak.
fn parse_version(version: &[u8], at: usize) -> Result<Version, ParseError> {
    match version {
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Ok(Version::Http11),
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
            Err(ParseError { status: 505, offset: at, reason: "not HTTP/1" })
        }
        _ => Err(ParseError { status: 400, offset: at, reason: "not a version" }),
    }
}

/// `Name: value`, with nothing between the name and the colon
/// (RFC 9112 section 5).
fn add_field(headers: &mut Headers, line: &[u8], at: usize) -> Result<(), ParseError> {
    let fault = |offset, reason| ParseError { status: 400, offset, reason };
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(fault(at, "a folded header"));
    }
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return Err(fault(at, "a header without a colon"));
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() {
        return Err(fault(at, "a header without a name"));
    }
    // What may stand where is checked there. Only if it does not pass we look for the byte.
    let added = str::from_utf8(name).ok().and_then(|name| headers.add(name, value).ok());
    if added.is_some() {
        return Ok(());
    }
    if let Some(bad) = name.iter().position(|&byte| !is_token_byte(byte)) {
        let reason = match name[bad] {
            b' ' | b'\t' => "whitespace before the colon",
            _ => "not a header name",
        };
        return Err(fault(at + bad, reason));
    }
    let bad = value.iter().position(|&byte| !is_text_byte(byte)).unwrap_or(0);
    Err(fault(at + colon + 1 + bad, "a control character"))
}

/// Bytes that were checked before, as text. A reason phrase alone may have some
/// that are not UTF-8; they become U+FFFD.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for ParseError {}
