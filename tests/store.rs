//! The seam: a broken store is an error and never a verdict; the store in memory keeps its rules.
#![cfg(feature = "memory")]

mod common;

use std::{convert::Infallible, fmt, sync::Arc};

use common::{NOW, World, by, code, seeded};
use keyward::{
    ApiUser, Code, DynLookup, Fault, Gate, Headers, Insert, Keep, KeyId, Life, Lookup, MemoryStore,
    ModulePolicy, NoReplayGuard, Presented, Registry, ReplayGuard, RequestHead, Stop, Subject, Write,
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
    now(store.put_account(&world.account));
    assert_eq!(now(store.insert(&world.user)), Insert::Stored);
    store
}

fn read(store: &MemoryStore, world: &World) -> ApiUser {
    now(store.user(world.account.id(), world.user.id())).unwrap()
}

/// What a store in memory answers: at once, and never an error.
fn now<T>(future: impl Future<Output = Result<T, Infallible>>) -> T {
    let Ok(value) = pollster::block_on(future);
    value
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
    let mut user = read(&store, &world);
    let _ = user.revoke(world.key(), by(NOW)).unwrap();
    assert_eq!(now(store.update(&user)), Write::Stored);
    assert_eq!(decide(&world), Some(Code::CredentialInvalid));
    let mut user = read(&store, &world);
    let made = user.issue(Keep::Hashed, gate.engine().keys(), by(NOW), &mut seeded(7)).unwrap();
    assert_eq!(now(store.update(&user)), Write::Stored);
    world.revealed = made.reveal();
    assert_eq!(decide(&world), None);
    now(store.put_account(&world.account.clone().disable("events")));
    assert_eq!(decide(&world), Some(Code::AccessModule));
    now(store.put_account(&world.account));
    assert_eq!(decide(&world), None);
}

#[test]
fn of_two_changes_to_one_revision_the_second_conflicts() {
    let world = World::new();
    let store = stored(&world);
    let (mut one, mut two) = (read(&store, &world), read(&store, &world));
    let _ = one.revoke(world.key(), by(NOW)).unwrap();
    let _ = two.disable(by(NOW));
    let _ = two.enable(by(NOW));
    assert!(two.revision() > one.revision(), "more changes do not make it newer");
    assert_eq!(now(store.update(&one)), Write::Stored);
    assert_eq!(now(store.update(&two)), Write::Conflict);
    assert_eq!(now(store.update(&one)), Write::Conflict, "stored once, it has to be read again");
    assert!(read(&store, &world).credentials()[0].revoked_at().is_some(), "the revocation stays");
}

#[test]
fn only_what_was_read_can_be_updated() {
    let world = World::new();
    let store = stored(&world);
    assert_eq!(world.user.based_on(), None);
    assert_eq!(now(store.update(&world.user)), Write::Conflict, "a user that was made here was not read");
    let mut user = read(&store, &world);
    let read_at = user.revision();
    let _ = user.disable(by(NOW));
    assert_eq!((user.based_on(), user.revision() >> 32), (Some(read_at), (read_at >> 32) + 1));
    let decoded = ApiUser::decode(&user.encode()).unwrap();
    assert_eq!(decoded.based_on(), Some(decoded.revision()), "decoding is reading");
}

#[test]
fn a_revocation_of_the_key_index_wins_over_the_record() {
    let world = World::new();
    let subject = world.subject().unwrap();
    let life = |subject: &Subject| subject.credential().life(NOW);
    assert_eq!(life(&subject.clone().revoked(None)), Life::Live);
    let later = NOW.plus(std::time::Duration::from_secs(60));
    let revoked = subject.clone().revoked(later);
    assert_eq!((life(&subject), life(&revoked)), (Life::Live, Life::Revoked), "whatever the moment is");
    assert_eq!(revoked.clone().revoked(NOW).credential().revoked_at(), Some(later), "the first stays");
    assert_eq!(revoked.user().credentials()[0].revoked_at(), Some(later));
    assert_eq!(revoked.user().revision(), subject.user().revision(), "it is no change");
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let verdict = world.engine.authorize(pair, Some(revoked), &world.ask()).unwrap();
    assert_eq!(code(&verdict), Some(Code::CredentialInvalid));
}

#[test]
fn a_revocation_needs_no_revision_and_loses_to_no_edit() {
    let world = World::new();
    let store = stored(&world);
    let mut stale = read(&store, &world);
    assert_eq!(now(store.revoke(world.key(), NOW)), Stop::Stopped);
    let _ = stale.rename("till", by(NOW)).unwrap();
    assert_eq!(now(store.update(&stale)), Write::Stored, "it is no change of the record");
    assert_eq!(now(store.find(world.key())).unwrap().credential().revoked_at(), Some(NOW));
    assert_eq!(read(&store, &world).credentials()[0].revoked_at(), Some(NOW));
    assert_eq!(now(store.revoke("nobody".parse().unwrap(), NOW)), Stop::Unknown);
}

#[test]
fn a_look_up_whose_type_is_forgotten_answers_the_same() {
    let world = World::new();
    let store: DynLookup = Arc::new(stored(&world));
    let gate: Gate<DynLookup> = gate(store);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    assert_eq!(code(&pollster::block_on(gate.authorize(pair, &world.ask())).unwrap()), None);
    let unknown = Presented::key_only("nobody".parse().unwrap());
    let verdict = pollster::block_on(gate.authorize(unknown, &world.ask())).unwrap();
    assert_eq!(code(&verdict), Some(Code::CredentialInvalid));

    let broken: DynLookup = Arc::new(Broken);
    let gate = Gate::new(common::engine(), broken);
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let fault = pollster::block_on(gate.authorize(pair, &world.ask())).unwrap_err();
    assert!(matches!(&fault, Fault::Lookup(cause) if cause.to_string() == "the disk is gone"));
}

#[test]
fn a_registry_and_a_guard_are_used_behind_pointers() {
    async fn users<R: Registry>(registry: R) -> usize {
        registry.list("acme".parse().unwrap(), None, 9).await.unwrap().len()
    }
    fn guard<R: ReplayGuard>() {}
    let store = Arc::new(stored(&World::new()));
    assert_eq!(pollster::block_on(users(&*store)), 1);
    assert_eq!(pollster::block_on(users(store)), 1);
    guard::<&NoReplayGuard>();
    guard::<Arc<NoReplayGuard>>();
}

#[test]
fn look_ups_beside_changes_never_go_back_in_time() {
    const CHANGES: usize = 300;
    let world = World::new();
    let (store, key) = (stored(&world), world.key());
    let seen = |subject: &Subject| (subject.account().modules().count(), subject.user().revision());
    let start = seen(&now(store.find(key)).unwrap());
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            let mut account = world.account.clone();
            for number in 0..CHANGES {
                let mut user = read(&store, &world);
                let _ = user.rename(&format!("name {number}"), by(NOW)).unwrap();
                assert_eq!(now(store.update(&user)), Write::Stored);
                account = account.enable(&format!("module {number}"), ModulePolicy::default());
                now(store.put_account(&account));
                assert_eq!(*now(store.find(key)).unwrap().account(), account);
            }
        });
        let mut last = start;
        while !changes.is_finished() {
            let next = seen(&now(store.find(key)).unwrap());
            assert!(next.0 >= last.0 && next.1 >= last.1, "{next:?} after {last:?}");
            last = next;
        }
    });
}
