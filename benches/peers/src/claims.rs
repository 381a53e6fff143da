//! What remembers signed requests: claims beside few and many others, on two threads, and their bytes.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::Mutex,
    time::{Duration, Instant},
};

use keyward::{Claim, KeyId, MemoryReplay, ReplayGuard, ReplayKey, Timestamp};

use crate::{
    bar::{Bars, Sense},
    heap::held,
    report::Report,
    rig::{Effort, Rig, nanoseconds},
    store::on_threads,
    world::{NOW, ready},
};

const FEW: usize = 10_000;
const MANY: usize = 10_000_000;
const CLAIM_FEW: &str = "claim beside 10 000";
const CLAIM_MANY: &str = "claim beside 10 000 000";
pub(crate) const CLAIMS: &str = "262 144 claims on two threads";
pub(crate) const INSERTS: &str = "262 144 inserts into 64 locked HashMaps on two threads";
const HELD: &str = "bytes of heap a claim, a full guard";
const MOST_BYTES: f64 = 64.0;
/// What two threads claim together before the guard is emptied: long beside what starting them takes.
const POOL: usize = 1 << 18;
const SHARDS: usize = 64;
/// So many that none comes near its share.
const CALLERS: usize = 1000;

pub(crate) fn bars(bars: &mut Bars<'_>) {
    // Half of the rate.
    bars.at_most(CLAIMS, 2.0, INSERTS);
    bars.at_most(CLAIM_MANY, 3.0, CLAIM_FEW);
    if let Some(bytes) = bars.value(HELD) {
        bars.add(HELD.into(), String::new(), (bytes, MOST_BYTES, "B"), Sense::Exactly);
    }
}

pub(crate) fn measure(report: &mut Report, effort: Effort) {
    two_threads(report, effort);
    few_and_many(report, effort);
    report.number(HELD, bytes(), "B");
}

/// Keys of requests that were never sent, in order.
struct Keys {
    callers: Vec<KeyId>,
    next: usize,
}

impl Keys {
    fn new() -> Self {
        let callers = (0..CALLERS).map(|number| format!("kwk_{number:016}").parse().expect("an id"));
        Self { callers: callers.collect(), next: 0 }
    }

    fn key(&mut self) -> ReplayKey {
        let number = self.next;
        self.next += 1;
        let ends = NOW.plus(Duration::from_secs(301));
        ReplayKey::for_tests("bench", self.callers[number % CALLERS], &number.to_be_bytes(), NOW, ends)
    }

    fn take(&mut self, count: usize) -> Vec<ReplayKey> {
        (0..count).map(|_| self.key()).collect()
    }
}

fn claim(guard: &MemoryReplay, key: &ReplayKey) -> bool {
    matches!(ready(guard.claim(key, NOW)), Ok(Claim::Fresh))
}

/// Both are emptied between rounds and keep their memory, so that neither waits for new pages.
fn two_threads(report: &mut Report, effort: Effort) {
    let pool = Keys::new().take(POOL);
    let guard = MemoryReplay::bounded(2 * POOL * 60);
    assert!(pool.iter().all(|key| claim(&guard, key)));
    assert!(!pool.iter().any(|key| claim(&guard, key)), "claimed before");
    let maps = Maps::new();
    assert!(pool.iter().all(|key| maps.insert(key)));
    assert!(!pool.iter().any(|key| maps.insert(key)), "inserted before");
    let mut rig = Rig::default();
    rig.timed(CLAIMS, |count| rounds(count, &pool, || guard.reset(), |key| claim(&guard, key)));
    rig.timed(INSERTS, |count| rounds(count, &pool, || maps.clear(), |key| maps.insert(key)));
    report.add(rig.measure(effort));
}

/// So many times the whole pool, half of it by each thread.
fn rounds(
    count: usize,
    pool: &[ReplayKey],
    empty: impl Fn(),
    put: impl Fn(&ReplayKey) -> bool + Sync,
) -> f64 {
    let halves = pool.split_at(POOL / 2);
    let round = |_| {
        empty();
        on_threads(2, |thread| assert!(if thread == 0 { halves.0 } else { halves.1 }.iter().all(&put)))
    };
    (0..count).map(round).sum()
}

/// What people write themselves.
struct Maps {
    seed: RandomState,
    shards: Vec<Mutex<HashMap<[u8; 32], Timestamp>>>,
}

impl Maps {
    fn new() -> Self {
        let shard = |_| Mutex::new(HashMap::with_capacity(2 * POOL / SHARDS));
        Self { seed: RandomState::new(), shards: (0..SHARDS).map(shard).collect() }
    }

    fn insert(&self, key: &ReplayKey) -> bool {
        let shard = self.seed.hash_one(key.digest()) as usize % SHARDS;
        let mut shard = self.shards[shard].lock().expect("nobody panics");
        shard.insert(*key.digest(), key.expires_at()).is_none()
    }

    fn clear(&self) {
        self.shards.iter().for_each(|shard| shard.lock().expect("nobody panics").clear());
    }
}

/// Few at a time, so that the small guard stays small.
fn few_and_many(report: &mut Report, effort: Effort) {
    let keys = RefCell::new(Keys::new());
    let filled = |bytes: usize, count: usize| {
        let guard = MemoryReplay::bounded(bytes);
        assert!((0..count).all(|_| claim(&guard, &keys.borrow_mut().key())));
        guard
    };
    // 10,666,666 claims find room in the one and 35,000 in the other.
    let guards = [(CLAIM_FEW, filled(35_000 * 60, FEW)), (CLAIM_MANY, filled(640_000_000, MANY))];
    let mut rig = Rig::default();
    for (name, guard) in &guards {
        rig.timed(*name, |count| {
            let fresh = keys.borrow_mut().take(count);
            let start = Instant::now();
            assert!(fresh.iter().all(|key| claim(guard, key)));
            nanoseconds(start)
        });
    }
    report.add(rig.measure(Effort { rounds: 9, batch: 5e4, ..effort }));
    assert!(guards[0].1.used() < 3 * FEW, "no longer few");
}

/// Of all that it holds, over the claims that it took before the first was refused.
fn bytes() -> f64 {
    let (guard, bytes) = held(|| MemoryReplay::bounded(64 << 20));
    let mut keys = Keys::new();
    let taken = (0..=guard.room()).take_while(|_| claim(&guard, &keys.key())).count();
    assert!(taken <= guard.room());
    bytes / taken as f64
}
