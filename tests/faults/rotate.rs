//! Rotations: the overlap to the second, and answers that are lost.

use std::time::Duration;

use keyward::{
    ApiUser, By, EntropyError, Gate, IssueError, KeyId, KeyRing, MAX_OVERLAP, MemoryStore, Presented,
    Registry, Reveal, Revealed, Timestamp, Write,
    conformance::{FaultPlan, Faulty, Inject, Operation, drop_at_each_poll},
};
use pollster::block_on;

use super::{
    Store,
    common::{NOW, World, by, code, engine, ring, seeded},
    faulty, plain, stored,
};

fn read(store: &MemoryStore, world: &World) -> ApiUser {
    block_on(store.user(world.account.id(), world.user.id())).unwrap().unwrap()
}

fn works(store: &MemoryStore, world: &World, pair: &Revealed, now: Timestamp) -> bool {
    let gate = Gate::new(engine(), store);
    let ask = keyward::Ask::new(world.method, world.client, now);
    let verdict = block_on(gate.authorize(Presented::pair(pair.key_id(), pair.secret()), &ask)).unwrap();
    code(&verdict).is_none()
}

#[test]
fn both_pairs_work_within_the_overlap_alone_and_at_no_second_neither() {
    let year = Duration::from_secs(365 * 86_400);
    for overlap in [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(60), MAX_OVERLAP] {
        for own_end in [None, Some(NOW.plus(Duration::from_secs(30)))] {
            let world = World::new();
            let store = stored(&world);
            let mut user = read(&store, &world);
            if let Some(end) = own_end {
                let _ = user.expire(world.key(), end, by(NOW)).unwrap();
            }
            let made = user.rotate(world.key(), overlap, &ring(), by(NOW), &mut seeded(5)).unwrap();
            assert_eq!(block_on(store.update(&user)), Ok(Write::Stored));
            let made = made.reveal();
            let end = NOW.plus(overlap).min(own_end.unwrap_or(NOW.plus(year)));
            let around = |moment: Timestamp| (-3..=3).map(move |by| Timestamp::from_unix(moment.unix() + by));
            for now in around(NOW).chain(around(end)).chain([NOW.minus(year), end.plus(year)]) {
                assert!(works(&store, &world, &made, now), "the new pair, {overlap:?}, {now}");
                assert_eq!(
                    works(&store, &world, &world.revealed, now),
                    now < end,
                    "the old, {overlap:?}, {now}"
                );
            }
        }
    }
}

#[test]
fn while_a_rotation_is_stored_one_of_the_pairs_works_at_every_moment() {
    for inject in [Inject::DelayBefore(3), Inject::DelayAfter(3)] {
        let world = World::new();
        let store = stored(&world);
        let mut user = read(&store, &world);
        let made = user.regenerate(world.key(), &ring(), by(NOW), &mut seeded(5)).unwrap().reveal();
        let slow = Faulty::new(&store, FaultPlan::none().always(Operation::Update, inject));
        let pairs = || [&world.revealed, &made].map(|pair| works(&store, &world, pair, NOW));
        let answer = drop_at_each_poll(
            || slow.update(&user),
            |polls| {
                let stored = polls > 0 && inject == Inject::DelayAfter(3);
                assert_eq!(pairs(), [!stored, stored], "after {polls} polls");
            },
        );
        assert!(answer.is_some());
        assert_eq!(pairs(), [false, true]);
    }
}

