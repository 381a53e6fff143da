//! What a cache promises, rule by rule.

mod common;

use std::{error::Error, panic, sync::Arc, time::Duration};

use common::{Asked, BOUND, Down, Hand, cached, filled, kept, key, name, revoked, subject};
use keyward::{Changed, DynLookup, Follower, Lookup, Mark, MemoryStore};
use keyward_cache::{CacheOptions, Cached, InvalidBound, Monotonic, StoreFailed};

const KEY: &str = "key-1";

#[test]
fn what_was_read_is_kept_until_the_bound_and_no_longer() {
    let (cached, store, clock) = cached();
    let found = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    assert_eq!(name(&found), "first");
    clock.step(5_000);
    assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "first");
    assert_eq!(store.calls(), 1);
    clock.step(1);
    assert!(kept(&cached, key(KEY)).is_none());
    assert_eq!(store.calls(), 2);
}

#[test]
fn an_answer_grows_old_from_the_moment_its_load_began() {
    let (cached, store, clock) = cached();
    let mut asked = Asked::waits(&cached, key(KEY));
    clock.step(4_000);
    store.answer(0, Ok(Some(subject("acme", "first", key(KEY)))));
    assert!(asked.poll().is_some());
    clock.step(1_001);
    assert!(kept(&cached, key(KEY)).is_none());
}

#[test]
fn the_subject_and_its_verdict_say_how_old_they_may_be() {
    let (cached, store, _) = cached();
    let own = Duration::from_millis(200);
    let lagging = subject("acme", "first", key(KEY)).no_older_than(own);
    let found = filled(&cached, &store, key(KEY), Ok(Some(lagging)));
    assert_eq!(found.unwrap().unwrap().staleness(), BOUND + own, "the store's own lag is on top");
    assert_eq!(kept(&cached, key(KEY)).unwrap().unwrap().unwrap().staleness(), BOUND + own);
}

#[test]
fn a_bound_is_of_10_milliseconds_to_5_minutes() {
    let made =
        |bound| Cached::new(MemoryStore::new(), bound, Monotonic::start()).map(|cached| cached.bound());
    let [short, least, most, long] = [9, 10, 300_000, 300_001].map(Duration::from_millis);
    assert_eq!(made(short), Err(InvalidBound::TooShort(short)));
    assert_eq!(made(least), Ok(least));
    assert_eq!(made(most), Ok(most));
    assert_eq!(made(long), Err(InvalidBound::TooLong(long)));
    assert_eq!(
        InvalidBound::TooShort(short).to_string(),
        "a staleness bound of 9ms is shorter than 10ms; use the store without a cache"
    );
    assert_eq!(
        InvalidBound::TooLong(long).to_string(),
        "a staleness bound of 300.001s is longer than 300s; a revoked key would work as long"
    );
}

#[test]
fn many_who_miss_one_key_make_one_load() {
    let (cached, store, _) = cached();
    let mut asked: Vec<_> = (0..100).map(|_| Asked::waits(&cached, key(KEY))).collect();
    let mut other = Asked::waits(&cached, key("key-2"));
    assert_eq!(store.calls(), 2);
    store.answer(0, Ok(Some(subject("acme", "first", key(KEY)))));
    assert!(asked.iter().all(|asked| asked.woken() > 0), "nobody is forgotten");
    for asked in &mut asked {
        assert_eq!(name(&asked.poll().unwrap()), "first");
    }
    assert!(other.poll().is_none(), "keys do not wait for each other");
    assert_eq!(store.calls(), 2);
}

#[test]
fn a_leader_that_is_dropped_hands_its_load_on() {
    let (cached, store, _) = cached();
    let leader = Asked::waits(&cached, key(KEY));
    let (mut second, mut third) = (Asked::waits(&cached, key(KEY)), Asked::waits(&cached, key(KEY)));
    let before = second.woken();
    drop(leader);
    assert!(second.woken() > before && !store.is_dropped(0));
    assert!(second.poll().is_none());
    store.answer(0, Ok(Some(subject("acme", "first", key(KEY)))));
    assert!(second.woken() > before + 1 && third.woken() > 0);
    drop(second);
    assert_eq!(name(&third.poll().unwrap()), "first");
    assert_eq!((store.calls(), kept(&cached, key(KEY)).is_some()), (1, true));
}

#[test]
fn a_leader_that_is_held_and_never_polled_again_holds_nobody_up() {
    let (cached, store, _) = cached();
    let leader = Asked::waits(&cached, key(KEY));
    let mut second = Asked::waits(&cached, key(KEY));
    store.answer(0, Ok(None));
    assert!(second.woken() > 0);
    assert!(second.poll().unwrap().unwrap().is_none());
    drop(leader);
}

