use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// How much of a file is in memory at once, in bytes.
pub const PIECE: u64 = 64 * 1024;

/// What follows the head of a response.
///
/// A handler describes it and reads nothing. Whoever owns the connection takes it piece
/// by piece, the next one when the client has taken the one before.
pub enum Body {
    /// What is in memory already, from where the cursor stands.
    Bytes(Cursor<Vec<u8>>),
    /// These bytes of a file, the first one being number 0. Bodies may share a file.
    File(Arc<File>, Range<u64>),
    /// Pieces of which nobody knows how many there will be.
    Pieces(Box<dyn Iterator<Item = io::Result<Vec<u8>>> + Send>),
    /// One body behind the other.
    Chain(VecDeque<Body>),
}

impl Body {
    /// How many bytes are still to come, if that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(left_in(bytes)),
            Self::File(_, range) => Some(range.end.saturating_sub(range.start)),
            Self::Pieces(_) => None,
            // One that is unknown makes the sum unknown.
            Self::Chain(bodies) => bodies.iter().map(Self::length).sum(),
        }
    }

    /// Appends the next piece of the body to `out`; at its end, nothing. A piece of bytes or
    /// of a file has [`PIECE`] bytes or the rest.
    ///
    /// A file that was longer when its range was chosen is an error
    /// ([`UnexpectedEof`](ErrorKind::UnexpectedEof)): a part must not pass for the whole.
    /// What was added to it is not in the range, and not read. After an error neither the
    /// body nor what was appended is of use.
    pub fn next_piece(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => {
                let count = PIECE.min(left_in(bytes));
                read_exactly(bytes, count, out)
            }
            Self::File(_, range) if range.is_empty() => Ok(()),
            Self::File(file, range) => {
                let count = PIECE.min(range.end - range.start);
                let mut file: &File = file;
                // Each time: who shares the file has read somewhere else.
                file.seek(SeekFrom::Start(range.start))?;
                read_exactly(&mut file, count, out).map_err(say_shorter)?;
                range.start += count;
                Ok(())
            }
            Self::Pieces(pieces) => {
                // An empty piece would be taken for the end.
                let next = pieces.find(|next| !matches!(next, Ok(bytes) if bytes.is_empty()));
                out.extend(next.transpose()?.unwrap_or_default());
                Ok(())
            }
            Self::Chain(bodies) => {
                let before = out.len();
                while out.len() == before
                    && let Some(body) = bodies.front_mut()
                {
                    body.next_piece(out)?;
                    if out.len() == before {
                        bodies.pop_front();
                    }
                }
                Ok(())
            }
        }
    }
}

fn left_in(bytes: &Cursor<Vec<u8>>) -> u64 {
    (bytes.get_ref().len() as u64).saturating_sub(bytes.position())
}

/// Appends the next `count` bytes, which are no more than [`PIECE`].
fn read_exactly(from: &mut impl Read, count: u64, out: &mut Vec<u8>) -> io::Result<()> {
    let before = out.len();
    out.resize(before + count as usize, 0);
    from.read_exact(&mut out[before..])
}

fn say_shorter(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the file has become shorter"),
        _ => error,
    }
}

impl Default for Body {
    /// Nothing.
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cursor::new(bytes))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            Some(length) => write!(f, "Body of {length} bytes"),
            None => f.write_str("Body of unknown length"),
        }
    }
}
