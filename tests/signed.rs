//! Signed requests through the engine: which policies they satisfy, what has to be given, what is claimed.

mod common;

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use common::{
    NOW, World, by, code, list,
    signing::{
        GET, HOST, POST, Request, Scheme, Signed, Signing, presigned, profile, signing_engine, world,
        world_with,
    },
};
use keyward::{
    AccessLevel, Admission, AdmitStep, BodyHasher, BodyNeed, Check, Claim, Code, Fault, Finding, Flaw, Gate,
    HashAlg, Headers, Keep, KeyId, Lookup, MessageProfile, MessageSigner, Mode, ModulePolicy, Outcome,
    Payload, Policy, Presigned, Profile, Replay, ReplayGuard, ReplayKey, RequestHead, Schemes, Signer, Stage,
    Step, Strength, Subject, Timestamp, Verdict,
};

#[test]
fn a_signed_request_is_accepted_where_signatures_are_enforced() {
    let world = world();
    for scheme in [Scheme::SigV4, Scheme::Message] {
        for request in [POST, GET] {
            let signed = world.signed(Request { scheme, ..request });
            assert_eq!(world.code(&signed), None, "{scheme:?} {}", request.method);
        }
    }
    assert_eq!(world.denied(), Some(Code::SignatureRequired), "the plain secret is not enough");
}

#[test]
fn where_signatures_are_not_enforced_both_are_accepted() {
    for strength in [
        Policy::off(Strength::Signature),
        Policy::observe(Strength::Signature),
        Policy::enforce(Strength::Secret),
        Policy::enforce_from(Strength::Signature, NOW.plus(Duration::from_secs(1))),
    ] {
        let world = world_with(strength.clone());
        assert_eq!(world.code(&world.signed(POST)), None, "{strength:?}");
        assert_eq!(world.denied(), None, "{strength:?}");
    }
}

#[test]
fn the_grant_of_a_signed_request_says_so() {
    let world = world();
    let Step::Claim(unclaimed) = world.step(&world.signed(POST)) else { panic!("it changes something") };
    assert_eq!(unclaimed.key().key_id(), world.key());
    assert_eq!(unclaimed.key().requested_at(), NOW);
    let grant = unclaimed.settle(Claim::Fresh).into_result().unwrap();
    assert_eq!(grant.strength(), Strength::Signature);
    assert!(grant.observed().is_empty());
    assert!(grant.rehash().is_none());
}

#[test]
fn a_presented_signature_that_fails_is_final() {
    // Off, so that a plain secret would do; it stands right beside and is not fallen back to.
    let world = world_with(Policy::off(Strength::Signature));
    let mut wrong = world.signed(POST);
    wrong.body = b"{ }".to_vec();
    assert_eq!(world.code(&wrong), Some(Code::CredentialInvalid));
    let bearer = format!("Bearer {}", world.revealed.token().expose());
    for extra in [("authorization", bearer.as_str()), ("x-api-key", "other-key")] {
        let message = world.signed(Request { scheme: Scheme::Message, ..POST });
        for signed in [world.signed(POST), message, presigned(&world)] {
            let both = signed.with(extra.0, extra.1);
            assert!(
                matches!(world.code(&both), Some(Code::CredentialMalformed | Code::SignatureMalformed)),
                "{extra:?} {}",
                both.target
            );
        }
    }
}

#[test]
fn a_signature_that_cannot_be_read_is_final_too() {
    // A plain secret would do, and stands right beside; so does the bare key.
    let mut world = world_with(Policy::off(Strength::Signature));
    world.set(ModulePolicy::default().strength(Policy::off(Strength::KeyOnly)).danger_key_only());
    let accept = keyward::Accept::headers().query_key();
    let engine = signing_engine().profile(Profile::escher("eu/suite/ems_request")).accept(accept);
    let (key, secret) = (world.key().to_string(), world.revealed.secret().expose().to_owned());
    let bearer = format!("Bearer {}", world.revealed.token().expose());
    world.engine = engine;
    let plain = |target: &str| Signed { target: target.to_owned(), headers: Vec::new(), ..world.signed(GET) };
    assert_eq!(world.code(&plain("/events").with("authorization", &bearer)), None);
    assert_eq!(world.code(&plain("/events").with("x-api-key", &key).with("x-api-secret", &secret)), None);
    assert_eq!(world.code(&plain(&format!("/events?api_key={key}"))), None);
    for (target, name) in [
        ("/events", "x-escher-auth"),
        ("/events", "signature"),
        ("/events", "signature-input"),
        ("/events?X-Antavo-Signature=", "x-other"),
        ("/events?X-Escher-Algorithm=ESR-HMAC-SHA256", "x-other"),
    ] {
        let separator = if target.contains('?') { '&' } else { '?' };
        let broken = |target: &str| plain(target).with(name, "broken");
        for request in [
            broken(target).with("authorization", &bearer),
            broken(target).with("x-api-key", &key).with("x-api-secret", &secret),
            broken(&format!("{target}{separator}api_key={key}")),
        ] {
            assert_eq!(world.code(&request), Some(Code::SignatureMalformed), "{} {name}", request.target);
        }
    }
}

