//! The seam: a broken store is an error and never a verdict; the store in memory keeps its rules.
#![cfg(feature = "memory")]

mod common;

use std::{fmt, sync::Arc};

use common::{NOW, World, by, code, seeded};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Authorizer, Code, Fault, Gate, Headers, Keep, KeyId, Lookup,
    MemoryStore, Presented, Refused, RequestHead, Subject,
};

struct Broken;

#[derive(Debug)]
struct Down;

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is gone")
    }
}

impl std::error::Error for Down {}

impl Lookup for Broken {
    type Error = Down;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, Down> {
        Err(Down)
    }
}

fn stored(world: &World) -> MemoryStore {
    let store = MemoryStore::new();
    store.put_account(world.account.clone());
    store.put_user(world.user.clone()).unwrap();
    store
}

fn gate<L: Lookup>(lookup: L) -> Gate<L> {
    Gate::new(common::engine(), lookup)
}

#[test]
fn a_broken_store_is_an_error_with_its_cause() {
    let world = World::new();
    let gate = gate(Broken);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let fault = pollster::block_on(gate.authorize(pair, &world.ask())).unwrap_err();
    assert!(matches!(&fault, Fault::Lookup(cause) if cause.to_string() == "the disk is gone"));
    assert!(std::error::Error::source(&fault).is_some());
    assert!(!fault.to_string().contains("disk"), "the cause is for the log, not for the caller");
}

#[test]
fn a_broken_store_is_not_asked_without_a_readable_key() {
    let world = World::new();
    let gate = gate(Broken);
    let presented = gate.engine().present(RequestHead::new("GET", "/", Headers::lines(&[])));
    let verdict = pollster::block_on(gate.authorize(presented, &world.ask())).unwrap();
    assert_eq!(code(&verdict), Some(Code::CredentialMissing));
}

#[test]
fn a_store_that_answers_with_another_key_is_a_fault() {
    struct Confused(Subject);
    impl Lookup for Confused {
        type Error = Down;
        async fn find(&self, _: KeyId) -> Result<Option<Subject>, Down> {
            Ok(Some(self.0.clone()))
        }
    }
    let world = World::new();
    let gate = gate(Confused(world.subject().unwrap()));
    let pair = Presented::pair("other".parse().unwrap(), world.revealed.secret());
    let fault = pollster::block_on(gate.authorize(pair, &world.ask())).unwrap_err();
    assert!(matches!(fault, Fault::WrongSubject));
}

#[test]
fn the_gate_decides_what_the_engine_decides() {
    let mut world = World::new();
    let gate = gate(Arc::new(stored(&world)));
    let decide = |world: &World| {
        let pair = Presented::pair(world.key(), world.revealed.secret());
        code(&pollster::block_on(gate.authorize(pair, &world.ask())).unwrap())
    };
    assert_eq!(decide(&world), None);
    world.method = "wallet.read";
    assert_eq!(decide(&world), Some(Code::AccessModule));
    let unknown = Presented::key_only("nobody".parse().unwrap());
    assert_eq!(
        code(&pollster::block_on(gate.authorize(unknown, &world.ask())).unwrap()),
        Some(Code::CredentialInvalid)
    );
}

#[test]
fn a_change_counts_from_the_next_look_up_on() {
    let mut world = World::new();
    let store = stored(&world);
    let gate = gate(&store);
    let decide = |world: &World| {
        let pair = Presented::pair(world.key(), world.revealed.secret());
        code(&pollster::block_on(gate.authorize(pair, &world.ask())).unwrap())
    };
    let old = store.user(world.account.id(), world.user.id()).unwrap();
    let _ = world.user.revoke(world.key(), by(NOW)).unwrap();
    store.put_user(world.user.clone()).unwrap();
    assert_eq!(decide(&world), Some(Code::CredentialInvalid));
    assert_eq!(store.put_user(old).unwrap_err(), Refused::Stale, "an old copy never undoes a revocation");
    assert_eq!(decide(&world), Some(Code::CredentialInvalid));
    let made = world.user.issue(Keep::Hashed, gate.engine().keys(), by(NOW), &mut seeded(7)).unwrap();
    store.put_user(world.user.clone()).unwrap();
    world.revealed = made.reveal();
    assert_eq!(decide(&world), None);
    store.put_account(world.account.clone().disable("events"));
    assert_eq!(decide(&world), Some(Code::AccessModule));
}

#[test]
fn the_store_in_memory_refuses_duplicates_and_strangers() {
    let world = World::new();
    let store = stored(&world);
    let user = |account: &str, id: &str, name: &str| {
        let (account, id) = (account.parse().unwrap(), id.parse().unwrap());
        ApiUser::new(account, id, name, AccessLevel::Full, Allowlist::none()).unwrap()
    };
    assert_eq!(store.put_user(user("acme", "u2", "checkout")).unwrap_err(), Refused::NameTaken);
    assert_eq!(store.put_user(user("else", "u2", "checkout")).unwrap_err(), Refused::NoAccount);
    let mut twin = user("acme", "u2", "twin");
    let engine: Authorizer = common::engine();
    drop(twin.issue(Keep::Hashed, engine.keys(), by(NOW), &mut seeded(1)).unwrap());
    assert_eq!(store.put_user(twin).unwrap_err(), Refused::KeyTaken);
    store.put_user(user("acme", "u2", "second")).unwrap();
    assert!(pollster::block_on(store.find(world.key())).unwrap().is_some(), "the old state stays");
}

#[test]
fn a_renamed_user_gives_its_old_name_free() {
    let world = World::new();
    let store = stored(&world);
    let mut again =
        ApiUser::new(world.account.id(), world.user.id(), "till", AccessLevel::Full, Allowlist::none())
            .unwrap();
    let engine = common::engine();
    drop(again.issue(Keep::Hashed, engine.keys(), by(NOW), &mut seeded(8)).unwrap());
    store.put_user(again).unwrap();
    assert!(
        pollster::block_on(store.find(world.key())).unwrap().is_none(),
        "keys it no longer has are unknown"
    );
    let heir = ApiUser::new(
        world.account.id(),
        "u9".parse().unwrap(),
        "checkout",
        AccessLevel::Full,
        Allowlist::none(),
    );
    store.put_user(heir.unwrap()).unwrap();
}
