use crate::{Application, Environ};
use anyhow::Result;
use std::io::{Read, Write};

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
    todo!("four bytes, as many as they say, and the pairs in those")
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
pub fn uwsgi(application: &impl Application, conn: impl Read + Write) -> Result<()> {
    todo!("how long is the body, who reads it, and how does chapter 12 send an answer?")
}
