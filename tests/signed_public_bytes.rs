//! What a caller who signs and has proven nothing can tell apart: nothing.

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::{
    NOW, World, by, ending, list, sealing_engine_of,
    signing::{GET, HOST, POST, Request, Scheme, Signed, Signing, presigned, profile, signing},
};
use keyward::{
    AccessLevel, Claim, Code, Denial, HashAlg, Headers, Keep, MessageProfile, ModulePolicy, Payload, Policy,
    Presigned, Replay, RequestHead, Schemes, Signer, Stage, Step, Strength, Verdict,
};

/// What a record can be in, besides being good.
const STATES: [State; 9] = [
    State::Unknown,
    State::WrongSecret,
    State::WrongRequest,
    State::Revoked,
    State::Expired,
    State::Disabled,
    State::NotYetValid,
    State::NotSealed,
    State::OtherScheme,
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unknown,
    WrongSecret,
    WrongRequest,
    Revoked,
    Expired,
    Disabled,
    NotYetValid,
    NotSealed,
    OtherScheme,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Header,
    Presigned,
    /// By SHA-512.
    Longer,
    Message,
}

const KINDS: [Kind; 4] = [Kind::Header, Kind::Presigned, Kind::Longer, Kind::Message];

fn seen_in(world: &World, denial: &Denial) -> String {
    common::seen(denial, world.engine.catalogue())
}

/// From an address that no list has and for methods that go away, so that a leak of a later check would show.
fn world(state: State, kind: Kind, policy: &ModulePolicy) -> World {
    let message = matches!(kind, Kind::Message);
    let keep = match state {
        State::NotSealed => Keep::Hashed,
        State::OtherScheme if message => Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4)),
        State::OtherScheme => Keep::Sealed(Schemes::PLAIN.and(Schemes::RFC9421)),
        _ => Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4).and(Schemes::RFC9421)),
    };
    let engine = sealing_engine_of(ending()).profile(profile().hashes([HashAlg::Sha256, HashAlg::Sha512]));
    let engine = engine.messages(MessageProfile::new()).authorities([HOST]);
    let mut world =
        World::keeping(keep, engine, AccessLevel::custom(["events.create"]), list("198.51.100.1"));
    world.account = world.account.clone().default_policy(policy.clone());
    world.set(policy.clone());
    world
}

fn signed(world: &mut World, state: State, kind: Kind, request: Request<'_>) -> Signed {
    let second = Duration::from_secs(1);
    if state == State::WrongSecret {
        // Another credential's secret under this one's key.
        let keys = common::sealing_ring();
        let schemes = Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421));
        let made = world.user.issue(schemes, &keys, by(NOW), &mut common::seeded(99)).unwrap().reveal();
        let right = std::mem::replace(&mut world.revealed, made);
        let mut signed = make(world, kind, request);
        let (wrong, right_id) = (world.key().to_string(), right.key_id().to_string());
        world.revealed = right;
        signed.target = signed.target.replace(&wrong, &right_id);
        for (_, value) in &mut signed.headers {
            *value = String::from_utf8(value.clone()).unwrap().replace(&wrong, &right_id).into_bytes();
        }
        return signed;
    }
    let mut signed = make(world, kind, request);
    let key = world.key();
    match state {
        State::WrongRequest => signed.target = signed.target.replacen("/events", "/event", 1),
        State::Revoked => drop(world.user.revoke(key, by(NOW)).unwrap()),
        State::Expired => drop(world.user.expire(key, NOW, by(NOW.minus(second))).unwrap()),
        State::Disabled => drop(world.user.disable(by(NOW))),
        State::NotYetValid => drop(world.user.postpone(key, NOW.plus(second), by(NOW)).unwrap()),
        _ => {}
    }
    signed
}

fn make(world: &World, kind: Kind, request: Request<'_>) -> Signed {
    match kind {
        Kind::Header => world.signed(request),
        Kind::Message => world.signed(Request { scheme: Scheme::Message, ..request }),
        Kind::Presigned => presigned(world),
        Kind::Longer => longer(world, request),
    }
}

