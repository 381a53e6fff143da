//! Rules compiled to merged, sorted spans: one binary search per address.

use alloc::{boxed::Box, vec::Vec};
use core::net::IpAddr;

use super::rule::{Rule, Span};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compiled {
    v4: Box<[(u32, u32)]>,
    v6: Box<[(u128, u128)]>,
}

impl Compiled {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for rule in rules {
            match rule.span() {
                Span::V4(first, last) => v4.push((first, last)),
                Span::V6(first, last) => v6.push((first, last)),
            }
        }
        Self { v4: merge(v4), v6: merge(v6) }
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => covered(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => covered(&self.v6, ip.to_bits()),
        }
    }
}

/// Overlapping spans become one. Touching ones may stay two: nobody can tell from outside.
fn merge<T: Ord + Copy>(mut spans: Vec<(T, T)>) -> Box<[(T, T)]> {
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let overlap = next.0 <= kept.1;
        if overlap {
            kept.1 = kept.1.max(next.1);
        }
        overlap
    });
    spans.into()
}

/// The last span that starts at or before `ip` is the only one that can hold it.
fn covered<T: Ord + Copy>(spans: &[(T, T)], ip: T) -> bool {
    let after = spans.partition_point(|span| span.0 <= ip);
    after.checked_sub(1).and_then(|index| spans.get(index)).is_some_and(|span| ip <= span.1)
}
