//! Addresses compiled for the question whether one is among them.

use alloc::{boxed::Box, vec::Vec};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{
    rule::Rule,
    span::Span,
    table::{Range, Table, Word, within},
};

/// A set of addresses that answers whether one is among them, and nothing else: overlapping and neighbouring rules
/// become one span.
///
/// [`RuleSet`](crate::RuleSet) has one inside and keeps its rules besides. By itself it takes 8 bytes for a span of IPv4,
/// 32 for one of IPv6, and at most 8 more for large sets.
///
/// ```
/// use keyward::{AddressSet, Rule};
/// let set: AddressSet = ["10.0.0.0/25", "10.0.0.128/25", "2001:db8::/32"]
///     .iter()
///     .map(|rule| rule.parse::<Rule>())
///     .collect::<Result<_, _>>()?;
/// assert!(set.contains("::ffff:10.0.0.200".parse().expect("an address")));
/// assert_eq!(set.rules().map(|rule| rule.to_string()).collect::<Vec<_>>(), ["10.0.0.0/24", "2001:db8::/32"]);
/// # Ok::<(), keyward::InvalidRule>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressSet {
    v4: Spans<u32>,
    v6: Spans<u128>,
}

impl AddressSet {
    /// Whether the address is in the set. A mapped IPv6 address is the IPv4 address in it.
    #[inline]
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.has(ip.to_canonical())
    }

    /// The fewest rules that match the same addresses, in order, IPv4 before IPv6.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        let v4 = self.v4.spans.iter().map(|span| Span::V4(span.0, span.1));
        let v6 = self.v6.spans.iter().map(|span| Span::V6(span.0, span.1));
        v4.chain(v6).map(Rule::from)
    }

    /// `ip` is canonical.
    #[inline]
    pub(super) fn has(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.v4.contains(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.contains(ip.to_bits()),
        }
    }

    /// Whether every address of a family is in the set.
    pub(crate) fn has_a_whole_family(&self) -> bool {
        let v4 = Rule::from(Span::V4(Ipv4Addr::UNSPECIFIED.to_bits(), Ipv4Addr::BROADCAST.to_bits()));
        let v6 = Rule::from(Span::V6(Ipv6Addr::UNSPECIFIED.to_bits(), u128::MAX));
        self.rules().any(|rule| rule == v4 || rule == v6)
    }

    pub(super) fn of(all: impl IntoIterator<Item = Span>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for span in all {
            match span {
                Span::V4(first, last) => v4.push((first, last)),
                Span::V6(first, last) => v6.push((first, last)),
            }
        }
        Self { v4: Spans::merged(v4), v6: Spans::merged(v6) }
    }
}

impl FromIterator<Rule> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self::of(rules.into_iter().map(|rule| rule.span()))
    }
}

impl<'a> FromIterator<&'a Rule> for AddressSet {
    fn from_iter<I: IntoIterator<Item = &'a Rule>>(rules: I) -> Self {
        Self::of(rules.into_iter().map(Rule::span))
    }
}

impl FromIterator<IpNet> for AddressSet {
    fn from_iter<I: IntoIterator<Item = IpNet>>(nets: I) -> Self {
        Self::of(nets.into_iter().map(Span::net))
    }
}

/// Sorted, and with an address between any two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spans<W> {
    spans: Box<[Range<W>]>,
    /// Of more than [`FEW`].
    table: Option<Box<Table<W>>>,
}

/// Up to here looking at every span is faster than any search: no branch depends on the address.
const FEW: usize = 16;
/// Beyond it the table's indices do not reach; nobody has that many, and a search finds them too.
const MOST: usize = 1 << 30;

impl<W> Default for Spans<W> {
    fn default() -> Self {
        Self { spans: Box::default(), table: None }
    }
}

impl<W: Word> Spans<W> {
    fn merged(mut spans: Vec<Range<W>>) -> Self {
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let joins = next.0 <= kept.1 || kept.1.next() == Some(next.0);
            if joins {
                kept.1 = kept.1.max(next.1);
            }
            joins
        });
        let spans: Box<[_]> = spans.into();
        let table =
            (FEW < spans.len() && spans.len() < MOST).then(|| Table::of(&spans)).flatten().map(Box::new);
        Self { spans, table }
    }

    #[inline]
    fn contains(&self, x: W) -> bool {
        if let Some(table) = &self.table {
            return table.contains(&self.spans, x);
        }
        if self.spans.len() > FEW {
            let after = self.spans.partition_point(|span| span.0 <= x);
            let candidate = after.checked_sub(1).and_then(|index| self.spans.get(index));
            return candidate.is_some_and(|span| x <= span.1);
        }
        self.spans.iter().fold(false, |found, span| found | within(*span, x))
    }
}
