//! The replay guard in memory: one claim of each request is fresh, and where it cannot tell it fails.
#![cfg(all(feature = "memory", feature = "conformance"))]

use std::{sync::Barrier, time::Duration};

use keyward::{Claim, ClaimFailed, KeyId, MemoryReplay, ReplayGuard, ReplayKey, Timestamp};

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
const WINDOW: u64 = 300;
const HOUR: u64 = 3600;

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn earlier(seconds: u64) -> Timestamp {
    NOW.minus(Duration::from_secs(seconds))
}

fn id(text: &str) -> KeyId {
    text.parse().unwrap()
}

/// As an engine with a window of 300 seconds makes it of a MAC, which covers the date.
fn dated(key: &str, number: usize, requested_at: Timestamp) -> ReplayKey {
    let ends = requested_at.plus(Duration::from_secs(WINDOW + 1));
    ReplayKey::for_tests("test", id(key), format!("{number} {requested_at}").as_bytes(), requested_at, ends)
}

fn request(key: &str, number: usize) -> ReplayKey {
    dated(key, number, NOW)
}

fn claim(guard: &MemoryReplay, key: &ReplayKey, now: Timestamp) -> Result<Claim, ClaimFailed> {
    pollster::block_on(guard.claim(key, now))
}

/// One shard, so that its bounds are exact: 1,000 claims, 62 for each key.
fn small() -> MemoryReplay {
    let guard = MemoryReplay::bounded(60_200);
    assert_eq!(guard.room(), 1_000);
    guard
}

/// Fills it with 20 keys, 50 claims each.
fn full(now: Timestamp) -> MemoryReplay {
    let guard = small();
    for number in 0..1_000 {
        let key = dated(&format!("key-{}", number % 20), number, now);
        assert_eq!(claim(&guard, &key, now), Ok(Claim::Fresh));
    }
    guard
}

#[test]
fn of_racing_claims_exactly_one_is_fresh() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 2_000;
    let guard = MemoryReplay::bounded(4 << 20);
    let barrier = Barrier::new(THREADS);
    let race = |_| {
        let mut fresh = Vec::new();
        for round in 0..ROUNDS {
            barrier.wait();
            match claim(&guard, &request(&format!("key-{}", round % 7), round), NOW) {
                Ok(Claim::Fresh) => fresh.push(round),
                answer => assert_eq!(answer, Ok(Claim::Replayed)),
            }
        }
        fresh
    };
    let mut won: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || race(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    won.sort_unstable();
    assert_eq!(won, (0..ROUNDS).collect::<Vec<_>>());
}

#[test]
fn a_request_of_any_date_in_its_window_is_caught_to_its_end() {
    // The window reaches as far ahead as back; `ends` is the second behind its last one.
    for (requested_at, ends) in [(later(300), later(601)), (NOW, later(301)), (earlier(300), later(1))] {
        let guard = small();
        let key = dated("key", 1, requested_at);
        assert_eq!(key.expires_at(), ends);
        assert_eq!(claim(&guard, &key, NOW), Ok(Claim::Fresh));
        let mut now = NOW;
        while now <= ends {
            assert_eq!(
                claim(&guard, &key, now),
                Ok(Claim::Replayed),
                "dated {requested_at}, sent again at {now}"
            );
            now = now.plus(Duration::from_secs(1));
        }
        assert_eq!(claim(&guard, &key, now), Err(ClaimFailed::Ended));
    }
}

#[test]
fn requests_that_differ_in_anything_are_different_ones() {
    let guard = small();
    let key = |scheme, key_id: &str, unique: &[u8]| {
        ReplayKey::for_tests(scheme, id(key_id), unique, NOW, later(WINDOW + 1))
    };
    let different = [key("a", "k", b"x"), key("b", "k", b"x"), key("a", "K", b"x"), key("a", "k", b"y")];
    for expected in [Claim::Fresh, Claim::Replayed] {
        assert!(different.iter().all(|key| claim(&guard, key, NOW) == Ok(expected)));
    }
}

#[test]
fn a_flood_of_one_key_is_refused_alone() {
    let guard = small();
    let answers: Vec<_> =
        (0..5_000).map(|number| claim(&guard, &request("loud", number), NOW).unwrap()).collect();
    assert!(answers[..62].iter().all(|answer| *answer == Claim::Fresh), "a sixteenth of the room is its own");
    assert!(answers[62..].iter().all(|answer| *answer == Claim::OverQuota));
    assert_eq!(guard.used(), 62);
    for number in 0..62 {
        assert_eq!(claim(&guard, &request("quiet", number), NOW), Ok(Claim::Fresh));
        assert_eq!(claim(&guard, &request("loud", number), NOW), Ok(Claim::Replayed), "nothing makes room");
    }
}

