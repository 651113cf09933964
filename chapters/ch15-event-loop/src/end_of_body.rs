use crate::{ChunkedDecoder, Framing, MAX_BODY};

/// Looks for the end of a body that is handed over as a whole.
pub(crate) struct EndOfBody {
    framing: Framing,
    /// Finds the end of a chunked body, which is decoded when it is there.
    decoder: ChunkedDecoder,
    looked_at: usize,
    decoded: usize,
}

impl EndOfBody {
    /// Of a body of which nothing has come.
    pub fn new(framing: Framing) -> Self {
        Self { framing, decoder: ChunkedDecoder::default(), looked_at: 0, decoded: 0 }
    }

    /// Whether a handler that wants the whole body need not wait, since all of it is there, or so
    /// much that it is too long, or malformed.
    pub fn has_come(&mut self, received: &[u8]) -> bool {
        match self.framing {
            Framing::Length(length) => length > MAX_BODY as u64 || received.len() as u64 >= length,
            Framing::Chunked => {
                let mut out = [0; 4096];
                loop {
                    match self.decoder.decode(&received[self.looked_at..], &mut out) {
                        Ok((0, _)) => return self.decoder.trailers().is_some(),
                        Ok((taken, count)) => {
                            self.looked_at += taken;
                            self.decoded += count;
                        }
                        Err(_) => return true,
                    }
                    if self.decoded > MAX_BODY {
                        return true;
                    }
                }
            }
        }
    }
}
