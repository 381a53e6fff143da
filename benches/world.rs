//! Callers and data for all themes.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::pin,
    task::{Context, Poll, Waker},
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Authorizer, By, Catalogue, Entropy, EntropyError, Headers,
    Insert, Keep, KeyId, KeyRing, Lookup, MemoryStore, ModulePolicy, Pepper, Policy, Presented, Registry,
    RequestHead, Rule, Strength, Subject, Timestamp,
};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);
/// Of them every second one is a caller's.
pub(crate) const METHODS: usize = 200;

/// splitmix64: the same seed, the same data.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for Random {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes
            .chunks_mut(8)
            .for_each(|chunk| chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]));
        Ok(())
    }
}

pub(crate) fn method(number: usize) -> String {
    const NOUNS: [&str; 5] = ["contacts", "campaigns", "events", "segments", "exports"];
    format!("v2.{}.{number:05}", NOUNS[number % NOUNS.len()])
}

pub(crate) fn catalogue() -> Catalogue {
    Catalogue::builder().module("all", (0..METHODS).map(method)).build().expect("names")
}

pub(crate) fn engine() -> Authorizer {
    Authorizer::new(catalogue(), KeyRing::new(Pepper::new(1, [7; 32]).expect("32 bytes")))
}

pub(crate) fn account() -> Account {
    let filter = list("192.0.2.0/24\n198.51.100.7\n10.0.0.0-10.0.3.255\n2001:db8::/32");
    let policy = ModulePolicy::default()
        .addresses(Policy::enforce(filter))
        .strength(Policy::enforce(Strength::Secret));
    Account::new("acme".parse().expect("an id")).enable("all", policy)
}

pub(crate) fn list(text: &str) -> Allowlist {
    Allowlist::parse(text).expect("rules")
}

pub(crate) fn by() -> By<'static> {
    By::new("admin@acme.test", NOW)
}

/// A user with four rules and a hundred methods; its key, and the value of its `Authorization` line.
pub(crate) fn user(engine: &Authorizer, number: usize, random: &mut Random) -> (ApiUser, KeyId, String) {
    let rules = list("192.0.2.0/24\n203.0.113.9\n10.9.0.0-10.9.3.255\n2001:db8:7::/48");
    let level = AccessLevel::custom((0..METHODS).step_by(2).map(method));
    let (account, id) = (account().id(), format!("user-{number}").parse().expect("an id"));
    let mut user = ApiUser::new(account, id, &format!("service {number}"), level, rules).expect("a name");
    let revealed = user.issue(Keep::Hashed, engine.keys(), by(), random).expect("room for one").reveal();
    (user, revealed.key_id(), format!("Bearer {}", revealed.token().expose()))
}

/// A store with so many users, and their `Authorization` lines.
pub(crate) fn store(engine: &Authorizer, users: usize) -> (MemoryStore, Vec<String>) {
    let (store, mut random) = (MemoryStore::new(), Random(1));
    ready(store.put_account(&account())).expect("a store that cannot fail");
    let lines = (0..users).map(|number| {
        let (user, _, line) = user(engine, number, &mut random);
        assert_eq!(ready(store.insert(&user)), Ok(Insert::Stored));
        line
    });
    let lines = lines.collect();
    (store, lines)
}

pub(crate) fn find<'r>(
    engine: &Authorizer,
    store: &MemoryStore,
    lines: &'r [(&'r str, &'r [u8])],
) -> (Presented<'r>, Option<Subject>) {
    let presented = engine.present(RequestHead::new("POST", "/events", Headers::lines(lines)));
    let subject = presented.key_id().and_then(|key| ready(store.find(key)).unwrap_or_default());
    (presented, subject)
}

/// The store in memory is ready at the first poll.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a store in memory that waits"),
    }
}

/// Half blocks of IPv4, half of IPv6.
pub(crate) fn rules(count: usize) -> Vec<Rule> {
    let mut random = Random(2);
    let rule = |number: usize| {
        let prefix = random.word() % 16;
        let text = if number.is_multiple_of(2) {
            format!("{}/{}", v4(&mut random), 17 + prefix)
        } else {
            format!("{}/{}", v6(&mut random), 33 + prefix)
        };
        text.parse().expect("a rule")
    };
    (0..count).map(rule).collect()
}

/// About half of them in a rule.
pub(crate) fn addresses(rules: &[Rule]) -> Vec<IpAddr> {
    let mut random = Random(3);
    let address = |number: usize| match (number % 4, &rules[number % rules.len()]) {
        (0 | 1, rule) => rule.first(),
        (2, _) => v4(&mut random).into(),
        _ => v6(&mut random).into(),
    };
    (0..4096).map(address).collect()
}

fn v4(random: &mut Random) -> Ipv4Addr {
    let [a, b, c, d, ..] = random.word().to_le_bytes();
    Ipv4Addr::new(1 + a % 200, b, c, d)
}

fn v6(random: &mut Random) -> Ipv6Addr {
    Ipv6Addr::from_bits(1 << 125 | u128::from(random.word()) << 60)
}
