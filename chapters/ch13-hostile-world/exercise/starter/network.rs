use std::net::IpAddr;

/// Whose connections are counted together.
///
/// An address of IPv4 stands for one household at least: behind a router that translates
/// addresses (NAT) all its people have the same. Of IPv6 a household is given 2^64 addresses or
/// more, so the first 64 bits count (RFC 6177 section 2). An IPv4 address that is written in
/// IPv6's form is the same as without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        todo!("first the form, and then the bits that count")
    }
}
