use crate::answered::answered;
use crate::{Application, Environ, Outgoing, Terms, Version};
use anyhow::{Context, Result, ensure};
use chrono::Utc;
use std::io::{self, ErrorKind, Read, Write};

/// Reads what a request begins with in the uwsgi protocol: a packet of variables.
///
/// | bytes | what they are |
/// |---|---|
/// | 1 | `modifier1`: 0; other numbers are for programs of another kind |
/// | 2 | how many bytes the pairs have; the lower byte comes first |
/// | 1 | `modifier2`, which says nothing here |
/// | as many | the pairs: length of the name in two bytes, the lower one first, and the name; the same for the value |
///
/// Not a byte behind the packet is read. It is an error if it breaks off, if the pairs do not end
/// where it ends, if a name is not UTF-8, and if `modifier1` is not 0.
pub fn read_packet(input: &mut impl Read) -> Result<Environ> {
    let mut head = [0; 4];
    input.read_exact(&mut head)?;
    let [modifier1, length0, length1, _] = head;
    ensure!(modifier1 == 0, "a packet for somebody else: modifier1 is {modifier1}");
    let mut packet = vec![0; u16::from_le_bytes([length0, length1]).into()];
    input.read_exact(&mut packet)?;
    let (mut environ, mut rest) = (Environ::default(), &packet[..]);
    while !rest.is_empty() {
        let (name, value) = (take(&mut rest)?, take(&mut rest)?);
        environ.set(str::from_utf8(name)?, value);
    }
    Ok(environ)
}

/// A length, and what has it.
fn take<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let cut = "a packet whose pairs do not end where it ends";
    let (&length, rest) = bytes.split_first_chunk().context(cut)?;
    let (taken, rest) = rest.split_at_checked(u16::from_le_bytes(length).into()).context(cut)?;
    *bytes = rest;
    Ok(taken)
}

/// Lets `application` answer the request that a web server has on `conn`, in the uwsgi protocol:
/// behind nginx's `uwsgi_pass`.
///
/// Behind the [packet](read_packet) comes the body, with as many bytes as `CONTENT_LENGTH` says. If
/// there is no such variable, or it is empty, there is no body; if it is no number, that is an
/// error, and nothing is said. The application reads the body while it comes; if it breaks off, a
/// read is `UnexpectedEof`. What the application leaves is read before the answer is sent.
/// [`answered`](crate::answered::answered) makes an answer of an error.
///
/// The answer is a response of HTTP as to a client of HTTP/1.0, sent piece by piece. It does not go
/// in chunks, which nginx 1.22 takes for the body; where its length is unknown, it ends with the
/// connection, which the caller closes. If the body of the answer fails, that is an error.
pub fn uwsgi(application: &impl Application, mut conn: impl Read + Write) -> Result<()> {
    let environ = read_packet(&mut conn)?;
    let left = match environ.text("CONTENT_LENGTH") {
        "" => 0,
        length => length.parse().context("CONTENT_LENGTH is no number")?,
    };
    let mut body = Body { conn: &mut conn, left };
    let outcome = application.answer(&environ, &mut body);
    io::copy(&mut body, &mut io::sink())?;
    let terms =
        Terms { method: environ.text("REQUEST_METHOD"), version: Version::Http10, keep: false };
    Outgoing::new(answered(outcome), &terms, Utc::now())?.send(&mut conn).1
}

/// The body of a request.
struct Body<'a, C> {
    conn: &'a mut C,
    /// How many bytes are still to come.
    left: u64,
}

impl<C: Read> Read for Body<'_, C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX)) {
            0 => return Ok(0),
            most => self.conn.read(&mut buffer[..most])?,
        };
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        Ok(count)
    }
}
