//! A shard of the replay guard: claims that are open, how many each key has, and what may have been forgotten.

use super::table::{Slot, Table};
use crate::{signature::Claim, time::Timestamp};

/// A claim. Half of its digest suffices: a second request with the same half is refused, never let in, and to find one
/// takes 2⁶⁴ requests signed with one's own key.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) digest: u128,
    pub(super) expires_at: Timestamp,
    /// Where it stands: a keyed hash of the digest.
    pub(super) home: u32,
    /// Whose it is: a keyed hash of the key id, never zero.
    pub(super) key: u32,
}

/// How many claims a key has here. Two keys of one hash would share a share: one pair in 2³², and nobody can choose it.
#[derive(Clone, Copy)]
struct Share {
    key: u32,
    held: u32,
}

impl Slot for Entry {
    const EMPTY: Self = Self { digest: 0, expires_at: Timestamp::from_unix(0), home: 0, key: 0 };
    fn is_empty(&self) -> bool {
        self.key == 0
    }
    fn home(&self) -> u32 {
        self.home
    }
}

impl Slot for Share {
    const EMPTY: Self = Self { key: 0, held: 0 };
    fn is_empty(&self) -> bool {
        self.key == 0
    }
    fn home(&self) -> u32 {
        self.key
    }
}

/// Bytes that a claim takes, with the empty slots around it, if every key has one claim only.
pub(super) const ROOM: usize = EMPTY * 3 / 2;

/// Bytes of the slots that are never used.
pub(super) const EMPTY: usize = size_of::<Entry>() + size_of::<Share>();

/// A key has this part of the room, and no more.
pub(super) const SHARES: usize = 16;

pub(super) struct Claims {
    entries: Table<Entry>,
    shares: Table<Share>,
    /// Nothing here ends before this moment.
    due: Timestamp,
    /// The latest end of what was thrown away.
    forgotten: Option<Timestamp>,
}

const NEVER: Timestamp = Timestamp::from_unix(i64::MAX);

impl Claims {
    pub(super) fn new(room: usize) -> Self {
        Self { entries: Table::new(room), shares: Table::new(room), due: NEVER, forgotten: None }
    }

    pub(super) fn used(&self) -> usize {
        self.entries.used()
    }

    pub(super) fn room(&self) -> usize {
        self.entries.room()
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.shares.clear();
        (self.due, self.forgotten) = (NEVER, None);
    }

    pub(super) fn claim(&mut self, entry: Entry, now: Timestamp) -> Result<Claim, ClaimFailed> {
        if let Some(at) = self.entries.find(entry.home, |held| held.digest == entry.digest) {
            if self.entries.get(at).is_some_and(|held| held.expires_at >= now) {
                return Ok(Claim::Replayed);
            }
            self.forget(at); // one nonce, signed again after its window
        }
        if self.forgotten.is_some_and(|forgotten| entry.expires_at <= forgotten) {
            return Err(ClaimFailed::Forgotten);
        }
        if (self.entries.is_full() || self.has_its_share(entry.key)) && self.due < now {
            self.purge(now);
        }
        if self.has_its_share(entry.key) {
            return Ok(Claim::OverQuota);
        }
        if !self.entries.insert(entry) {
            return Err(ClaimFailed::Full);
        }
        self.count(entry.key);
        self.due = self.due.min(entry.expires_at);
        Ok(Claim::Fresh)
    }

    fn has_its_share(&self, key: u32) -> bool {
        let share = (self.room() / SHARES).max(1);
        let held = self.share(key).and_then(|at| self.shares.get(at)).map_or(0, |share| share.held);
        usize::try_from(held).is_ok_and(|held| held >= share)
    }

    /// Throws away what has ended. Once a second at the most, since nothing that ends earlier comes in.
    fn purge(&mut self, now: Timestamp) {
        self.due = NEVER;
        let mut at = 0;
        while at < Table::<Entry>::slots(self.room()) {
            match self.entries.get(at) {
                Some(held) if held.expires_at < now => self.forget(at), // and look at who moved up
                Some(held) => {
                    self.due = self.due.min(held.expires_at);
                    at += 1;
                }
                None => at += 1,
            }
        }
    }

    fn forget(&mut self, at: usize) {
        let Some(entry) = self.entries.remove(at) else { return };
        self.forgotten = self.forgotten.max(Some(entry.expires_at));
        self.uncount(entry.key);
    }

    fn share(&self, key: u32) -> Option<usize> {
        self.shares.find(key, |share| share.key == key)
    }

