use crate::ParseError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

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
        match received {
            _ if received.starts_with(TEXT) => Self::parse_line(received),
            _ if received.starts_with(SIGNATURE) => Self::parse_binary(received),
            _ if TEXT.starts_with(received) || SIGNATURE.starts_with(received) => Ok(None),
            _ => Err(fault(0, "this does not begin with a PROXY header")),
        }
    }

    fn parse_line(received: &[u8]) -> Result<Option<Self>, ParseError> {
        let line = &received[..received.len().min(MAX_LINE)];
        let Some(end) = line.windows(2).position(|two| two == b"\r\n") else {
            return match line.len() < MAX_LINE {
                true => Ok(None),
                false => Err(fault(0, "the line of a PROXY header has no end")),
            };
        };
        let words: Vec<_> = line[TEXT.len()..end].split(|&byte| byte == b' ').collect();
        let addresses = match words[..] {
            [b"UNKNOWN", ..] => Some(None),
            [b"TCP4", a, b, c, d] => written::<Ipv4Addr>([a, b], [c, d]).map(Some),
            [b"TCP6", a, b, c, d] => written::<Ipv6Addr>([a, b], [c, d]).map(Some),
            _ => None,
        };
        let wrong = fault(0, "the line of a PROXY header is not as it should be");
        Ok(Some(Self { length: end + 2, addresses: addresses.ok_or(wrong)? }))
    }

    fn parse_binary(received: &[u8]) -> Result<Option<Self>, ParseError> {
        // Each byte is looked at as soon as it is there: what cannot become right is not waited
        // for.
        let begin = SIGNATURE.len();
        let Some(&command) = received.get(begin) else { return Ok(None) };
        let is_local = match command {
            0x20 => true,
            0x21 => false,
            _ => return Err(fault(begin, "another version, or an unknown command")),
        };
        let Some(&family) = received.get(begin + 1) else { return Ok(None) };
        if !is_local && (family >> 4 > 3 || family & 0xf > 2) {
            return Err(fault(begin + 1, "an unknown address family or protocol"));
        }
        let Some(&[high, low]) = received.get(begin + 2..begin + 4) else { return Ok(None) };
        let length = begin + 4 + usize::from(u16::from_be_bytes([high, low]));
        let needed = match family {
            0x11 if !is_local => 2 * 4 + 2 * 2,
            0x21 if !is_local => 2 * 16 + 2 * 2,
            _ => 0,
        };
        if length < begin + 4 + needed || length > MAX_PROXY_HEADER {
            return Err(fault(begin + 2, "too short for its addresses, or too long"));
        }
        let Some(block) = received.get(begin + 4..length) else { return Ok(None) };
        let addresses = match needed {
            0 => None,
            12 => packed::<4>(block),
            _ => packed::<16>(block),
        };
        Ok(Some(Self { length, addresses }))
    }
}

/// Two addresses and two ports, as version 1 writes them.
fn written<A: FromStr + Into<IpAddr>>(ips: [&[u8]; 2], ports: [&[u8]; 2]) -> Option<Addresses> {
    let ip = |word| str::from_utf8(word).ok()?.parse::<A>().ok();
    let socket =
        |place: usize| Some(SocketAddr::new(ip(ips[place])?.into(), decimal(ports[place])?));
    Some(Addresses { source: socket(0)?, destination: socket(1)? })
}

/// A port: digits, without a sign, and without a zero in front.
fn decimal(word: &[u8]) -> Option<u16> {
    let is_plain = word.iter().all(u8::is_ascii_digit) && (word == b"0" || !word.starts_with(b"0"));
    str::from_utf8(word).ok().filter(|_| is_plain)?.parse().ok()
}

/// The same as version 2 packs them, in addresses of `N` bytes; `None` if the block is too short.
fn packed<const N: usize>(block: &[u8]) -> Option<Addresses>
where
    IpAddr: From<[u8; N]>,
{
    let (source, block) = block.split_first_chunk::<N>()?;
    let (destination, block) = block.split_first_chunk::<N>()?;
    let (source_port, block) = block.split_first_chunk()?;
    let (destination_port, _) = block.split_first_chunk()?;
    let socket = |ip: &[u8; N], port: &[u8; 2]| {
        SocketAddr::new(IpAddr::from(*ip), u16::from_be_bytes(*port))
    };
    Some(Addresses {
        source: socket(source, source_port),
        destination: socket(destination, destination_port),
    })
}

fn fault(offset: usize, reason: &'static str) -> ParseError {
    ParseError { status: 400, offset, reason }
}
