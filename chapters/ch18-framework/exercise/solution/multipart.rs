use crate::HttpError;
use anyhow::Result;
use std::io::{ErrorKind, Read};

/// The most parts that a form may have.
pub const MAX_PARTS: usize = 1000;

/// The longest head of a part, in bytes: from behind its boundary to its empty line, with it.
pub const MAX_PART_HEAD: usize = 8 * 1024;

/// How much is read at once, in bytes.
const READ: usize = 8 * 1024;

/// The longest piece of a part's content, in bytes, and the most that is read ahead.
pub const MAX_PIECE: usize = 32 * 1024;

/// A form with files in it, `multipart/form-data` (RFC 7578, RFC 2046 section 5.1), read while it
/// comes:
///
/// ```text
/// --boundary                                         the first one needs no line end before it
/// Content-Disposition: form-data; name="note"        lines end in CR LF
///
/// hello                                              content, any bytes
/// --boundary                                         the line end before it belongs to it
/// Content-Disposition: form-data; name="file"; filename="a.txt"
/// Content-Type: text/plain
///
/// what is in the file
/// --boundary--                                       the last one
/// ```
///
/// What stands before the first boundary is passed over, and behind the last one nothing is read.
/// A boundary stands at the start of a line, which begins with two hyphens. Behind it come two
/// hyphens more, or the line ends, perhaps after spaces and tabs; anything else is 400. Where a
/// line only begins as if it were one, it is content.
///
/// Content comes in pieces of at most [`MAX_PIECE`] bytes. Bytes that were read are given out
/// before more are waited for, unless they may be the beginning of a boundary.
///
/// Malformed is 400: a head of a part that breaks one of the rules of
/// [`next_part`](Self::next_part), and a body that ends before the last boundary. What is more
/// than a limit is 413. An error of `input` is returned as it is; a read that was interrupted is
/// repeated. Behind an error nothing is promised.
#[derive(Debug)]
pub struct Multipart<R> {
    input: R,
    /// A line end, two hyphens, and the boundary.
    delimiter: Vec<u8>,
    /// What was read, and is not given out yet.
    received: Vec<u8>,
    place: Place,
    /// How many have begun.
    parts: usize,
}

#[derive(Debug, PartialEq)]
enum Place {
    /// Behind a line end that may belong to a boundary: at the start, and behind the empty line
    /// of a head.
    AfterLineEnd,
    /// In a part, or before the first one.
    Inside,
    /// Just behind a boundary.
    AfterBoundary,
    /// Behind the last one.
    AtEnd,
}

/// What the head of a part says.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The name of the field. A name may come again.
    pub name: String,
    /// The name that a file had where it comes from; if it is there, this is a file. It is empty
    /// where none was chosen. Whoever sends it may write anything: it is no path to be opened.
    pub file_name: Option<String>,
    /// The type, as it was sent.
    pub content_type: Option<String>,
}

impl<R: Read> Multipart<R> {
    /// A form that comes from `input`. Nothing is read yet.
    ///
    /// A type that is not `multipart/form-data`, in letters of either case, is 415. If the
    /// parameter `boundary` is not there, or comes twice, it is 400; and so it is if it does not
    /// have 1 to 70 letters, digits, spaces or characters of `'()+_,-./:=?`, of which the last is
    /// no space. Parameters are written as in the head of a part.
    pub fn new(content_type: &str, input: R) -> Result<Self, HttpError> {
        let (essence, parameters) = match content_type.split_once(';') {
            Some((essence, _)) => (essence, &content_type[essence.len()..]),
            None => (content_type, ""),
        };
        if !essence.trim_matches(WHITESPACE).eq_ignore_ascii_case("multipart/form-data") {
            return Err(HttpError(415));
        }
        let parameters = parse_parameters(parameters).ok_or(HttpError(400))?;
        let boundary = value_of(&parameters, "boundary").ok_or(HttpError(400))?;
        if !is_boundary(&boundary) {
            return Err(HttpError(400));
        }
        Ok(Self {
            input,
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            // The first boundary needs no line end before it; with one it is like the others.
            received: b"\r\n".to_vec(),
            place: Place::AfterLineEnd,
            parts: 0,
        })
    }

