//! The store in memory when it is full: bytes, look-ups, acts, and two threads at once.

use std::{
    cell::Cell,
    hint::{black_box, spin_loop},
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use keyward::{Authorizer, Insert, MemoryStore, Registry};

use crate::{
    bar::{Bars, Sense},
    heap::held,
    hmac::Yardstick,
    random::Random,
    report::{Report, number, time},
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
pub(crate) const HELD: &str = "bytes of heap a user, 1 000 000 with four rules each";
const HMAC: &str = "HMAC-SHA-256 alone";
const RANDOM: &str = "plain verify, keys at random";
const HOT: &str = "plain verify, one hot key";
const AFTER: &str = "plain verify, first after put_account";
const MOST_BYTES: f64 = 600.0;
/// In milliseconds.
const MOST_PUT: f64 = 10.0;
const LEAST_GAIN: f64 = 0.95;
/// What the bare HMAC has to gain for a second core to have been there.
const SECOND_CORE: f64 = 1.8;

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    let engine = engine();
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
    look_ups(report, effort, &engine, [(&few, &callers_of_few), (&many, &callers_of_many)]);
    two_threads(report, effort, &engine, &many, &callers_of_many);
    let inserted = inserts(report, effort, &engine, [&few, &many]);

    let ((), freed) = held(|| drop(many));
    report.number(HELD, -freed / (MANY + inserted) as f64, "B");
}

pub(crate) fn bars(bars: &mut Bars<'_>) {
    if let Some(bytes) = bars.value(HELD) {
        bars.add(HELD.into(), String::new(), (bytes, MOST_BYTES, "B"), Sense::Exactly);
    }
    bars.at_most(VERIFY_MANY, 3.0, VERIFY_FEW);
    bars.at_most(INSERT_MANY, 5.0, INSERT_FEW);
    if let (Some(put), Some(after)) = (bars.value(PUT), bars.value(AFTER)) {
        let figures = format!("and {} for a user's first look-up after it", time(after));
        bars.add(PUT.into(), figures, (put / 1e6, MOST_PUT, "ms"), Sense::AtMost);
    }
    let factor = |bars: &Bars<'_>, load| Some(2.0 * bars.value(&on(load, 1))? / bars.value(&on(load, 2))?);
    let Some(yardstick) = factor(bars, HMAC) else { return };
    for load in [RANDOM, HOT] {
        let Some(gained) = factor(bars, load) else { continue };
        let what = format!("{load}: what a second thread gains, beside what it gains the bare HMAC");
        let figures = format!("{} x beside {} x", number(gained), number(yardstick));
        // A second core that is busy elsewhere gains nobody anything.
        let ratio = if yardstick < SECOND_CORE { f64::NAN } else { gained / yardstick };
        bars.add(what, figures, (ratio, LEAST_GAIN, "x"), Sense::AtLeast);
    }
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
                let answer = ready(store.insert(&user));
                let took = nanoseconds(start);
                assert!(matches!(answer, Ok(Insert::Stored)));
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
    let loads: [(&str, &Load<'_>); 3] = [
        (HMAC, &|start, range| range.for_each(|turn| hash(start + turn))),
        (RANDOM, &|start, range| range.for_each(|turn| uniform(start + turn))),
        (HOT, &|start, range| range.for_each(|turn| hot(start + turn))),
    ];
    let mut rig = Rig::default();
    for (load, work) in loads {
        for threads in [1, 2] {
            let mut start = 0;
            rig.timed(on(load, threads), move |count| {
                start += count;
                // Far apart, so that only the hot key is common.
                on_threads(threads, |thread| work(start + thread * callers.len() / 2, 0..count))
            });
        }
    }
    report.add(rig.measure(Effort { batch: 1e7, ..effort }));
}

fn on(load: &str, threads: usize) -> String {
    format!("{load}, {threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// From a first turn, so many.
type Load<'a> = dyn Fn(usize, Range<usize>) + Sync + 'a;

/// From the moment at which the first begins to the one at which the last is done.
pub(crate) fn on_threads(threads: usize, work: impl Fn(usize) + Sync) -> f64 {
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
