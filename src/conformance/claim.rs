//! Claiming.

use alloc::{boxed::Box, format, vec::Vec};
use core::time::Duration;

use super::{
    together::{Part, together},
    world::{Broken, Checked, NOW, holds, key},
};
use crate::{
    signature::{Claim, ReplayKey},
    store::ReplayGuard,
    time::Timestamp,
};

const WINDOW: u64 = 300;
const HOUR: u64 = 3600;
/// Claims of a flood: a guard that holds fewer shows what it does when it is full.
const FLOOD: u64 = 4_000;
/// Claims that make a guard look for room, and do not fill it.
const FEW: u64 = 16;

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// A request as an engine with a window of 300 seconds leaves it.
fn dated(key_id: &str, number: u64, requested_at: Timestamp) -> Result<ReplayKey, Broken> {
    let ends = requested_at.plus(Duration::from_secs(WINDOW + 1));
    let unique = format!("{number} {requested_at}");
    Ok(ReplayKey::new("conformance", key(key_id)?, unique.as_bytes(), requested_at, ends))
}

async fn is_fresh<R: ReplayGuard>(guard: &R, key: &ReplayKey, now: Timestamp) -> Checked {
    let answer = guard.claim(key, now).await?;
    holds(answer == Claim::Fresh, "did not call a first claim `Fresh`; look for its own digest alone")
}

/// Refused or a failure: whoever cannot tell says so.
async fn is_shut<R: ReplayGuard>(guard: &R, key: &ReplayKey, now: Timestamp, broken: &str) -> Checked {
    holds(!matches!(guard.claim(key, now).await, Ok(Claim::Fresh)), broken)
}

pub(super) async fn once<R: ReplayGuard>(guard: &R) -> Checked {
    let key = dated("key-1", 1, NOW)?;
    is_fresh(guard, &key, later(1)).await?;
    for now in [later(1), NOW, later(2), later(2)] {
        let answer = guard.claim(&key, now).await?;
        holds(
            answer == Claim::Replayed,
            "did not call a second claim `Replayed`; keep it, whoever asks again",
        )?;
    }
    Ok(())
}

pub(super) async fn apart<R: ReplayGuard>(guard: &R) -> Checked {
    let made = |scheme, key_id, unique: &str| {
        Ok::<_, Broken>(ReplayKey::new(scheme, key(key_id)?, unique.as_bytes(), NOW, later(WINDOW + 1)))
    };
    let one = made("a", "key-1", "x")?;
    is_fresh(guard, &one, NOW).await?;
    for other in [made("b", "key-1", "x")?, made("a", "KEY-1", "x")?, made("a", "key-1", "X")?] {
        let answer = guard.claim(&other, NOW).await?;
        holds(
            answer == Claim::Fresh,
            "took two requests for one; compare all bytes of the digest and nothing else",
        )?;
    }
    Ok(())
}

pub(super) async fn end<R: ReplayGuard>(guard: &R) -> Checked {
    let key = dated("key-1", 1, NOW)?;
    is_fresh(guard, &key, NOW).await?;
    for now in [later(WINDOW / 2), later(WINDOW), key.expires_at()] {
        let answer = guard.claim(&key, now).await?;
        holds(answer != Claim::Fresh, "let a request in again before its end; keep it through `expires_at`")?;
    }
    Ok(())
}

pub(super) async fn ahead<R: ReplayGuard>(guard: &R) -> Checked {
    let key = dated("key-1", 1, later(WINDOW))?;
    is_fresh(guard, &key, NOW).await?;
    let answer = guard.claim(&key, later(2 * WINDOW)).await?;
    holds(
        answer != Claim::Fresh,
        "counted a window from the claim; a request may be dated ahead, so keep it through `expires_at`",
    )
}

/// A guard forgets where somebody needs room: one key its share, or all of them the whole. And one that is filled again by
/// the later clock refuses everybody, whether it remembers or not. So many claims are made and a few by the later clock, and
/// only then a few and many.
pub(super) async fn back<R: ReplayGuard>(guard: &R) -> Checked {
    let key = dated("key-1", 1, NOW)?;
    is_fresh(guard, &key, NOW).await?;
    let rounds = [(1, FLOOD / 2, FEW), (32, FLOOD / 2, FEW), (32, FEW, FLOOD / 2)];
    for (day, (keys, before, after)) in (0..).zip(rounds) {
        let begin = later(24 * HOUR * day);
        let ahead = begin.plus(Duration::from_secs(HOUR));
        let mut claimed = if day == 0 { Vec::from([key]) } else { Vec::new() };
        for number in 0..before {
            let early = dated(&format!("key-{}", 1 + number % keys), 2 + number, begin)?;
            if matches!(guard.claim(&early, begin).await, Ok(Claim::Fresh)) {
                claimed.push(early);
            }
        }
        for number in 0..after {
            let _ = guard.claim(&dated(&format!("key-{}", 1 + number % keys), number, ahead)?, ahead).await;
        }
        for early in &claimed {
            is_shut(
                guard,
                early,
                begin.plus(Duration::from_secs(WINDOW)),
                "let a request in again that it threw away while the clock was ahead; remember the latest end that was \
                 thrown away, and fail for what ends no later",
            )
            .await?;
        }
    }
    Ok(())
}

pub(super) async fn race<R: ReplayGuard>(guard: &R) -> Checked {
    for number in 0..8 {
        let key = dated(&format!("key-{number}"), number, NOW)?;
        let answers = together((0..8).map(|_| -> Part<'_, _> { Box::pin(guard.claim(&key, NOW)) })).await;
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        let fresh = answers.iter().filter(|answer| **answer == Claim::Fresh).count();
        holds(
            fresh == 1,
            "called other than one of eight claims at a time `Fresh`; look and store in one step",
        )?;
    }
    Ok(())
}

pub(super) async fn flood<R: ReplayGuard>(guard: &R) -> Checked {
    let open = (0..16).map(|number| dated(&format!("open-{number}"), number, NOW));
    let open = open.collect::<Result<Vec<_>, _>>()?;
    for key in &open {
        is_fresh(guard, key, NOW).await?;
    }
    for number in 0..FLOOD {
        let _ = guard.claim(&dated(&format!("loud-{}", number % 32), number, NOW)?, NOW).await;
    }
    for key in &open {
        let evicted = "let a request in again after many others; fail where there is no room, never make it";
        is_shut(guard, key, NOW, evicted).await?;
    }
    Ok(())
}

pub(super) async fn share<R: ReplayGuard>(guard: &R) -> Checked {
    for number in 0..FLOOD {
        let _ = guard.claim(&dated("loud", number, NOW)?, NOW).await;
    }
    let answer = guard.claim(&dated("quiet", 0, NOW)?, NOW).await;
    holds(
        matches!(answer, Ok(Claim::Fresh)),
        "refused one key for the flood of another; answer `OverQuota` to a key that has its share of the room",
    )
}
