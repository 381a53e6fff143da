//! Guards: it is known when each key was last used and from where, and who still calls what goes away; noting it costs
//! hardly anything and is bounded.
#![cfg(feature = "std")]

mod common;
#[path = "common/heap.rs"]
mod heap;

use std::time::Duration;

use common::{NOW, World, by, from, ring};
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Authorizer, Catalogue, DeprecatedUse, DeprecatedUses, Grant,
    Keep, LastUse, LastUsed, Lifecycle, ModulePolicy, Timestamp,
};

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// Grants to callers from anywhere.
fn world() -> World {
    World::with(AccessLevel::Full, Allowlist::Any)
}

fn granted(world: &mut World, client: &str) -> Grant {
    world.client = from(client);
    world.granted()
}

#[test]
fn the_last_use_of_a_key_is_known_to_the_minute_with_its_addresses() {
    let (mut world, used) = (world(), LastUsed::bounded(10));
    let grant = granted(&mut world, "192.0.2.1");
    used.note(&grant, NOW);
    used.note(&grant, later(59));
    used.note(&grant, later(61));
    used.note(&granted(&mut world, "192.0.2.2"), later(30));
    let use_of = |at, client: &str| LastUse { key_id: world.key(), at, client: client.parse().ok() };
    let taken = used.take();
    assert_eq!(taken, [use_of(later(60), "192.0.2.1"), use_of(NOW, "192.0.2.2")]);
    let stops = world.user.what_stops(world.key(), &taken).unwrap();
    assert_eq!(
        stops.to_string(),
        format!(
            "key {} is refused from now on; it was last used at 2026-11-22T12:01:00Z and was seen from 192.0.2.1, \
             192.0.2.2",
            world.key()
        )
    );
    assert_eq!(used.take(), [], "each use is taken once");
}

#[test]
fn a_minute_that_was_taken_is_not_noted_again() {
    // One address: two may share a place, and then are noted whenever they take turns.
    let (mut world, used) = (world(), LastUsed::bounded(10));
    let grant = granted(&mut world, "192.0.2.1");
    used.note(&grant, later(61));
    assert_eq!(used.take().len(), 1);
    used.note(&grant, later(62));
    assert_eq!(used.take(), []);
    used.note(&grant, later(125));
    assert_eq!(used.take()[0].at, later(120));
}

#[test]
fn a_clock_that_is_set_back_does_not_take_a_later_use_away() {
    let (mut world, used) = (world(), LastUsed::bounded(10));
    let grant = granted(&mut world, "192.0.2.1");
    used.note(&grant, later(3600));
    used.note(&grant, NOW);
    assert_eq!(used.take()[0].at, later(3600));
    used.note(&grant, Timestamp::from_unix(i64::MIN));
    used.note(&grant, Timestamp::from_unix(i64::MAX));
    assert_eq!(used.take().len(), 1);
}

#[test]
fn within_a_minute_a_key_is_written_once() {
    let (mut world, used) = (world(), LastUsed::bounded(10));
    let grant = granted(&mut world, "192.0.2.1");
    let note = |second| heap::watch(b"", || used.note(&grant, later(second)));
    assert!(note(0).allocations > 0);
    for second in 0..60 {
        assert_eq!(note(second), heap::NOTHING, "second {second}");
    }
}

#[test]
fn addresses_of_a_key_are_bounded_and_the_latest_stay() {
    let (mut world, used) = (world(), LastUsed::bounded(10));
    for number in 0..20u64 {
        used.note(&granted(&mut world, &format!("192.0.2.{number}")), later(60 * number));
    }
    used.note(&granted(&mut world, "192.0.2.99"), later(60)); // a note that comes late
    let taken = used.take();
    let clients: Vec<_> = taken.iter().map(|used| used.client.unwrap().to_string()).collect();
    let latest: Vec<_> = (12..20).rev().map(|number| format!("192.0.2.{number}")).collect();
    assert_eq!(clients, latest);
}

#[test]
fn keys_are_bounded_and_those_beyond_are_counted() {
    let (mut world, used) = (world(), LastUsed::bounded(8));
    let mut key_ids = Vec::new();
    for seed in 0..20 {
        let user =
            ApiUser::new(world.account.id(), "u1".parse().unwrap(), "u", AccessLevel::Full, Allowlist::Any);
        world.user = user.unwrap();
        let issued =
            world.user.issue(Keep::Hashed, world.engine.keys(), by(NOW), &mut common::seeded(seed)).unwrap();
        world.revealed = issued.reveal();
        key_ids.push(world.key());
        used.note(&granted(&mut world, "192.0.2.1"), NOW);
    }
    let taken: Vec<_> = used.take().iter().map(|used| used.key_id).collect();
    key_ids.truncate(8);
    key_ids.sort_unstable();
    assert_eq!((taken, used.dropped()), (key_ids, 12));
    used.note(&granted(&mut world, "192.0.2.1"), later(60));
    assert_eq!(used.take().len(), 1, "there is room again");
}

