//! One event for whatever a gate decides, without a secret in it.
#![cfg(feature = "tracing")]

mod common;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use common::{
    NOW, World, by, engine, from, secret,
    signing::{POST, Signing, signing_engine, world as signing_world},
};
use keyward::{
    AccessLevel, Account, Admission, Allowlist, ApiUser, Ask, Batch, Claim, ClientAddr, Code, Denial, Fault,
    Gate, Headers, Imported, Keep, KeyId, Lookup, ModulePolicy, OnError, Policy, Presented, ReplayGuard,
    ReplayKey, RequestHead, Strength, Subject, Timestamp, trace,
};
use pollster::block_on;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

#[derive(Clone, Debug, PartialEq)]
struct Said {
    level: Level,
    target: &'static str,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}

thread_local! {
    static SAID: RefCell<Vec<Said>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is said on the thread that says it.
struct Keeps;

impl Subscriber for Keeps {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "keyward"
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut said = Said { level: *metadata.level(), target: metadata.target(), fields: BTreeMap::new() };
        event.record(&mut said);
        SAID.with_borrow_mut(|all| all.push(said));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        panic!("events alone")
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// What `work` says, and what it returns.
fn said<T>(work: impl FnOnce() -> T) -> (Vec<Said>, T) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Keeps).expect("the first"));
    SAID.take();
    let result = work();
    (SAID.take(), result)
}