#[test]
fn who_waits_is_told_when_another_has_driven_the_load_to_its_end() {
    let (cached, store, _) = cached();
    let (mut first, mut second) = (Asked::waits(&cached, key(KEY)), Asked::waits(&cached, key(KEY)));
    store.answer_quietly(0, Ok(None));
    assert!(first.poll().unwrap().unwrap().is_none());
    assert!(second.is_told());
    assert!(second.poll().unwrap().unwrap().is_none());
    assert_eq!(store.calls(), 1);
}

#[test]
fn a_caller_whose_deadline_ends_leaves_nothing_behind() {
    let (cached, store, _) = cached();
    let first = Asked::waits(&cached, key(KEY));
    let second = Asked::waits(&cached, key(KEY));
    drop(first);
    assert!(!store.is_dropped(0));
    drop(second);
    assert!(store.is_dropped(0), "nobody waits for it any more");
    let found = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "second", key(KEY)))));
    assert_eq!((name(&found), store.calls()), ("second", 2));
}

#[test]
fn a_load_that_takes_longer_than_the_bound_is_joined_by_nobody_and_answers_nobody() {
    let (cached, store, clock) = cached();
    let mut early = Asked::waits(&cached, key(KEY));
    clock.step(5_001);
    let mut late = Asked::waits(&cached, key(KEY));
    assert_eq!(store.calls(), 2);
    store.answer(0, Ok(Some(subject("acme", "first", key(KEY)))));
    // Read in time and here too late: it may have been revoked in between.
    let failed = early.poll().unwrap().unwrap_err();
    assert!(failed.store().is_none());
    assert_eq!(
        failed.to_string(),
        "the store took longer than the staleness bound of 5s, so its answer may be too old; find out why it is slow, or \
         state a longer bound"
    );
    assert!(late.poll().is_none());
    assert!(kept(&cached, key(KEY)).is_none());
    store.answer(1, Ok(Some(subject("acme", "second", key(KEY)))));
    assert_eq!(name(&late.poll().unwrap()), "second");
}

#[test]
fn an_error_is_for_those_who_waited_and_kept_for_nobody() {
    let (cached, store, _) = cached();
    let mut asked = [Asked::waits(&cached, key(KEY)), Asked::waits(&cached, key(KEY))];
    store.answer(0, Err(Down));
    for asked in &mut asked {
        let failed = asked.poll().unwrap().unwrap_err();
        assert_eq!((failed.store(), failed.to_string().as_str()), (Some(&Down), "the store is down"));
        assert!(failed.source().is_none());
    }
    let mut again = Asked::waits(&cached, key(KEY));
    assert_eq!(store.calls(), 2);
    store.answer(1, Ok(Some(subject("acme", "first", key(KEY)))));
    assert_eq!(name(&again.poll().unwrap()), "first");
}

#[test]
fn an_error_does_not_bring_back_what_is_too_old() {
    let (cached, store, clock) = cached();
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    clock.step(5_001);
    assert_eq!(filled(&cached, &store, key(KEY), Err(Down)).unwrap_err().store(), Some(&Down));
    assert_eq!(filled(&cached, &store, key(KEY), Err(Down)).unwrap_err().store(), Some(&Down));
}

#[test]
fn a_key_of_nobody_is_kept_for_a_shorter_time() {
    let (cached, store, clock) = cached();
    assert!(filled(&cached, &store, key(KEY), Ok(None)).unwrap().is_none());
    clock.step(500);
    assert!(kept(&cached, key(KEY)).unwrap().unwrap().is_none());
    cached.caught_up(cached.mark());
    clock.step(1);
    assert!(kept(&cached, key(KEY)).is_none(), "what the feed confirms makes it no older");
}

#[test]
fn a_key_of_nobody_is_dropped_when_it_is_stored() {
    let (cached, store, _) = cached();
    assert!(filled(&cached, &store, key(KEY), Ok(None)).unwrap().is_none());
    cached.changed(Changed::Key(key(KEY)));
    let found = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "new", key(KEY)))));
    assert_eq!(name(&found), "new");
    assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "new");
}

#[test]
fn what_changed_is_not_served_again() {
    for what in [Changed::Key(key(KEY)), Changed::Account("acme".parse().unwrap()), Changed::Anything] {
        let (cached, store, _) = cached();
        let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
        cached.changed(what);
        let found = filled(&cached, &store, key(KEY), Ok(Some(revoked(subject("acme", "first", key(KEY))))));
        assert!(found.unwrap().unwrap().credential().revoked_at().is_some(), "{what:?}");
        assert_eq!(store.calls(), 2);
    }
}

