//! The key index: what look-ups read.

use std::{
    array,
    boxed::Box,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

use hashbrown::HashTable;

use super::cell::Cell;
use crate::{encoding::folded, id::KeyId, subject::Subject};

/// One for every value of a byte. Two threads meet in one of 256 look-ups, and a shard of a store of a million users
/// grows in a tenth of a millisecond.
const SHARDS: usize = 1 << u8::BITS;

/// Every key id is hashed once: one byte of the hash says which shard, four others where in it.
pub(super) struct Index {
    seed: Seed,
    shards: Box<[Shard; SHARDS]>,
}

/// Two random numbers of this store's own, so that nobody can tell which key ids meet in it.
///
/// Where callers could fill the maps, std's `SipHash` would be called for; here the application does, and callers only
/// ask. Folding products is three times faster.
struct Seed(u64, u64);

impl Seed {
    fn new() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(0), random.hash_one(1))
    }

    #[inline]
    fn hash(&self, key: &KeyId) -> u64 {
        let mut words = key.words();
        let mut hash = self.0;
        while let Some(word) = words.next() {
            hash = folded(hash ^ word, self.1 ^ words.next().unwrap_or_default());
        }
        folded(hash, self.1)
    }
}

/// On lines of its own: processors fetch 64 bytes in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Shard(RwLock<HashTable<Slot>>);

/// A row, and its part of the hash: a table that grows does not go through its rows.
struct Slot {
    mark: u32,
    /// Of a held row's account. It would take four billion changes of an account between two look-ups to come round.
    version: u32,
    row: Row,
}

/// What stands under a key id, for good.
pub(super) enum Row {
    Held(Held),
    /// No record has it any more, and none will.
    Tombstone(Box<KeyId>),
}

/// A subject, and the cell that says whether its account is the current one.
pub(super) struct Held {
    cell: Arc<Cell>,
    subject: Subject,
}

impl Held {
    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl Row {
    #[inline]
    fn is_of(&self, key: &KeyId) -> bool {
        match self {
            Self::Held(held) => held.subject.credential().is(key),
            Self::Tombstone(id) => **id == *key,
        }
    }
}

impl Slot {
    /// The subject, if it is of the account as it is now.
    fn current(&self) -> Option<Subject> {
        match &self.row {
            Row::Held(held) if self.version == held.cell.version() => Some(held.subject.clone()),
            _ => None,
        }
    }

    fn refreshed(&mut self) -> Option<Subject> {
        let Row::Held(held) = &mut self.row else { return None };
        if self.version != held.cell.version() {
            let (version, account) = held.cell.read();
            (self.version, held.subject) = (version, held.subject.under(account));
        }
        Some(held.subject.clone())
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { seed: Seed::new(), shards: Box::new(array::from_fn(|_| Shard::default())) }
    }
}

impl Index {
    pub(super) fn find(&self, key: KeyId) -> Option<Subject> {
        let (shard, mark) = self.place(&key);
        {
            let held = shard.read().unwrap_or_else(PoisonError::into_inner);
            let slot = held.find(spread(mark), |slot| slot.row.is_of(&key))?;
            if let Some(subject) = slot.current() {
                return Some(subject);
            }
        }
        let mut held = shard.write().unwrap_or_else(PoisonError::into_inner);
        held.find_mut(spread(mark), |slot| slot.row.is_of(&key))?.refreshed()
    }

    /// What `look` makes of the row under `key`.
    pub(super) fn at<T>(&self, key: KeyId, look: impl FnOnce(Option<&Row>) -> T) -> T {
        let (shard, mark) = self.place(&key);
        let held = shard.read().unwrap_or_else(PoisonError::into_inner);
        look(held.find(spread(mark), |slot| slot.row.is_of(&key)).map(|slot| &slot.row))
    }

    /// Puts a subject that was built of the account that `cell` had at `version`.
    pub(super) fn hold(&self, cell: Arc<Cell>, version: u32, subject: Subject) {
        self.put(subject.key_id(), version, Row::Held(Held { cell, subject }));
    }

    pub(super) fn bury(&self, key: KeyId) {
        self.put(key, 0, Row::Tombstone(Box::new(key)));
    }

    fn put(&self, key: KeyId, version: u32, row: Row) {
        let (shard, mark) = self.place(&key);
        let slot = Slot { mark, version, row };
        let mut held = shard.write().unwrap_or_else(PoisonError::into_inner);
        match held.find_mut(spread(mark), |slot| slot.row.is_of(&key)) {
            Some(found) => *found = slot,
            None => drop(held.insert_unique(spread(mark), slot, |slot| spread(slot.mark))),
        }
    }

    #[allow(clippy::indexing_slicing, reason = "there is a shard for every byte")]
    fn place(&self, key: &KeyId) -> (&RwLock<HashTable<Slot>>, u32) {
        let [byte, a, b, c, d, ..] = self.seed.hash(key).to_le_bytes();
        (&self.shards[usize::from(byte)].0, u32::from_le_bytes([a, b, c, d]))
    }
}

/// Tables take their places from the low bits of a hash and their tags from the high ones.
fn spread(mark: u32) -> u64 {
    u64::from(mark) << u32::BITS | u64::from(mark)
}
