//! A hash table of a fixed room: it never grows, so nothing ever waits while it moves.

use std::{boxed::Box, vec};

/// What stands in a slot. Its home is a number that nobody outside can choose: a keyed hash.
pub(super) trait Slot: Copy {
    /// A slot with nothing in it.
    const EMPTY: Self;
    fn is_empty(&self) -> bool;
    fn home(&self) -> u32;
}

/// Open addressing with linear probing. What is taken out leaves no mark: those behind it move up.
pub(super) struct Table<S> {
    slots: Box<[S]>,
    used: usize,
    room: usize,
}

impl<S: Slot> Table<S> {
    /// For `room` slots with something in them.
    pub(super) fn new(room: usize) -> Self {
        Self { slots: vec![S::EMPTY; Self::slots(room)].into_boxed_slice(), used: 0, room }
    }

    /// Half as many again, and one: full, a search meets five of them on average, and always an empty one.
    pub(super) const fn slots(room: usize) -> usize {
        room.saturating_add(room / 2).saturating_add(1)
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn is_full(&self) -> bool {
        self.used >= self.room
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill(S::EMPTY);
        self.used = 0;
    }

    pub(super) fn get(&self, at: usize) -> Option<&S> {
        self.slots.get(at).filter(|slot| !slot.is_empty())
    }

    /// The slot of this home that `is` means.
    pub(super) fn find(&self, home: u32, is: impl Fn(&S) -> bool) -> Option<usize> {
        self.probe(self.start(home))
            .find(|at| self.get(*at).is_none_or(&is))
            .filter(|at| self.get(*at).is_some())
    }

    /// Changes a slot in its place; its home must stay.
    pub(super) fn at(&mut self, at: usize) -> Option<&mut S> {
        self.slots.get_mut(at).filter(|slot| !slot.is_empty())
    }

    /// Puts what is not there yet. `false` if there is no room.
    pub(super) fn insert(&mut self, slot: S) -> bool {
        if self.is_full() {
            return false;
        }
        let free = self.probe(self.start(slot.home())).find(|at| self.get(*at).is_none());
        let Some(empty) = free.and_then(|at| self.slots.get_mut(at)) else { return false };
        *empty = slot;
        self.used += 1;
        true
    }

    /// Empties a slot. Whoever stands behind it and would no longer be found moves into it; so a walk over all slots
    /// looks at this one again.
    pub(super) fn remove(&mut self, at: usize) -> Option<S> {
        let removed = *self.get(at)?;
        let mut hole = at;
        for next in self.probe(at).skip(1) {
            let Some(slot) = self.get(next).copied() else { break };
            let start = self.start(slot.home());
            if self.distance(start, next) >= self.distance(hole, next) {
                self.set(hole, slot);
                hole = next;
            }
        }
        self.set(hole, S::EMPTY);
        self.used -= 1;
        Some(removed)
    }

    fn set(&mut self, at: usize, slot: S) {
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    /// Spreads homes over the slots in their order, without a division.
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of slots")]
    fn start(&self, home: u32) -> usize {
        ((u128::from(home) * self.slots.len() as u128) >> u32::BITS) as usize
    }

    /// Every slot once, from `start` on.
    fn probe(&self, start: usize) -> impl Iterator<Item = usize> + use<S> {
        (start..self.slots.len()).chain(0..start)
    }

    /// Steps from one slot to another, onward.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.slots.len() - from }
    }
}

#[cfg(test)]
impl<S> Table<S> {
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, vec::Vec};

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Pair {
        home: u32,
        name: u32,
    }

    impl Slot for Pair {
        const EMPTY: Self = Self { home: 0, name: 0 };
        fn is_empty(&self) -> bool {
            self.name == 0
        }
        fn home(&self) -> u32 {
            self.home
        }
    }

    fn position(table: &Table<Pair>, pair: Pair) -> Option<usize> {
        table.find(pair.home, |held| *held == pair)
    }

    /// Few homes, so that those who share one stand in the way of the others, and both ends, where a search wraps.
    #[test]
    fn whoever_is_in_it_is_found_however_often_others_leave() {
        let homes = [0, 1, u32::MAX / 3, u32::MAX / 2, u32::MAX - 1, u32::MAX];
        let (mut table, mut model) = (Table::new(20), HashSet::new());
        let mut state = 7u64;
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = state >> 33;
            let home = homes[usize::try_from(drawn % 6).unwrap()];
            let pair = Pair { home, name: u32::try_from(drawn / 6 % 9 + 1).unwrap() };
            match position(&table, pair) {
                Some(at) => {
                    assert_eq!(table.remove(at), Some(pair), "step {step}");
                    assert!(model.remove(&pair), "step {step}");
                }
                None => assert_eq!(table.insert(pair), model.len() < 20 && model.insert(pair), "step {step}"),
            }
            assert_eq!(table.used(), model.len());
            assert!(model.iter().all(|pair| position(&table, *pair).is_some()), "step {step}");
        }
    }

    #[test]
    fn a_walk_that_looks_again_where_it_removed_meets_everyone() {
        for last in 0..12 {
            let mut table = Table::new(12);
            for name in 1..=12 {
                let home = if name <= last { u32::MAX } else { name * 100_000_000 };
                assert!(table.insert(Pair { home, name }));
            }
            let mut met = Vec::new();
            let mut at = 0;
            while at < Table::<Pair>::slots(12) {
                match table.get(at).copied() {
                    Some(pair) if pair.name % 2 == 1 => {
                        table.remove(at);
                        met.push(pair.name);
                    }
                    _ => at += 1,
                }
            }
            met.sort_unstable();
            assert_eq!(met, [1, 3, 5, 7, 9, 11], "{last} at the last slot");
            assert_eq!(table.used(), 6);
        }
    }

    #[test]
    fn a_table_without_room_takes_nothing_and_finds_nothing() {
        let mut table = Table::new(0);
        assert!(!table.insert(Pair { home: 5, name: 1 }));
        assert_eq!(table.find(5, |_| true), None);
        assert_eq!(table.remove(0), None);
    }
}
