//! How much of the rate of verdicts over `MemoryStore` a cache before it leaves, in turn in one process.
//! `cargo run --release -p keyward-cache --example rates`

use std::{
    error::Error,
    hint::black_box,
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Headers, Keep,
    KeyRing, Lookup, MemoryStore, ModulePolicy, OsEntropy, Pepper, Registry, RequestHead, Timestamp, Verdict,
};
use keyward_cache::{Cached, Monotonic};

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
const BOUND: Duration = Duration::from_secs(300);
const ROUNDS: usize = 21;
const VERDICTS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::builder().module("events", ["events.create", "events.list"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    for (users, threads) in [(1, 1), (1_000, 1), (10_000, 1), (1, 2), (1_000, 2), (10_000, 2)] {
        let (store, lines) = stored(&engine, users)?;
        let cached = Cached::new(&*Box::leak(Box::new(store)), BOUND, Monotonic::start())?;
        let mut ratios = Vec::with_capacity(ROUNDS);
        let (mut bare, mut kept) = (Duration::MAX, Duration::MAX);
        // Filled by one thread: of two that miss a key at once, one waits.
        verdicts(&engine, &cached, &lines, 1);
        for _ in 0..ROUNDS {
            let without = verdicts(&engine, cached.store(), &lines, threads);
            let with = verdicts(&engine, &cached, &lines, threads);
            (bare, kept) = (bare.min(without), kept.min(with));
            ratios.push(without.as_secs_f64() / with.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        let each = |time: Duration| time.as_nanos() / VERDICTS as u128;
        println!(
            "{users:>6} users, {threads} threads: {} ns a verdict over MemoryStore, {} ns cached, median ratio {:.0} %",
            each(bare),
            each(kept),
            ratios.get(ROUNDS / 2).copied().unwrap_or_default() * 100.0
        );
    }
    Ok(())
}

/// A store with so many users, and their `Authorization` lines in an order that jumps about.
fn stored(engine: &Authorizer, users: usize) -> Result<(MemoryStore, Vec<String>), Box<dyn Error>> {
    let store = MemoryStore::new();
    let acme = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    pollster::block_on(store.put_account(&acme))?;
    let mut lines = Vec::with_capacity(users);
    for number in 0..users {
        let id = format!("u{number}");
        let list = Allowlist::parse("192.0.2.0/24\n203.0.113.9\n10.9.0.0-10.9.3.255\n2001:db8:7::/48")?;
        let mut user = ApiUser::new(acme.id(), id.parse()?, &id, AccessLevel::Full, list)?;
        let revealed =
            user.issue(Keep::Hashed, engine.keys(), By::new("bench", NOW), &mut OsEntropy)?.reveal();
        lines.push(format!("Bearer {}", revealed.token().expose()));
        let _ = pollster::block_on(store.insert(&user))?;
    }
    Ok((store, lines))
}

/// What each of so many threads takes for its verdicts, from request line to grant.
#[allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn verdicts<L: Lookup>(engine: &Authorizer, lookup: &L, lines: &[String], threads: usize) -> Duration {
    let start = Barrier::new(threads);
    let run = |thread: usize| {
        start.wait();
        let begun = Instant::now();
        for line in lines.iter().cycle().skip(thread * 37 % lines.len()).take(VERDICTS) {
            let lines = [("authorization", line.as_bytes())];
            let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines)));
            let found = presented.key_id().and_then(|key| ready(lookup.find(key)).ok().flatten());
            let client = ClientAddr::direct([192, 0, 2, 7].into());
            let verdict = engine.authorize(presented, found, &Ask::new("events.create", client, NOW));
            assert!(matches!(black_box(verdict), Ok(Verdict::Allow(_))));
        }
        begun.elapsed()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let run = &run;
                    move || run(thread)
                })
            })
            .collect();
        let taken = threads.into_iter().map(|thread| thread.join().expect("a verdict"));
        taken.max().unwrap_or_default()
    })
}

/// Both are ready at the first poll, but for a miss in a cache of a store that waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory that waits"),
    }
}
