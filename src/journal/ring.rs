//! One part of a journal in memory: the latest entries, bounded by number and by bytes.

use std::collections::VecDeque;

use super::{
    browse::JournalQuery,
    entry::{JournalEntry, JournalPart},
};
use crate::time::Timestamp;

/// Entries under numbers that rise.
pub(super) struct Ring {
    entries: VecDeque<(u64, JournalEntry)>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

impl Ring {
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, most, most_bytes }
    }

    /// Takes an entry, and hands over those that have to go for it. One that has no room by itself goes alone.
    pub(super) fn push(&mut self, number: u64, entry: JournalEntry, mut gone: impl FnMut(u64, JournalEntry)) {
        if entry.bytes() > self.most_bytes {
            return gone(number, entry);
        }
        self.bytes += entry.bytes();
        self.entries.push_back((number, entry));
        while self.entries.len() > self.most || self.bytes > self.most_bytes {
            let Some((number, old)) = self.entries.pop_front() else { break };
            self.bytes -= old.bytes();
            gone(number, old);
        }
    }

    /// Changes the entry of this number, if it is there and `change` does.
    pub(super) fn change(&mut self, number: u64, change: impl FnOnce(&mut JournalEntry) -> bool) -> bool {
        let Ok(at) = self.entries.binary_search_by_key(&number, |(number, _)| *number) else { return false };
        let Some((_, entry)) = self.entries.get_mut(at) else { return false };
        let before = entry.bytes();
        let changed = change(entry);
        self.bytes = self.bytes - before + entry.bytes();
        changed
    }

    /// Forgets what of a part was over before a moment, and shows it.
    pub(super) fn forget(
        &mut self,
        part: JournalPart,
        before: Timestamp,
        mut gone: impl FnMut(u64, &JournalEntry),
    ) {
        let bytes = &mut self.bytes;
        self.entries.retain(|(number, entry)| {
            let stays = entry.part() != part || entry.last() >= before;
            if !stays {
                *bytes -= entry.bytes();
                gone(*number, entry);
            }
            stays
        });
    }

    /// What meets the query, the highest number first.
    pub(super) fn found<'a>(
        &'a self,
        query: &'a JournalQuery,
    ) -> impl Iterator<Item = &'a (u64, JournalEntry)> {
        let end = query.after.map_or(self.entries.len(), |after| {
            self.entries.partition_point(|(number, _)| *number < after.number())
        });
        self.entries.range(..end).rev().filter(|(_, entry)| query.is_met_by(entry))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
