//! The key index: what look-ups read.

use std::{
    array,
    boxed::Box,
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, PoisonError, RwLock},
};

use super::cell::Cell;
use crate::{id::KeyId, subject::Subject};

/// One for every value of a byte. Two threads meet in one of 256 look-ups, and a shard of a store of a million users
/// grows in a tenth of a millisecond.
const SHARDS: usize = 1 << u8::BITS;

pub(super) struct Index {
    seed: RandomState,
    shards: Box<[Shard; SHARDS]>,
}

/// On lines of its own: processors fetch 64 bytes in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Shard(RwLock<HashMap<KeyId, Row>>);

/// What stands under a key id, for good.
pub(super) enum Row {
    Held(Held),
    /// No record has it any more, and none will.
    Tombstone,
}

/// A subject, and the cell that says whether its account is the current one.
pub(super) struct Held {
    cell: Arc<Cell>,
    version: usize,
    subject: Subject,
}

impl Held {
    /// A subject that was built of the account that `cell` had at `version`.
    pub(super) fn new(cell: Arc<Cell>, version: usize, subject: Subject) -> Self {
        Self { cell, version, subject }
    }

    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    fn is_current(&self) -> bool {
        self.version == self.cell.version()
    }

    fn refresh(&mut self) -> Subject {
        if !self.is_current() {
            let (version, account) = self.cell.read();
            (self.version, self.subject) = (version, self.subject.under(account));
        }
        self.subject.clone()
    }
}

impl Default for Index {
    fn default() -> Self {
        Self { seed: RandomState::new(), shards: Box::new(array::from_fn(|_| Shard::default())) }
    }
}

impl Index {
    pub(super) fn find(&self, key: KeyId) -> Option<Subject> {
        let shard = self.shard(key);
        match shard.read().unwrap_or_else(PoisonError::into_inner).get(&key)? {
            Row::Held(held) if held.is_current() => return Some(held.subject.clone()),
            Row::Held(_) => {}
            Row::Tombstone => return None,
        }
        match shard.write().unwrap_or_else(PoisonError::into_inner).get_mut(&key)? {
            Row::Held(held) => Some(held.refresh()),
            Row::Tombstone => None,
        }
    }

    /// What `look` makes of the row under `key`.
    pub(super) fn at<T>(&self, key: KeyId, look: impl FnOnce(Option<&Row>) -> T) -> T {
        look(self.shard(key).read().unwrap_or_else(PoisonError::into_inner).get(&key))
    }

    pub(super) fn put(&self, key: KeyId, row: Row) {
        self.shard(key).write().unwrap_or_else(PoisonError::into_inner).insert(key, row);
    }

    #[allow(clippy::indexing_slicing, reason = "there is a shard for every byte")]
    fn shard(&self, key: KeyId) -> &RwLock<HashMap<KeyId, Row>> {
        let [byte, ..] = self.seed.hash_one(key).to_le_bytes();
        &self.shards[usize::from(byte)].0
    }
}
