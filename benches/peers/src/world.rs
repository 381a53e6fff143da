//! Stores full of callers.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue,
    ClientAddr, Headers, Keep, KeyRing, Lookup, MemoryStore, ModulePolicy, Pepper, Policy, Presented,
    Registry, RequestHead, Strength, Subject, Timestamp, Verdict,
};

use crate::random::Random;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
pub(crate) const PEPPER: [u8; 32] = [7; 32];

/// What a request needs to be sent.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) authorization: String,
    pub(crate) method: String,
}

/// A user that is not stored yet, and its caller.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) user: ApiUser,
    pub(crate) caller: Caller,
    pub(crate) secret: String,
}

/// What users are like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    Full,
    /// A hundred methods of two hundred.
    Custom,
}

const MODULES: usize = 5;
const METHODS: usize = 200;

pub(crate) fn method(number: usize) -> String {
    const NOUNS: [&str; MODULES] = ["contacts", "campaigns", "events", "segments", "exports"];
    const VERBS: [&str; 4] = ["query", "create", "update", "delete"];
    format!("v2.{}.{}.{number:05}", NOUNS[number % MODULES], VERBS[number / MODULES % VERBS.len()])
}

fn module(number: usize) -> String {
    format!("module-{}", number % MODULES)
}

pub(crate) fn engine() -> Authorizer {
    engine_with(KeyRing::new(Pepper::new(1, PEPPER).expect("32 bytes")))
}

pub(crate) fn engine_with(ring: KeyRing) -> Authorizer {
    let of = |module: usize| (module..METHODS).step_by(MODULES).map(method);
    let catalogue =
        (0..MODULES).fold(Catalogue::builder(), |all, number| all.module(&module(number), of(number)));
    Authorizer::new(catalogue.build().expect("names in the grammar"), ring)
}

/// All modules on, each with a filter of four rules and a strength, both enforced.
pub(crate) fn account(name: &str) -> Account {
    let filter =
        Allowlist::parse("192.0.2.0/24\n198.51.100.7\n10.0.0.0-10.0.3.255\n2001:db8::/32").expect("rules");
    let policy = ModulePolicy::default()
        .addresses(Policy::enforce(filter))
        .strength(Policy::enforce(Strength::Secret));
    let account = Account::new(name.parse().expect("an id"));
    (0..MODULES).fold(account, |account, number| account.enable(&module(number), policy.clone()))
}

pub(crate) fn client() -> ClientAddr {
    ClientAddr::direct("192.0.2.77".parse().expect("an address"))
}

/// The account of the even ones; the odd ones are in accounts of a hundred each.
pub(crate) const LARGE: &str = "large";

fn account_of(number: usize) -> String {
    if number.is_multiple_of(2) { LARGE.to_owned() } else { format!("small-{}", number / 200) }
}

/// A user in `account` with a list of four rules and one credential.
pub(crate) fn fresh(
    engine: &Authorizer,
    account: &str,
    number: usize,
    level: Level,
    random: &mut Random,
) -> Fresh {
    let (a, b, c) = (random.below(256), random.below(256), random.below(65_536));
    let rules = format!("192.0.2.0/24\n10.{a}.{b}.0/24\n172.16.{a}.{b}-172.17.0.0\n2001:db8:{c:x}::/48");
    let list = Allowlist::parse(&rules).expect("rules");
    let level = match level {
        Level::Full => AccessLevel::Full,
        Level::Custom => AccessLevel::custom((number % 2..METHODS).step_by(2).map(method)),
    };
    let account = account.parse().expect("an id");
    let id = format!("user-{number:08}").parse().expect("an id");
    let mut user = ApiUser::new(account, id, &format!("service {number}"), level, list).expect("a name");
    let by = By::new("admin@acme.test", NOW);
    let revealed = user.issue(Keep::Hashed, engine.keys(), by, random).expect("room for one").reveal();
    let authorization = format!("Bearer {}", revealed.token().expose());
    // An odd number for the odd users, and spread over the methods.
    let method = method((number + 2 * random.below(METHODS)) % METHODS);
    Fresh { user, caller: Caller { authorization, method }, secret: revealed.secret().expose().to_owned() }
}

/// A store with so many users; the callers that `keep` picks.
pub(crate) fn filled(
    engine: &Authorizer,
    users: usize,
    level: Level,
    keep: impl Fn(usize) -> bool,
) -> (MemoryStore, Vec<Caller>) {
    let store = MemoryStore::new();
    let (mut random, mut callers) = (Random::new(users as u64), Vec::new());
    ready(store.put_account(&account(LARGE))).expect("a store that cannot fail");
    for number in 0..users {
        let name = account_of(number);
        if number % 200 == 1 {
            ready(store.put_account(&account(&name))).expect("a store that cannot fail");
        }
        let Fresh { user, caller, .. } = fresh(engine, &name, number, level, &mut random);
        let stored = ready(store.insert(&user)).expect("a store that cannot fail");
        assert_eq!(stored, keyward::Insert::Stored);
        if keep(number) {
            callers.push(caller);
        }
    }
    random.shuffle(&mut callers);
    (store, callers)
}

/// `MemoryStore`'s futures are ready at the first poll.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory that waits"),
    }
}

fn found<'r>(
    engine: &Authorizer,
    store: &MemoryStore,
    lines: &'r [(&'r str, &'r [u8])],
) -> (Presented<'r>, Option<Subject>) {
    let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(lines)));
    let subject = presented.key_id().and_then(|key| ready(store.find(key)).unwrap_or_default());
    (presented, subject)
}

/// From the header's text to an admitted caller: is it who it says?
pub(crate) fn verify(engine: &Authorizer, store: &MemoryStore, caller: &Caller) -> bool {
    let lines = [("authorization", caller.authorization.as_bytes())];
    let (presented, subject) = found(engine, store, &lines);
    matches!(engine.admit(presented, subject, NOW), Ok(AdmitStep::Done(Admission::Admit(_))))
}

/// The other lines of an ordinary request.
pub(crate) const USUAL_LINES: [(&str, &[u8]); 8] = [
    ("host", b"api.example.com"),
    ("user-agent", b"checkout/4.2 (linux)"),
    ("accept", b"application/json"),
    ("accept-encoding", b"gzip, br"),
    ("content-type", b"application/json"),
    ("content-length", b"182"),
    ("x-request-id", b"0b6f6f3e-8f0b-4f67-9d0c-2f1f5a4f9a11"),
    ("connection", b"keep-alive"),
];

/// From the header's text to the verdict on one method.
pub(crate) fn decide(engine: &Authorizer, store: &MemoryStore, caller: &Caller) -> bool {
    let lines = [("authorization", caller.authorization.as_bytes())];
    decide_lines(engine, store, &lines, &caller.method)
}

pub(crate) fn decide_lines(
    engine: &Authorizer,
    store: &MemoryStore,
    lines: &[(&str, &[u8])],
    method: &str,
) -> bool {
    let (presented, subject) = found(engine, store, lines);
    let verdict = engine.authorize(presented, subject, &Ask::new(method, client(), NOW));
    matches!(verdict, Ok(Verdict::Allow(_)))
}
