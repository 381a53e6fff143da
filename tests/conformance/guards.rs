//! A guard with a leak fails the duty that the leak breaks.

use std::{sync::Mutex, time::Duration};

use keyward::{Claim, KeyId, MemoryReplay, NoReplayGuard, ReplayGuard, ReplayKey, Timestamp, conformance};

use super::pause;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Leak {
    /// Tells a replay as a flood.
    ReplayAsQuota,
    /// Identifies requests by key id and date.
    ByDate,
    /// Is done with a claim in its last second.
    LastSecond,
    /// Counts a window from the claim.
    FromTheClaim,
    /// Throws away by every clock and remembers nothing of it.
    NoMemory,
    /// Throws away what a key has claimed where its share is used up, and remembers nothing of it.
    ForgetsForShare,
    /// The same, of all keys where the room is.
    ForgetsForRoom,
    /// Looks, waits and stores.
    TwoSteps,
    /// Makes room.
    Evicts,
    /// Has one room for all keys.
    NoShares,
}

/// A guard without a bound but for the leak's own.
struct Leaky {
    leak: Leak,
    claims: Mutex<Vec<(Vec<u8>, Timestamp, KeyId)>>,
}

const LEAKY_ROOM: usize = 3_000;
/// Of the guards that forget: one key has a sixteenth.
const FORGETS_ROOM: usize = 1_600;

impl Leaky {
    fn new(leak: Leak) -> Self {
        Self { leak, claims: Mutex::default() }
    }

    fn has(&self, leak: Leak) -> bool {
        self.leak == leak
    }

    fn name(&self, key: &ReplayKey) -> Vec<u8> {
        if self.has(Leak::ByDate) {
            return format!("{} {}", key.key_id(), key.requested_at()).into_bytes();
        }
        key.digest().to_vec()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no room")]
struct NoRoom;

impl ReplayGuard for Leaky {
    type Error = NoRoom;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, NoRoom> {
        let name = self.name(key);
        let is_open = |(_, ends, _): &(Vec<u8>, Timestamp, KeyId)| match self.leak {
            Leak::LastSecond => *ends > now,
            Leak::FromTheClaim | Leak::NoMemory | Leak::ForgetsForShare | Leak::ForgetsForRoom => {
                *ends >= now
            }
            _ => true,
        };
        let mut seen = {
            let mut claims = self.claims.lock().unwrap();
            if self.has(Leak::NoMemory) {
                claims.retain(is_open);
            }
            claims.iter().any(|claim| claim.0 == name && is_open(claim))
        };
        if self.has(Leak::TwoSteps) {
            pause().await;
        }
        let mut claims = self.claims.lock().unwrap();
        if !self.has(Leak::TwoSteps) {
            seen |= claims.iter().any(|claim| claim.0 == name && is_open(claim));
        }
        if seen {
            return Ok(if self.has(Leak::ReplayAsQuota) { Claim::OverQuota } else { Claim::Replayed });
        }
        if self.has(Leak::NoShares) && claims.len() == LEAKY_ROOM {
            return Err(NoRoom);
        }
        if self.has(Leak::Evicts) && claims.len() == LEAKY_ROOM {
            claims.remove(0);
        }
        if self.has(Leak::ForgetsForShare) || self.has(Leak::ForgetsForRoom) {
            let held =
                |claims: &[(_, _, KeyId)]| claims.iter().filter(|claim| claim.2 == key.key_id()).count();
            if self.has(Leak::ForgetsForShare) && held(&claims) >= FORGETS_ROOM / 16 {
                claims.retain(|claim| claim.2 != key.key_id() || is_open(claim));
            }
            if held(&claims) >= FORGETS_ROOM / 16 {
                return Ok(Claim::OverQuota);
            }
            if self.has(Leak::ForgetsForRoom) && claims.len() >= FORGETS_ROOM {
                claims.retain(is_open);
            }
            if claims.len() >= FORGETS_ROOM {
                return Err(NoRoom);
            }
        }
        let from_now = now.plus(Duration::from_secs(301));
        let ends = if self.has(Leak::FromTheClaim) { from_now } else { key.expires_at() };
        claims.push((name, ends, key.key_id()));
        Ok(Claim::Fresh)
    }
}

#[test]
fn the_guard_in_memory_keeps_every_duty_whatever_its_room() {
    for bytes in [1 << 16, 1 << 18, 8 << 20] {
        let report = pollster::block_on(conformance::replay(async || MemoryReplay::bounded(bytes)));
        assert!(report.passed(), "{bytes} bytes:\n{report}");
        assert_eq!(report.checks().len(), 8);
    }
}

#[test]
fn a_guard_that_breaks_one_duty_fails_that_one_alone() {
    for (leak, duty) in [
        (Leak::ReplayAsQuota, "a first claim is fresh and every later one is replayed"),
        (Leak::ByDate, "requests that differ are claimed apart"),
        (Leak::LastSecond, "a claim is kept to its end"),
        (Leak::FromTheClaim, "a request that is dated ahead is kept to its own end"),
        (Leak::NoMemory, "a clock that is set back lets nothing in again"),
        (Leak::ForgetsForShare, "a clock that is set back lets nothing in again"),
        (Leak::ForgetsForRoom, "a clock that is set back lets nothing in again"),
        (Leak::TwoSteps, "of claims at one time exactly one is fresh"),
        (Leak::Evicts, "a flood lets nothing in again"),
        (Leak::NoShares, "a flood of one key leaves room to the others"),
    ] {
        let report = pollster::block_on(conformance::replay(async || Leaky::new(leak)));
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        assert_eq!(failed, [duty], "{leak:?}\n{report}");
        assert!(report.failures().all(|check| check.broken().unwrap().contains("; ")), "{report}");
    }
}

#[test]
fn a_guard_that_always_fails_breaks_every_duty() {
    let report = pollster::block_on(conformance::replay(async || NoReplayGuard));
    assert_eq!(report.failures().count(), report.checks().len(), "{report}");
}