fn event(level: Level, fields: &[(&'static str, &str)]) -> Said {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Said { level, target: "keyward", fields }
}

struct Store(Option<Subject>, AtomicBool);

impl Store {
    fn of(world: &World) -> Self {
        Self(world.subject(), AtomicBool::new(false))
    }
}

impl Lookup for Store {
    type Error = io::Error;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, io::Error> {
        if self.1.load(Ordering::Relaxed) {
            return Err(io::Error::other("password=hunter2-in-the-stores-own-error"));
        }
        Ok(self.0.clone().filter(|subject| subject.key_id() == key))
    }
}

fn one(all: Vec<Said>) -> Said {
    let [one] = <[Said; 1]>::try_from(all).expect("one event");
    one
}

/// What a gate says of one request with the right pair.
fn of_a_pair(world: &World, gate: &Gate<Store>) -> Said {
    one(said(|| {
        let _ = block_on(gate.authorize(Presented::pair(world.key(), world.revealed.secret()), &world.ask()));
    })
    .0)
}

#[test]
fn a_grant_is_a_debug_event_with_who_what_and_from_where() {
    let world = World::new();
    let gate = Gate::new(engine(), Store::of(&world));
    let key = world.key().to_string();
    let expected = event(
        Level::DEBUG,
        &[
            ("code", "allow"),
            ("stage", "after_proof"),
            ("method", "events.create"),
            ("strength", "secret"),
            ("client", "192.0.2.1"),
            ("key", &key),
            ("account", "acme"),
            ("user", "u1"),
        ],
    );
    assert_eq!(of_a_pair(&world, &gate), expected);
}

#[test]
fn what_an_observing_policy_found_is_said() {
    let mut world = World::new();
    let policy = ModulePolicy::default().strength(Policy::observe(Strength::Signature));
    world.account = world.account.enable("events", policy);
    let gate = Gate::new(engine(), Store::of(&world));
    let said = of_a_pair(&world, &gate);
    assert_eq!((said.level, said.fields["observed"].as_str()), (Level::DEBUG, "{PlainSecret}"));
}

#[test]
fn a_denial_after_proof_is_an_info_event_that_names_the_user() {
    let mut world = World::new();
    world.method = "wallet.read";
    let gate = Gate::new(engine(), Store::of(&world));
    let key = world.key().to_string();
    let expected = event(
        Level::INFO,
        &[
            ("code", "access.module"),
            ("stage", "after_proof"),
            ("method", "wallet.read"),
            ("strength", "secret"),
            ("client", "192.0.2.1"),
            ("key", &key),
            ("account", "acme"),
            ("user", "u1"),
        ],
    );
    assert_eq!(of_a_pair(&world, &gate), expected);
}

#[test]
fn nobody_is_named_who_did_not_prove_it() {
    let world = World::new();
    let gate = Gate::new(engine(), Store::of(&world));
    let wrong = secret("kws1_a-wrong-secret");
    let (all, _) =
        said(|| block_on(gate.authorize(Presented::pair(world.key(), &wrong), &world.ask())).unwrap());
    let key = world.key().to_string();
    let expected = event(
        Level::INFO,
        &[
            ("code", "credential.invalid"),
            ("stage", "before_proof"),
            ("method", "events.create"),
            ("strength", "secret"),
            ("client", "192.0.2.1"),
            ("key", &key),
        ],
    );
    assert_eq!(one(all), expected);
    let nothing = gate.engine().present(RequestHead::new("POST", "/no.such", Headers::lines(&[])));
    let (all, _) =
        said(|| block_on(gate.authorize(nothing, &Ask::new("no.such", ClientAddr::unknown(), NOW))));
    assert_eq!(one(all), event(Level::INFO, &[("code", "credential.missing"), ("stage", "static")]));
}

#[test]
fn a_bare_key_that_suffices_proves_nobody() {
    let mut world = World::new();
    let policy = ModulePolicy::default().strength(Policy::off(Strength::KeyOnly)).danger_key_only();
    world.account = world.account.enable("events", policy);
    let gate = Gate::new(engine(), Store::of(&world));
    let (all, _) = said(|| block_on(gate.authorize(Presented::key_only(world.key()), &world.ask())));
    let said = one(all);
    assert_eq!((said.fields["code"].as_str(), said.fields["stage"].as_str()), ("allow", "before_proof"));
    assert_eq!(said.fields["strength"], "key_only");
    assert!(!said.fields.contains_key("user") && !said.fields.contains_key("account"), "{said:?}");
}

#[test]
fn a_secret_that_seems_to_be_stolen_is_a_warning() {
    let mut world = World::new();
    world.client = from("203.0.113.9");
    let gate = Gate::new(engine(), Store::of(&world));
    let said = of_a_pair(&world, &gate);
    assert_eq!(said.level, Level::WARN);
    assert_eq!(
        (said.fields["code"].as_str(), said.fields["client"].as_str()),
        ("access.ip_user", "203.0.113.9")
    );
    assert_eq!(said.fields["user"], "u1");
}

#[test]
fn a_fault_is_an_error_without_what_the_store_said() {
    let world = World::new();
    let gate = Gate::new(engine(), Store(None, AtomicBool::new(true)));
    let expected = event(
        Level::ERROR,
        &[
            ("code", "backend.unavailable"),
            ("fault", "the look-up of the key failed; the source is the store's own error"),
        ],
    );
    assert_eq!(of_a_pair(&world, &gate), expected);
}

#[test]
fn a_batch_says_its_admission_and_then_every_call_once() {
    let world = World::new();
    let store = Arc::new(Store::of(&world));
    let gate = Gate::new(engine(), Arc::clone(&store));
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let (all, admission) = said(|| block_on(gate.admit(pair, NOW)).unwrap());
    let admission_event = one(all);
    assert_eq!((admission_event.level, admission_event.fields["code"].as_str()), (Level::DEBUG, "admit"));
    assert!(!admission_event.fields.contains_key("method"));
    assert_eq!(admission_event.fields["user"], "u1");
    let Admission::Admit(admitted) = admission else { panic!("the right pair") };

    let calls = ["events.list", "wallet.read", "events.old", "events.list", "events.list", "events.list"];
    let mut batch = Batch::new(admitted, world.client, &calls, OnError::Continue, gate.engine());
    let codes = |all: &[Said]| -> Vec<_> {
        all.iter().map(|said| (said.level, said.fields["code"].clone())).collect()
    };
    let mut turn = |after: u64| {
        let now = NOW.plus(Duration::from_secs(after));
        let (all, ran) = said(|| block_on(gate.turn(&mut batch, now)).map(|turn| turn.done(())).is_some());
        (codes(&all), ran)
    };
    let (allow, info) = ((Level::DEBUG, "allow".to_owned()), Level::INFO);
    assert_eq!(turn(0), (vec![allow.clone()], true));
    let refused = [(info, "access.module".to_owned()), (info, "endpoint.retired".to_owned())];
    assert_eq!(turn(1), ([&refused[..], std::slice::from_ref(&allow)].concat(), true));
    assert_eq!(turn(5), (vec![allow], true));
    store.1.store(true, Ordering::Relaxed);
    assert_eq!(turn(10), (vec![(Level::ERROR, "backend.unavailable".to_owned())], false));
    assert_eq!(turn(11), (vec![], false), "what was not run was not decided");
}

#[test]
fn without_a_gate_the_same_event_is_written() {
    let world = World::new();
    let gate = Gate::new(engine(), Store::of(&world));
    let (all, ()) = said(|| trace(&world.verdict(), world.engine.catalogue()));
    assert_eq!(one(all), of_a_pair(&world, &gate));
    let pair = Presented::pair(world.key(), world.revealed.secret());
    let result = world.engine.authorize(pair, world.subject(), &world.ask());
    let (all, ()) = said(|| trace(&result, world.engine.catalogue()));
    assert_eq!(one(all), of_a_pair(&world, &gate));
    let (all, ()) = said(|| trace(&Denial::new(Code::RequestTooLarge), world.engine.catalogue()));
    assert_eq!(one(all), event(Level::INFO, &[("code", "request.too_large"), ("stage", "static")]));
    let (all, ()) = said(|| trace(&Fault::Unclaimed, world.engine.catalogue()));
    assert_eq!(one(all).level, Level::ERROR);
}

struct Fresh;

impl ReplayGuard for Fresh {
    type Error = io::Error;
    async fn claim(&self, _: &ReplayKey, _: Timestamp) -> Result<Claim, io::Error> {
        Ok(Claim::Fresh)
    }
}

#[test]
fn a_signature_is_said_as_one() {
    let world = signing_world();
    let gate = Gate::new(signing_engine(), Store::of(&world)).with_replay(Fresh);
    let signed = world.signed(POST);
    let (all, _) = said(|| {
        signed.present(gate.engine(), |presented| block_on(gate.authorize(presented, &world.ask())).unwrap())
    });
    let said = one(all);
    assert_eq!((said.fields["code"].as_str(), said.fields["strength"].as_str()), ("allow", "signature"));
}

/// A key that is not of this crate's form may be another system's secret, even if somebody has a record under it.
#[test]
fn a_key_of_another_form_is_cut() {
    let world = World::new();
    let foreign: KeyId = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let mut user =
        ApiUser::new(world.account.id(), "u2".parse().unwrap(), "old", AccessLevel::Full, Allowlist::Any)
            .unwrap();
    let text = secret("fedcba9876543210");
    let pair = Imported::new(foreign, secret("fedcba9876543210")).unwrap();
    let _ = user.import(&pair, Keep::Hashed, world.engine.keys(), by(NOW), &mut common::seeded(5)).unwrap();
    let account: Account = world.account.clone();
    let subject = Subject::new(Arc::new(account), Arc::new(user), foreign);
    for subject in [subject, None] {
        let gate = Gate::new(engine(), Store(subject, AtomicBool::new(false)));
        let (all, _) = said(|| block_on(gate.authorize(Presented::pair(foreign, &text), &world.ask())));
        assert_eq!(one(all).fields["key"], "01234567..");
    }
}

#[test]
fn no_part_of_a_secret_is_in_an_event() {
    let world = World::new();
    let gate = Gate::new(engine(), Store::of(&world));
    let (token, text) = (world.revealed.token().expose(), world.revealed.secret().expose());
    let values = [
        format!("Bearer {token}"),
        format!("Bearer {token}x"),
        format!("Bearer {text}"),
        format!("Bearer {text}:{text}"),
        format!("ApiKey {}:{text}", world.key()),
        format!("Basic {text}"),
        format!("Digest {text}"),
    ];
    let (all, ()) = said(|| {
        for value in &values {
            let lines = [("authorization", value.as_bytes())];
            let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
            let ask = Ask::new(text, world.client, NOW); // as a method too
            let _ = block_on(gate.authorize(gate.engine().present(head), &ask));
            let _ = block_on(gate.admit(gate.engine().present(head), NOW));
        }
    });
    assert_eq!(all.len(), 2 * values.len());
    let printed = format!("{all:?}");
    let random = &text[5..];
    for start in 0..random.len() - 8 {
        assert!(!printed.contains(&random[start..start + 8]), "{printed}");
    }
    assert!(printed.contains("endpoint.unknown") && printed.contains("admit"), "{printed}");
}