#[test]
fn the_key_beside_a_signature_is_the_one_that_signs() {
    let mut world = world();
    let same = world.signed(GET).with("x-api-key", world.key().as_str());
    assert_eq!(world.code(&same), None);
    world.engine = common::sealing_engine()
        .profile(profile())
        .authorities([HOST])
        .accept(keyward::Accept::headers().query_key());
    let target = format!("/events?api_key={}", world.key());
    assert_eq!(world.code(&world.signed(Request { target: &target, ..GET })), None);
    let other = world.signed(Request { target: "/events?api_key=AN1EXAMPLEKEY000001", ..GET });
    assert_eq!(world.code(&other), Some(Code::CredentialMalformed));
}

#[test]
fn nothing_is_decided_before_the_signed_body_is_given() {
    let world = world();
    for scheme in [Scheme::SigV4, Scheme::Message] {
        let signed = world.signed(Request { scheme, ..POST });
        let lines = signed.lines();
        let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
        let presented = world.engine.present(head);
        assert_eq!(presented.body_need(), BodyNeed::Digest(HashAlg::Sha256));
        assert_eq!(presented.key_id(), Some(world.key()), "the look-up may begin");
        let fault = world.engine.decide(presented, world.subject(), &world.ask()).unwrap_err();
        assert!(matches!(fault, Fault::BodyUnread), "{scheme:?}");

        let digest = |alg| {
            let mut hasher = BodyHasher::new(alg);
            hasher.update(&signed.body);
            Payload::Digest(hasher.finish())
        };
        let decide = |body| {
            let mut presented = world.engine.present(head);
            presented.set_body(body);
            world.engine.decide(presented, world.subject(), &world.ask())
        };
        assert!(matches!(decide(digest(HashAlg::Sha256)), Ok(Step::Claim(_))), "{scheme:?}");
        assert!(matches!(decide(digest(HashAlg::Sha512)), Err(Fault::BodyDigested)), "{scheme:?}");
        let denied = decide(Payload::Absent).map(|step| matches!(step, Step::Done(Verdict::Deny(_))));
        assert!(matches!(denied, Ok(true)), "{scheme:?}: another body");

        let mut presented = world.engine.present(head);
        presented.set_body(Payload::Bytes(&signed.body));
        presented.set_body(Payload::Absent);
        let step = world.engine.decide(presented, world.subject(), &world.ask());
        assert!(matches!(step, Ok(Step::Claim(_))), "{scheme:?}: the first one counts");
    }
}

#[test]
fn presigned_urls_follow_the_modules_policy() {
    let mut world = world();
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    let url = presigned(&world);
    assert_eq!(world.code(&url), Some(Code::SignatureRequired), "refused by default, after proof");
    for (use_of, claimed) in [(Presigned::Reusable, false), (Presigned::SingleUse, true)] {
        for mode in [Mode::Off, Mode::Observe, Mode::Enforce] {
            let replay = Policy { mode, rule: Replay::Every, enforce_from: None };
            world.set(policy.clone().presigned(use_of).replay(replay));
            assert_eq!(matches!(world.step(&url), Step::Claim(_)), claimed, "{use_of:?} {mode:?}");
            assert_eq!(world.code(&url), None);
        }
    }
    world.now = NOW.plus(Duration::from_secs(60 + 300));
    assert_eq!(world.code(&url), None, "the last second of its life and the skew");
    world.now = NOW.plus(Duration::from_secs(60 + 301));
    assert_eq!(world.code(&url), Some(Code::SignatureClock));
}

