//! A text with what must not show masked.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::ops::Range;

use super::{find::Finder, shown::MASK};

/// The text, with [`MASK`] in the place of everything that is found in it.
pub(super) fn masked<'t>(text: &'t str, finder: Finder<'_>) -> Cow<'t, str> {
    let mut ranges = Vec::new();
    finder.each(text.as_bytes(), |range| push(&mut ranges, range));
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    ranges.sort_unstable_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut shown = 0;
    for range in ranges {
        // A part of a character is none.
        let (start, end) = (floor(text, range.start), ceil(text, range.end));
        if start > shown || out.is_empty() {
            out.push_str(text.get(shown..start).unwrap_or_default());
            out.push_str(MASK);
        }
        shown = shown.max(end);
    }
    out.push_str(text.get(shown..).unwrap_or_default());
    Cow::Owned(out)
}

/// Most ranges overlap the one before them: a secret's parts come one by one.
fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    match ranges.last_mut() {
        Some(last) if range.start >= last.start && range.start <= last.end => {
            last.end = last.end.max(range.end);
        }
        _ => ranges.push(range),
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}