#[test]
fn what_did_not_change_is_still_served() {
    let (cached, store, _) = cached();
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    cached.changed(Changed::Key(key("key-2")));
    // One of the two may have its place; not both, but for one in 16 million.
    cached.changed(Changed::Account("other".parse().unwrap()));
    let kept = kept(&cached, key(KEY)).is_some();
    let (again, store, _) = self::cached();
    let _ = filled(&again, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    again.changed(Changed::Account("other".parse().unwrap()));
    assert!(kept || self::kept(&again, key(KEY)).is_some());
}

#[test]
fn a_load_that_began_before_a_change_never_refills() {
    for what in [Changed::Key(key(KEY)), Changed::Account("acme".parse().unwrap()), Changed::Anything] {
        let (cached, store, _) = cached();
        let mut before = Asked::waits(&cached, key(KEY));
        cached.changed(what);
        store.answer(0, Ok(Some(subject("acme", "old", key(KEY)))));
        assert_eq!(name(&before.poll().unwrap()), "old", "it asked before");
        let mut after = Asked::waits(&cached, key(KEY));
        assert_eq!(store.calls(), 2, "{what:?}");
        store.answer(1, Ok(Some(subject("acme", "new", key(KEY)))));
        assert_eq!(name(&after.poll().unwrap()), "new");
        assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "new");
    }
}

#[test]
fn who_asks_after_a_change_gets_nothing_that_was_read_before() {
    for what in [Changed::Key(key(KEY)), Changed::Account("acme".parse().unwrap()), Changed::Anything] {
        let (cached, store, _) = cached();
        let mut before = Asked::waits(&cached, key(KEY));
        cached.changed(what);
        let mut after = Asked::waits(&cached, key(KEY));
        store.answer(0, Ok(Some(subject("acme", "old", key(KEY)))));
        // Whichever of the two is polled first, and so drives the load.
        assert!(after.poll().is_none(), "{what:?}");
        assert_eq!(name(&before.poll().unwrap()), "old");
        store.answer(1, Ok(Some(subject("acme", "new", key(KEY)))));
        assert_eq!(name(&after.poll().unwrap()), "new");
        assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "new");
        assert_eq!(store.calls(), 2);
    }
}

#[test]
fn a_change_of_another_account_does_not_part_those_who_wait() {
    let (cached, store, _) = cached();
    let _before = Asked::waits(&cached, key(KEY));
    cached.changed(Changed::Account("other".parse().unwrap()));
    let mut after = Asked::waits(&cached, key(KEY));
    assert_eq!(store.calls(), 1, "whose account it is, its answer tells");
    store.answer(0, Ok(None));
    assert!(after.poll().unwrap().unwrap().is_none());
}

#[test]
fn deleted_and_created_again_is_another() {
    let (cached, store, _) = cached();
    let mut oldest = Asked::waits(&cached, key(KEY));
    cached.changed(Changed::Key(key(KEY))); // deleted
    let mut between = Asked::waits(&cached, key(KEY));
    cached.changed(Changed::Key(key(KEY))); // created
    let mut newest = Asked::waits(&cached, key(KEY));
    assert_eq!(store.calls(), 3);
    store.answer(2, Ok(Some(subject("acme", "second", key(KEY)))));
    assert_eq!(name(&newest.poll().unwrap()), "second");
    store.answer(1, Ok(None));
    assert!(between.poll().unwrap().unwrap().is_none());
    store.answer(0, Ok(Some(subject("acme", "first", key(KEY)))));
    assert_eq!(name(&oldest.poll().unwrap()), "first");
    assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "second");
}

#[test]
fn what_the_feed_confirms_stays_good_and_a_lost_feed_falls_back_to_the_bound() {
    let (cached, store, clock) = cached();
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    for _ in 0..100 {
        let mark = cached.mark();
        clock.step(1_000);
        cached.caught_up(mark);
    }
    assert_eq!(name(&kept(&cached, key(KEY)).unwrap()), "first");
    // The last mark was a second ago.
    clock.step(4_000);
    assert!(kept(&cached, key(KEY)).is_some());
    clock.step(1);
    assert!(kept(&cached, key(KEY)).is_none());
    assert_eq!(store.calls(), 2);
}

#[test]
fn what_lags_behind_its_feed_is_not_confirmed_by_it() {
    let (cached, store, clock) = cached();
    let lagging = subject("acme", "first", key(KEY)).no_older_than(Duration::from_millis(1));
    let _ = filled(&cached, &store, key(KEY), Ok(Some(lagging)));
    clock.step(5_000);
    cached.caught_up(cached.mark());
    assert!(kept(&cached, key(KEY)).is_some());
    clock.step(1);
    assert!(kept(&cached, key(KEY)).is_none());
}

#[test]
fn a_mark_of_the_future_confirms_nothing() {
    let (cached, store, clock) = cached();
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    cached.caught_up(Mark(Duration::from_millis(clock.at() + 4_000)));
    clock.step(5_001);
    assert!(kept(&cached, key(KEY)).is_none());
}