#[test]
fn a_presigned_url_with_a_body_is_refused() {
    let mut world = world();
    world.set(ModulePolicy::default().presigned(Presigned::Reusable));
    let url = presigned(&world);
    assert_eq!(world.code(&url), None);
    let loaded = Signed { body: b"x".to_vec(), ..url.clone() };
    assert_eq!(world.code(&loaded), Some(Code::SignatureUncovered));
}

#[test]
fn what_is_claimed_follows_policy_and_method() {
    let enforced = Policy::enforce(Strength::Signature);
    let secret = Policy::enforce(Strength::Secret);
    let on = |rule| Policy::enforce(rule);
    for (strength, replay, request, claimed) in [
        (&enforced, on(Replay::Unsafe), POST, true),
        (&enforced, on(Replay::Unsafe), GET, false),
        (&enforced, on(Replay::Every), GET, true),
        (&secret, on(Replay::Unsafe), POST, false),
        (&secret, on(Replay::Every), POST, true),
        (&enforced, Policy::observe(Replay::Unsafe), POST, true),
        (&enforced, Policy::off(Replay::Every), POST, false),
    ] {
        let mut world = world();
        world.set(ModulePolicy::default().strength(strength.clone()).replay(replay.clone()));
        for scheme in [Scheme::SigV4, Scheme::Message] {
            let signed = world.signed(Request { scheme, ..request });
            let is_claimed = matches!(world.step(&signed), Step::Claim(_));
            assert_eq!(is_claimed, claimed, "{strength:?} {replay:?} {} {scheme:?}", request.method);
        }
    }
}

#[test]
fn a_method_that_a_header_overrides_is_not_a_safe_one() {
    let world = world();
    for name in ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"] {
        let lines = [("Host", HOST.as_bytes()), (name, b"DELETE")];
        let head = RequestHead::new("GET", "/events", Headers::lines(&lines));
        let signer = Signer::new(profile(), world.key(), world.secret()).also([name]);
        let sigv4 = signer.sign(head, Payload::Absent, NOW).unwrap();
        let signer = MessageSigner::new(MessageProfile::new(), world.key(), world.secret());
        let message = signer.sign(head, Payload::Absent, NOW).unwrap();
        for made in [sigv4.iter().collect::<Vec<_>>(), message.iter().collect()] {
            let added = made.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
            let own = lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
            let headers = own.chain(added).collect();
            let request =
                Signed { method: "GET".to_owned(), target: "/events".to_owned(), headers, body: Vec::new() };
            assert!(matches!(world.step(&request), Step::Claim(_)), "{name}");
        }
    }
}

/// What a request is claimed by, where every one is.
fn claimed(world: &World, signed: &Signed) -> ReplayKey {
    match world.step(signed) {
        Step::Claim(unclaimed) => *unclaimed.key(),
        Step::Done(verdict) => panic!("{} is not claimed: {verdict:?}", signed.target),
    }
}

#[test]
fn a_claim_is_remembered_for_a_second_longer_than_its_request_is_valid() {
    let mut world = world();
    let policy = ModulePolicy::default().presigned(Presigned::SingleUse);
    world.set(policy.replay(Policy::enforce(Replay::Every)));
    for (signed, valid) in [
        (world.signed(GET), 300),
        (world.signed(Request { scheme: Scheme::Message, ..GET }), 300),
        (presigned(&world), 60 + 300),
    ] {
        let key = claimed(&world, &signed);
        let lasts = |seconds| NOW.plus(Duration::from_secs(seconds));
        assert_eq!((key.requested_at(), key.expires_at()), (NOW, lasts(valid + 1)), "{}", signed.target);
        for (now, code) in [(lasts(valid), None), (lasts(valid + 1), Some(Code::SignatureClock))] {
            world.now = now;
            assert_eq!(world.code(&signed), code, "{}", signed.target);
        }
        world.now = NOW;
    }
}

