//! A batch of a hundred calls beside a hundred requests of one call each.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::Criterion;
use keyward::{
    Admission, AdmitStep, Ask, Authorizer, Batch, ClientAddr, MemoryStore, OnError, Results, Verdict,
};

use crate::world::{METHODS, NOW, engine, find, method, store};

const USERS: usize = 1000;
const CALLS: usize = 100;
const ROUNDS: usize = 200;

pub(crate) fn all(criterion: &mut Criterion) {
    let engine = engine();
    let (store, lines) = store(&engine, USERS);
    let line = [("authorization", lines[7].as_bytes())];
    let client = ClientAddr::direct("192.0.2.77".parse().expect("an address"));
    let names: Vec<String> = (0..METHODS).step_by(2).map(method).collect();
    let calls: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(calls.len(), CALLS);
    let together = || batch(&engine, &store, black_box(&line), client, &calls).completed();
    let apart = || requests(&engine, &store, black_box(&line), client, &calls);
    assert_eq!((together(), apart()), (CALLS, CALLS));

    let mut group = criterion.benchmark_group("batch");
    group.bench_function("100 calls in a batch", |run| run.iter(together));
    group.bench_function("100 requests", |run| run.iter(apart));
    group.finish();
    // Turn about, so that whatever slows the machine down slows both.
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| taken(together) / taken(apart)).collect();
    ratios.sort_by(f64::total_cmp);
    println!("batch: 100 calls take {:.2} of 100 requests, median of {ROUNDS} rounds", ratios[ROUNDS / 2]);
}

/// Admitted once; every call takes its turn.
fn batch(
    engine: &Authorizer,
    store: &MemoryStore,
    line: &[(&str, &[u8])],
    client: ClientAddr,
    calls: &[&str],
) -> Results<()> {
    let (presented, subject) = find(engine, store, line);
    let step = engine.admit(presented, subject, NOW).expect("no fault");
    let AdmitStep::Done(Admission::Admit(admitted)) = step else { panic!("a right pair") };
    let mut batch = Batch::new(admitted, client, calls, OnError::Halt, engine);
    while let Some(turn) = batch.turn(NOW) {
        black_box(turn.grant());
        turn.done(());
    }
    batch.finish()
}

/// How many are allowed.
fn requests(
    engine: &Authorizer,
    store: &MemoryStore,
    line: &[(&str, &[u8])],
    client: ClientAddr,
    calls: &[&str],
) -> usize {
    let decide = |call: &&&str| {
        let (presented, subject) = find(engine, store, line);
        let verdict = engine.authorize(presented, subject, &Ask::new(**call, client, NOW));
        matches!(black_box(verdict.expect("no fault")), Verdict::Allow(_))
    };
    calls.iter().filter(decide).count()
}

fn taken(work: impl Fn() -> usize) -> f64 {
    #[allow(clippy::disallowed_methods, reason = "a benchmark")]
    let start = Instant::now();
    assert_eq!(black_box(work()), CALLS);
    start.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}