    /// The head of the next part; `None` behind the last one. What was not read of the part
    /// before is passed over.
    ///
    /// A head is lines of a name, which is ASCII that can be seen, a colon, and a value, with
    /// spaces and tabs around it that do not count; then comes an empty line. A boundary straight
    /// behind that means that there is no content. What is no UTF-8 becomes U+FFFD. A CR or LF
    /// that does not end a line, and a NUL, are 400. So is a second `Content-Type`.
    /// `Content-Disposition` must be there once. Case does not matter in names of fields, and all
    /// other fields are passed over.
    ///
    /// Its value is the word `form-data`, in letters of either case, and parameters, each behind
    /// a semicolon, which may have spaces and tabs before and behind it; one more semicolon may
    /// stand at the end. A
    /// parameter is a name, in letters of either case, `=`, and a value, which is a word without
    /// spaces, tabs and quotation marks, or any text in quotation marks. There `\"` and `%22`
    /// stand for a quotation mark, `\\` for a backslash, `%0D` and `%0A` for CR and LF (digits of
    /// either case): browsers write the ones, and other clients the others. Each other backslash
    /// or percent sign stands for itself.
    ///
    /// `name` must be there and `filename` may be, each once. Other parameters are passed over
    /// (`filename*` too: RFC 7578 section 4.2), but none may come twice.
    pub fn next_part(&mut self) -> Result<Option<Part>> {
        while self.read_piece()?.is_some() {}
        if self.place == Place::AtEnd {
            return Ok(None);
        }
        while self.received.len() < 2 {
            self.fill()?;
        }
        if self.received.starts_with(b"--") {
            self.place = Place::AtEnd;
            return Ok(None);
        }
        if self.parts == MAX_PARTS {
            return Err(HttpError(413).into());
        }
        // The rest of the line with the boundary is its first one.
        let end = loop {
            if let Some(place) = find(&self.received, b"\r\n\r\n") {
                break place + 4;
            }
            if self.received.len() > MAX_PART_HEAD {
                return Err(HttpError(413).into());
            }
            self.fill()?;
        };
        if end > MAX_PART_HEAD {
            return Err(HttpError(413).into());
        }
        let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
        // The line end of the empty line may be that before a boundary: then there is no content.
        self.received.drain(..end - 2);
        self.place = Place::AfterLineEnd;
        self.parts += 1;
        Ok(Some(parse_head(&head).ok_or(HttpError(400))?))
    }

    /// The next piece of the content of the part whose head was read last. None is empty. `None`
    /// at its end, and where there is no such part.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>> {
        if self.parts == 0 { Ok(None) } else { self.read_piece() }
    }

    /// What is left of the content of that part as text; 413 if it has more than `most` bytes.
    /// What is no UTF-8 becomes U+FFFD.
    pub fn text(&mut self, most: usize) -> Result<String> {
        let mut content = Vec::new();
        while let Some(piece) = self.next_piece()? {
            content.extend(piece);
            if content.len() > most {
                return Err(HttpError(413).into());
            }
        }
        Ok(String::from_utf8_lossy(&content).into_owned())
    }

    /// The next piece of what stands before a boundary, whether it is for somebody or not.
    fn read_piece(&mut self) -> Result<Option<Vec<u8>>> {
        if matches!(self.place, Place::AfterBoundary | Place::AtEnd) {
            return Ok(None);
        }
        loop {
            if self.place == Place::AfterLineEnd {
                let is_cut_off = self.received.len() < self.delimiter.len();
                if is_cut_off && self.delimiter.starts_with(&self.received) {
                    self.fill()?;
                    continue;
                }
                if !self.received.starts_with(&self.delimiter) {
                    self.received.drain(..2);
                }
                self.place = Place::Inside;
            }
            let end = find(&self.received, &self.delimiter);
            if end == Some(0) {
                self.received.drain(..self.delimiter.len());
                self.place = Place::AfterBoundary;
                return Ok(None);
            }
            let sure = end.unwrap_or_else(|| self.received.len() - self.begun());
            if sure > 0 {
                return Ok(Some(self.received.drain(..sure).collect()));
            }
            self.fill()?;
        }
    }

    /// How many bytes at the end of what was received may be the beginning of a boundary.
    fn begun(&self) -> usize {
        let lengths = (1..self.delimiter.len()).rev();
        let mut begun =
            lengths.filter(|&length| self.received.ends_with(&self.delimiter[..length]));
        begun.next().unwrap_or(0)
    }

    /// Reads once.
    fn fill(&mut self) -> Result<()> {
        let mut buffer = [0; READ];
        let count = loop {
            match self.input.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        if count == 0 {
            return Err(HttpError(400).into()); // it breaks off
        }
        self.received.extend(&buffer[..count]);
        Ok(())
    }
}

