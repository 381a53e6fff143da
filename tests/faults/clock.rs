//! Clocks that are set back and forward, by an hour and by a year, and to before 1970.

use std::time::Duration;

use keyward::{
    ApiUser, Ask, Gate, Journal, JournalPart, JournalQuery, Keep, MemoryJournal, MemoryReplay, MemoryStore,
    ModulePolicy, Policy, Presented, Registry, Replay, ReplayGuard, ReplayKey, Timestamp,
    conformance::FakeClock,
};
use pollster::block_on;

use super::{
    common::{
        NOW, World, by, code, engine, ring, seeded,
        signing::{POST, Signing, signing_engine, world as signing_world},
    },
    stored,
};

const HOUR: i64 = 3_600;
const YEAR: i64 = 365 * 86_400;

/// From now: back and forward, to 1970 and before it, and to both ends of time.
fn jumps() -> [i64; 10] {
    let now = NOW.unix();
    [0, -HOUR, HOUR, -YEAR, YEAR, -now, -now - 1, -now - 100 * YEAR, i64::MIN, i64::MAX]
}

fn at(jump: i64) -> Timestamp {
    let clock = FakeClock::at(NOW);
    clock.jump(jump);
    clock.now()
}

fn works(store: &MemoryStore, world: &World, now: Timestamp) -> bool {
    let gate = Gate::new(engine(), store);
    let ask = Ask::new(world.method, world.client, now);
    let presented = Presented::pair(world.key(), world.revealed.secret());
    code(&block_on(gate.authorize(presented, &ask)).unwrap()).is_none()
}

fn edited(world: &World, edit: impl FnOnce(&mut ApiUser)) -> MemoryStore {
    let store = stored(world);
    let mut user = block_on(store.user(world.account.id(), world.user.id())).unwrap().unwrap();
    edit(&mut user);
    assert_eq!(block_on(store.update(&user)), Ok(keyward::Write::Stored));
    store
}

#[test]
fn what_was_stopped_stays_so_whatever_the_clock_says() {
    let world = World::new();
    let key = world.key();
    let stopped: [(&str, MemoryStore); 4] = [
        ("revoked", edited(&world, |user| drop(user.revoke(key, by(NOW)).unwrap()))),
        ("disabled", edited(&world, |user| drop(user.disable(by(NOW))))),
        ("regenerated", {
            edited(&world, |user| drop(user.regenerate(key, &ring(), by(NOW), &mut seeded(3)).unwrap()))
        }),
        ("revoked in the index", {
            let store = stored(&world);
            assert_eq!(block_on(store.revoke(key, NOW)), Ok(keyward::Stop::Stopped));
            store
        }),
    ];
    for (how, store) in stopped {
        for jump in jumps() {
            assert!(!works(&store, &world, at(jump)), "{how}, {jump} seconds from now");
        }
    }
}

#[test]
fn what_has_ended_is_refused_at_every_later_moment_and_no_act_by_a_wrong_clock_moves_the_end() {
    let world = World::new();
    let key = world.key();
    let end = NOW.plus(Duration::from_secs(60));
    let ends = |user: &ApiUser| user.credentials()[0].expires_at();
    for jump in jumps() {
        let wrong = by(at(jump));
        let store = edited(&world, |user| {
            let _ = user.expire(key, end, by(NOW)).unwrap();
            let _ = user.expire(key, at(YEAR), wrong);
            assert_eq!(ends(user), Some(end));
            let _ = user.rotate(key, Duration::from_secs(7 * 86_400), &ring(), wrong, &mut seeded(4));
            let _ = user.postpone(key, at(-YEAR), wrong);
            assert!(ends(user) <= Some(end), "an act at {} moved the end", wrong.at);
        });
        for later in [0, 1, HOUR, YEAR, i64::MAX] {
            let now = Timestamp::from_unix(end.unix().saturating_add(later));
            assert!(!works(&store, &world, now), "an act at {}, asked at {now}", wrong.at);
        }
    }
}

#[test]
fn no_act_and_no_question_at_any_moment_panics() {
    let world = World::new();
    let store = stored(&world);
    for jump in jumps() {
        let now = at(jump);
        let _ = works(&store, &world, now);
        let mut user = world.user.clone();
        let key = world.key();
        let _ = user.issue(Keep::Hashed, &ring(), by(now).request("r".parse().unwrap()), &mut seeded(2));
        let _ = user.rotate(key, keyward::MAX_OVERLAP, &ring(), by(now), &mut seeded(3));
        let _ = (user.expire(key, now, by(now)), user.postpone(key, now, by(now)), user.revoke(key, by(now)));
        assert_eq!(ApiUser::decode(&user.encode()).unwrap().encode(), user.encode(), "at {now}");
        let journal = MemoryJournal::bounded(100, 1 << 20);
        block_on(journal.append(vec![user.disable(by(now)).into()])).unwrap();
        let there = block_on(journal.browse(&JournalQuery::all().since(now).until(now))).unwrap();
        assert_eq!(there.entries.len(), 1, "at {now}");
        assert_eq!(block_on(journal.forget(JournalPart::Acts, now)), Ok(0), "at {now}");
    }
}

/// A request as an engine with a window of 300 seconds leaves it.
fn dated(number: usize, now: Timestamp) -> ReplayKey {
    let (key, unique) = (format!("key-{}", number % 40), format!("{number} {now}"));
    let ends = now.plus(Duration::from_secs(301));
    ReplayKey::for_tests("test", key.parse().unwrap(), unique.as_bytes(), now, ends)
}

#[test]
fn a_claim_is_not_released_early_by_a_clock_that_went_ahead_and_came_back() {
    for jump in [HOUR, YEAR, i64::MAX] {
        let guard = MemoryReplay::bounded(60_200);
        assert_eq!(guard.room(), 1_000);
        let clock = FakeClock::at(NOW);
        let open: Vec<_> = (0..1_000).map(|number| dated(number, clock.now())).collect();
        for key in &open {
            assert_eq!(block_on(guard.claim(key, clock.now())), Ok(keyward::Claim::Fresh));
        }
        clock.jump(jump);
        let _ = block_on(guard.claim(&dated(0, clock.now()), clock.now()));
        assert_eq!(guard.used(), 1, "room was made for it");
        for back in [0, 1, 150, 301] {
            clock.set(NOW.plus(Duration::from_secs(back)));
            for key in open.iter().step_by(50) {
                let answer = block_on(guard.claim(key, clock.now()));
                assert!(
                    !matches!(answer, Ok(keyward::Claim::Fresh)),
                    "{jump} ahead, {back} later: {answer:?}"
                );
            }
        }
    }
}

#[test]
fn a_signed_request_is_accepted_once_however_the_clock_jumps_between_two_sendings() {
    let mut world = signing_world();
    world.set(ModulePolicy::default().replay(Policy::enforce(Replay::Every)));
    let (store, guard) = (stored(&world), MemoryReplay::bounded(1 << 16));
    let gate = Gate::new(signing_engine(), &store).with_replay(&guard);
    let signed = world.signed(POST);
    let clock = FakeClock::at(NOW);
    let mut accepted = 0;
    for jump in jumps().into_iter().chain([0, -299, 299, -300, 300, 0]) {
        clock.set(at(jump));
        let ask = Ask::new(world.method, world.client, clock.now());
        let answer = signed.present(gate.engine(), |presented| block_on(gate.authorize(presented, &ask)));
        accepted += u32::from(answer.is_ok_and(|verdict| code(&verdict).is_none()));
    }
    assert_eq!(accepted, 1);
}