    /// There is room for a share beside every entry.
    fn count(&mut self, key: u32) {
        match self.share(key).and_then(|at| self.shares.at(at)) {
            Some(share) => share.held = share.held.saturating_add(1),
            None => drop(self.shares.insert(Share { key, held: 1 })),
        }
    }

    fn uncount(&mut self, key: u32) {
        let Some(at) = self.share(key) else { return };
        match self.shares.at(at) {
            Some(share) if share.held > 1 => share.held -= 1,
            _ => drop(self.shares.remove(at)),
        }
    }
}

/// Why a [`MemoryReplay`](crate::MemoryReplay) cannot tell whether a request was claimed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimFailed {
    /// All of its room holds claims whose time has not come.
    #[error("no room left in the replay guard; give it more bytes, or shorten the windows")]
    Full,
    /// The claim would have been thrown away already: the clock stood later than it does now.
    #[error(
        "claim that the replay guard may have forgotten while the clock stood ahead; sign again, and if it goes on, reset the guard"
    )]
    Forgotten,
    /// The claim is asked for after its own end.
    #[error("claim after its end; ask within the request's window, at the moment it was checked by")]
    Ended,
    /// The request is dated before [`MemoryReplay::since`](crate::MemoryReplay::since).
    #[error("request dated before the replay guard began to remember; sign again")]
    BeforeStart,
}

#[cfg(test)]
impl Claims {
    pub(super) fn bytes(&self) -> usize {
        self.entries.bytes() + self.shares.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    fn entry(digest: u128, key: u32, ends: i64) -> Entry {
        let home = u32::try_from(digest * 0x9E37_79B1 % (1 << 32)).unwrap();
        Entry { digest, expires_at: at(ends), home, key }
    }

    #[test]
    fn a_claim_takes_sixty_bytes() {
        assert_eq!((size_of::<Entry>(), size_of::<Share>(), ROOM), (32, 8, 60));
    }

    #[test]
    fn nothing_is_thrown_away_before_its_room_is_needed() {
        let mut claims = Claims::new(32);
        for number in 0..32 {
            assert_eq!(
                claims.claim(entry(number, u32::try_from(number).unwrap() + 1, 10), at(0)),
                Ok(Claim::Fresh)
            );
        }
        assert_eq!(
            claims.claim(entry(99, 99, 10), at(10)),
            Err(ClaimFailed::Full),
            "its last second is its own"
        );
        assert_eq!((claims.used(), claims.forgotten), (32, None));
        assert_eq!(claims.claim(entry(99, 99, 20), at(11)), Ok(Claim::Fresh));
        assert_eq!((claims.used(), claims.forgotten, claims.due), (1, Some(at(10)), at(20)));
        assert_eq!(claims.shares.used(), 1);
    }

    #[test]
    fn a_full_shard_is_looked_through_only_when_something_may_have_ended() {
        let mut claims = Claims::new(16);
        for number in 0..16 {
            assert_eq!(
                claims.claim(entry(number, u32::try_from(number).unwrap() + 1, 50), at(0)),
                Ok(Claim::Fresh)
            );
        }
        assert_eq!(claims.due, at(50));
        claims.due = at(0); // as after an entry that ended earlier
        assert_eq!(claims.claim(entry(99, 99, 50), at(20)), Err(ClaimFailed::Full));
        assert_eq!(claims.due, at(50), "the walk finds when the next one is worth it");
    }

    #[test]
    fn an_ended_claim_leaves_its_place_to_the_same_digest() {
        let mut claims = Claims::new(16);
        assert_eq!(claims.claim(entry(1, 1, 10), at(0)), Ok(Claim::Fresh));
        assert_eq!(claims.claim(entry(1, 1, 30), at(10)), Ok(Claim::Replayed));
        assert_eq!(claims.claim(entry(1, 1, 30), at(11)), Ok(Claim::Fresh));
        assert_eq!(claims.claim(entry(1, 1, 30), at(11)), Ok(Claim::Replayed));
        assert_eq!((claims.used(), claims.forgotten), (1, Some(at(10))));
    }

    #[test]
    fn two_keys_have_shares_of_their_own() {
        let mut claims = Claims::new(64);
        let mut claim = |digest, key| claims.claim(entry(digest, key, 10), at(0)).unwrap();
        assert!((0..4).all(|digest| claim(digest, 1) == Claim::Fresh));
        assert_eq!(claim(5, 1), Claim::OverQuota);
        assert_eq!(claim(0, 1), Claim::Replayed, "a replay is told as one, over quota or not");
        assert!((10..14).all(|digest| claim(digest, 2) == Claim::Fresh));
        assert_eq!(claim(15, 2), Claim::OverQuota);
        assert_eq!(claims.used(), 8, "what is refused takes no room");
    }
}
