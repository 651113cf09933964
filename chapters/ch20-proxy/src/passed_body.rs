use crate::{ChunkedDecoder, Framing, LAST_CHUNK, ParseError, encode_chunk};

/// How much of a chunked body is passed on in one chunk at most, in bytes.
const PIECE: usize = 16 * 1024;

/// The body of a request on its way through: what comes from the client is taken apart and put
/// together anew for the backend. Trailers and the extensions of chunks end here.
pub(crate) enum PassedBody {
    /// So many bytes are still to come.
    Length(u64),
    Chunked(ChunkedDecoder),
    /// Nothing.
    Over,
}

impl PassedBody {
    /// A body of which nothing has come.
    pub fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(0) => Self::Over,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(ChunkedDecoder::default()),
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// Moves what is there of it from `received` to `out`. What follows its end stays.
    pub fn take(&mut self, received: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), ParseError> {
        match self {
            Self::Over => {}
            Self::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(received.len());
                out.extend(received.drain(..count));
                *left -= count as u64;
                if *left == 0 {
                    *self = Self::Over;
                }
            }
            Self::Chunked(decoder) => {
                let mut piece = [0; PIECE];
                let mut taken = 0;
                loop {
                    let (count, length) = decoder.decode(&received[taken..], &mut piece)?;
                    if count == 0 {
                        break;
                    }
                    taken += count;
                    encode_chunk(&piece[..length], out);
                }
                received.drain(..taken);
                if decoder.trailers().is_some() {
                    out.extend_from_slice(LAST_CHUNK);
                    *self = Self::Over;
                }
            }
        }
        Ok(())
    }
}