#[test]
fn requests_are_claimed_as_one_if_what_is_signed_is_one() {
    let mut world = world();
    let policy = ModulePolicy::default().presigned(Presigned::SingleUse);
    world.set(policy.replay(Policy::enforce(Replay::Every)));
    let digest = |signed: &Signed| *claimed(&world, signed).digest();
    let shouted = |mut signed: Signed| {
        signed.headers.iter_mut().for_each(|(name, _)| *name = name.to_uppercase());
        signed.headers.reverse();
        signed
    };
    let sigv4 = |target| world.signed(Request { target, ..GET });
    let plain = sigv4("/events?a=1&b=~");
    for same in ["/events?b=~&a=1", "/events?a=1&&b=%7e", "/events?%61=1&b=%7E&"] {
        assert_eq!(digest(&plain.clone().to(same)), digest(&plain), "{same}");
    }
    let url = presigned(&world);
    let (path, query) = url.target.split_once('?').unwrap();
    let turned: Vec<_> = query.split('&').rev().collect();
    assert_eq!(digest(&url.clone().to(&format!("{path}?{}", turned.join("&")))), digest(&url));
    let message = world.signed(Request { scheme: Scheme::Message, ..GET });
    for one in [&plain, &message] {
        assert_eq!(digest(&shouted(one.clone())), digest(one));
    }
    let all = [plain, url, message, sigv4("/events?a=1"), world.signed(POST)].map(|one| digest(&one));
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn an_observed_replay_is_granted_and_found() {
    let mut world = world();
    let policy = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    world.set(policy.replay(Policy::observe(Replay::Unsafe)));
    for (claim, finding) in [(Claim::Replayed, Finding::Replayed), (Claim::OverQuota, Finding::OverQuota)] {
        let Step::Claim(unclaimed) = world.step(&world.signed(POST)) else { panic!("observed is asked too") };
        let grant = unclaimed.settle(claim).into_result().unwrap();
        assert_eq!(grant.observed().iter().collect::<Vec<_>>(), [finding]);
    }
}

/// Remembers every claim.
#[derive(Default)]
struct Claims {
    seen: Mutex<HashSet<[u8; 32]>>,
    asked: AtomicUsize,
}

impl ReplayGuard for Claims {
    type Error = Infallible;
    async fn claim(&self, key: &ReplayKey, _: Timestamp) -> Result<Claim, Infallible> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(if self.seen.lock().unwrap().insert(*key.digest()) { Claim::Fresh } else { Claim::Replayed })
    }
}

struct One(Option<Subject>);

impl Lookup for One {
    type Error = Infallible;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Infallible> {
        Ok(self.0.clone().filter(|subject| subject.key_id() == key))
    }
}

#[test]
fn a_refused_call_burns_nothing_and_a_second_one_is_a_replay() {
    let mut world = world();
    let guard = Arc::new(Claims::default());
    let engine =
        common::sealing_engine().profile(profile()).messages(MessageProfile::new()).authorities([HOST]);
    let gate = Gate::new(engine, One(world.subject())).with_replay(Arc::clone(&guard));
    let ask = |world: &World, signed: &Signed| {
        signed.present(gate.engine(), |presented| {
            code(&pollster::block_on(gate.authorize(presented, &world.ask())).unwrap())
        })
    };
    for scheme in [Scheme::SigV4, Scheme::Message] {
        let signed = world.signed(Request { scheme, ..POST });
        let client = std::mem::replace(&mut world.client, common::from("198.51.100.1"));
        let asked = guard.asked.load(Ordering::Relaxed);
        assert_eq!(ask(&world, &signed), Some(Code::AccessIpUser));
        let method = std::mem::replace(&mut world.method, "nothing");
        world.client = client;
        assert_eq!(ask(&world, &signed), Some(Code::EndpointUnknown));
        world.method = method;
        assert_eq!(guard.asked.load(Ordering::Relaxed), asked, "{scheme:?}: not even asked");
        assert_eq!(ask(&world, &signed), None, "{scheme:?}");
        assert_eq!(ask(&world, &signed), Some(Code::SignatureReplayed), "{scheme:?}");
    }
}

