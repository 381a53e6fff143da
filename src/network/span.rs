//! The addresses from one to another, of one family.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

use super::problem::{InvalidRule, RuleProblem};

/// Both ends included, the first never behind the last. What lies in `::ffff:0:0/96` is IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Span {
    V4(u32, u32),
    V6(u128, u128),
}

impl Span {
    /// One address, mapped ones as IPv4.
    pub(super) fn single(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits(), ip.to_bits()),
            IpAddr::V6(ip) => Self::V6(ip.to_bits(), ip.to_bits()),
        }
    }

    pub(super) fn net(net: IpNet) -> Self {
        match (net.network().to_canonical(), net.broadcast().to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Self::V4(first.to_bits(), last.to_bits()),
            // A block that reaches beyond the mapped addresses is IPv6 and matches none of them.
            _ => match net {
                IpNet::V4(net) => Self::V4(net.network().to_bits(), net.broadcast().to_bits()),
                IpNet::V6(net) => Self::V6(net.network().to_bits(), net.broadcast().to_bits()),
            },
        }
    }

    pub(super) fn range(first: IpAddr, last: IpAddr) -> Result<Self, RuleProblem> {
        let span = match (first.to_canonical(), last.to_canonical()) {
            _ if first.is_ipv4() != last.is_ipv4() => return Err(RuleProblem::MixedFamilies),
            (IpAddr::V4(first), IpAddr::V4(last)) => Self::V4(first.to_bits(), last.to_bits()),
            (IpAddr::V6(first), IpAddr::V6(last)) => Self::V6(first.to_bits(), last.to_bits()),
            // One end mapped, the other not: the range would be half IPv4, half IPv6.
            _ => return Err(RuleProblem::MixedFamilies),
        };
        match span {
            Self::V4(first, last) if first > last => Err(RuleProblem::Reversed),
            Self::V6(first, last) if first > last => Err(RuleProblem::Reversed),
            span => Ok(span),
        }
    }

    pub(super) fn first(self) -> IpAddr {
        match self {
            Self::V4(first, _) => Ipv4Addr::from_bits(first).into(),
            Self::V6(first, _) => Ipv6Addr::from_bits(first).into(),
        }
    }

    pub(super) fn last(self) -> IpAddr {
        match self {
            Self::V4(_, last) => Ipv4Addr::from_bits(last).into(),
            Self::V6(_, last) => Ipv6Addr::from_bits(last).into(),
        }
    }

    /// `ip` is canonical: no mapped address.
    pub(super) fn contains(self, ip: IpAddr) -> bool {
        match (self, ip) {
            (Self::V4(first, last), IpAddr::V4(ip)) => (first..=last).contains(&ip.to_bits()),
            (Self::V6(first, last), IpAddr::V6(ip)) => (first..=last).contains(&ip.to_bits()),
            _ => false,
        }
    }

    /// Whether every address of `other` lies within.
    pub(super) fn covers(self, other: Self) -> bool {
        self.contains(other.first()) && self.contains(other.last())
    }

    pub(super) fn is_single(self) -> bool {
        self.first() == self.last()
    }

    /// The prefix length, if this is one block.
    pub(super) fn prefix(self) -> Option<u32> {
        let (hosts, aligned, width) = match self {
            Self::V4(first, last) => ((first ^ last).into(), first & last == first, u32::BITS),
            Self::V6(first, last) => (first ^ last, first & last == first, u128::BITS),
        };
        let ones = u128::BITS - hosts.leading_zeros();
        (aligned && hosts.count_ones() == ones).then(|| width - ones)
    }

    /// The least blocks that make up the span, in order.
    pub(super) fn nets(self) -> IpSubnets {
        match (self.first(), self.last()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => IpSubnets::V4(Ipv4Subnets::new(first, last, 0)),
            (first, last) => IpSubnets::V6(Ipv6Subnets::new(v6(first), v6(last), 0)),
        }
    }
}

fn v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

impl TryFrom<RangeInclusive<IpAddr>> for Span {
    type Error = InvalidRule;

    fn try_from(range: RangeInclusive<IpAddr>) -> Result<Self, InvalidRule> {
        Self::range(*range.start(), *range.end()).map_err(|problem| InvalidRule::at(0, problem))
    }
}

/// The canonical form: an address, a block where the span is one, else a range.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            _ if self.is_single() => self.first().fmt(f),
            Some(prefix) => write!(f, "{}/{prefix}", self.first()),
            None => write!(f, "{}-{}", self.first(), self.last()),
        }
    }
}
