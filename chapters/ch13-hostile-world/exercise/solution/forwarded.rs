use crate::{Headers, Network};
use std::net::IpAddr;
use std::str;

/// Who asks, if there are proxies between us.
///
/// Behind a reverse proxy all connections come from the proxy, and every limit for a network is
/// a limit for all. So proxies write whom they speak for into `X-Forwarded-For`: each appends
/// the address of its own client to the list (`client, first proxy, second proxy`). But so may
/// anybody, and what a stranger wrote stands in front of what our proxies append. So the list
/// is read from its end, as long as those who wrote it are trusted:
///
/// - Who connects to us is `peer`. If its network is not among `trusted`, it is the client,
///   whatever the header says.
/// - If it is, the last address of the list is the one that it speaks for. If that one is
///   trusted too, it has written the one before, and so on. The client is the first that is not
///   trusted.
/// - If nothing is left of the list, or what stands there is no address, the client is the last
///   one that was found.
///
/// Several fields of that name are one list, in their order (RFC 9110 section 5.3). Between
/// commas there may be spaces and tabs; if there is nothing else, it is passed over. An address
/// is what [`IpAddr`] parses and nothing else: no port, no brackets, no name. It is given as it
/// was written, in IPv6's form too.
pub fn client_address(peer: IpAddr, headers: &Headers, trusted: &[Network]) -> IpAddr {
    let fields: Vec<&[u8]> = headers.get_all("X-Forwarded-For").collect();
    let list = fields.join(&b","[..]);
    let mut items = list.rsplit(|&byte| byte == b',').filter_map(|item| {
        let is_space = |&byte: &u8| byte == b' ' || byte == b'\t';
        let start = item.iter().position(|byte| !is_space(byte))?;
        let end = item.iter().rposition(|byte| !is_space(byte))?;
        Some(&item[start..=end])
    });
    let mut client = peer;
    while trusted.contains(&Network::from(client)) {
        let item = items.next().and_then(|item| str::from_utf8(item).ok());
        let Some(address) = item.and_then(|item| item.parse().ok()) else { break };
        client = address;
    }
    client
}
