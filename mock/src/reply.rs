//! What a server answered, read by somebody else's parser.

use std::str;

use crate::bytes::excerpt;

/// Headers of which a reply may have one at most (RFC 9110, section 5.3: only a
/// header whose value is a list may be repeated).
const ONCE: [&str; 8] = [
    "Content-Length",
    "Content-Type",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Server",
];

const BOTH: &str = "it has both Content-Length and Transfer-Encoding";

/// A reply of an HTTP server.
///
/// It is read by `httparse`, a parser that is not ours: had our server and our
/// tests the same mistake, no test would notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The version's second number: 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub version: u8,
    /// The status code, such as 200.
    pub status: u16,
    /// The reason phrase, such as `OK`.
    pub reason: String,
    /// Names and values in the order in which they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Everything after the blank line, as it came.
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads the whole answer to one request, after which the server closed.
    ///
    /// ```
    /// use mock::Reply;
    ///
    /// let reply = Reply::parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nOops");
    /// assert_eq!((reply.version, reply.status, reply.reason.as_str()), (1, 404, "Not Found"));
    /// assert_eq!(reply.header("content-length"), Some("4"));
    /// assert_eq!(reply.text(), "Oops");
    /// ```
    ///
    /// # Panics
    ///
    /// If a server must not answer so: the head is incomplete or malformed, a
    /// header is there twice of which there may be one, or the body has another
    /// length than `Content-Length` says. The message says which, and shows the
    /// bytes.
    #[track_caller]
    pub fn parse(bytes: impl AsRef<[u8]>) -> Reply {
        Reply::parse_or_panic(bytes.as_ref(), false)
    }

    /// Reads the answer to a HEAD request: it has no body, and its
    /// `Content-Length` tells how long it would be (RFC 9110, section 9.3.2).
    ///
    /// # Panics
    ///
    /// As [`parse`](Reply::parse) does, and if there is a body.
    #[track_caller]
    pub fn parse_head_only(bytes: impl AsRef<[u8]>) -> Reply {
        Reply::parse_or_panic(bytes.as_ref(), true)
    }

    /// What [`parse`](Reply::parse) does, or if `head_only` what
    /// [`parse_head_only`](Reply::parse_head_only) does, without a panic.
    ///
    /// # Errors
    ///
    /// Why a server must not answer so.
    pub fn try_parse(bytes: impl AsRef<[u8]>, head_only: bool) -> Result<Reply, String> {
        Reply::read(bytes.as_ref(), head_only)
    }

    /// The value of the first header of this name, in whatever case.
    ///
    /// # Panics
    ///
    /// If the value is not UTF-8; the field `headers` has the bytes.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name))?;
        Some(utf8(value, name))
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If it is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        utf8(&self.body, "the body")
    }

    #[track_caller]
    fn parse_or_panic(bytes: &[u8], head_only: bool) -> Reply {
        match Reply::read(bytes, head_only) {
            Ok(reply) => reply,
            Err(why) => panic!("not a well-formed reply: {why}\n  {}", excerpt(bytes)),
        }
    }

    /// Reads the first of several messages that came one behind the other, and returns how many
    /// bytes it has; its body is that of a chunked message put together. `None` means that it is
    /// not complete. Interim answers (1xx) are messages of their own.
    ///
    /// Without a length and not in chunks, it ends with the connection: `at_end` says whether
    /// `bytes` are all that came.
    ///
    /// ```
    /// use mock::Reply;
    ///
    /// let two = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
    ///             3\r\nabc\r\n0\r\n\r\nHTTP/1.1";
    /// let (reply, length) = Reply::try_parse_first(two, false, false).unwrap().unwrap();
    /// assert_eq!(reply.text(), "abc");
    /// assert_eq!(&two[length..], b"HTTP/1.1");
    /// assert_eq!(Reply::try_parse_first(&two[length..], false, false), Ok(None));
    /// ```
    ///
    /// # Errors
    ///
    /// Why a server must not answer so.
    pub fn try_parse_first(
        bytes: &[u8],
        head_only: bool,
        at_end: bool,
    ) -> Result<Option<(Reply, usize)>, String> {
        let Some((mut reply, head)) = Reply::read_head(bytes)? else { return Ok(None) };
        let body = &bytes[head..];
        let chunked = match reply.count("Transfer-Encoding") {
            0 => false,
            1 if reply.version == 1 && reply.header("Transfer-Encoding") == Some("chunked") => true,
            _ => return Err("another Transfer-Encoding than chunked in HTTP/1.1".to_string()),
        };
        let (body, length) = match reply.announced()? {
            _ if head_only || reply.has_no_body() => (Vec::new(), 0),
            Some(_) if chunked => return Err(BOTH.to_string()),
            Some(length) if length > body.len() => return Ok(None),
            Some(length) => (body[..length].to_vec(), length),
            None if chunked => match dechunk(body)? {
                Some(complete) => complete,
                None => return Ok(None),
            },
            None if at_end => (body.to_vec(), body.len()),
            None => return Ok(None),
        };
        reply.body = body;
        Ok(Some((reply, head + length)))
    }

    fn read(bytes: &[u8], head_only: bool) -> Result<Reply, String> {
        if bytes.is_empty() {
            return Err("there is none, the server closed without a word".to_string());
        }
        let Some((mut reply, head)) = Reply::read_head(bytes)? else {
            return Err("it ends before its blank line".to_string());
        };
        reply.body = bytes[head..].to_vec();
        reply.check_length(head_only)?;
        Ok(reply)
    }

    /// The reply without its body, and the length of its head; `None` if that is not complete.
    fn read_head(bytes: &[u8]) -> Result<Option<(Reply, usize)>, String> {
        let mut fields = [httparse::EMPTY_HEADER; 128];
        let mut parsed = httparse::Response::new(&mut fields);
        let head_len = match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        check_head(&bytes[..head_len])?;

        let reply = Reply {
            version: parsed.version.ok_or("it has no version")?,
            status: parsed.code.ok_or("it has no status code")?,
            reason: parsed.reason.unwrap_or_default().to_string(),
            headers: parsed
                .headers
                .iter()
                .map(|field| (field.name.to_string(), field.value.to_vec()))
                .collect(),
            body: Vec::new(),
        };
        reply.check_headers()?;
        Ok(Some((reply, head_len)))
    }

    fn check_headers(&self) -> Result<(), String> {
        if !(100..=599).contains(&self.status) {
            return Err(format!("there is no status {}", self.status));
        }
        match ONCE.iter().find(|name| self.count(name) > 1) {
            Some(name) => Err(format!("{name} is there {} times", self.count(name))),
            None => Ok(()),
        }
    }

    /// Which length the body must have: RFC 9112, section 6.3.
    fn check_length(&self, head_only: bool) -> Result<(), String> {
        let announced = self.announced()?;
        if announced.is_some() && self.count("Transfer-Encoding") > 0 {
            return Err(BOTH.to_string());
        }
        if head_only || self.has_no_body() {
            return match self.body.len() {
                0 => Ok(()),
                extra => Err(format!("it must not have a body, and has one of {extra} bytes")),
            };
        }
        match announced {
            Some(announced) if announced != self.body.len() => Err(format!(
                "Content-Length is {announced}, but the body has {} bytes",
                self.body.len()
            )),
            _ => Ok(()),
        }
    }

    /// What its `Content-Length` says.
    fn announced(&self) -> Result<Option<usize>, String> {
        let field = self.headers.iter().find(|(name, _)| is_content_length(name));
        field.map(|(_, value)| content_length(value)).transpose()
    }

    /// Whether its status ends it at the blank line.
    fn has_no_body(&self) -> bool {
        matches!(self.status, 100..=199 | 204 | 304)
    }

    fn count(&self, name: &str) -> usize {
        self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name)).count()
    }
}

