//! The store in memory, and records as bytes.

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion};
use keyward::{ApiUser, Authorizer, Insert, Lookup, MemoryStore, Registry};

use crate::world::{Random, account, by, engine, ready, store, user};

const USERS: usize = 1000;

pub(crate) fn all(criterion: &mut Criterion) {
    let engine = engine();
    let (store, _) = store(&engine, USERS);
    let mut random = Random(4);
    let (kept, key, _) = user(&engine, USERS, &mut random);
    assert_eq!(ready(store.insert(&kept)), Ok(Insert::Stored));
    let account = account();

    let mut group = criterion.benchmark_group("store");
    group.bench_function("find", |run| run.iter(|| ready(store.find(black_box(key)))));
    group.bench_function("put_account", |run| run.iter(|| ready(store.put_account(black_box(&account)))));
    group.bench_function("renamed and updated", |run| {
        run.iter(|| {
            let mut read =
                ready(store.user(kept.account(), kept.id())).ok().flatten().expect("it was stored");
            let _ = read.rename("till", by()).expect("a name");
            ready(store.update(&read))
        });
    });
    let record = kept.encode();
    group.bench_function("record written", |run| run.iter(|| black_box(&kept).encode()));
    group.bench_function("record read", |run| {
        run.iter(|| ApiUser::decode(black_box(&record)).expect("its own bytes"));
    });
    drop(group);
    come_and_go(criterion, &engine, &store);
}

/// Deleted users leave their key ids behind, so this is not run for long.
fn come_and_go(criterion: &mut Criterion, engine: &Authorizer, store: &MemoryStore) {
    let (mut number, mut random) = (USERS, Random(5));
    let mut group = criterion.benchmark_group("store");
    group
        .sample_size(10)
        .measurement_time(Duration::from_millis(500))
        .warm_up_time(Duration::from_millis(100));
    group.bench_function("inserted and deleted", |run| {
        let fresh = || {
            number += 1;
            user(engine, number, &mut random).0
        };
        let come_and_go = |user: &mut ApiUser| {
            assert_eq!(ready(store.insert(user)), Ok(Insert::Stored));
            ready(store.delete(user.account(), user.id()))
        };
        run.iter_batched_ref(fresh, come_and_go, BatchSize::SmallInput);
    });
}