#[test]
fn a_batch_is_claimed_once_by_the_strictest_of_its_modules() {
    let mut world = world_with(Policy::enforce(Strength::Secret));
    let admit = |world: &World| {
        world.signed(POST).present(&world.engine, |presented| {
            world.engine.admit(presented, world.subject(), world.now).unwrap()
        })
    };
    assert!(matches!(admit(&world), AdmitStep::Done(Admission::Admit(_))), "nobody wants a claim");
    let strict = ModulePolicy::default().strength(Policy::enforce(Strength::Signature));
    world.account = world.account.clone().enable("coupons", strict);
    let AdmitStep::Claim(unclaimed) = admit(&world) else { panic!("coupons wants one") };
    assert!(
        matches!(unclaimed.settle(Claim::Replayed), Admission::Deny(denial) if denial.code() == Code::SignatureReplayed)
    );
    let AdmitStep::Claim(unclaimed) = admit(&world) else { panic!("still") };
    let Admission::Admit(admitted) = unclaimed.settle(Claim::Fresh) else { panic!("fresh") };
    assert!(matches!(world.engine.permit(&admitted, &world.ask()), Verdict::Allow(_)));

    let (observe, enforce) = (Policy::observe(Replay::Every), Policy::enforce(Replay::Every));
    for (events, coupons, refused) in
        [(&observe, &observe, false), (&observe, &enforce, true), (&enforce, &observe, true)]
    {
        world.set(ModulePolicy::default().replay(events.clone()));
        let policy = ModulePolicy::default().replay(coupons.clone());
        world.account = world.account.clone().enable("coupons", policy);
        let AdmitStep::Claim(unclaimed) = admit(&world) else { panic!("both ask") };
        let denied = matches!(unclaimed.settle(Claim::Replayed), Admission::Deny(_));
        assert_eq!(denied, refused, "{events:?} {coupons:?}");
    }
}

#[test]
fn a_batch_by_a_presigned_url_is_claimed_if_any_module_takes_it_once() {
    let mut world = world();
    let url = presigned(&world);
    let policy = |presigned| {
        let strength = Policy::enforce(Strength::Signature);
        ModulePolicy::default().strength(strength).presigned(presigned).replay(Policy::off(Replay::Every))
    };
    for (events, coupons, claimed) in [
        (Presigned::Refuse, Presigned::Refuse, false),
        (Presigned::Reusable, Presigned::Refuse, false),
        (Presigned::Reusable, Presigned::SingleUse, true),
        (Presigned::SingleUse, Presigned::Reusable, true),
    ] {
        world.set(policy(events));
        world.account = world.account.clone().enable("coupons", policy(coupons));
        let step = url.present(&world.engine, |presented| {
            world.engine.admit(presented, world.subject(), world.now).unwrap()
        });
        let (was_claimed, admission) = match step {
            AdmitStep::Done(admission) => (false, admission),
            AdmitStep::Claim(unclaimed) => (true, unclaimed.settle(Claim::Fresh)),
        };
        assert_eq!(was_claimed, claimed, "{events:?} {coupons:?}");
        let Admission::Admit(admitted) = admission else { panic!("it is proven") };
        let refused = code(&world.engine.permit(&admitted, &world.ask()));
        let expected = (events == Presigned::Refuse).then_some(Code::SignatureRequired);
        assert_eq!(refused, expected, "{events:?} {coupons:?}");
    }
}

#[test]
fn what_configuration_refuses_is_static_and_has_its_code() {
    let world = world();
    let flaw = |signed: &Signed| match world.step(signed) {
        Step::Done(Verdict::Deny(denial)) => {
            assert_eq!(denial.stage(), Stage::Static);
            (denial.code(), denial.flaw())
        }
        other => panic!("{other:?}"),
    };
    let mut elsewhere = world.signed(POST);
    elsewhere.headers[0].1 = b"other.example.test".to_vec();
    assert_eq!(flaw(&elsewhere), (Code::SignatureScope, Some(Flaw::Authority)));
    let twice = world.signed(POST).with("Host", HOST);
    assert_eq!(flaw(&twice), (Code::SignatureMalformed, Some(Flaw::Hosts)));
    let longer = Signer::new(profile().hash(HashAlg::Sha512), world.key(), world.secret());
    let lines = [("Host", HOST.as_bytes())];
    let head = RequestHead::new("POST", "/events", Headers::lines(&lines));
    let mut unknown = Signed { headers: vec![("Host".to_owned(), HOST.into())], ..world.signed(POST) };
    for (name, value) in longer.sign(head, Payload::Bytes(b"{}"), NOW).unwrap().iter() {
        unknown = unknown.with(name, value);
    }
    assert_eq!(flaw(&unknown), (Code::SignatureAlgorithm, Some(Flaw::Algorithm)));
    let overridden = world.signed(POST).with("X-HTTP-Method-Override", "DELETE");
    assert_eq!(flaw(&overridden), (Code::SignatureMalformed, Some(Flaw::Override)));
    let both = world.signed(POST).to(&presigned(&world).target);
    assert_eq!(flaw(&both), (Code::SignatureMalformed, Some(Flaw::Twice)));
    let message = world.signed(Request { scheme: Scheme::Message, ..POST });
    let mut two = world.signed(POST);
    two.headers
        .extend(message.headers.into_iter().filter(|(name, _)| name.to_lowercase().starts_with("signature")));
    assert_eq!(flaw(&two), (Code::SignatureMalformed, Some(Flaw::Twice)));
}

