use crate::ParseError;
use std::net::SocketAddr;

/// How long a header may be, in bytes. The specification knows no other limit than what 16 bits
/// hold; ours is more than anybody has to say.
pub const MAX_PROXY_HEADER: usize = 4096;

/// What a header of version 1 begins with.
const TEXT: &[u8] = b"PROXY ";

/// What a header of version 2 begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// How long a header of version 1 may be, with its line end.
const MAX_LINE: usize = 107;

/// What a proxy says that passes bytes on without understanding them, and so cannot add a field to
/// a request: before the first byte of a connection, for whom it has made it.
///
/// That is the PROXY protocol of haproxy (`proxy-protocol.txt` of 2020/03/05). Whoever reads it
/// believes it; so it is read where only proxies connect, and there from each of them. Not to find
/// one is an error there, and never a connection without one (section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// How many bytes it has. What follows them is the client's.
    pub length: usize,
    /// Between whom the connection is. `None` if it is for nobody else, as when the proxy looks
    /// whether we work, or if the other one does not speak TCP: then the socket's own addresses
    /// count.
    pub addresses: Option<Addresses>,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The client's.
    pub source: SocketAddr,
    /// Where it has connected to.
    pub destination: SocketAddr,
}

impl ProxyHeader {
    /// Finds the header at the start of what was `received`; `None` if more must come to say what
    /// it is.
    ///
    /// | version | what it is |
    /// |---|---|
    /// | 1 (section 2.1) | a line of at most 107 bytes with its CR LF, `PROXY TCP4 192.0.2.1 192.0.2.9 50000 80`: two addresses and two ports, or the same with `TCP6`. Between two words there is one space, and a number has no zero in front. Behind `UNKNOWN` and a space may stand anything, which is passed over |
    /// | 2 (section 2.2) | the 12 bytes of the signature; `0x20` if it is for nobody else (LOCAL), or `0x21`; address family (0 to 3) and protocol (0 to 2) in the halves of a byte; two bytes with the length of all that follows: addresses and ports, and behind them what is passed over |
    ///
    /// Of version 2, TCP over IPv4 (`0x11`) and IPv6 (`0x21`) have addresses for us; what others
    /// have is passed over. With LOCAL the family counts for nothing, not even if it is wrong. All
    /// that is passed over belongs to the length.
    ///
    /// Anything else is an error. It comes as soon as the bytes are there that cannot be right: the
    /// first one that begins neither version, or one of the four behind the signature, as when a
    /// length is too small for the addresses, or makes the header longer than
    /// [`MAX_PROXY_HEADER`]. A line is judged when its end is there, or 107 bytes without one.
    pub fn parse(received: &[u8]) -> Result<Option<Self>, ParseError> {
        todo!("which version is it, is it all there, and can it be right?")
    }
}

fn fault(offset: usize, reason: &'static str) -> ParseError {
    ParseError { status: 400, offset, reason }
}
