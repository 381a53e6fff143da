//! When each key was last used, and from where.

use std::{
    boxed::Box,
    collections::{HashMap, hash_map::RandomState},
    fmt,
    hash::BuildHasher,
    net::IpAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    vec::Vec,
};

use crate::{engine::Grant, id::KeyId, time::Timestamp, user::LastUse};

/// Notes which keys are used, for [`ApiUser::what_stops`](crate::ApiUser::what_stops) and for whoever looks for keys that nobody
/// uses any more.
///
/// To the minute: of all calls with one key from one address within a minute the first takes a lock and writes, and the
/// others read one word. Of a key it notes the latest eight addresses. Beyond its room it notes no further keys, and
/// counts them.
///
/// ```
/// use keyward::LastUsed;
/// # fn passed_on(_: &[keyward::LastUse]) {}
/// let used = LastUsed::bounded(100_000);
/// # fn served(used: &LastUsed, grant: &keyward::Grant, now: keyward::Timestamp) {
/// used.note(grant, now); // for every grant
/// # }
/// passed_on(&used.take()); // from time to time, to wherever the back office reads it
/// ```
pub struct LastUsed {
    seed: RandomState,
    /// What was noted, by hash: half of another hash, and the minute.
    noted: Box<[AtomicU64]>,
    shards: [Mutex<HashMap<KeyId, Uses, RandomState>>; SHARDS],
    held: AtomicUsize,
    room: usize,
    dropped: AtomicU64,
}

/// Minutes, by address.
type Uses = Vec<(Option<IpAddr>, i64)>;

/// Locks, so that threads that note at one time rarely meet.
const SHARDS: usize = 16;

/// Addresses that are noted of one key.
const MAX_CLIENTS: usize = 8;

const MINUTE: i64 = 60;

impl LastUsed {
    /// Notes up to so many keys between two calls of [`take`](Self::take).
    pub fn bounded(keys: usize) -> Self {
        let noted = (0..keys.saturating_mul(2).max(1)).map(|_| AtomicU64::new(u64::MAX)).collect();
        Self {
            seed: RandomState::new(),
            noted,
            shards: core::array::from_fn(|_| Mutex::default()),
            held: AtomicUsize::new(0),
            room: keys,
            dropped: AtomicU64::new(0),
        }
    }

    /// Notes that a key was used.
    pub fn note(&self, grant: &Grant, now: Timestamp) {
        self.note_key(grant.key_id(), grant.client().ip(), now);
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "parts of a hash and of a minute"
    )]
    fn note_key(&self, key: KeyId, client: Option<IpAddr>, now: Timestamp) {
        let minute = now.unix().div_euclid(MINUTE);
        let hash = self.seed.hash_one((key, client));
        // Two that share both halves of the hash, once in four thousand million pairs, note one of them a minute. Two that
        // share their place alone are written each time that they take turns, which costs a lock.
        let mark = (hash & (u64::MAX << u32::BITS)) | u64::from(minute as u32);
        let place = (u128::from(hash as u32) * self.noted.len() as u128) >> u32::BITS;
        let Some(noted) = self.noted.get(place as usize) else { return };
        if noted.load(Ordering::Relaxed) == mark {
            return;
        }
        noted.store(mark, Ordering::Relaxed);
        self.write(key, client, minute);
    }

    #[allow(clippy::cast_possible_truncation, reason = "a part of a hash")]
    fn write(&self, key: KeyId, client: Option<IpAddr>, minute: i64) {
        let Some(shard) = self.shards.get(self.seed.hash_one(key) as usize % SHARDS) else { return };
        let mut shard = lock(shard);
        if let Some(uses) = shard.get_mut(&key) {
            return put(uses, client, minute);
        }
        let fits = |held: usize| (held < self.room).then_some(held + 1);
        if self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        shard.insert(key, Vec::from([(client, minute)]));
    }

    /// What was noted since the last time, by key, each key's latest use first. A moment is the beginning of its minute.
    pub fn take(&self) -> Vec<LastUse> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let shard = core::mem::take(&mut *lock(shard));
            self.held.fetch_sub(shard.len(), Ordering::Relaxed);
            taken.extend(shard.into_iter().flat_map(|(key_id, uses)| {
                let at = |minute: i64| Timestamp::from_unix(minute.saturating_mul(MINUTE));
                uses.into_iter().map(move |(client, minute)| LastUse { key_id, at: at(minute), client })
            }));
        }
        taken.sort_unstable_by(|a, b| (a.key_id, b.at, a.client).cmp(&(b.key_id, a.at, b.client)));
        taken
    }

    /// How often a key was not noted for want of room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// In place of an earlier minute of the address, or of the address that was seen longest ago.
fn put(uses: &mut Uses, client: Option<IpAddr>, minute: i64) {
    if let Some((_, noted)) = uses.iter_mut().find(|(seen, _)| *seen == client) {
        *noted = minute.max(*noted);
        return;
    }
    if uses.len() < MAX_CLIENTS {
        uses.push((client, minute));
    } else if let Some(oldest) = uses.iter_mut().min_by_key(|(_, noted)| *noted)
        && oldest.1 <= minute
    {
        *oldest = (client, minute);
    }
}

impl fmt::Debug for LastUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastUsed")
            .field("keys", &self.held.load(Ordering::Relaxed))
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
