//! Guards two promises about signed requests. One whose caller's key is at hand, and which is in canonical form already,
//! is decided without an allocation; another takes two at most. And where a key has to be derived, no heap block that the
//! secret or a key lay in is given back unwiped.

mod common;
#[path = "common/heap.rs"]
mod heap;

use std::time::Duration;

use common::{
    NOW, World, list, sealing_engine, secret,
    signing::{HOST, Signed},
};
use heap::{NOTHING, Seen, random_part, watch};
use hmac::{Hmac, KeyInit, Mac};
use keyward::{
    AccessLevel, Ask, Authorizer, Claim, HashAlg, Headers, Keep, MessageProfile, MessageSigner, ModulePolicy,
    Payload, Policy, Presigned, Profile, Replay, RequestHead, Schemes, Signer, Step, Strength, Subject,
    Verdict,
};
use sha2::{Sha256, Sha512, block_api::compress256};

const SCOPE: [&str; 3] = ["us-east-1", "example", "aws4_request"];

/// A caller that signs, and a service that claims every request.
fn world(engine: impl FnOnce(Authorizer) -> Authorizer) -> World {
    let keep = Keep::Sealed(Schemes::SIGV4.and(Schemes::RFC9421));
    let engine = engine(sealing_engine()).authorities([HOST]);
    let mut world = World::keeping(keep, engine, AccessLevel::Full, list("192.0.2.0/24"));
    let policy = ModulePolicy::default()
        .strength(Policy::enforce(Strength::Signature))
        .replay(Policy::enforce(Replay::Every))
        .presigned(Presigned::SingleUse);
    world.account = world.account.clone().enable("events", policy);
    world
}

fn by_profile(profile: &Profile) -> World {
    world(|engine| engine.profile(profile.clone()))
}

fn unsigned(method: &str, target: &str, body: &[u8], more: &[(&str, &str)]) -> Signed {
    let own = [("host", HOST), ("accept", "application/json"), ("user-agent", "till/1.0")];
    let all = own.iter().chain(more);
    Signed {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: all.map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
        body: body.to_vec(),
    }
}

fn payload(signed: &Signed) -> Payload<'_> {
    if signed.body.is_empty() { Payload::Absent } else { Payload::Bytes(&signed.body) }
}

/// Signs all headers but the user agent.
fn sign(world: &World, profile: &Profile, mut request: Signed) -> Signed {
    let names: Vec<_> =
        request.headers.iter().map(|line| line.0.clone()).filter(|name| name != "user-agent").collect();
    let signer = Signer::new(profile.clone(), world.key(), world_secret(world)).also(names);
    let made: Vec<_> = {
        let lines = request.lines();
        let head = RequestHead::new(&request.method, &request.target, Headers::lines(&lines));
        let made = signer.sign(head, payload(&request), NOW).unwrap();
        made.iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
    };
    request.headers.extend(made);
    request
}

fn world_secret(world: &World) -> keyward::Secret {
    secret(world.revealed.secret().expose())
}

fn presigned(world: &World, profile: &Profile, target: &str) -> Signed {
    let signer = Signer::new(profile.clone(), world.key(), world_secret(world));
    let url = signer.presign(&format!("https://{HOST}{target}"), Duration::from_secs(60), NOW).unwrap();
    unsigned("GET", url.strip_prefix("https://").unwrap().strip_prefix(HOST).unwrap(), b"", &[])
}

fn message(world: &World, profile: MessageProfile, mut request: Signed) -> Signed {
    let signer = MessageSigner::new(profile, world.key(), world_secret(world));
    let made: Vec<_> = {
        let lines = request.lines();
        let head = RequestHead::new(&request.method, &request.target, Headers::lines(&lines)).scheme("https");
        let made = signer.sign(head, payload(&request), NOW).unwrap();
        made.iter().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
    };
    request.headers.extend(made);
    request
}

/// From the head to the claim's settlement.
fn takes(world: &World, subject: &Subject, signed: &Signed, lines: &[(&str, &[u8])]) -> bool {
    let head = RequestHead::new(&signed.method, &signed.target, Headers::lines(lines));
    let mut presented = world.engine.present(head);
    presented.set_body(payload(signed));
    let subject = (presented.key_id() == Some(subject.key_id())).then(|| subject.clone());
    let ask = Ask::new(world.method, world.client, NOW);
    match world.engine.decide(presented, subject, &ask).unwrap() {
        Step::Claim(unclaimed) => matches!(unclaimed.settle(Claim::Fresh), Verdict::Allow(_)),
        Step::Done(_) => false,
    }
}

