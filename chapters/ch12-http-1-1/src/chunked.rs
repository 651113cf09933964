use crate::{Headers, MAX_HEAD, ParseError, may_end_line, parse_fields};
use std::mem;

/// The longest line that says how long a chunk is, in bytes, with its extensions and without
/// its line end.
pub const MAX_CHUNK_LINE: usize = 256;
/// How many bytes of extensions a body may have in all its chunks.
pub const MAX_EXTENSIONS: usize = MAX_HEAD;

/// The bytes that send `piece` as a chunk: its length in hexadecimal digits, a line end, the
/// piece, and a line end (RFC 9112 section 7.1).
///
/// An empty piece would be the last chunk, so nothing is sent for it.
pub fn encode_chunk(piece: &[u8], out: &mut Vec<u8>) {
    if !piece.is_empty() {
        out.extend(format!("{:x}\r\n", piece.len()).as_bytes());
        out.extend(piece);
        out.extend(b"\r\n");
    }
}

/// The last chunk, and no trailers behind it.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Takes a chunked body apart, whatever pieces its bytes arrive in.
///
/// Sizes have up to 16 hexadecimal digits and nothing else: no sign, no `0x`, no space. Lines
/// end with CR LF and nothing else. Extensions (`5;name=value`) mean nothing to us and are
/// passed over, within [`MAX_CHUNK_LINE`] and [`MAX_EXTENSIONS`].
#[derive(Debug)]
pub struct ChunkedDecoder {
    state: State,
    /// How many bytes were decoded until now, with sizes and line ends.
    consumed: u64,
    /// How many bytes of extensions there were.
    extensions: usize,
}

/// What comes next.
#[derive(Debug)]
enum State {
    /// The line with a size.
    Size,
    /// So many bytes of a chunk.
    Data(u64),
    /// The line end behind a chunk.
    DataEnd,
    /// The fields behind the last chunk. So many bytes of them have been looked at.
    Trailers(usize),
    /// Nothing: the body is complete, and these are its trailers.
    End(Headers),
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self { state: State::Size, consumed: 0, extensions: 0 }
    }
}

impl ChunkedDecoder {
    /// Decodes what it can of `input`, at most `out.len()` bytes of the body, and returns how
    /// many bytes of the input that took and how many of the body are in `out`.
    ///
    /// Two zeros mean that nothing can be told without more input, or that the body
    /// [is complete](Self::trailers). Offsets of errors are counted from where the body begins. The
    /// status is 400, but 431 for trailers that are too long or too many.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), ParseError> {
        let mut taken = 0;
        loop {
            let rest = &input[taken..];
            let count = match &mut self.state {
                State::Data(left) => {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX);
                    let count = length.min(rest.len()).min(out.len());
                    out[..count].copy_from_slice(&rest[..count]);
                    *left -= count as u64;
                    if *left == 0 {
                        self.state = State::DataEnd;
                    }
                    self.consumed += count as u64;
                    return Ok((taken + count, count));
                }
                State::Size => self.size_line(rest),
                State::DataEnd => self.data_end(rest),
                State::Trailers(seen) => {
                    let seen = mem::replace(seen, rest.len());
                    self.trailer_section(rest, seen)
                }
                State::End(_) => Ok(0),
            };
            match count.map_err(|fault| self.place(fault))? {
                0 => return Ok((taken, 0)),
                count => {
                    self.consumed += count as u64;
                    taken += count;
                }
            }
        }
    }

    /// The fields that came behind the last chunk, as soon as the body is complete.
    pub fn trailers(&self) -> Option<&Headers> {
        match &self.state {
            State::End(trailers) => Some(trailers),
            _ => None,
        }
    }

    /// Goes over the line with a size, if it is there, and returns its length.
    fn size_line(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        let line = &input[..input.len().min(MAX_CHUNK_LINE + 1)];
        let digits = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
        if digits > 16 {
            return Err(fault(16, "a chunk size of more than 16 digits"));
        }
        if digits == line.len() {
            return Ok(0); // another digit may follow
        }
        if digits == 0 {
            return Err(fault(0, "not a chunk size"));
        }
        let extensions = &line[digits..];
        let end = match extensions[0] {
            b'\r' => 0,
            b';' => match extensions
                .iter()
                .position(|&byte| byte != b'\t' && byte.is_ascii_control())
            {
                Some(end) => end,
                None if line.len() > MAX_CHUNK_LINE => {
                    return Err(fault(MAX_CHUNK_LINE, "the extensions of a chunk are too long"));
                }
                None => return Ok(0),
            },
            _ => return Err(fault(digits, "not a chunk size")),
        };
        if !ends_line(&input[digits + end..]).map_err(|reason| fault(digits + end, reason))? {
            return Ok(0);
        }
        self.extensions += end;
        if self.extensions > MAX_EXTENSIONS {
            return Err(fault(digits, "the extensions of all chunks are too long"));
        }
        let digits = str::from_utf8(&line[..digits]).unwrap_or_default();
        self.state = match u64::from_str_radix(digits, 16) {
            Ok(0) => State::Trailers(0),
            Ok(size) => State::Data(size),
            Err(_) => return Err(fault(0, "not a chunk size")),
        };
        Ok(digits.len() + end + 2)
    }

    /// Goes over the line end behind a chunk.
    fn data_end(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        let too_long = "a chunk is longer than its size";
        match ends_line(input).map_err(|_| fault(0, too_long))? {
            true => {
                self.state = State::Size;
                Ok(2)
            }
            false => Ok(0),
        }
    }

    /// Goes over the fields behind the last chunk, which keep the rules of a head.
    fn trailer_section(&mut self, input: &[u8], seen: usize) -> Result<usize, ParseError> {
        // To parse them again for each byte of a slow client would be much work.
        if input.len() < MAX_HEAD && !may_end_line(input, seen) {
            return Ok(0);
        }
        match parse_fields(input, 0)? {
            Some(fields) => {
                self.state = State::End(fields.headers);
                Ok(fields.end)
            }
            None => Ok(0),
        }
    }

    /// A fault, counted from where the body begins.
    fn place(&self, fault: ParseError) -> ParseError {
        ParseError { offset: fault.offset + self.consumed as usize, ..fault }
    }
}

fn fault(offset: usize, reason: &'static str) -> ParseError {
    ParseError { status: 400, offset, reason }
}

/// Whether `input` begins with a line end; an error if what is there is none.
fn ends_line(input: &[u8]) -> Result<bool, &'static str> {
    match input {
        [b'\r', b'\n', ..] => Ok(true),
        [] | [b'\r'] => Ok(false),
        [b'\r', ..] => Err("a CR without LF"),
        [b'\n', ..] => Err("an LF without CR"),
        _ => Err("a control character"),
    }
}
