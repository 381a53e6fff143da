//! A rotation behind a cache that no feed tells: never neither pair, and the old one no longer than the bound past its
//! overlap.

mod common;

use std::{sync::Arc, time::Duration};

use common::{BOUND, Hand, account, by};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Ask, Authorizer, Catalogue, ClientAddr, Gate, Insert, Keep, MemoryStore,
    OsEntropy, Presented, Registry, Revealed, Verdict, Write,
};
use keyward_cache::CacheOptions;

const OVERLAP: Duration = Duration::from_secs(3);

#[test]
fn while_a_rotation_overlaps_one_pair_works_at_any_time_and_the_old_one_ends_within_the_bound() {
    let clock = Hand::default();
    clock.put(1_000_000);
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build().unwrap();
    let engine = Authorizer::new(catalogue, common::ring());
    let (store, acme) = (Arc::new(MemoryStore::new()), account("acme"));
    let options = CacheOptions::new(BOUND).unwrap();
    let gate: Gate<_> = Gate::new(engine, options.over(Arc::clone(&store), clock.clone()));
    let mut user =
        ApiUser::new(acme.id(), "u1".parse().unwrap(), "till", AccessLevel::Full, Allowlist::Any).unwrap();
    let old = user.issue(Keep::Hashed, gate.engine().keys(), by(), &mut OsEntropy).unwrap().reveal();
    pollster::block_on(store.put_account(&acme)).unwrap();
    assert_eq!(pollster::block_on(store.insert(&user)), Ok(Insert::Stored));

    let works = |pair: &Revealed, second: u64| {
        let now = by().at.plus(Duration::from_secs(second));
        let ask = Ask::new("events.create", ClientAddr::direct([192, 0, 2, 7].into()), now);
        let presented = Presented::pair(pair.key_id(), pair.secret());
        matches!(pollster::block_on(gate.authorize(presented, &ask)), Ok(Verdict::Allow(_)))
    };
    assert!(works(&old, 0), "it is kept from here on, as it was before its rotation");
    let mut read = pollster::block_on(store.user(acme.id(), user.id())).unwrap().unwrap();
    let reveal = read.rotate(old.key_id(), OVERLAP, gate.engine().keys(), by(), &mut OsEntropy).unwrap();
    let new = reveal.reveal();
    assert_eq!(pollster::block_on(store.update(&read)), Ok(Write::Stored));
    for second in 0..20 {
        assert!(works(&new, second), "second {second}: nobody asked for the new one before it was stored");
        let (old, overlap, bound) = (works(&old, second), OVERLAP.as_secs(), BOUND.as_secs());
        assert!(old || second >= overlap, "second {second}: refused within its overlap");
        assert!(!old || second <= overlap.max(bound), "second {second}: let in past overlap and bound");
        clock.step(1_000);
    }
}
