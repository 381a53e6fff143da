//! Where the calls of one record came from.

use core::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use crate::network::ClientAddr;

/// Where the calls that a record stands for came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallSource {
    /// One address.
    Address(IpAddr),
    /// Several addresses of one IPv6 /64, which is what one subscriber has.
    Network(Ipv6Addr),
    /// More than are kept apart.
    Many,
    /// It could not be told.
    Unknown,
}

/// The first half of an IPv6 address. The second is its owner's to choose (RFC 4291 §2.5.4), so whoever sends from one
/// address after the other is one source.
const NETWORK: u128 = !0 << 64;

impl CallSource {
    pub(super) fn of(client: ClientAddr) -> Self {
        client.ip().map_or(Self::Unknown, Self::Address)
    }

    /// By what repeated calls are counted together: an IPv4 address or an IPv6 /64.
    pub(super) fn grouped(self) -> Self {
        match self {
            Self::Address(IpAddr::V6(address)) => {
                Self::Network(Ipv6Addr::from_bits(address.to_bits() & NETWORK))
            }
            other => other,
        }
    }

    /// Where this and another of the same source came from together.
    pub(super) fn with(self, other: Self) -> Self {
        if self == other { self } else { self.grouped() }
    }
}

impl fmt::Display for CallSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(ip) => ip.fmt(f),
            Self::Network(ip) => write!(f, "{ip}/64"),
            Self::Many => f.pad("many"),
            Self::Unknown => f.pad("unknown"),
        }
    }
}