const WHITESPACE: [char; 2] = [' ', '\t'];

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// RFC 2046 section 5.1.1.
fn is_boundary(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && text.bytes().all(is_allowed) && !text.ends_with(' ')
}

/// Reads the rest of a line with a boundary, and the head of a part. `None` if it is malformed.
fn parse_head(head: &str) -> Option<Part> {
    let mut lines = head.split("\r\n");
    if !lines.next()?.trim_matches(WHITESPACE).is_empty() {
        return None;
    }
    let (mut disposition, mut content_type) = (None, None);
    for line in lines.take_while(|line| !line.is_empty()) {
        let (field, value) = line.split_once(':')?;
        if !is_name(field) || line.contains(['\r', '\n', '\0']) {
            return None;
        }
        let value = value.trim_matches(WHITESPACE);
        match field.to_ascii_lowercase().as_str() {
            "content-disposition" if disposition.is_none() => disposition = Some(value),
            "content-type" if content_type.is_none() => content_type = Some(value.to_owned()),
            "content-disposition" | "content-type" => return None,
            _ => {}
        }
    }
    let disposition = disposition?;
    let word = disposition.split(';').next()?;
    if !word.trim_matches(WHITESPACE).eq_ignore_ascii_case("form-data") {
        return None;
    }
    let parameters = parse_parameters(&disposition[word.len()..])?;
    let file_name = value_of(&parameters, "filename");
    Some(Part { name: value_of(&parameters, "name")?, file_name, content_type })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn value_of(parameters: &[(String, String)], name: &str) -> Option<String> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// Reads `; name="note"; filename=a.txt`. `None` if it is malformed, or a name comes twice.
fn parse_parameters(mut rest: &str) -> Option<Vec<(String, String)>> {
    let mut found: Vec<(String, String)> = Vec::new();
    while let Some(behind) = rest.strip_prefix(';') {
        rest = behind.trim_start_matches(WHITESPACE);
        if rest.is_empty() {
            break; // one more semicolon
        }
        let (name, behind) = rest.split_once('=')?;
        let name = name.to_ascii_lowercase();
        let value;
        (value, rest) = match behind.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (word, behind) = behind.split_at(behind.find(';').unwrap_or(behind.len()));
                let word = word.trim_end_matches(WHITESPACE);
                if word.is_empty() || word.contains(['"', ' ', '\t']) {
                    return None;
                }
                (word.to_owned(), behind)
            }
        };
        rest = rest.trim_start_matches(WHITESPACE);
        let is_known = found.iter().any(|(known, _)| *known == name);
        if is_known || !is_name(&name) || name.contains([';', '"']) {
            return None;
        }
        found.push((name, value));
    }
    rest.is_empty().then_some(found)
}

/// What stands for what in quotation marks.
const ESCAPES: [(&str, char); 7] = [
    (r#"\""#, '"'),
    (r"\\", '\\'),
    ("%22", '"'),
    ("%0D", '\r'),
    ("%0d", '\r'),
    ("%0A", '\n'),
    ("%0a", '\n'),
];

/// The text up to a quotation mark, and what follows that.
fn unquote(mut rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    loop {
        let escape = ESCAPES.iter().find(|(written, _)| rest.starts_with(written));
        if let Some((written, meant)) = escape {
            text.push(*meant);
            rest = &rest[written.len()..];
            continue;
        }
        let char = rest.chars().next()?;
        rest = &rest[char.len_utf8()..];
        if char == '"' {
            return Some((text, rest));
        }
        text.push(char);
    }
}
