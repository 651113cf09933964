use crate::{HttpError, RequestBody, read_some};
use anyhow::{Result, ensure};
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
        Self { lower: 1, upper: 0 }
    }
}

impl Adler32 {
    /// Adds these bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.lower = (self.lower + u32::from(byte)) % 65521;
            self.upper = (self.upper + self.lower) % 65521;
        }
    }

    /// The sum: 16 bits of the upper half, and then 16 bits of the lower one.
    pub fn sum(&self) -> u32 {
        self.upper << 16 | self.lower
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
    let mut buffer = [0; 4096];
    let mut adler = Adler32::default();
    let mut length = 0;
    loop {
        let count = read_some(body, &mut buffer)?;
        if count == 0 {
            break;
        }
        adler.add(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        length += count as u64;
    }
    let fields = body.trailers().into_iter().flat_map(|trailers| trailers.get_all("Adler-32"));
    let fields: Vec<&[u8]> = fields.collect();
    let [field] = fields[..] else { return Err(HttpError(400).into()) };
    // A `parse` of the number would take a plus sign, and fewer digits.
    let expected = format!("{:08x}", adler.sum());
    ensure!(field.eq_ignore_ascii_case(expected.as_bytes()), HttpError(400));
    Ok(length)
}