/// What it takes once the caller's key is at hand.
fn warm(name: &str, world: &World, signed: &Signed) -> Seen {
    let (subject, lines) = (world.subject().unwrap(), signed.lines());
    assert!(takes(world, &subject, signed, &lines), "{name}");
    let mut taken = false;
    let seen = watch(random_part(world.revealed.secret().expose()), || {
        taken = takes(world, &subject, signed, &lines);
    });
    assert!(taken, "{name}");
    seen
}

const BODY: &[u8] = &[b'x'; 1024];
const TYPE: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_canonical_request_whose_callers_key_is_at_hand_allocates_nothing() {
    let profiles = [
        ("aws", Profile::aws("us-east-1", "example")),
        ("s3", Profile::aws_s3("us-east-1")),
        ("escher", Profile::escher("eu/test/escher_request")),
        ("escher with SHA-512", Profile::escher("eu/test/escher_request").hash(HashAlg::Sha512)),
        ("antavo", Profile::antavo("st1")),
    ];
    for (name, profile) in profiles {
        let world = by_profile(&profile);
        // A query that is not sorted is sorted in place.
        let get = sign(&world, &profile, unsigned("GET", "/events/42?limit=50&a=%20b&z=", b"", &[]));
        assert_eq!(warm(name, &world, &get), NOTHING, "{name}");
        let post = sign(&world, &profile, unsigned("POST", "/events", BODY, &[TYPE]));
        assert_eq!(warm(name, &world, &post), NOTHING, "{name}");
        let url = presigned(&world, &profile, "/events/42?limit=50&a=%20b");
        assert_eq!(warm(name, &world, &url), NOTHING, "{name}, presigned");
    }
    let world = world(|engine| engine.messages(MessageProfile::new()));
    let get = message(&world, MessageProfile::new(), unsigned("GET", "/events?a=1", b"", &[]));
    assert_eq!(warm("message", &world, &get), NOTHING);
    let post = message(&world, MessageProfile::new(), unsigned("POST", "/events", BODY, &[TYPE]));
    assert!(post.headers.iter().any(|line| line.0.eq_ignore_ascii_case("content-digest")));
    assert_eq!(warm("message with a body", &world, &post), NOTHING);
}

#[test]
fn a_request_that_is_not_canonical_allocates_twice_at_most() {
    let many = |count: usize| (0..count).rev().map(|n| format!("k{n}=%7e+v")).collect::<Vec<_>>().join("&");
    let rows = [
        ("dots", "/a/./b/../c//d/", "b=2&a=1".to_owned(), 1),
        ("escapes", "/a", "b=%7e&a=+&b&%61=é".to_owned(), 0),
        ("more pairs than are sorted in place", "/a", many(1000), 1),
        ("all of it", "/a/../b", many(1000), 2),
    ];
    for (name, path, query, allocations) in rows {
        for profile in [
            Profile::aws("us-east-1", "example").lenient_path(),
            Profile::escher("eu/test/escher_request").lenient_path(),
        ] {
            let world = by_profile(&profile);
            let more = [TYPE, ("x-blanks", "  a   b \t c  "), ("accept", "text/html")];
            let target = format!("{path}?{query}");
            let signed = sign(&world, &profile, unsigned("POST", &target, BODY, &more));
            let seen = warm(name, &world, &signed);
            assert_eq!(seen, Seen { allocations, frees: allocations, unwiped: 0 }, "{name}");
        }
    }
    // A list that is not sorted, and a signature that is written with more blanks than the canonical form has.
    let world = world(|engine| engine.messages(MessageProfile::new()));
    let mut loose = message(&world, MessageProfile::new(), unsigned("POST", "/events", BODY, &[TYPE]));
    let input = loose.headers.iter_mut().find(|line| line.0.eq_ignore_ascii_case("signature-input")).unwrap();
    let text = String::from_utf8(input.1.clone()).unwrap();
    input.1 = text.replacen("(\"", "(  \"", 1).into_bytes();
    assert_ne!(input.1, text.as_bytes());
    assert_eq!(warm("loose", &world, &loose), NOTHING);
}

