//! Finds the span of an address among many: tables on the bits in which the spans' starts differ.
//!
//! One table splits all spans into buckets of about one span each. Where real allocations cluster (many blocks under
//! few parents) a bucket stays full; then it has a table of its own, over the bits in which its spans differ.

use alloc::{boxed::Box, vec, vec::Vec};
use core::hint::select_unpredictable;

/// An address as a number.
pub(super) trait Word: Copy + Ord {
    /// How far behind `base`; wraps where it lies before it.
    fn behind(self, base: Self) -> Self;
    /// The number's bits from `shift` on; few enough for an index.
    fn high(self, shift: u32) -> usize;
    /// How many bits the number has.
    fn width(self) -> u32;
    fn next(self) -> Option<Self>;
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            #[inline]
            fn behind(self, base: Self) -> Self {
                self.wrapping_sub(base)
            }

            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "tables have at most 2^MAX_BITS slots")]
            fn high(self, shift: u32) -> usize {
                self.checked_shr(shift).unwrap_or(0) as usize
            }

            #[inline]
            fn width(self) -> u32 {
                Self::BITS - self.leading_zeros()
            }

            #[inline]
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
        }
    };
}

word!(u32);
word!(u128);

/// First and last address.
pub(super) type Range<W> = (W, W);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table<W> {
    root: Node<W>,
    /// How far the last address lies behind the first.
    reach: W,
    /// The root again, and every bucket that is split.
    nodes: Box<[Node<W>]>,
    /// Of all nodes: the index of a bucket's first span, or [`CHILD`] and the index of the node that splits it. One
    /// more slot ends each node's.
    slots: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node<W> {
    /// The start of its first span.
    base: W,
    /// How far the start of its last span lies behind.
    extent: W,
    shift: u32,
    /// Its first slot.
    slots: u32,
    /// Its first span.
    spans: u32,
}

const CHILD: u32 = 1 << 31;
/// A bucket up to here is searched: five steps in about as many cache lines, which another table would cost too.
const FULL: usize = 32;
/// 4 MiB of slots, about what the caches next to a core hold.
const MAX_BITS: u32 = 20;
/// Tables under tables; clusters of clusters of clusters are searched.
const MAX_DEPTH: usize = 4;

impl<W: Word> Table<W> {
    /// `spans` are sorted, apart, at least one, and not so many that an index needs [`CHILD`]'s bit.
    pub(super) fn of(spans: &[Range<W>]) -> Option<Self> {
        let mut table = Growing { spans, nodes: Vec::new(), slots: Vec::new() };
        let mut full = vec![(None, 0, spans.len(), 1)];
        while let Some((slot, first, end, depth)) = full.pop() {
            table.split(slot, first, end, depth, &mut full);
        }
        let ((first, _), (_, last)) = (*spans.first()?, *spans.last()?);
        let (root, reach) = (*table.nodes.first()?, last.behind(first));
        Some(Self { root, reach, nodes: table.nodes.into(), slots: table.slots.into() })
    }

    /// Whether one of the spans that the table was made of holds `x`.
    #[inline]
    pub(super) fn contains(&self, spans: &[Range<W>], x: W) -> bool {
        if x.behind(self.root.base) > self.reach {
            return false;
        }
        self.candidate(spans, x).is_some_and(|&span| within(span, x))
    }

    /// The last span that starts at or before `x`: the only one that can hold it.
    #[inline]
    fn candidate<'s>(&self, spans: &'s [Range<W>], x: W) -> Option<&'s Range<W>> {
        let mut node = &self.root;
        loop {
            let slot = index(node.slots) + x.behind(node.base).min(node.extent).high(node.shift);
            let (&first, &end) = (self.slots.get(slot)?, self.slots.get(slot + 1)?);
            if first & CHILD == 0 {
                let end = if end & CHILD == 0 { end } else { self.nodes.get(index(end & !CHILD))?.spans };
                return search(spans, index(first).saturating_sub(1), index(end), x);
            }
            node = self.nodes.get(index(first & !CHILD))?;
            if x < node.base {
                return spans.get(index(node.spans).checked_sub(1)?);
            }
        }
    }
}

#[inline]
pub(super) fn within<W: Word>((first, last): Range<W>, x: W) -> bool {
    x.behind(first) <= last.behind(first)
}

/// The last span from `first` to `end` that starts at or before `x`; else the first of them.
#[inline]
fn search<W: Word>(spans: &[Range<W>], mut first: usize, end: usize, x: W) -> Option<&Range<W>> {
    let mut left = end.checked_sub(first)?;
    while left > 1 {
        let half = left / 2;
        let starts = spans.get(first + half).is_some_and(|span| span.0 <= x);
        first = select_unpredictable(starts, first + half, first);
        left -= half;
    }
    spans.get(first)
}

struct Growing<'a, W> {
    spans: &'a [Range<W>],
    nodes: Vec<Node<W>>,
    slots: Vec<u32>,
}

/// The slot that is to hold the node, its first span, the end of its spans, its depth.
type Full = (Option<usize>, usize, usize, usize);

impl<W: Word> Growing<'_, W> {
    /// Makes a node of the spans from `first` to `end` and notes its full buckets.
    fn split(&mut self, slot: Option<usize>, first: usize, end: usize, depth: usize, full: &mut Vec<Full>) {
        let spans = self.spans.get(first..end).unwrap_or_default();
        let (Some(lowest), Some(highest)) = (spans.first(), spans.last()) else { return };
        let (base, extent) = (lowest.0, highest.0.behind(lowest.0));
        let shift = shift(spans, base, extent);
        let size = extent.high(shift) + 1;
        if depth > 1 && 2 * (self.slots.len() + size) > 3 * self.spans.len() {
            return;
        }
        if let Some(slot) = slot.and_then(|slot| self.slots.get_mut(slot)) {
            *slot = CHILD | number(self.nodes.len());
        }
        let slots = self.slots.len();
        self.nodes.push(Node { base, extent, shift, slots: number(slots), spans: number(first) });
        let mut next = first;
        for bucket in 0..size {
            let start = next;
            let rest = spans.get(next - first..).unwrap_or_default();
            next += rest.iter().take_while(|span| span.0.behind(base).high(shift) == bucket).count();
            if next - start > FULL && depth < MAX_DEPTH {
                full.push((Some(self.slots.len()), start, next, depth + 1));
            }
            self.slots.push(number(start));
        }
        self.slots.push(number(end));
    }
}

/// So that there is about one slot for a span, and where spans cluster not many more than buckets in use.
fn shift<W: Word>(spans: &[Range<W>], base: W, extent: W) -> u32 {
    let bits = nearest_power(spans.len()).min(MAX_BITS);
    let shift = extent.width().saturating_sub(bits);
    let key = |span: &Range<W>| span.0.behind(base).high(shift);
    let used = 1 + spans.windows(2).filter(|pair| matches!(pair, [a, b] if key(a) != key(b))).count();
    let enough = (used.ilog2() + 3).min(bits);
    extent.width().saturating_sub(enough)
}

/// Of two, by its exponent.
fn nearest_power(count: usize) -> u32 {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(2);
    count.saturating_mul(count).ilog2().div_ceil(2)
}

#[inline]
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