#[test]
fn a_clock_that_goes_back_makes_nothing_last_longer() {
    let (cached, store, clock) = cached();
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    clock.step(4_000);
    let mark = cached.mark();
    assert!(kept(&cached, key(KEY)).is_some());
    clock.put(clock.at() - 3_600_000.min(clock.at()));
    assert!(kept(&cached, key(KEY)).is_none(), "how long ago it was read cannot be told");
    clock.put(1_004_000);
    assert!(kept(&cached, key(KEY)).is_none(), "and it stays so where the clock comes back");

    let (cached, store, clock) = self::cached();
    clock.step(10_000);
    let old = cached.mark();
    clock.put(1_000_000);
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    clock.put(1_005_001);
    for mark in [mark, old, Mark(Duration::from_secs(1_005))] {
        cached.caught_up(mark);
        assert!(kept(&cached, key(KEY)).is_none(), "a mark of before it went back confirms nothing");
    }
    clock.put(1_002_000);
    assert!(kept(&cached, key(KEY)).is_none());

    let (cached, store, clock) = self::cached();
    clock.step(10_000);
    cached.caught_up(cached.mark());
    clock.put(1_000_000);
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
    clock.put(1_010_001);
    assert!(kept(&cached, key(KEY)).is_none(), "what was confirmed before it went back is confirmed no more");
    clock.put(1_020_000);
    let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "second", key(KEY)))));
    clock.step(5_000);
    cached.caught_up(cached.mark());
    clock.step(5_000);
    assert!(kept(&cached, key(KEY)).is_some(), "marks beyond where it had been count again");
}

#[test]
fn a_clock_at_its_ends_is_no_panic() {
    for (first, second) in [(0, u64::MAX), (u64::MAX, 0), (0, 0), (u64::MAX, u64::MAX)] {
        let (cached, store, clock) = cached();
        clock.put(first);
        let _ = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "first", key(KEY)))));
        clock.put(second);
        cached.caught_up(cached.mark());
        let _ = kept(&cached, key(KEY));
        cached.caught_up(Mark(Duration::MAX));
    }
    assert!(Hand::default().at() == 0);
}

#[test]
fn a_store_that_panics_hangs_nobody() {
    let (cached, store, _) = cached();
    let mut leader = Asked::waits(&cached, key(KEY));
    let (mut second, mut third) = (Asked::waits(&cached, key(KEY)), Asked::waits(&cached, key(KEY)));
    let before = second.woken();
    store.panic(0);
    let caught = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        let _ = leader.poll();
    }));
    assert!(caught.is_err());
    drop(leader);
    assert!(second.woken() > before);
    assert!(second.poll().is_none());
    assert_eq!(store.calls(), 2, "it begins anew");
    assert!(third.poll().is_none());
    store.answer(1, Ok(Some(subject("acme", "first", key(KEY)))));
    assert_eq!(name(&second.poll().unwrap()), "first");
    assert_eq!(name(&third.poll().unwrap()), "first");
    assert_eq!(store.calls(), 2);
}

#[test]
fn an_answer_for_another_key_is_handed_on_and_not_kept() {
    let (cached, store, _) = cached();
    let found = filled(&cached, &store, key(KEY), Ok(Some(subject("acme", "other", key("key-2")))));
    assert_eq!(name(&found), "other", "the engine takes it for a fault");
    assert!(kept(&cached, key(KEY)).is_none());
}

#[test]
fn numbers_out_of_range_are_moved_to_the_nearest() {
    let options = CacheOptions::new(BOUND).unwrap();
    let least = options.clone().entries(0).unknown(0, Duration::MAX);
    let most = options.clone().entries(usize::MAX).unknown(usize::MAX, Duration::ZERO);
    for shown in [format!("{least:?}"), format!("{:?}", options.entries(1).unknown(1, BOUND))] {
        assert_eq!(shown, "CacheOptions { bound: 5s, entries: 1, unknown: 1, unknown_for: 5s }");
    }
    assert_eq!(
        format!("{most:?}"),
        "CacheOptions { bound: 5s, entries: 16777216, unknown: 1048576, unknown_for: 0ns }"
    );
}

#[test]
fn a_cache_is_shared_and_a_look_up_in_flight_is_small() {
    fn shared<T: Send + Sync + Unpin + 'static>() {}
    shared::<Cached<MemoryStore>>();
    shared::<Cached<DynLookup>>();
    shared::<StoreFailed<Down>>();
    let (cached, _, _) = cached();
    let dynamic: DynLookup = Arc::clone(&cached) as DynLookup;
    assert_eq!(format!("{dynamic:?}"), "ErasedLookup(..)");
    let size = size_of_val(&cached.find(key(KEY)));
    assert!(size <= 512, "{size}");
}