#[test]
fn the_window_is_closed_at_both_ends() {
    for scheme in [Scheme::SigV4, Scheme::Message] {
        let mut world = world();
        let signed = world.signed(Request { scheme, ..GET });
        for (now, code) in [
            (NOW.minus(Duration::from_secs(300)), None),
            (NOW.plus(Duration::from_secs(300)), None),
            (NOW.minus(Duration::from_secs(301)), Some(Code::SignatureClock)),
            (NOW.plus(Duration::from_secs(301)), Some(Code::SignatureClock)),
            (Timestamp::from_unix(i64::MAX), Some(Code::SignatureClock)),
            (Timestamp::from_unix(i64::MIN), Some(Code::SignatureClock)),
        ] {
            world.now = now;
            assert_eq!(world.code(&signed), code, "{scheme:?} at {now}");
        }
    }
}

#[test]
fn a_credential_proves_only_the_schemes_that_it_is_for() {
    for (keep, plain, sigv4, message) in [
        (Keep::Hashed, true, false, false),
        (Keep::Sealed(Schemes::PLAIN), true, false, false),
        (Keep::Sealed(Schemes::SIGV4), false, true, false),
        (Keep::Sealed(Schemes::RFC9421), false, false, true),
        (Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421)), false, true, true),
    ] {
        let world = World::keeping(keep, signing_engine(), AccessLevel::Full, list("192.0.2.0/24"));
        let expected = |proves: bool| if proves { None } else { Some(Code::CredentialInvalid) };
        assert_eq!(world.denied(), expected(plain), "{keep:?}");
        assert_eq!(world.code(&world.signed(POST)), expected(sigv4), "{keep:?}");
        let by_message = world.signed(Request { scheme: Scheme::Message, ..POST });
        assert_eq!(world.code(&by_message), expected(message), "{keep:?}");
    }
}

#[test]
fn a_sealed_secret_that_does_not_open_is_a_fault() {
    let mut world = world();
    let signed = world.signed(POST);
    let pepper = || keyward::Pepper::new(1, [7; 32]).unwrap();
    let other = keyward::SealingKey::new(2, [8; 32]).unwrap();
    let ring = keyward::KeyRing::new(pepper()).sealing(other).unwrap();
    world.engine = keyward::Authorizer::new(common::catalogue(), ring).profile(profile()).authorities([HOST]);
    let fault = signed.present(&world.engine, |presented| {
        world.engine.decide(presented, world.subject(), &world.ask()).unwrap_err()
    });
    assert!(matches!(fault, Fault::Unsealed(keyward::Unopened::UnknownKey(1))));
}

/// Under a ring that could not open a sealed secret, only what is signed with a key that the subject keeps verifies.
fn blind() -> keyward::Authorizer {
    let ring = keyward::KeyRing::new(keyward::Pepper::new(1, [7; 32]).unwrap());
    keyward::Authorizer::new(common::catalogue(), ring).profile(profile()).authorities([HOST])
}

#[test]
fn a_second_request_is_verified_with_the_key_that_was_derived_for_the_first() {
    // The subject keeps it; the sealed secret is not asked again.
    let world = world();
    let subject = world.subject();
    let decide = |engine: &keyward::Authorizer, signed: &Signed| {
        signed.present(engine, |presented| engine.decide(presented, subject.clone(), &world.ask()))
    };
    assert!(decide(&world.engine, &world.signed(GET)).is_ok());
    let blind = blind();
    let again = world.signed(Request { target: "/events?b=2", ..GET });
    assert!(matches!(decide(&blind, &again), Ok(Step::Done(Verdict::Allow(_)))));
    let mut forged = again.clone();
    forged.target = "/events?b=3".to_owned();
    assert!(matches!(decide(&blind, &forged), Err(Fault::Unsealed(_))), "a wrong one goes the whole way");
}