type Act = fn(&mut ApiUser, KeyId, &KeyRing, By<'_>, u64) -> Result<Reveal, IssueError>;

const ACTS: [(&str, Act); 3] = [
    ("issue", |user, _, ring, by, seed| user.issue(keyward::Keep::Hashed, ring, by, &mut seeded(seed))),
    ("rotate", |user, key, ring, by, seed| {
        user.rotate(key, Duration::from_secs(60), ring, by, &mut seeded(seed))
    }),
    ("regenerate", |user, key, ring, by, seed| user.regenerate(key, ring, by, &mut seeded(seed))),
];

/// What a program has that repeats its request until it has an answer.
enum Outcome {
    Revealed(Box<Revealed>),
    /// Done, and the secret is nobody's.
    Unseen(KeyId),
    GaveUp,
}

/// A service that handles one request: reads, acts, stores, and reveals what is stored.
fn handle(store: &Store, world: &World, act: Act, seed: u64) -> Option<Outcome> {
    let by = by(NOW).request("request-1".parse().unwrap());
    let mut user = block_on(store.user(world.account.id(), world.user.id())).ok()??;
    match act(&mut user, world.key(), &ring(), by, seed) {
        Ok(reveal) => match block_on(store.update(&user)) {
            Ok(Write::Stored) => Some(Outcome::Revealed(Box::new(reveal.reveal()))),
            _ => None, // the secret is dropped unseen
        },
        Err(IssueError::AlreadyIssued { key_id }) => Some(Outcome::Unseen(key_id)),
        Err(error) => panic!("{error}"),
    }
}

fn repeat(store: &Store, world: &World, act: Act) -> Outcome {
    (10..16).find_map(|seed| handle(store, world, act, seed)).unwrap_or(Outcome::GaveUp)
}

#[test]
fn an_act_whose_answer_is_lost_is_done_once_and_its_secret_is_seen_at_most_once() {
    for (name, act) in ACTS {
        for (inject, seen) in [
            (Inject::Fail, true),
            (Inject::LoseAnswer, false),
            (Inject::Twice, false),
            (Inject::DelayAfter(3), true),
        ] {
            let world = World::new();
            let store = faulty(&world, FaultPlan::none().at(Operation::Update, 1, inject));
            let outcome = repeat(&store, &world, act);
            let user = read(store.inner(), &world);
            assert_eq!(user.credentials().len(), 2, "{name}, {inject:?}");
            let made = user.credentials()[1].key_id();
            match outcome {
                Outcome::Revealed(pair) => {
                    assert!(seen, "{name}, {inject:?}");
                    assert_eq!(pair.key_id(), made);
                    assert!(works(store.inner(), &world, &pair, NOW));
                }
                Outcome::Unseen(key) => {
                    assert!(!seen, "{name}, {inject:?}");
                    assert_eq!(key, made);
                    // As the error says: regenerate that one, since nobody has its secret.
                    let mut user = user;
                    let pair = user.regenerate(made, &ring(), by(NOW), &mut seeded(99)).unwrap();
                    assert_eq!(block_on(store.update(&user)).unwrap(), Write::Stored);
                    assert!(works(store.inner(), &world, &pair.reveal(), NOW));
                }
                Outcome::GaveUp => panic!("{name}, {inject:?}"),
            }
        }
    }
}

#[test]
fn whatever_fails_on_the_way_no_request_makes_two_secrets() {
    let (mut revealed, mut unseen) = (0, 0);
    for seed in 0..150 {
        let (name, act) = ACTS[usize::try_from(seed % 3).unwrap()];
        let world = World::new();
        let store = faulty(&world, FaultPlan::seeded(seed, 400));
        // Two instances of the service that have the same request, one after the other.
        let outcomes = [repeat(&store, &world, act), repeat(&store, &world, act)];
        let seen = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Revealed(_))).count();
        let made = read(store.inner(), &world).credentials().len() - 1;
        assert!(seen <= made && made <= 1, "{name}, seed {seed}: {seen} secrets of {made} keys");
        revealed += seen;
        unseen += made - seen;
    }
    assert!(
        revealed > 30 && unseen > 10,
        "{revealed} revealed, {unseen} unseen: the plan is too mild or too harsh"
    );
}

#[test]
fn entropy_that_fails_changes_nothing() {
    let world = World::new();
    let store = stored(&world);
    let mut user = read(&store, &world);
    let before = user.encode();
    let mut fails = |_: &mut [u8]| -> Result<(), EntropyError> { Err(EntropyError::Failed) };
    let refused = user.rotate(world.key(), Duration::from_secs(60), &ring(), by(NOW), &mut fails);
    assert!(matches!(refused, Err(IssueError::Entropy(_))));
    assert_eq!(user.encode(), before);
    assert_eq!(plain(&Gate::new(engine(), &store), &world).unwrap(), None);
}