#[test]
fn a_key_has_its_share_again_when_its_claims_have_ended() {
    let guard = small();
    let flood = |from: usize, now| {
        (from..from + 100)
            .filter(|number| claim(&guard, &dated("loud", *number, now), now) == Ok(Claim::Fresh))
            .count()
    };
    assert_eq!(flood(0, NOW), 62);
    assert_eq!(flood(1_000, later(301)), 0, "in their last second they are open");
    assert_eq!(flood(2_000, later(302)), 62);
    assert_eq!(guard.used(), 62);
}

#[test]
fn a_large_guard_gives_a_key_at_most_a_sixteenth_and_hardly_less() {
    let guard = MemoryReplay::bounded(8 << 20);
    let share = guard.room() / 16;
    let answers = (0..2 * share).map(|number| claim(&guard, &request("loud", number), NOW).unwrap());
    let answers: Vec<_> = answers.collect();
    let first = answers.iter().position(|answer| *answer == Claim::OverQuota).unwrap();
    assert!(first > share * 8 / 10, "refused from {first} on, of {share}");
    let held = answers.iter().filter(|answer| **answer == Claim::Fresh).count();
    assert!(held <= share && held > share * 99 / 100, "{held} of {share}");
}

#[test]
fn a_full_guard_fails_and_forgets_nothing() {
    let guard = full(NOW);
    let one_more = request("one-more", 5_000);
    assert_eq!(claim(&guard, &one_more, NOW), Err(ClaimFailed::Full));
    assert_eq!(claim(&guard, &one_more, later(WINDOW)), Err(ClaimFailed::Full));
    for number in 0..1_000 {
        let key = request(&format!("key-{}", number % 20), number);
        assert_eq!(claim(&guard, &key, later(WINDOW)), Ok(Claim::Replayed));
    }
    assert_eq!(guard.used(), 1_000);
}

#[test]
fn a_large_guard_is_nearly_full_before_it_fails() {
    let guard = MemoryReplay::bounded(8 << 20);
    let keys: Vec<_> = (0..100).map(|number| format!("key-{number}")).collect();
    let taken = (0..guard.room())
        .take_while(|number| claim(&guard, &request(&keys[number % 100], *number), NOW).is_ok())
        .count();
    assert!(taken > guard.room() * 95 / 100, "{taken} of {}", guard.room());
}

#[test]
fn room_is_free_again_when_its_claims_have_ended() {
    let guard = full(NOW);
    let next = later(WINDOW + 2);
    for number in 0..1_000 {
        let key = dated(&format!("key-{}", number % 20), 10_000 + number, next);
        assert_eq!(claim(&guard, &key, next), Ok(Claim::Fresh));
    }
    assert_eq!(guard.used(), 1_000);
}

#[test]
fn a_guard_without_room_fails() {
    for bytes in [0, 1, 60] {
        let guard = MemoryReplay::bounded(bytes);
        assert_eq!((guard.room(), claim(&guard, &request("key", 1), NOW)), (0, Err(ClaimFailed::Full)));
    }
    let guard = MemoryReplay::bounded(300);
    assert!(guard.room() > 0);
    assert_eq!(claim(&guard, &request("key", 1), NOW), Ok(Claim::Fresh), "a share is at least one claim");
}

#[test]
fn what_was_thrown_away_while_the_clock_stood_ahead_is_never_fresh_again() {
    let guard = full(NOW);
    // An hour ahead somebody's claim takes the room of what seems to have ended.
    let ahead = dated("ahead", 1, later(HOUR));
    assert_eq!(claim(&guard, &ahead, later(HOUR)), Ok(Claim::Fresh));
    assert_eq!(guard.used(), 1);
    // An hour back the captured requests are in their window.
    for number in 0..1_000 {
        let key = request(&format!("key-{}", number % 20), number);
        assert_eq!(claim(&guard, &key, later(10)), Err(ClaimFailed::Forgotten));
    }
    // Nobody can tell these from them: they end no later.
    assert_eq!(claim(&guard, &dated("new", 1, NOW), later(10)), Err(ClaimFailed::Forgotten));
    assert_eq!(claim(&guard, &dated("new", 1, earlier(9)), later(10)), Err(ClaimFailed::Forgotten));
    // Later ones were never claimed, and need not wait an hour.
    assert_eq!(claim(&guard, &dated("new", 1, later(1)), later(10)), Ok(Claim::Fresh));
    assert_eq!(
        claim(&guard, &ahead, later(10)),
        Ok(Claim::Replayed),
        "and what was dated ahead is still here"
    );
}

