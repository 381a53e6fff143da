//! The seam: a broken store is an error and never a verdict; the store in memory keeps its rules.
#![cfg(feature = "memory")]

mod common;

use std::{fmt, sync::Arc};

use common::{NOW, World, by, code, seeded};
use keyward::{
    AccessLevel, Allowlist, ApiUser, Authorizer, Code, Fault, Gate, Headers, Keep, KeyId, Lookup,
    MemoryStore, NotStored, Presented, RequestHead, Subject,
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
    store.insert_user(world.user.clone()).unwrap();
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
    let read = world.user.revision();
    let _ = world.user.revoke(world.key(), by(NOW)).unwrap();
    store.update_user(read, world.user.clone()).unwrap();
    assert_eq!(decide(&world), Some(Code::CredentialInvalid));
    let read = world.user.revision();
    let made = world.user.issue(Keep::Hashed, gate.engine().keys(), by(NOW), &mut seeded(7)).unwrap();
    store.update_user(read, world.user.clone()).unwrap();
    world.revealed = made.reveal();
    assert_eq!(decide(&world), None);
    store.put_account(world.account.clone().disable("events"));
    assert_eq!(decide(&world), Some(Code::AccessModule));
}

#[test]
fn of_two_changes_to_one_revision_the_second_is_refused() {
    let world = World::new();
    let store = stored(&world);
    let read = || store.user(world.account.id(), world.user.id()).unwrap();
    let (mut one, mut two) = (read(), read());
    let revision = one.revision();
    let _ = one.revoke(world.key(), by(NOW)).unwrap();
    let _ = two.disable(by(NOW));
    let _ = two.enable(by(NOW));
    assert!(two.revision() > revision + 1, "more changes do not make it newer");
    store.update_user(revision, one).unwrap();
    assert_eq!(store.update_user(revision, two).unwrap_err(), NotStored::Stale);
    assert!(read().credentials()[0].revoked_at().is_some(), "the revocation stays");
}

#[test]
fn the_store_in_memory_refuses_duplicates_and_strangers() {
    let world = World::new();
    let store = stored(&world);
    let user = |account: &str, id: &str, name: &str| {
        let (account, id) = (account.parse().unwrap(), id.parse().unwrap());
        ApiUser::new(account, id, name, AccessLevel::Full, Allowlist::none()).unwrap()
    };
    assert_eq!(store.insert_user(user("acme", "u2", "checkout")).unwrap_err(), NotStored::NameTaken);
    assert_eq!(store.insert_user(user("else", "u2", "checkout")).unwrap_err(), NotStored::NoAccount);
    let mut twin = user("acme", "u2", "twin");
    let engine: Authorizer = common::engine();
    drop(twin.issue(Keep::Hashed, engine.keys(), by(NOW), &mut seeded(1)).unwrap());
    assert_eq!(store.insert_user(twin).unwrap_err(), NotStored::KeyTaken);
    store.insert_user(user("acme", "u2", "second")).unwrap();
    assert_eq!(store.insert_user(user("acme", "u2", "third")).unwrap_err(), NotStored::Exists);
    assert_eq!(store.update_user(0, user("acme", "u3", "third")).unwrap_err(), NotStored::Missing);
    assert!(pollster::block_on(store.find(world.key())).unwrap().is_some(), "the old state stays");
}

#[test]
fn a_user_that_is_replaced_gives_its_name_and_keys_free() {
    let world = World::new();
    let store = stored(&world);
    let fresh = |id: &str, name: &str| {
        ApiUser::new(world.account.id(), id.parse().unwrap(), name, AccessLevel::Full, Allowlist::none())
            .unwrap()
    };
    store.update_user(world.user.revision(), fresh("u1", "till")).unwrap();
    assert!(
        pollster::block_on(store.find(world.key())).unwrap().is_none(),
        "keys it no longer has are unknown"
    );
    store.insert_user(fresh("u9", "checkout")).unwrap();
}
