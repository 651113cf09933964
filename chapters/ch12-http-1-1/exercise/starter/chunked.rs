use crate::{Headers, MAX_HEAD, ParseError};

/// The longest line that says how long a chunk is, in bytes, with its extensions and without
/// its line end.
pub const MAX_CHUNK_LINE: usize = 256;
/// How many bytes of extensions a body may have in all its chunks.
pub const MAX_EXTENSIONS: usize = MAX_HEAD;

/// The bytes that send `piece` as a chunk: its length in hexadecimal digits, a line end, the
/// piece, and a line end (RFC 9112 section 7.1). They are appended to `out`. The digits are
/// small letters, without zeros before them.
///
/// An empty piece would be the last chunk, so nothing is sent for it.
pub fn encode_chunk(piece: &[u8], out: &mut Vec<u8>) {
    todo!("`format!` can write hexadecimal digits; and what about an empty piece?")
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
    /// The fields behind the last chunk.
    Trailers,
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
    /// What was not taken is there again at the start of the next `input`, and more behind it.
    /// Two zeros mean that nothing can be told without more input, or that the body
    /// [is complete](Self::trailers): what comes behind it is never taken.
    ///
    /// Offsets of errors are counted from where the body begins, and do not depend on how it was
    /// cut. The status is 400, but 431 for trailers that are too long or too many.
    ///
    /// | what is wrong | its offset is that of |
    /// |---|---|
    /// | no digit where a size begins; a byte behind it that is no `;` and no line end | that byte |
    /// | over 16 digits, whatever they are | the 17th |
    /// | in an extension, a control character that is no tab and no line end | that character |
    /// | a CR without LF, an LF without CR | the first of the two, the LF |
    /// | a line of over [`MAX_CHUNK_LINE`] bytes | the first byte that is too much |
    /// | extensions of over [`MAX_EXTENSIONS`] bytes, with each `;` | the `;` of the last one |
    /// | what follows the bytes of a chunk is no line end | where it must begin |
    /// | trailers: all that is a fault in the fields of a head | what [`parse_fields`](crate::parse_fields) says |
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), ParseError> {
        todo!("a loop with a `match` of the state, until nothing more can be told")
    }

    /// The fields that came behind the last chunk, as soon as the body is complete.
    pub fn trailers(&self) -> Option<&Headers> {
        todo!("only one of the states has them")
    }
}
