use crate::RequestBody;
use anyhow::Result;
use std::io::Write;

/// The sum Adler-32 (RFC 1950 section 8.2) of bytes that come piece by piece.
///
/// Of no bytes, the lower half is 1 and the upper half is 0. Each byte is added to the lower
/// half, and the lower half is then added to the upper one; both are kept below 65521, by what
/// is left of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adler32 {
    lower: u32,
    upper: u32,
}

impl Default for Adler32 {
    fn default() -> Self {
        todo!("the sum of no bytes")
    }
}

impl Adler32 {
    /// Adds these bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        todo!("the lower half first")
    }

    /// The sum: 16 bits of the upper half, and then 16 bits of the lower one.
    pub fn sum(&self) -> u32 {
        todo!("two halves, one number")
    }
}

/// Reads `body` to its end and writes it to `to` while it comes. Returns how many bytes it has.
///
/// The client does not know the sum before it has sent the last byte, so it stands in the
/// trailers: one field `Adler-32`, with the sum in eight hexadecimal digits, whatever their case.
/// If there is none or more than one, if it has another form or is another sum, that is
/// [`HttpError`](crate::HttpError) with 400. A body that has a `Content-Length` has no trailers;
/// what stands in the head does not count.
///
/// An error of `body` or of `to` is returned as it is. The body may be larger than memory.
pub fn receive_checked(body: &mut RequestBody<'_>, to: &mut impl Write) -> Result<u64> {
    todo!("read a piece, add it, write it; and when all is there, the trailers")
}