fn longer(world: &World, request: Request<'_>) -> Signed {
    let signer = Signer::new(profile().hash(HashAlg::Sha512), world.key(), world.secret());
    let lines = [("Host", HOST.as_bytes())];
    let head = RequestHead::new(request.method, request.target, Headers::lines(&lines));
    let body = if request.body.is_empty() { Payload::Absent } else { Payload::Bytes(request.body) };
    let (method, target) = (request.method.to_owned(), request.target.to_owned());
    let headers = vec![("Host".to_owned(), HOST.into())];
    let plain = Signed { method, target, headers, body: request.body.to_vec() };
    let added = signer.sign(head, body, world.now).unwrap();
    added.iter().fold(plain, |signed, (name, value)| signed.with(name, value))
}

fn policies() -> Vec<ModulePolicy> {
    let strict = ModulePolicy::default();
    vec![
        strict.clone(),
        strict.clone().strength(Policy::enforce(Strength::Signature)),
        strict.clone().strength(Policy::observe(Strength::Signature)).presigned(Presigned::Reusable),
        strict.clone().strength(Policy::off(Strength::Signature)).presigned(Presigned::SingleUse),
        strict.replay(Policy::enforce(Replay::Every)).addresses(Policy::enforce(list("198.51.100.2"))),
    ]
}

/// As the engine decides where the store has the record, or nothing for an unknown key.
fn denial(world: &World, state: State, signed: &Signed) -> Denial {
    let step = signed.present(&world.engine, |presented| {
        let subject = world.subject().filter(|_| state != State::Unknown);
        world.engine.decide(presented, subject, &world.ask()).unwrap()
    });
    let verdict = match step {
        Step::Done(verdict) => verdict,
        Step::Claim(unclaimed) => unclaimed.settle(Claim::Fresh),
    };
    verdict.into_result().expect_err("nobody gets in here")
}

#[test]
fn before_proof_all_signatures_look_alike() {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for kind in KINDS {
        for state in STATES {
            for policy in policies() {
                for request in [GET, POST] {
                    for method in ["events.create", "nothing", "events.old"] {
                        let mut world = world(state, kind, &policy);
                        world.method = method;
                        let signed = signed(&mut world, state, kind, request);
                        let denial = denial(&world, state, &signed);
                        let found = (denial.code(), denial.stage());
                        assert_eq!(
                            found,
                            (Code::CredentialInvalid, Stage::BeforeProof),
                            "{state:?} {kind:?}"
                        );
                        seen.insert(seen_in(&world, &denial));
                        count += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(count, 4 * 9 * 5 * 2 * 3);
}

#[test]
fn an_algorithm_that_is_not_taken_is_refused_alike_whoever_signs() {
    let mut seen = BTreeSet::new();
    for state in STATES {
        for policy in policies() {
            let mut world = world(state, Kind::Longer, &policy);
            let signed = signed(&mut world, state, Kind::Longer, POST);
            world.engine = signing(sealing_engine_of(ending()));
            let denial = denial(&world, state, &signed);
            assert_eq!(
                (denial.code(), denial.stage()),
                (Code::SignatureAlgorithm, Stage::Static),
                "{state:?}"
            );
            seen.insert(seen_in(&world, &denial));
        }
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn a_wrong_signature_looks_like_a_wrong_secret() {
    let policy = ModulePolicy::default();
    let mut world = world(State::WrongRequest, Kind::Header, &policy);
    let signed = signed(&mut world, State::WrongRequest, Kind::Header, POST);
    let by_signature = denial(&world, State::WrongRequest, &signed);
    let wrong = common::secret("kws1_0000000000000000000000000000000000000000000000000");
    let Verdict::Deny(by_secret) = world.decide(keyward::Presented::pair(world.key(), &wrong)) else {
        panic!("nobody gets in here")
    };
    assert_eq!(seen_in(&world, &by_signature), seen_in(&world, &by_secret));
}

#[test]
fn after_proof_signed_requests_are_told_apart() {
    // The same matrix with what is right: if this were one class too, the test above would prove nothing.
    let mut seen = BTreeSet::new();
    for kind in KINDS {
        for policy in policies() {
            for method in ["events.create", "nothing", "events.old"] {
                let mut world = world(State::Unknown, kind, &policy);
                (world.method, world.client) = (method, common::from("198.51.100.1"));
                let signed = make(&world, kind, POST);
                let step = signed.present(&world.engine, |presented| {
                    world.engine.decide(presented, world.subject(), &world.ask()).unwrap()
                });
                if let Step::Done(Verdict::Deny(denial)) = step {
                    assert_eq!(denial.stage(), Stage::AfterProof);
                    seen.insert(seen_in(&world, &denial));
                }
            }
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
}