/// A caller that nobody has seen yet, found and dropped while it is watched.
fn cold(world: &World, signed: &Signed, watched: &[u8]) -> Seen {
    let lines = signed.lines();
    let mut taken = false;
    let seen = watch(watched, || {
        let subject = world.subject().unwrap();
        taken = takes(world, &subject, signed, &lines);
    });
    assert!(taken);
    assert!(seen.allocations > 0 && seen.allocations == seen.frees, "{seen:?}");
    seen
}

fn sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}

fn sha512(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<Sha512>::new_from_slice(key).unwrap();
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}

/// The state of SHA-256 behind the inner block of this key: half of what is kept of it.
fn inner(key: &[u8]) -> Vec<u8> {
    let mut block = [0x36; 64];
    block.iter_mut().zip(key).for_each(|(slot, byte)| *slot ^= byte);
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    compress256(&mut state, &[block]);
    state.iter().flat_map(|word: &u32| word.to_ne_bytes()).collect()
}

#[test]
fn deriving_a_key_leaves_neither_secret_nor_key_on_the_heap() {
    const DAY: &str = "20261122"; // of NOW
    let parts = || [DAY].into_iter().chain(SCOPE);
    for alg in [HashAlg::Sha256, HashAlg::Sha512] {
        let profile = Profile::escher(&SCOPE.join("/")).hash(alg);
        let world = by_profile(&profile);
        let text = world.revealed.secret().expose();
        let mac = if alg == HashAlg::Sha256 { sha256 } else { sha512 };
        let derive = |key: Vec<u8>, part: &str| mac(&key, part.as_bytes());
        let keys: Vec<_> = parts()
            .scan(format!("ESR{text}").into_bytes(), |key, part| {
                *key = derive(key.clone(), part);
                Some(key.clone())
            })
            .collect();
        let post = sign(&world, &profile, unsigned("POST", "/events", BODY, &[TYPE]));
        assert_is_key(&world, &profile, &post, keys.last().unwrap(), mac);

        assert_eq!(cold(&world, &post, random_part(text)).unwiped, 0, "the secret");
        for key in &keys {
            assert_eq!(cold(&world, &post, key).unwiped, 0, "a key");
        }
        let kept = if alg == HashAlg::Sha256 { inner(keys.last().unwrap()) } else { Vec::new() };
        assert_eq!(cold(&world, &post, &kept).unwiped, 0, "what is kept of one");
        let url = presigned(&world, &profile, "/events");
        assert_eq!(cold(&world, &url, random_part(text)).unwiped, 0, "presigned");
    }
    let world = world(|engine| engine.messages(MessageProfile::new()));
    let post = message(&world, MessageProfile::new(), unsigned("POST", "/events", BODY, &[TYPE]));
    let text = world.revealed.secret().expose();
    for watched in [random_part(text), &inner(text.as_bytes())] {
        assert_eq!(cold(&world, &post, watched).unwiped, 0, "message");
    }
}

/// That it is the key which is derived: it makes the signature that was sent.
fn assert_is_key(
    world: &World,
    profile: &Profile,
    signed: &Signed,
    key: &[u8],
    mac: fn(&[u8], &[u8]) -> Vec<u8>,
) {
    let lines = signed.lines();
    let head = RequestHead::new(&signed.method, &signed.target, Headers::lines(&lines));
    let verifier = keyward::Verifier::new().profile(profile.clone());
    let canonical = verifier.canonical(head, payload(signed)).unwrap();
    let made: String = mac(key, canonical.to_sign()).iter().map(|byte| format!("{byte:02x}")).collect();
    let sent = signed.headers.iter().find(|line| line.0.eq_ignore_ascii_case("x-escher-auth")).unwrap();
    assert!(String::from_utf8_lossy(&sent.1).ends_with(&made), "{}", world.key());
}

/// A caller with another secret is refused by the key at hand and by the secret; neither stays anywhere.
#[test]
fn refusing_a_wrong_signature_leaves_nothing_on_the_heap() {
    let profile = Profile::aws("us-east-1", "example");
    let world = by_profile(&profile);
    let post = sign(&world, &profile, unsigned("POST", "/events", BODY, &[TYPE]));
    let mut wrong = post.clone();
    wrong.body = b"other".to_vec();
    let (subject, lines) = (world.subject().unwrap(), post.lines());
    assert!(takes(&world, &subject, &post, &lines));
    let seen = watch(random_part(world.revealed.secret().expose()), || {
        assert!(!takes(&world, &subject, &wrong, &lines));
    });
    assert!(seen.allocations == seen.frees && seen.allocations <= 2, "{seen:?}");
    assert_eq!(seen.unwiped, 0);
}
