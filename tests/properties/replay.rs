//! Guards: the replay guard in memory answers as a list of claims does, and with a clock that jumps it lets nothing in
//! twice.

use std::time::Duration;

use keyward::{Claim, ClaimFailed, KeyId, MemoryReplay, ReplayGuard, ReplayKey, Timestamp};
use proptest::{collection::vec, prelude::*};

use crate::{common::config, store::polled};

const ROOM: usize = 48;
/// A sixteenth of the room.
const SHARE: usize = 3;

#[derive(Clone, Copy, Debug)]
struct Asked {
    key: u8,
    unique: u8,
    dated: i64,
    lives: u16,
    /// From the date.
    delay: i64,
}

/// What was claimed, in the order of the claims.
#[derive(Default)]
struct Model(Vec<(ReplayKey, Asked)>);

impl Model {
    fn open(&self, now: Timestamp) -> impl Iterator<Item = &(ReplayKey, Asked)> {
        self.0.iter().filter(move |(key, _)| key.expires_at() >= now)
    }

    fn claim(&mut self, key: ReplayKey, asked: Asked, now: Timestamp) -> Result<Claim, ClaimFailed> {
        if key.expires_at() < now {
            return Err(ClaimFailed::Ended);
        }
        if self.open(now).any(|(held, _)| held.digest() == key.digest()) {
            return Ok(Claim::Replayed);
        }
        if self.open(now).filter(|(_, held)| held.key == asked.key).count() >= SHARE {
            return Ok(Claim::OverQuota);
        }
        if self.open(now).count() >= ROOM {
            return Err(ClaimFailed::Full);
        }
        self.0.push((key, asked));
        Ok(Claim::Fresh)
    }
}

fn asked(delays: impl Strategy<Value = i64>) -> impl Strategy<Value = Asked> {
    (0..24u8, 0..5u8, 0..40i64, 0..30u16, delays).prop_map(|(key, unique, dated, lives, delay)| Asked {
        key,
        unique,
        dated,
        lives,
        delay,
    })
}

/// As a MAC leaves it, which covers the date: a request of one date has one end.
fn key(asked: Asked) -> ReplayKey {
    let key_id: KeyId = format!("key-{}", asked.key).parse().expect("a key id");
    let dated = Timestamp::from_unix(asked.dated);
    let unique = format!("{} {} {}", asked.unique, asked.dated, asked.lives);
    let ends = dated.plus(Duration::from_secs(asked.lives.into()));
    ReplayKey::for_tests("properties", key_id, unique.as_bytes(), dated, ends)
}

/// One shard, so that both bounds are exact.
fn guard() -> MemoryReplay {
    let guard = MemoryReplay::bounded(ROOM * 60 + 200);
    assert_eq!(guard.room(), ROOM);
    guard
}

fn claim(guard: &MemoryReplay, key: &ReplayKey, now: Timestamp) -> Result<Claim, ClaimFailed> {
    polled(guard.claim(key, now))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_guard_whose_clock_goes_forward_answers_as_a_list_of_claims(steps in vec((asked(0..1i64), 0..3i64), 1..400)) {
        let (guard, mut model) = (guard(), Model::default());
        let mut now = 0;
        for (mut asked, pause) in steps {
            now += i64::from(pause == 2);
            asked.dated = now + asked.dated / 8 - 2;
            let (key, at) = (key(asked), Timestamp::from_unix(now));
            prop_assert_eq!(claim(&guard, &key, at), model.claim(key, asked, at), "{:?} at {}", asked, now);
        }
    }

    #[test]
    fn whatever_the_clock_does_nothing_is_let_in_twice_and_a_failure_has_its_reason(
        steps in vec(asked(-40..40i64), 1..400),
    ) {
        let (guard, mut model) = (guard(), Model::default());
        let mut latest = i64::MIN;
        for asked in steps {
            let (key, now) = (key(asked), Timestamp::from_unix(asked.dated + asked.delay));
            latest = latest.max(now.unix());
            let claimed = model.0.iter().any(|(held, _)| held.digest() == key.digest());
            let answer = claim(&guard, &key, now);
            match answer {
                Ok(Claim::Fresh) => {
                    prop_assert!(!claimed, "{:?} is let in again", asked);
                    model.0.push((key, asked));
                }
                Ok(Claim::Replayed) => prop_assert!(claimed, "{:?} was never claimed", asked),
                Err(ClaimFailed::Ended) => prop_assert!(key.expires_at() < now),
                Err(ClaimFailed::Forgotten) => {
                    let thrown_away = model.0.iter().map(|(held, _)| held.expires_at());
                    let thrown_away = thrown_away.filter(|ends| ends.unix() < latest).max();
                    prop_assert!(Some(key.expires_at()) <= thrown_away, "{:?} ends behind {:?}", asked, thrown_away);
                }
                Ok(Claim::OverQuota) => {
                    let held = model.open(now).filter(|(_, held)| held.key == asked.key).count();
                    prop_assert!(held >= SHARE, "{:?} has {} claims", asked, held);
                }
                _ => prop_assert!(model.open(now).count() >= ROOM, "{:?}: {:?}", asked, answer),
            }
        }
    }
}
