//! Names that are looked up by hash and listed in order.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use crate::encoding::scatter;

/// Names, sorted, each once. A look-up hashes the name and compares it with those of one bucket, one in most cases.
///
/// ```text
/// numbers = bucket starts (buckets + 1), names by bucket, ends of the names in the text
/// ```
///
/// Nobody chooses a seed: whoever makes names meet in one bucket has it searched by halves, as any sorted list.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Names {
    count: usize,
    /// How far a hash is shifted to give its bucket.
    shift: u32,
    text: Box<str>,
    numbers: Box<[u32]>,
}

/// A bucket up to here is looked at name by name.
const FEW: usize = 4;

impl Names {
    /// Of `sorted` names, each once.
    pub(crate) fn of<'n>(sorted: impl Iterator<Item = &'n str> + Clone) -> Self {
        let count = sorted.clone().count();
        let bits = count.max(2).next_power_of_two().ilog2();
        let (buckets, shift) = (1 << bits, u64::BITS - bits);
        let mut text = String::with_capacity(sorted.clone().map(str::len).sum());
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); buckets];
        let mut ends = Vec::with_capacity(count);
        for (index, name) in sorted.enumerate() {
            text.push_str(name);
            ends.push(number(text.len()));
            if let Some(bucket) = members.get_mut(bucket(name, shift)) {
                bucket.push(number(index));
            }
        }
        let mut numbers = Vec::with_capacity(buckets + 1 + 2 * count);
        let mut start = buckets + 1;
        for bucket in &members {
            numbers.push(number(start));
            start += bucket.len();
        }
        numbers.push(number(start));
        numbers.extend(members.iter().flatten());
        numbers.append(&mut ends);
        Self { count, shift, text: text.into(), numbers: numbers.into() }
    }

    /// Where `name` stands among them.
    #[inline]
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let bucket = bucket(name, self.shift);
        let (start, end) = (self.number(bucket)?, self.number(bucket + 1)?);
        let members = self.numbers.get(start..end)?;
        if members.len() > FEW {
            let found = members.binary_search_by(|member| self.get(index(*member)).cmp(&Some(name))).ok()?;
            return members.get(found).map(|member| index(*member));
        }
        members.iter().map(|member| index(*member)).find(|member| self.get(*member) == Some(name))
    }

    /// The name that stands there.
    #[inline]
    pub(crate) fn get(&self, position: usize) -> Option<&str> {
        let ends = self.numbers.len().checked_sub(self.count)?;
        let start = if position == 0 { 0 } else { self.number(ends + position - 1)? };
        self.text.get(start..self.number(ends + position)?)
    }

    /// All of them in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count).filter_map(|position| self.get(position))
    }

    #[inline]
    fn number(&self, at: usize) -> Option<usize> {
        self.numbers.get(at).map(|number| index(*number))
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::of(core::iter::empty())
    }
}

impl core::fmt::Debug for Names {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[inline]
fn bucket(name: &str, shift: u32) -> usize {
    usize::try_from(scatter(name.as_bytes()) >> shift).unwrap_or_default()
}

#[inline]
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// More than four billion of anything does not fit in memory beside the names; what would is not found.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    fn names(all: &[String]) -> Names {
        assert!(all.is_sorted());
        Names::of(all.iter().map(String::as_str))
    }

    #[test]
    fn every_name_is_found_where_it_stands_and_no_other_is() {
        for count in [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000] {
            let all: Vec<_> = (0..count).map(|number| format!("module.{number:04}")).collect();
            let names = names(&all);
            assert_eq!(names.iter().collect::<Vec<_>>(), all);
            for (position, name) in all.iter().enumerate() {
                assert_eq!(names.position(name), Some(position));
                assert_eq!(names.get(position), Some(name.as_str()));
                assert_eq!(names.position(&format!("{name}x")), None);
                assert_eq!(names.position(&name[1..]), None);
            }
            assert_eq!((names.get(count), names.position("")), (None, None));
        }
    }

    #[test]
    fn names_that_meet_in_one_bucket_are_found() {
        let shift = u64::BITS - 7;
        let candidates = (0..100_000).map(|number: u32| number.to_string());
        let mut all: Vec<_> = candidates.filter(|name| bucket(name, shift) == 5).take(100).collect();
        all.sort_unstable();
        let names = names(&all);
        assert_eq!((all.len(), names.shift), (100, shift));
        for (position, name) in all.iter().enumerate() {
            assert_eq!(names.position(name), Some(position));
            assert_eq!(names.position(&format!("{name}.")), None);
        }
    }

    #[test]
    fn neighbours_in_the_text_do_not_run_into_each_other() {
        let all = ["", "a", "ab", "abc", "b", "bc"].map(ToString::to_string);
        let names = names(&all);
        for (position, name) in all.iter().enumerate() {
            assert_eq!(names.position(name), Some(position));
        }
        assert_eq!(names.position("aab"), None);
    }
}
