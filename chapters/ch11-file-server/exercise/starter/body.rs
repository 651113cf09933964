use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor};
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
    /// How many bytes are still to come, if that is known: all of the bytes behind the cursor;
    /// all of the range; nobody knows it of pieces; the sum for a chain, if it is known of each.
    pub fn length(&self) -> Option<u64> {
        todo!("a `match` of four arms; `sum` can add up `Option`s")
    }

    /// Appends the next piece of the body to `out`; at its end, nothing.
    ///
    /// - Of bytes and of a file it has [`PIECE`] bytes or the rest, and they are then no longer
    ///   to come: the cursor moves, and so does the start of the range. A file may be shared,
    ///   so it is read where the range begins, wherever somebody else has left it.
    /// - A file that ends before its range is the error
    ///   [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof), with a text that has the word
    ///   `shorter` in it. What lies behind the range is not read.
    /// - Of pieces it is the next one that is not empty, an error as it is.
    /// - Of a chain it is the next piece of the first body that still has one. It may have fewer
    ///   bytes: a piece is of one body.
    pub fn next_piece(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        todo!("a `match` of four arms again; the last one calls itself")
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
