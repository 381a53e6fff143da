//! What a caller who has proven nothing can tell apart: nothing.
//!
//! Status, headers and body, of the public face and through each renderer, compared as bytes, for every state of a record under every policy and method.

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::{NOW, World, by, list, secret};
use keyward::{
    AccessLevel, Authorizer, Code, Denial, Fault, KeyId, ModulePolicy, Policy, Presented, Secret, Stage,
    Strength, Verdict,
};

/// What a record can be in, besides being good.
const STATES: [State; 7] = [
    State::Unknown,
    State::Wrong,
    State::WrongChecksum,
    State::Revoked,
    State::Expired,
    State::Disabled,
    State::NotYetValid,
];

#[derive(Clone, Copy, Debug)]
enum State {
    Unknown,
    Wrong,
    WrongChecksum,
    Revoked,
    Expired,
    Disabled,
    NotYetValid,
}

const METHODS: [&str; 3] = ["events.create", "nothing", "events.old"];

/// From an address that no list has and for methods that go away, so that a leak of a later check would show.
fn world(state: State, policy: &ModulePolicy, method: &'static str) -> (World, KeyId, Secret) {
    let mut world = World::with(AccessLevel::custom(["events.create"]), list("198.51.100.1"));
    world.account = world.account.enable("events", policy.clone()).default_policy(policy.clone());
    (world.engine, world.method) = (Authorizer::new(common::ending(), common::ring()), method);
    let key = world.key();
    let right = world.revealed.secret().expose().to_owned();
    let (random, sum) = right.split_at(right.len() - 6);
    let second = Duration::from_secs(1);
    let (presented_key, text) = match state {
        State::Unknown => ("kwk_0000000000000000".parse().unwrap(), right.clone()),
        // The last random character changed: a wrong secret whose checksum does not fit either, and one that fits
        // the format in every way (another user's).
        State::Wrong => (key, World::with(AccessLevel::Full, list("::1")).other_secret()),
        State::WrongChecksum => (key, format!("{random}{}", sum.chars().rev().collect::<String>())),
        State::Revoked => {
            let _ = world.user.revoke(key, by(NOW)).unwrap();
            (key, right.clone())
        }
        State::Expired => {
            let _ = world.user.expire(key, NOW, by(NOW.minus(second))).unwrap();
            (key, right.clone())
        }
        State::Disabled => {
            let _ = world.user.disable(by(NOW));
            (key, right.clone())
        }
        State::NotYetValid => {
            let _ = world.user.postpone(key, NOW.plus(second), by(NOW)).unwrap();
            (key, right.clone())
        }
    };
    (world, presented_key, secret(&text))
}

trait OtherSecret {
    fn other_secret(self) -> String;
}

impl OtherSecret for World {
    /// A secret of the right form that belongs to another credential.
    fn other_secret(mut self) -> String {
        let keys = common::ring();
        let made = self.user.issue(keyward::Keep::Hashed, &keys, by(NOW), &mut common::seeded(99)).unwrap();
        made.reveal().into_secret().expose().to_owned()
    }
}

fn policies() -> Vec<(&'static str, ModulePolicy)> {
    let strict = ModulePolicy::default();
    vec![
        ("secret enforced", strict.clone()),
        ("signature enforced", strict.clone().strength(Policy::enforce(Strength::Signature))),
        ("signature observed", strict.clone().strength(Policy::observe(Strength::Signature))),
        ("off", strict.clone().strength(Policy::off(Strength::Signature))),
        ("filter enforced", strict.addresses(Policy::enforce(list("198.51.100.2")))),
    ]
}

fn seen_in(world: &World, denial: &Denial) -> String {
    common::seen(denial, world.engine.catalogue())
}

fn denial(verdict: Verdict) -> Denial {
    verdict.into_result().expect_err("nobody gets in here")
}

#[test]
fn before_proof_all_secrets_look_alike() {
    let mut seen = BTreeSet::new();
    for state in STATES {
        for (_, policy) in policies() {
            for method in METHODS {
                let (world, key, secret) = world(state, &policy, method);
                let denial = denial(world.decide(Presented::pair(key, &secret)));
                assert_eq!(
                    (denial.code(), denial.stage()),
                    (Code::CredentialInvalid, Stage::BeforeProof),
                    "{state:?}"
                );
                seen.insert(seen_in(&world, &denial));
            }
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn a_bare_key_looks_alike_whatever_its_record_says() {
    // With a bare key nothing is ever proven, so a live key belongs to the class too.
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for state in STATES.map(Some).into_iter().chain([None]) {
        for (_, policy) in policies() {
            for method in METHODS {
                let (world, key, _) = world(state.unwrap_or(State::Wrong), &policy, method);
                let denial = denial(world.decide(Presented::key_only(key)));
                assert!(
                    !denial.to_string().contains("192.0.2"),
                    "the caller's address shows that the key lives"
                );
                seen.insert(seen_in(&world, &denial));
                count += 1;
            }
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(count, 8 * 5 * 3);
}

#[test]
fn a_bare_key_that_suffices_looks_alike_until_its_record_is_good() {
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
    let mut seen = BTreeSet::new();
    for state in STATES {
        if matches!(state, State::Wrong | State::WrongChecksum) {
            continue; // without a secret these are live keys
        }
        for method in METHODS {
            let (world, key, _) = world(state, &policy, method);
            seen.insert(seen_in(&world, &denial(world.decide(Presented::key_only(key)))));
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    let (world, key, _) = world(State::Wrong, &policy, METHODS[0]);
    assert_eq!(denial(world.decide(Presented::key_only(key))).code(), Code::AccessIpUser);
}

#[test]
fn after_proof_the_answer_may_differ() {
    // The same matrix with the right secret of a live credential: if this were one class too, the test above would
    // prove nothing.
    let mut seen = BTreeSet::new();
    for (_, policy) in policies() {
        for method in METHODS {
            let (mut world, key, _) = world(State::Wrong, &policy, method);
            world.client = common::from("198.51.100.1");
            let verdict = world.decide(Presented::pair(key, world.revealed.secret()));
            if let Verdict::Deny(denial) = verdict {
                assert_eq!(denial.stage(), Stage::AfterProof);
                seen.insert(seen_in(&world, &denial));
            }
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
}

#[test]
fn every_401_carries_one_and_the_same_challenge() {
    let challenge = "Bearer realm=\"api\", ApiKey realm=\"api\"";
    let no_store = ("cache-control", "no-store");
    for code in Code::ALL {
        let denial = Denial::new(*code);
        let headers: Vec<_> = denial.public().headers().collect();
        let expected: &[_] = match code.status() {
            401 => &[no_store, ("www-authenticate", challenge)],
            429 => &[no_store, ("retry-after", "60")],
            _ => &[no_store],
        };
        assert_eq!(headers, expected, "{code}");
    }
    assert_eq!(Fault::HEADERS, [no_store, ("retry-after", "10")]);
}
