//! The loads that are under way, by key.
//!
//! A load that stands here may fill the cache when it lands. A change takes it out, and then it may not: whoever began to
//! wait before gets its answer, whoever comes later finds none and begins anew.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    iter,
    sync::Arc,
};

use keyward::KeyId;

use crate::{
    flight::Flight,
    sync::{Mutex, MutexGuard, lock},
};

/// Locks, each for a part of the keys: they are held for a few look-ups in maps, and never while a store is waited for.
const PARTS: usize = 64;

pub(crate) struct Flights<E> {
    parts: Box<[Mutex<Part<E>>]>,
    seed: RandomState,
}

pub(crate) type Part<E> = HashMap<KeyId, Slot<E>>;

pub(crate) struct Slot<E> {
    pub(crate) flight: Arc<Flight<E>>,
    /// How many wait for it.
    pub(crate) waiting: usize,
}

impl<E> Slot<E> {
    pub(crate) fn is(&self, flight: &Arc<Flight<E>>) -> bool {
        Arc::ptr_eq(&self.flight, flight)
    }
}

impl<E> Flights<E> {
    pub(crate) fn new() -> Self {
        let parts = iter::repeat_with(|| Mutex::new(HashMap::new())).take(PARTS).collect();
        Self { parts, seed: RandomState::new() }
    }

    /// The part of this key. What happens under one guard happens at once for all who ask for the key.
    #[allow(clippy::cast_possible_truncation, clippy::indexing_slicing, reason = "a remainder")]
    pub(crate) fn lock(&self, key: &KeyId) -> MutexGuard<'_, Part<E>> {
        lock(&self.parts[(self.seed.hash_one(key) % PARTS as u64) as usize])
    }
}