#[test]
fn no_key_is_kept_for_who_does_not_prove_a_live_credential() {
    let mut world = world();
    let signed = world.signed(GET);
    let forged = Signed { target: "/events?b=3".to_owned(), ..signed.clone() };
    for (disabled, first) in [(false, &forged), (true, &signed)] {
        if disabled {
            let _ = world.user.disable(by(NOW));
        }
        let subject = world.subject();
        let decide = |engine: &keyward::Authorizer, signed: &Signed| {
            signed.present(engine, |presented| engine.decide(presented, subject.clone(), &world.ask()))
        };
        assert!(matches!(decide(&world.engine, first), Ok(Step::Done(Verdict::Deny(_)))));
        assert!(matches!(decide(&blind(), &signed), Err(Fault::Unsealed(_))), "disabled: {disabled}");
    }
}

#[test]
fn explain_tells_how_a_signed_request_fares() {
    let mut world = world();
    let explain = |world: &World, signed: &Signed| {
        signed.present(&world.engine, |presented| {
            world.engine.explain(presented, world.subject(), &world.ask())
        })
    };
    let outcome = |explanation: &keyward::Explanation, check| {
        explanation.checks().find(|(found, _)| *found == check).unwrap().1
    };
    let good = explain(&world, &world.signed(POST));
    assert!(good.allows());
    assert_eq!(outcome(&good, Check::Proven), Outcome::Passed);
    let mut wrong = world.signed(POST);
    wrong.body = b"other".to_vec();
    let wrong = explain(&world, &wrong);
    assert_eq!(outcome(&wrong, Check::Proven), Outcome::Refused(Code::CredentialInvalid));
    assert_eq!(outcome(&wrong, Check::Level), Outcome::Passed, "the later checks show too");
    let early = world.signed(POST);
    world.now = NOW.plus(Duration::from_secs(1000));
    let late = explain(&world, &early);
    assert_eq!(outcome(&late, Check::Readable), Outcome::Refused(Code::SignatureClock));
    let report = late.report(world.engine.catalogue()).to_string();
    assert!(report.contains("outside the window"), "{report}");
}

#[test]
fn a_signature_of_a_user_that_is_disabled_or_revoked_proves_nothing() {
    let mut world = world();
    let signed = world.signed(GET);
    assert_eq!(world.code(&signed), None);
    let _ = world.user.disable(by(NOW));
    assert_eq!(world.code(&signed), Some(Code::CredentialInvalid));
    let _ = world.user.enable(by(NOW));
    let _ = world.user.revoke(world.key(), by(NOW)).unwrap();
    assert_eq!(world.code(&signed), Some(Code::CredentialInvalid));
}

#[test]
fn a_query_that_the_php_form_signs_in_two_ways_is_found() {
    let mut world = world();
    let php = || Profile::antavo("st1").antavo_php();
    world.engine = common::sealing_engine().profile(php()).authorities([HOST]);
    let observed = |target: &str| {
        let signer = Signer::new(php(), world.key(), world.secret());
        let lines = [("Host", HOST.as_bytes())];
        let head = RequestHead::new("GET", target, Headers::lines(&lines));
        let made = signer.sign(head, Payload::Absent, NOW).unwrap();
        let own = lines.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec()));
        let added = made.iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let request = Signed {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: own.chain(added).collect(),
            body: Vec::new(),
        };
        let Step::Done(Verdict::Allow(grant)) = world.step(&request) else { panic!("{target} is signed") };
        grant.observed().iter().collect::<Vec<_>>()
    };
    assert_eq!(observed("/events?a=b"), []);
    // Who changed a plus into it on the way changed nothing that is signed.
    assert_eq!(observed("/events?a=b%20c"), [Finding::AmbiguousQuery]);
    assert_eq!(observed("/events?a=b+c"), [Finding::AmbiguousQuery]);
    assert_eq!(observed("/events?a=b%2Bc"), [Finding::AmbiguousQuery]);
}

/// A store that is down, and how often it was asked.
struct Down(AtomicUsize);