#[test]
fn a_clock_that_goes_to_and_fro_lets_nothing_in_twice() {
    let guard = small();
    let (mut fresh, mut forgotten) = (std::collections::HashSet::new(), 0);
    for round in 0..40 {
        let now = later(if round % 2 == 0 { 0 } else { HOUR });
        for number in 0..1_500u64 {
            // Old and new ones, so that each hour takes the room of the other.
            let number = number + 300 * (round / 2);
            let key = dated(&format!("key-{}", number % 30), usize::try_from(number).unwrap(), now);
            match claim(&guard, &key, now) {
                Ok(Claim::Fresh) => assert!(fresh.insert(*key.digest()), "{number} is let in again at {now}"),
                Err(ClaimFailed::Forgotten) => forgotten += 1,
                _ => {}
            }
        }
    }
    assert!(fresh.len() > 1_000 && forgotten > 10_000, "{} fresh, {forgotten} forgotten", fresh.len());
}

#[test]
fn a_reset_forgets_everything_on_purpose() {
    let guard = full(NOW);
    let key = request("key-0", 0);
    for number in 0..62 {
        assert_eq!(claim(&guard, &dated("key-0", number, later(HOUR)), later(HOUR)), Ok(Claim::Fresh));
    }
    assert_eq!(claim(&guard, &key, NOW), Err(ClaimFailed::Forgotten));
    guard.reset();
    assert_eq!(guard.used(), 0);
    assert_eq!(claim(&guard, &key, NOW), Ok(Claim::Fresh), "that is the danger");
    assert_eq!(claim(&guard, &key, NOW), Ok(Claim::Replayed));
    for number in 100..161 {
        assert_eq!(claim(&guard, &request("key-0", number), NOW), Ok(Claim::Fresh), "a whole share");
    }
    let guard = small().since(later(HOUR));
    assert_eq!(claim(&guard, &key, NOW), Err(ClaimFailed::BeforeStart));
    guard.reset();
    assert_eq!(claim(&guard, &key, NOW), Ok(Claim::Fresh));
}

#[test]
fn requests_from_before_the_start_fail() {
    let guard = small().since(NOW);
    assert_eq!(claim(&guard, &dated("key", 1, earlier(1)), NOW), Err(ClaimFailed::BeforeStart));
    assert_eq!(claim(&guard, &dated("key", 2, NOW), NOW), Ok(Claim::Fresh));
    let guard = small();
    assert_eq!(claim(&guard, &dated("key", 1, earlier(1)), NOW), Ok(Claim::Fresh), "unless nobody says so");
}

#[test]
fn times_at_both_ends_of_the_calendar_are_only_times() {
    let (first, last) = (Timestamp::from_unix(i64::MIN), Timestamp::from_unix(i64::MAX));
    let guard = small();
    for (number, (requested_at, ends, now)) in
        [(first, first, first), (last, last, last), (first, last, NOW), (last, last, first)]
            .into_iter()
            .enumerate()
    {
        let key = ReplayKey::for_tests("test", id("key"), &number.to_le_bytes(), requested_at, ends);
        assert_eq!(claim(&guard, &key, now), Ok(Claim::Fresh));
        assert_eq!(claim(&guard, &key, now), Ok(Claim::Replayed));
    }
    let ended = ReplayKey::for_tests("test", id("key"), b"", last, first);
    assert_eq!(claim(&guard, &ended, last), Err(ClaimFailed::Ended));
}

#[test]
fn why_it_cannot_tell_is_a_sentence() {
    for (failed, sentence) in [
        (ClaimFailed::Full, "no room left in the replay guard; give it more bytes, or shorten the windows"),
        (
            ClaimFailed::Forgotten,
            "claim that the replay guard may have forgotten while the clock stood ahead; sign again, and if it goes on, \
             reset the guard",
        ),
        (
            ClaimFailed::Ended,
            "claim after its end; ask within the request's window, at the moment it was checked by",
        ),
        (ClaimFailed::BeforeStart, "request dated before the replay guard began to remember; sign again"),
    ] {
        assert_eq!(failed.to_string(), sentence);
    }
    assert_eq!(format!("{:?}", full(NOW)), "MemoryReplay { room: 1000, used: 1000, .. }");
}