/// Puts a chunked body together and returns how many bytes it had with its chunks; `None` if it
/// is not complete.
///
/// `httparse` finds the sizes, and forgives whitespace and extensions, for which a server has no
/// use.
fn dechunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let (line, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(format!("no chunk size at offset {at} of the body")),
        };
        let digits = bytes[at..at + line].strip_suffix(b"\r\n").unwrap_or_default();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(format!("more than a chunk size at offset {at} of the body"));
        }
        at += line;
        if size == 0 {
            let mut fields = [httparse::EMPTY_HEADER; 16];
            return match httparse::parse_headers(&bytes[at..], &mut fields) {
                Ok(httparse::Status::Complete((trailers, _))) => Ok(Some((body, at + trailers))),
                Ok(httparse::Status::Partial) => Ok(None),
                Err(error) => Err(format!("the trailers: {error}")),
            };
        }
        let end = usize::try_from(size).ok().and_then(|size| at.checked_add(size));
        let end = end.ok_or("a chunk that no memory holds")?;
        match bytes.get(end..).map(|rest| (rest, rest.len() >= 2)) {
            Some((rest, true)) if rest.starts_with(b"\r\n") => body.extend(&bytes[at..end]),
            Some((_, true)) => return Err(format!("no line end behind a chunk at {end}")),
            _ => return Ok(None),
        }
        at = end + 2;
    }
}

/// What `httparse` forgives, and a server should not need to be forgiven.
fn check_head(head: &[u8]) -> Result<(), String> {
    if !head.starts_with(b"HTTP/") {
        return Err("it does not begin with its version".to_string());
    }
    // `HTTP/1.1 200 `: the second space is there even without a reason phrase
    // (RFC 9112, section 4).
    if head.get(12) != Some(&b' ') {
        return Err("no space after the status code".to_string());
    }
    let bare = (0..head.len()).find(|&at| head[at] == b'\n' && (at == 0 || head[at - 1] != b'\r'));
    match bare {
        Some(at) => Err(format!("a line ends without a carriage return at offset {at}")),
        None => Ok(()),
    }
}

fn is_content_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("Content-Length")
}

/// Digits and nothing else: `parse` alone would let `+5` pass.
fn content_length(value: &[u8]) -> Result<usize, String> {
    let digits = str::from_utf8(value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let length = digits.and_then(|digits| digits.parse().ok());
    length.ok_or_else(|| format!("Content-Length is \"{}\"", value.escape_ascii()))
}

#[track_caller]
fn utf8<'a>(bytes: &'a [u8], what: &str) -> &'a str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => panic!("{what} is not UTF-8: {error}\n  {}", excerpt(bytes)),
    }
}
