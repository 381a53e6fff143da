//! The store in memory when it is full: bytes, look-ups, acts, and two threads at once.

use std::{
    cell::Cell,
    hint::{black_box, spin_loop},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use keyward::{Authorizer, Insert, MemoryStore, Registry};

use crate::{
    heap::held,
    hmac::Yardstick,
    random::Random,
    report::{Report, Sense, number, time},
    rig::{Effort, Rig, nanoseconds},
    world::{Caller, LARGE, Level, account, engine, filled, fresh, ready, verify},
};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
pub(crate) const VERIFY_FEW: &str = "plain verify, keys at random of 10 000";
pub(crate) const VERIFY_MANY: &str = "plain verify, keys at random of 1 000 000";
const INSERT_FEW: &str = "insert beside 10 000";
const INSERT_MANY: &str = "insert beside 1 000 000";
const PUT: &str = "put_account above 100 000 users";
const AFTER: &str = "plain verify, first after put_account";
const MOST_BYTES: f64 = 600.0;
/// In milliseconds.
const MOST_PUT: f64 = 10.0;

pub(crate) fn measure(effort: Effort) -> Report {
    let (mut report, engine) = (Report::default(), engine());
    // The even ones are in one large account.
    let (above, callers) = filled(&engine, 200_000, Level::Full, |number| number == 0);
    let large = account(LARGE);
    let put = || ready(above.put_account(black_box(&large)));
    let mut rig = Rig::default();
    rig.row(PUT, put);
    rig.timed(AFTER, |count| {
        let one = |_| {
            put().expect("a store that cannot fail");
            let start = Instant::now();
            assert!(verify(&engine, &above, &callers[0]));
            nanoseconds(start)
        };
        (0..count).map(one).sum()
    });
    report.add(rig.measure(effort));
    drop(above);

    let (few, callers_of_few) = filled(&engine, FEW, Level::Full, |_| true);
    // Pairs of an even and an odd one; more of them than the caches hold.
    let (many, callers_of_many) = filled(&engine, MANY, Level::Full, |number| number % 8 < 2);
    assert!(callers_of_few.iter().all(|caller| verify(&engine, &few, caller)));
    assert!(callers_of_many.iter().all(|caller| verify(&engine, &many, caller)));
    look_ups(&mut report, effort, &engine, [(&few, &callers_of_few), (&many, &callers_of_many)]);
    two_threads(&mut report, effort, &engine, &many, &callers_of_many);
    let inserted = inserts(&mut report, effort, &engine, [&few, &many]);

    let ((), freed) = held(|| drop(many));
    let bytes = -freed / (MANY + inserted) as f64;
    report.number("MemoryStore held, a user with four rules", bytes, "B");

    let what = "bytes a user, 1 000 000 users with four rules".into();
    report.bar(what, String::new(), (bytes, MOST_BYTES, "B"), Sense::Exactly);
    report.at_most(VERIFY_MANY, 3.0, VERIFY_FEW);
    report.at_most(INSERT_MANY, 5.0, INSERT_FEW);
    let figures = format!("and {} for a user's first look-up after it", time(report.value(AFTER)));
    report.bar(PUT.into(), figures, (report.value(PUT) / 1e6, MOST_PUT, "ms"), Sense::AtMost);
    report
}

fn look_ups(
    report: &mut Report,
    effort: Effort,
    engine: &Authorizer,
    stores: [(&MemoryStore, &Vec<Caller>); 2],
) {
    let mut rig = Rig::default();
    for (name, (store, callers)) in [VERIFY_FEW, VERIFY_MANY].into_iter().zip(stores) {
        let mut turn = callers.iter().cycle();
        rig.row(name, move || turn.next().is_some_and(|caller| verify(engine, store, caller)));
    }
    report.add(rig.measure(effort));
}

/// How many were inserted into the second store.
fn inserts(report: &mut Report, effort: Effort, engine: &Authorizer, stores: [&MemoryStore; 2]) -> usize {
    let counts = [Cell::new(0), Cell::new(0)];
    let mut rig = Rig::default();
    for ((name, store), inserted) in [INSERT_FEW, INSERT_MANY].into_iter().zip(stores).zip(&counts) {
        let mut random = Random::new(5);
        rig.timed(name, move |count| {
            let one = |_| {
                // Anywhere among those that are there.
                let number = MANY + random.below(99 * MANY);
                let user = fresh(engine, LARGE, number, Level::Full, &mut random).user;
                let start = Instant::now();
                let stored = ready(store.insert(&user));
                let took = nanoseconds(start);
                assert!(matches!(stored, Ok(Insert::Stored)));
                inserted.set(inserted.get() + 1);
                took
            };
            (0..count).map(one).sum()
        });
    }
    // Few at a time, so that the small store stays small.
    report.add(rig.measure(Effort { rounds: 5, batch: 1e5, ..effort }));
    counts[1].get()
}

/// Per thread the same work; what two threads gain is beside what the bare hash gains from the second core.
fn two_threads(
    report: &mut Report,
    effort: Effort,
    engine: &Authorizer,
    store: &MemoryStore,
    callers: &[Caller],
) {
    let yardstick = Yardstick::new();
    let hash = |_: usize| assert!(black_box(&yardstick).hash() != [0; 32]);
    let uniform = |turn: usize| assert!(verify(engine, store, &callers[turn % callers.len()]));
    let hot = |_: usize| assert!(verify(engine, store, black_box(&callers[0])));
    let loads: [(&str, &(dyn Fn(usize, Range) + Sync)); 3] = [
        ("HMAC-SHA-256 alone", &|start, range| range.for_each(|turn| hash(start + turn))),
        ("plain verify, keys at random", &|start, range| range.for_each(|turn| uniform(start + turn))),
        ("plain verify, one hot key", &|start, range| range.for_each(|turn| hot(start + turn))),
    ];
    let name =
        |load: &str, threads| format!("{load}, {threads} thread{}", if threads == 1 { "" } else { "s" });
    let mut rig = Rig::default();
    for (load, work) in loads {
        for threads in [1, 2] {
            let mut start = 0;
            rig.timed(name(load, threads), move |count| {
                start += count;
                // Far apart, so that only the hot key is common.
                on_threads(threads, |thread| work(start + thread * callers.len() / 2, 0..count))
            });
        }
    }
    report.add(rig.measure(Effort { batch: 1e7, ..effort }));
    let factor = |report: &Report, load| 2.0 * report.value(&name(load, 1)) / report.value(&name(load, 2));
    let bare = factor(report, loads[0].0);
    report.number("two threads do so many times the work of one: HMAC-SHA-256 alone", bare, "x");
    for (load, _) in &loads[1..] {
        let gained = factor(report, load);
        report.number(format!("two threads do so many times the work of one: {load}"), gained, "x");
        let what = format!("two threads, {load}: what they gain, beside what the bare HMAC gains");
        let figures = format!("{} x beside {} x", number(gained), number(bare));
        report.bar(what, figures, (gained / bare, 0.95, "x"), Sense::AtLeast);
    }
}

type Range = std::ops::Range<usize>;

/// From the moment at which the first begins to the one at which the last is done.
fn on_threads(threads: usize, work: impl Fn(usize) + Sync) -> f64 {
    let (ready, work) = (&AtomicUsize::new(0), &work);
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let spawned: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    ready.fetch_add(1, Ordering::AcqRel);
                    while ready.load(Ordering::Acquire) < threads {
                        spin_loop();
                    }
                    let start = Instant::now();
                    work(thread);
                    (start, Instant::now())
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().expect("work that does not panic")).collect()
    });
    let first = spans.iter().map(|span| span.0).min();
    let last = spans.iter().map(|span| span.1).max();
    let took = first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first);
    took.as_nanos() as f64
}