#[test]
fn of_many_threads_each_use_is_noted() {
    let (mut world, used) = (world(), LastUsed::bounded(10));
    let grants: Vec<_> = (0..4).map(|number| granted(&mut world, &format!("192.0.2.{number}"))).collect();
    std::thread::scope(|scope| {
        for grant in &grants {
            let used = &used;
            scope.spawn(move || (0..6000).for_each(|second| used.note(grant, later(second))));
        }
    });
    let taken = used.take();
    assert_eq!(taken.len(), 4);
    assert!(taken.iter().all(|used| used.at == later(5940)), "{taken:?}");
}

fn going_away() -> Catalogue {
    Catalogue::builder()
        .module("events", ["events.create", "events.list"])
        .module("coupons", ["coupons.list"])
        .lifecycle("events.list", Lifecycle::Deprecated { since: NOW, sunset: Some(later(3600)) })
        .lifecycle("coupons.list", Lifecycle::Deprecated { since: NOW, sunset: None })
        .build()
        .unwrap()
}

/// A caller of some account and name, with a key of its own.
fn caller(account: &str, user: &str, name: &str) -> World {
    let mut world = world();
    world.engine = Authorizer::new(going_away(), ring());
    world.account = Account::new(account.parse().unwrap())
        .enable("events", ModulePolicy::default())
        .enable("coupons", ModulePolicy::default());
    let user =
        ApiUser::new(world.account.id(), user.parse().unwrap(), name, AccessLevel::Full, Allowlist::Any);
    world.user = user.unwrap();
    let seed = name.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte));
    let issued = world.user.issue(Keep::Hashed, world.engine.keys(), by(NOW), &mut common::seeded(seed));
    world.revealed = issued.unwrap().reveal();
    world
}

fn said(uses: &[DeprecatedUse]) -> Vec<String> {
    let said =
        |used: &DeprecatedUse| format!("{} {} {} {}", used.method, used.account, used.user_name, used.count);
    uses.iter().map(said).collect()
}

#[test]
fn who_still_calls_what_goes_away_is_counted_by_key_and_method() {
    let uses = DeprecatedUses::bounded(100);
    let mut callers =
        [caller("acme", "u1", "till"), caller("acme", "u2", "crm"), caller("zeta", "u1", "shop")];
    for (caller, method, second) in [
        (0, "events.list", 1),
        (0, "events.list", 9),
        (0, "events.list", 5), // a clock that was set back
        (0, "events.create", 1),
        (1, "coupons.list", 2),
        (2, "events.list", 3),
    ] {
        let world = &mut callers[caller];
        world.method = method;
        uses.note(&world.granted(), later(second), world.engine.catalogue());
    }
    assert_eq!(
        said(&uses.all()),
        ["coupons.list acme crm 1", "events.list acme till 3", "events.list zeta shop 1"]
    );
    let till = &uses.all()[1];
    assert_eq!((till.last, till.key_id, till.user), (later(9), callers[0].key(), callers[0].user.id()));
    assert_eq!((till.notice.since, till.notice.sunset), (NOW, Some(later(3600))));
    assert_eq!(said(&uses.of_account("zeta".parse().unwrap())), ["events.list zeta shop 1"]);
    assert_eq!(said(&uses.of_method("events.list")), ["events.list acme till 3", "events.list zeta shop 1"]);
    assert_eq!((uses.take().len(), uses.all().len(), uses.dropped()), (3, 0, 0));
}

#[test]
fn callers_of_what_goes_away_are_bounded_and_calls_of_the_rest_are_counted() {
    let uses = DeprecatedUses::bounded(1);
    for (name, calls) in [("till", 3), ("crm", 2)] {
        let mut world = caller("acme", "u1", name);
        world.method = "events.list";
        let grant = world.granted();
        (0..calls).for_each(|_| uses.note(&grant, NOW, world.engine.catalogue()));
    }
    assert_eq!((said(&uses.all()), uses.dropped()), (vec!["events.list acme till 3".to_owned()], 2));
}
