//! Which of many rules matches an address.

use alloc::{collections::BinaryHeap, vec::Vec};
use core::{cmp::Reverse, net::IpAddr};

use super::{client::ClientAddr, rule::Rule, span::Span, table::Word};

/// Finds the first rule that matches, by search instead of by looking at every rule. Made by
/// [`RuleSet::index`](crate::RuleSet::index).
///
/// ```
/// use keyward::{Allowlist, ClientAddr};
/// let Allowlist::Only(set) = Allowlist::parse("10.0.0.0/8\n10.1.0.0/16")? else { unreachable!() };
/// let index = set.index();
/// let from = |ip: &str| ClientAddr::direct(ip.parse().expect("an address"));
/// assert_eq!(index.matching(from("10.1.2.3")).map(ToString::to_string), Some("10.0.0.0/8".into()));
/// assert_eq!(index.matching(from("192.0.2.1")), None);
/// # Ok::<(), keyward::InvalidRules>(())
/// ```
#[derive(Clone, Debug)]
pub struct RuleIndex<'a> {
    rules: &'a [Rule],
    v4: Vec<Segment<u32>>,
    v6: Vec<Segment<u128>>,
}

/// From this address to the next segment's this rule is the first that matches, or none.
type Segment<W> = (W, Option<usize>);

impl<'a> RuleIndex<'a> {
    pub(super) fn of(rules: &'a [Rule]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (rule, span) in rules.iter().map(Rule::span).enumerate() {
            match span {
                Span::V4(first, last) => v4.push((first, last, rule)),
                Span::V6(first, last) => v6.push((first, last, rule)),
            }
        }
        Self { rules, v4: segments(v4), v6: segments(v6) }
    }

    /// The first rule, in the list's order, that matches; `None` if the list does not admit the client.
    pub fn matching(&self, client: ClientAddr) -> Option<&'a Rule> {
        let rule = match client.listed()? {
            IpAddr::V4(ip) => at(&self.v4, ip.to_bits()),
            IpAddr::V6(ip) => at(&self.v6, ip.to_bits()),
        };
        self.rules.get(rule?)
    }
}

fn at<W: Word>(segments: &[Segment<W>], x: W) -> Option<usize> {
    let after = segments.partition_point(|segment| segment.0 <= x);
    segments.get(after.checked_sub(1)?)?.1
}

/// Goes through the addresses at which a rule begins or has ended, with the rules in force in a heap.
fn segments<W: Word>(mut spans: Vec<(W, W, usize)>) -> Vec<Segment<W>> {
    spans.sort_unstable();
    let mut edges: Vec<W> = spans.iter().flat_map(|span| [Some(span.0), span.1.next()]).flatten().collect();
    edges.sort_unstable();
    edges.dedup();
    let (mut coming, mut open) = (spans.into_iter().peekable(), BinaryHeap::new());
    let mut segments: Vec<Segment<W>> = Vec::new();
    for edge in edges {
        while let Some((_, last, rule)) = coming.next_if(|span| span.0 <= edge) {
            open.push(Reverse((rule, last)));
        }
        while open.peek().is_some_and(|Reverse((_, last))| *last < edge) {
            open.pop();
        }
        let rule = open.peek().map(|Reverse((rule, _))| *rule);
        if segments.last().is_none_or(|segment| segment.1 != rule) {
            segments.push((edge, rule));
        }
    }
    segments
}
