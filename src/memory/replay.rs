//! A replay guard in memory, of a fixed size.
//!
//! ```text
//! claim ─▶ keyed hashes of digest and key id ─▶ one of the shards, by the digest ─▶ entries, shares
//! ```

use std::{
    boxed::Box,
    collections::hash_map::RandomState,
    fmt,
    hash::BuildHasher,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use super::claims::{ClaimFailed, Claims, EMPTY, Entry, ROOM};
use crate::{
    signature::{Claim, ReplayKey},
    store::ReplayGuard,
    time::Timestamp,
};

/// Remembers the signed requests of one process, in room that is taken once and never grows.
///
/// A claim is remembered through [`ReplayKey::expires_at`] and takes at most 60 bytes. Its future is ready at the
/// first poll. It is asked after every other check, so a request that is forged, from a wrong address or not allowed
/// never comes here and takes no room.
///
/// **Room.** No claim whose time has not come is ever given up for another. One key has a sixteenth of the room; what
/// it claims beyond is [`Claim::OverQuota`], and the other keys do not notice. Where all of the room is taken, every
/// new claim is an error. The room is divided among shards by the digest, so a large guard says either somewhat early:
/// from about nine tenths of a key's share on, and some hundredths before the whole is full. A 300-second window at
/// 1,000 signed requests a second holds up to 600,000 claims, 36 MB.
///
/// **Time.** It has no clock: `now` comes with each claim, and room is taken back where somebody needs it. What was
/// taken back while a clock stood ahead cannot be told from what was never claimed; so the guard remembers the latest
/// end among what it has thrown away, and a claim that ends no later is an error. Requests dated after the clock was
/// set right are served at once; where claims were dated by the wrong clock too, [`reset`](Self::reset) ends it.
///
/// **A restart forgets everything.** Unless [`since`](Self::since) says otherwise, a request claimed before the
/// restart is let in once more while its window is open. So is one that another process has claimed: several
/// instances of a service need a guard that they share.
///
/// ```
/// # #[cfg(feature = "conformance")] pollster::block_on(async {
/// use core::time::Duration;
/// use keyward::{Claim, MemoryReplay, ReplayGuard, ReplayKey, Timestamp};
/// let guard = MemoryReplay::bounded(64 << 20); // 64 MiB: 1.1 million claims
/// let now = Timestamp::from_unix(1_795_348_800);
/// let ends = now.plus(Duration::from_secs(301));
/// // As a verified signature leaves it; a `Gate` passes it on.
/// let key = ReplayKey::for_tests("escher", "kwk_0000000000000001".parse()?, b"its MAC", now, ends);
/// assert_eq!(guard.claim(&key, now).await?, Claim::Fresh);
/// assert_eq!(guard.claim(&key, ends).await?, Claim::Replayed);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
pub struct MemoryReplay {
    seed: RandomState,
    /// Of the epoch; requests dated before it are errors.
    since: AtomicI64,
    shards: Box<[Shard]>,
}

/// On lines of its own: processors fetch 64 bytes in pairs.
#[repr(align(128))]
struct Shard(Mutex<Claims>);

/// Room of a shard. One that is full looks through 18,000 claims for those that have ended, in less than a
/// millisecond and at most once a second; smaller ones would divide a key's share too unevenly.
const SHARD: usize = 1 << 20;

impl MemoryReplay {
    /// Takes so much memory, at once and for good: a claim for every 60 bytes. With less than that it has no room.
    ///
    /// As with any collection, the program ends if the machine does not have it.
    pub fn bounded(bytes: usize) -> Self {
        let shards = (bytes / SHARD).max(1);
        let room = (bytes / shards).saturating_sub(size_of::<Shard>() + EMPTY) / ROOM;
        let shard = |_| Shard(Mutex::new(Claims::new(room)));
        Self {
            seed: RandomState::new(),
            since: AtomicI64::new(i64::MIN),
            shards: (0..shards).map(shard).collect(),
        }
    }

    /// Makes claims of requests dated before `start` errors, for a guard that has forgotten, by a restart, what was
    /// claimed before.
    ///
    /// At the moment of the start it covers requests of callers whose clocks are not ahead. A request may be dated up
    /// to a window later than it was sent: at the start plus a window it covers all, and the price is that nobody's
    /// claims succeed for so long. Do the same when a window is widened, since claims were remembered for the narrower
    /// one.
    ///
    /// ```
    /// use core::time::Duration;
    /// use keyward::{MemoryReplay, Timestamp};
    /// # let now = Timestamp::from_unix(0);
    /// let window = Duration::from_secs(300);
    /// let guard = MemoryReplay::bounded(1 << 20).since(now.plus(window));
    /// # drop(guard);
    /// ```
    #[must_use]
    pub fn since(self, start: Timestamp) -> Self {
        Self { since: AtomicI64::new(start.unix()), ..self }
    }

    /// How many claims there is room for.
    pub fn room(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().room()).sum()
    }

    /// How many claims are in it. Those that have ended count until somebody needs their room.
    pub fn used(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().used()).sum()
    }

    /// Forgets everything: claims, the latest end among those thrown away, and [`since`](Self::since).
    ///
    /// **Danger:** every request whose window is open can be sent once more. It is for an operator whose clock stood so
    /// far ahead, with requests dated accordingly, that waiting until it gets there is worse.
    pub fn reset(&self) {
        self.since.store(i64::MIN, Ordering::Relaxed);
        self.shards.iter().for_each(|shard| shard.lock().clear());
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "halves of a hash, and less than the number of shards"
    )]
    fn claim_now(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, ClaimFailed> {
        if key.requested_at().unix() < self.since.load(Ordering::Relaxed) {
            return Err(ClaimFailed::BeforeStart);
        }
        if key.expires_at() < now {
            return Err(ClaimFailed::Ended);
        }
        let digest = first_half(key.digest());
        let hash = self.seed.hash_one(digest);
        let entry = Entry {
            digest,
            expires_at: key.expires_at(),
            home: hash as u32,
            key: (self.seed.hash_one(key.key_id()) as u32).max(1),
        };
        let shard = (u128::from(hash >> u32::BITS) * self.shards.len() as u128) >> u32::BITS;
        let Some(shard) = self.shards.get(shard as usize) else { return Err(ClaimFailed::Full) };
        shard.lock().claim(entry, now)
    }
}

fn first_half(digest: &[u8; 32]) -> u128 {
    digest.iter().take(16).fold(0, |half, byte| (half << u8::BITS) | u128::from(*byte))
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Claims> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayGuard for MemoryReplay {
    type Error = ClaimFailed;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, ClaimFailed> {
        self.claim_now(key, now)
    }
}

impl fmt::Debug for MemoryReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplay")
            .field("room", &self.room())
            .field("used", &self.used())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_no_more_than_it_was_given() {
        for bytes in [300, 1_000, 60_000, SHARD - 1, SHARD, SHARD + 1, 3 * SHARD, 10 * SHARD + SHARD / 2] {
            let guard = MemoryReplay::bounded(bytes);
            let taken: usize =
                guard.shards.iter().map(|shard| size_of::<Shard>() + shard.lock().bytes()).sum();
            assert!(taken <= bytes, "{taken} of {bytes}");
            assert!(
                taken + 2 * ROOM * guard.shards.len() + guard.shards.len() >= bytes,
                "{taken} of {bytes}"
            );
        }
    }
}