impl Lookup for Down {
    type Error = std::io::Error;
    async fn find(&self, _: KeyId) -> Result<Option<Subject>, Self::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(std::io::Error::other("down"))
    }
}

#[test]
fn what_is_refused_whatever_the_record_says_asks_no_store() {
    let mut world = world();
    let down = Arc::new(Down(AtomicUsize::new(0)));
    let gate = Gate::new(signing_engine(), Arc::clone(&down));
    let asked = |world: &World, signed: &Signed| {
        let ask = world.ask();
        let verdict =
            signed.present(gate.engine(), |presented| pollster::block_on(gate.authorize(presented, &ask)));
        let admission =
            signed.present(gate.engine(), |presented| pollster::block_on(gate.admit(presented, world.now)));
        let times = down.0.swap(0, Ordering::Relaxed);
        match (verdict, admission) {
            (Ok(Verdict::Deny(one)), Ok(Admission::Deny(other))) => {
                assert_eq!((one.code(), one.method().is_some(), times), (other.code(), true, 0));
                Some(one.code())
            }
            (Err(Fault::Lookup(_)), Err(Fault::Lookup(_))) => {
                assert_eq!(times, 2);
                None
            }
            other => panic!("{other:?}"),
        }
    };
    for scheme in [Scheme::SigV4, Scheme::Message] {
        let good = world.signed(Request { scheme, ..POST });
        assert_eq!(asked(&world, &good), None, "{scheme:?}");
        let mut elsewhere = good.clone();
        elsewhere.headers[0].1 = b"other.example.test".to_vec();
        assert_eq!(asked(&world, &elsewhere), Some(Code::SignatureScope));
        assert_eq!(asked(&world, &good.clone().with("Host", HOST)), Some(Code::SignatureMalformed));
        world.now = NOW.plus(Duration::from_secs(301));
        assert_eq!(asked(&world, &good), Some(Code::SignatureClock));
        world.now = NOW;
    }
    let mut another_body = world.signed(Request { scheme: Scheme::Message, ..POST });
    another_body.body = b"{ }".to_vec();
    assert!(asked(&world, &another_body).is_some());
}

/// Always the same.
struct Answers(Claim);

impl ReplayGuard for Answers {
    type Error = Infallible;
    async fn claim(&self, _: &ReplayKey, _: Timestamp) -> Result<Claim, Infallible> {
        Ok(self.0)
    }
}

/// What a gate with that guard says of a signed request, and of one that asks for several methods.
fn guarded<R: ReplayGuard>(guard: R) -> (Result<Verdict, Fault>, Result<Admission, Fault>) {
    let world = world();
    let gate = Gate::new(signing_engine(), One(world.subject())).with_replay(guard);
    let signed = world.signed(POST);
    let verdict = signed
        .present(gate.engine(), |presented| pollster::block_on(gate.authorize(presented, &world.ask())));
    (verdict, signed.present(gate.engine(), |presented| pollster::block_on(gate.admit(presented, NOW))))
}

#[test]
fn only_a_fresh_claim_is_granted() {
    let (verdict, admission) = guarded(Answers(Claim::Fresh));
    assert!(matches!(verdict, Ok(Verdict::Allow(_))));
    assert!(matches!(admission, Ok(Admission::Admit(_))));
    for (claim, code) in [(Claim::Replayed, Code::SignatureReplayed), (Claim::OverQuota, Code::ReplayQuota)] {
        let (verdict, admission) = guarded(Answers(claim));
        let denial = verdict.unwrap().into_result().unwrap_err();
        assert_eq!(denial.code(), code);
        assert_eq!(denial.subject().unwrap().user().name(), "checkout");
        assert!(denial.method().is_some());
        let Ok(Admission::Deny(denial)) = admission else { panic!("{claim:?}") };
        assert_eq!((denial.code(), denial.method()), (code, None));
    }
}

#[test]
fn without_a_guard_a_claim_is_a_fault() {
    let (verdict, admission) = guarded(keyward::NoReplayGuard);
    for fault in [verdict.unwrap_err(), admission.unwrap_err()] {
        let Fault::Replay(source) = &fault else { panic!("{fault}") };
        assert_eq!(source.to_string(), keyward::NoGuard.to_string());
    }
    assert_eq!(Fault::STATUS, 503);
}
