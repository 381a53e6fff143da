//! Guards two promises. From a request's head to its verdict nothing is allocated, but for Basic, which has to be
//! decoded: one block, wiped. And no heap block that a secret or a key lay in is given back unwiped. Signed requests:
//! `tests/signed_allocations.rs`.

#[path = "common/heap.rs"]
mod heap;

use std::{
    collections::HashMap,
    convert::Infallible,
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use heap::{ENOUGH, NOTHING, ONE_WIPED, Seen, random_part, watch};
use keyward::{
    AccessLevel, Account, Admission, AdmitStep, Allowlist, AntavoErrors, ApiUser, Ask, Authorizer, Batch, By,
    Catalogue, ClientAddr, Code, Denial, DynLookup, Entropy, EntropyError, Fault, Forwarding, Headers, Keep,
    KeyId, KeyRing, Lifecycle, Lookup, MAX_HEADER_LINES, ModulePolicy, OnError, Pepper, Policy, Presented,
    Problem, Render, RequestHead, Revealed, Routes, SealingKey, Secret, Strength, Subject, Tally, Timestamp,
    TrustedProxies, Verdict, Wanted, Webhook,
};

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

fn by() -> By<'static> {
    By::new("admin@acme.test", NOW)
}

/// splitmix64: the same seed, the same secrets.
fn entropy(seed: u64) -> impl Entropy {
    let mut state = seed;
    move |bytes: &mut [u8]| -> Result<(), EntropyError> {
        for byte in bytes {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (mixed >> 40).to_le_bytes()[0];
        }
        Ok(())
    }
}

/// The modules of the catalogue, each with one method; the last is on no route.
const MODULES: [&str; 7] = ["events", "signed", "filtered", "open", "observed", "old", "wallet"];

fn method(module: &str) -> String {
    format!("{module}.call")
}

fn catalogue() -> Catalogue {
    let modules = MODULES.iter().fold(Catalogue::builder(), |all, name| all.module(name, [method(name)]));
    modules
        .lifecycle("old.call", Lifecycle::Retired)
        .lifecycle("observed.call", Lifecycle::Deprecated { since: NOW, sunset: Some(NOW) })
        .integration("crm", ["open.call"], Allowlist::parse("192.0.2.1").unwrap())
        .build()
        .unwrap()
}

fn routes() -> Routes {
    let all = MODULES.iter().chain(&["vanished"]);
    all.fold(Routes::new(), |all, name| all.route("POST", &format!("/{name}/{{id}}"), &method(name)))
}

fn elsewhere() -> Allowlist {
    Allowlist::parse("203.0.113.0/24\n2001:db8::/32").unwrap()
}

/// All modules but the wallet.
fn account() -> Account {
    let policy = ModulePolicy::default;
    Account::new("acme".parse().unwrap())
        .enable("events", policy())
        .enable("signed", policy().strength(Policy::enforce(Strength::Signature)))
        .enable("filtered", policy().addresses(Policy::enforce(elsewhere())))
        .enable("open", policy().danger_key_only().strength(Policy::off(Strength::Secret)))
        .enable(
            "observed",
            policy().addresses(Policy::observe(elsewhere())).strength(Policy::observe(Strength::Signature)),
        )
        .enable("old", policy())
}

struct World {
    engine: Authorizer,
    routes: Routes,
    subjects: HashMap<KeyId, Subject>,
    seed: u64,
}

impl World {
    fn new() -> Self {
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
        let ring = ring.retired_pepper(Pepper::new(2, [2; 32]).unwrap()).unwrap();
        let engine = Authorizer::new(catalogue(), ring);
        Self { engine, routes: routes(), subjects: HashMap::new(), seed: 0 }
    }

    /// A user with one credential, after `change` was done to it.
    fn add<T>(
        &mut self,
        account: &Account,
        level: AccessLevel,
        list: Allowlist,
        change: impl FnOnce(&mut ApiUser, KeyId) -> T,
    ) -> Revealed {
        let mut user = ApiUser::new(account.id(), "u".parse().unwrap(), "till", level, list).unwrap();
        self.seed += 1;
        let reveal = user.issue(Keep::Hashed, self.engine.keys(), by(), &mut entropy(self.seed)).unwrap();
        let key_id = reveal.key_id();
        change(&mut user, key_id);
        let subject = Subject::new(Arc::new(account.clone()), Arc::new(user), key_id).unwrap();
        self.subjects.insert(key_id, subject);
        reveal.reveal()
    }

    /// From head to dropped verdict.
    fn check(
        &self,
        name: &str,
        lines: &[Line],
        module: &str,
        secret: &[u8],
        outcome: Option<Code>,
        cost: Seen,
    ) {
        let carrier = lines.first().map(|(name, value)| (name, value.split(' ').next()));
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let target = format!("/{module}/7?page=2");
        let head = RequestHead::new("POST", &target, Headers::lines(&lines));
        let client = ClientAddr::direct("192.0.2.1".parse().unwrap());
        let mut code = None;
        let seen = watch(secret, || {
            let presented = self.engine.present(head);
            let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
            let ask = Ask::new(self.routes.resolve(&head), client, NOW);
            let verdict = self.engine.authorize(presented, subject, &ask).unwrap();
            if let Verdict::Deny(denial) = &verdict {
                code = Some(denial.code());
            }
            verdict
        });
        assert_eq!(code, outcome, "{name}, {carrier:?}");
        assert_eq!(seen, cost, "{name}, {carrier:?}");
    }
}

type Line = (&'static str, String);

fn authorization(value: String) -> Vec<Line> {
    vec![("Authorization", value)]
}

/// Every carrier of a key with its secret, and what each may cost.
fn carriers(key: KeyId, secret: &str) -> [(Vec<Line>, Seen); 6] {
    let basic = STANDARD.encode(format!("{key}:{secret}"));
    let token = format!("kwt1_{}_{}", &key.as_str()[4..], &secret[5..]);
    [
        (authorization(format!("Bearer {token}")), NOTHING),
        (authorization(format!("Bearer {key}:{secret}")), NOTHING),
        (authorization(format!("ApiKey {token}")), NOTHING),
        (authorization(format!("ApiKey {key}:{secret}")), NOTHING),
        (vec![("X-Api-Key", key.to_string()), ("X-Api-Secret", secret.to_owned())], NOTHING),
        (authorization(format!("Basic {basic}")), ONE_WIPED),
    ]
}

#[test]
fn a_verdict_on_a_key_and_secret_allocates_nothing_or_one_wiped_block_for_basic() {
    let mut world = World::new();
    let account = account();
    let crm = "crm".parse().unwrap();
    let (full, any) = (AccessLevel::Full, Allowlist::Any);
    let credential = |world: &mut World| world.add(&account, full.clone(), any.clone(), |_, _| ());
    let (good, other, unknown) = (credential(&mut world), credential(&mut world), credential(&mut world));
    world.subjects.remove(&unknown.key_id());
    let listed = world.add(&account, full.clone(), elsewhere(), |_, _| ());
    let mut changed =
        |change: fn(&mut ApiUser, KeyId)| world.add(&account, full.clone(), any.clone(), change);
    let revoked = changed(|user, key| drop(user.revoke(key, by()).unwrap()));
    let expired = changed(|user, key| drop(user.expire(key, NOW, by()).unwrap()));
    let early =
        changed(|user, key| drop(user.postpone(key, NOW.plus(Duration::from_secs(1)), by()).unwrap()));
    let disabled = changed(|user, _| drop(user.disable(by())));
    let custom = world.add(&account, AccessLevel::custom(["open.call"]), any.clone(), |_, _| ());
    let off = world.add(&account, AccessLevel::Integration(crm), any, |_, _| ());
    let with_crm = account.enable_integration(crm);
    let on = world.add(&with_crm, AccessLevel::Integration(crm), Allowlist::none(), |_, _| ());

    let rows = [
        ("good", &good, &good, "events", None),
        ("observed and deprecated", &good, &good, "observed", None),
        ("listed", &custom, &custom, "open", None),
        ("the integration's method and address", &on, &on, "open", None),
        ("unknown key", &unknown, &unknown, "events", Some(Code::CredentialInvalid)),
        ("wrong secret", &good, &other, "events", Some(Code::CredentialInvalid)),
        ("revoked", &revoked, &revoked, "events", Some(Code::CredentialInvalid)),
        ("expired", &expired, &expired, "events", Some(Code::CredentialInvalid)),
        ("not yet valid", &early, &early, "events", Some(Code::CredentialInvalid)),
        ("disabled", &disabled, &disabled, "events", Some(Code::CredentialInvalid)),
        ("unsigned", &good, &good, "signed", Some(Code::SignatureRequired)),
        ("user's list", &listed, &listed, "events", Some(Code::AccessIpUser)),
        ("endpoint's filter", &good, &good, "filtered", Some(Code::AccessIpEndpoint)),
        ("no route", &good, &good, "nowhere", Some(Code::EndpointUnknown)),
        ("route to nothing", &good, &good, "vanished", Some(Code::EndpointUnknown)),
        ("retired", &good, &good, "old", Some(Code::EndpointRetired)),
        ("module", &good, &good, "wallet", Some(Code::AccessModule)),
        ("method", &custom, &custom, "events", Some(Code::AccessMethod)),
        ("integration off", &off, &off, "open", Some(Code::AccessIntegration)),
        ("integration's methods", &on, &on, "events", Some(Code::AccessIntegration)),
    ];
    for (name, key, secret, module, outcome) in rows {
        let text = secret.secret().expose();
        for (lines, cost) in carriers(key.key_id(), text) {
            world.check(name, &lines, module, random_part(text), outcome, cost);
        }
    }
}

#[test]
fn a_verdict_on_a_key_alone_allocates_nothing() {
    let mut world = World::new();
    let (account, full) = (account(), AccessLevel::Full);
    let known = world.add(&account, full.clone(), Allowlist::Any, |_, _| ());
    let listed = world.add(&account, full.clone(), elsewhere(), |_, _| ());
    let revoked =
        world.add(&account, full.clone(), Allowlist::Any, |user, key| drop(user.revoke(key, by()).unwrap()));
    let unknown = world.add(&account, full, Allowlist::Any, |_, _| ());
    world.subjects.remove(&unknown.key_id());
    let rows = [
        ("open", &known, "open", None),
        ("unknown", &unknown, "open", Some(Code::CredentialInvalid)),
        ("revoked", &revoked, "open", Some(Code::CredentialInvalid)),
        ("user's list", &listed, "open", Some(Code::AccessIpUser)),
        ("too weak", &known, "events", Some(Code::CredentialInvalid)),
        ("too weak for a signature", &known, "signed", Some(Code::CredentialInvalid)),
    ];
    for (name, key, module, outcome) in rows {
        let lines = [("X-Api-Key", key.key_id().to_string())];
        world.check(name, &lines, module, random_part(key.secret().expose()), outcome, NOTHING);
    }
}

#[test]
fn a_verdict_on_the_unreadable_allocates_nothing_or_one_wiped_block_for_basic() {
    let mut world = World::new();
    let good = world.add(&account(), AccessLevel::Full, Allowlist::Any, |_, _| ());
    let (key, secret) = (good.key_id(), good.secret().expose());
    let malformed = Some(Code::CredentialMalformed);
    let bearer = format!("Bearer {key}:{secret}");
    let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
    let cut = |mut text: String| {
        text.pop();
        text
    };
    let rows = [
        (vec![], Some(Code::CredentialMissing), NOTHING),
        (vec![("Accept", "*/*".into()); MAX_HEADER_LINES + 1], Some(Code::RequestTooLarge), NOTHING),
        (vec![("Authorization", bearer.clone()); 2], malformed, NOTHING),
        (vec![("Authorization", bearer), ("X-Api-Key", key.to_string())], malformed, NOTHING),
        (vec![("X-Api-Secret", secret.into())], malformed, NOTHING),
        (vec![("X-Api-Key", key.to_string()), ("X-Api-Secret", String::new())], malformed, NOTHING),
        (vec![("X-Api-Key", secret.repeat(2)), ("X-Api-Secret", secret.into())], malformed, NOTHING),
        (authorization(secret.into()), malformed, NOTHING),
        (authorization(format!("Digest {secret}")), malformed, NOTHING),
        (authorization(format!("Bearer {secret}")), malformed, NOTHING),
        (authorization(format!("Bearer {key}:{}", secret.repeat(3))), malformed, NOTHING),
        (authorization(format!("Bearer no key:{secret}")), malformed, NOTHING),
        (authorization(basic(secret.repeat(9))), malformed, NOTHING),
        (authorization(cut(basic(format!("{key}:{secret}")))), malformed, ONE_WIPED),
        (authorization(basic(format!("{key}:{secret}")) + "*"), malformed, ONE_WIPED),
        (authorization(basic(secret.into())), malformed, ONE_WIPED),
        (authorization(basic(format!("no key:{secret}"))), malformed, ONE_WIPED),
        (authorization(basic(format!("{key}:{}", secret.repeat(3)))), malformed, ONE_WIPED),
    ];
    for (index, (lines, outcome, cost)) in rows.iter().enumerate() {
        world.check(&format!("row {index}"), lines, "events", random_part(secret), *outcome, *cost);
    }
}

#[test]
fn finding_the_client_and_matching_it_allocates_nothing() {
    let list = Allowlist::parse("203.0.113.0/24\n2001:db8::/32").expect("a list");
    let peer = "10.0.0.1".parse::<std::net::IpAddr>().expect("an address");
    let long = "for=203.0.113.9;host=\"a\\b\",".repeat(2000);
    let values = [
        "for=203.0.113.9",
        "for=\"[2001:db8::\\1]:80\", for=10.0.0.2",
        "for=\"",
        "203.0.113.9, 10.0.0.2",
        &long,
    ];
    for (value, header) in values.iter().flat_map(|value| [(value, "forwarded"), (value, "x-forwarded-for")])
    {
        let lines = [(header, value.as_bytes()), (header, value.as_bytes())];
        let forwarding =
            if header == "forwarded" { Forwarding::Forwarded } else { Forwarding::XForwardedFor };
        let hops = TrustedProxies::hops(forwarding, std::num::NonZeroU8::MIN);
        for proxies in [hops, TrustedProxies::parse(forwarding, "10.0.0.0/24").expect("proxies")] {
            let seen = watch(b"", || list.admits(proxies.client(Headers::lines(&lines), peer)));
            assert_eq!(seen, NOTHING, "{header}: {value}");
        }
    }
}

#[test]
fn a_delivery_is_verified_without_an_allocation() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let webhook = Webhook::new("shop".parse().unwrap(), secret.parse().unwrap())
        .also("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().unwrap());
    let headers = webhook.sign("msg_1", NOW, &[b'x'; 1024]).unwrap();
    let lines: Vec<_> = headers.iter().map(|(name, value)| (name, value.as_bytes())).collect();
    for (body, taken) in [([b'x'; 1024], true), ([b'y'; 1024], false)] {
        let seen = watch(b"", || {
            let delivery = webhook.verify(Headers::lines(&lines), &body, NOW);
            assert_eq!(black_box(delivery.map(|delivery| delivery.replay_key())).is_ok(), taken);
        });
        assert_eq!(seen, NOTHING);
    }
}

/// Of any length, whatever is refused on the way and however often the record is read again.
#[test]
fn a_batch_allocates_room_for_its_outcomes_and_nothing_per_call() {
    let mut world = World::new();
    let good = world.add(&account(), AccessLevel::Full, Allowlist::Any, |_, _| ());
    let subject = &world.subjects[&good.key_id()];
    let kinds = ["events.call", "wallet.call", "observed.call", "vanished", "filtered.call"];
    for count in [1, 5, 100, 1000] {
        let calls: Vec<_> = kinds.into_iter().cycle().take(count).collect();
        let mut completed = 0;
        let seen = watch(random_part(good.secret().expose()), || {
            let pair = Presented::pair(good.key_id(), good.secret());
            let step = world.engine.admit(pair, Some(subject.clone()), NOW).unwrap();
            let AdmitStep::Done(Admission::Admit(admitted)) = step else { panic!("a right pair") };
            let client = ClientAddr::unknown();
            let mut batch = Batch::new(admitted, client, &calls, OnError::Continue, &world.engine);
            for second in 0.. {
                let now = NOW.plus(Duration::from_secs(second));
                if batch.stale(now).is_some() {
                    batch.refresh(Some(subject.clone()), now).unwrap();
                }
                let Some(turn) = batch.turn(now) else { break };
                turn.done(());
            }
            let results = batch.finish();
            completed = results.completed();
            results
        });
        assert_eq!(
            completed,
            calls.iter().filter(|call| ["events.call", "observed.call"].contains(call)).count()
        );
        assert_eq!(seen, Seen { allocations: 1, frees: 1, unwiped: 0 }, "{count}");
    }
}

/// What counts and prints, too.
#[test]
fn counting_what_was_decided_allocates_nothing() {
    let tally = Tally::new();
    let denial = Denial::new(Code::AccessModule);
    assert_eq!(watch(b"", || tally.count(&denial)), NOTHING);
    assert_eq!(watch(b"", || tally.iter().map(|(_, count)| count).sum::<u64>()), NOTHING);
}

#[test]
fn resolving_a_route_allocates_nothing() {
    let routes = routes();
    let rows = [
        ("/wallet/7?page=2", Wanted::Name("wallet.call")),
        ("https://api.example.test/events/%C3%A9", Wanted::Name("events.call")),
        ("/nowhere", Wanted::Unknown),
        ("/events/%2e%2e", Wanted::Unknown),
    ];
    for (target, wanted) in rows {
        let head = RequestHead::new("POST", target, Headers::lines(&[]));
        assert_eq!(routes.resolve(&head), wanted);
        assert_eq!(watch(b"", || routes.resolve(&head)), NOTHING, "{target}");
    }
}

#[test]
fn a_reply_takes_a_block_for_its_headers_and_one_for_its_body() {
    let mut world = World::new();
    let (full, elsewhere) = (AccessLevel::Full, elsewhere());
    let listed = world.add(&account(), full, elsewhere, |_, _| ());
    let longest = "2001:fff:1234:5678:9abc:def0:1234:5678".parse().unwrap();
    let presented = Presented::pair(listed.key_id(), listed.secret());
    let subject = world.subjects.get(&listed.key_id()).cloned();
    let ask = Ask::new("filtered.call", ClientAddr::direct(longest), NOW);
    let verdict = world.engine.authorize(presented, subject, &ask).unwrap();
    let by_address = verdict.into_result().unwrap_err();
    assert!(by_address.to_string().contains("2001:fff:1234:5678:9abc:def0:1234:5678"));
    let two = Seen { allocations: 2, frees: 2, unwiped: 0 };
    for denial in Code::ALL.iter().map(|code| Denial::new(*code)).chain([by_address]) {
        let catalogue = world.engine.catalogue();
        assert_eq!(watch(b"", || Problem.denial(&denial, catalogue)), two, "{denial}");
        assert_eq!(watch(b"", || AntavoErrors.denial(&denial, catalogue)), two, "{denial}");
    }
    let fault = watch(b"", || Problem.fault(&Fault::WrongSubject));
    assert_eq!(fault, two);
}

#[test]
fn a_name_in_any_case_is_found_without_an_allocation() {
    let catalogue = Catalogue::mapp();
    for (name, known) in
        [("TRANSACTIONAL.LISTTEMPLATES", true), ("legacy.bulk_sync", true), ("Nothing", false)]
    {
        let seen = watch(b"", || assert_eq!(catalogue.method_any_case(black_box(name)).is_some(), known));
        assert_eq!(seen, NOTHING, "{name}");
    }
}

const TEXT: &str = "correct horse battery staple";

#[test]
fn a_secret_freed_unwiped_is_seen() {
    let seen = watch(TEXT.as_bytes(), || black_box(TEXT.as_bytes().to_vec()));
    assert_eq!(seen, Seen { allocations: 1, frees: 1, unwiped: 1 });
    let piece = &TEXT.as_bytes()[9..9 + ENOUGH];
    assert_eq!(watch(TEXT.as_bytes(), || black_box(piece.to_vec())).unwiped, 1);
    let grown = watch(TEXT.as_bytes(), || {
        let mut text = String::from(black_box(TEXT));
        text.reserve(1000);
        black_box(text.into_bytes()).fill(0);
    });
    assert_eq!(grown.unwiped, 1, "growing leaves a copy behind");
    assert_eq!(watch(b"something else", || black_box(TEXT.to_owned())).unwiped, 0);
}

#[test]
fn a_dropped_secret_leaves_nothing_on_the_heap() {
    for spare in [0, 1, 1000] {
        let seen = watch(TEXT.as_bytes(), || {
            let mut text = String::with_capacity(TEXT.len() + spare);
            text.push_str(black_box(TEXT));
            Secret::new(text)
        });
        assert!(seen.frees > 0);
        assert_eq!(seen.unwiped, 0, "{spare} bytes to spare");
    }
}

/// Vendors of two and of ten characters: a text that leaves room in its buffer, and one that fills it.
#[test]
fn making_and_revealing_a_credential_leaves_nothing_on_the_heap() {
    for vendor in ["kw", "abcdefghij"] {
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap()).vendor(vendor.parse().unwrap());
        let user = ApiUser::new(
            "acme".parse().unwrap(),
            "u".parse().unwrap(),
            "till",
            AccessLevel::Full,
            Allowlist::Any,
        );
        let user = user.unwrap();
        let issue =
            |user: &mut ApiUser, seed| user.issue(Keep::Hashed, &ring, by(), &mut entropy(seed)).unwrap();
        let known = |seed| issue(&mut user.clone(), seed).reveal();
        let (first, second) = (known(1), known(2));
        let (a, b) = (random_part(first.secret().expose()), random_part(second.secret().expose()));

        let unseen = watch(a, || issue(&mut user.clone(), 1));
        let revealed = watch(a, || issue(&mut user.clone(), 1).reveal());
        let kept = watch(a, || {
            let revealed = issue(&mut user.clone(), 1).reveal();
            assert_eq!(revealed.token().expose().as_bytes()[vendor.len() + 20..], *a);
            let secret = revealed.into_secret();
            assert_eq!(secret.expose(), first.secret().expose());
            secret
        });
        let regenerated = watch(b, || {
            let mut user = user.clone();
            let old = issue(&mut user, 1).key_id();
            user.regenerate(old, &ring, by(), &mut entropy(2)).unwrap().reveal()
        });
        for seen in [unseen, revealed, kept, regenerated] {
            assert!(seen.allocations > 0 && seen.allocations == seen.frees, "{seen:?}");
            assert_eq!(seen.unwiped, 0, "{vendor}");
        }
    }
}

#[test]
fn dropped_keys_leave_nothing_on_the_heap() {
    let key = *b"thirty-two bytes, all different!";
    let seen = watch(&key, || {
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
        let ring = ring.retired_pepper(Pepper::new(2, black_box(key)).unwrap()).unwrap();
        let twice = ring.sealing(SealingKey::new(1, black_box(key)).unwrap());
        assert!(twice.is_err());
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
        ring.sealing(SealingKey::new(1, black_box(key)).unwrap()).unwrap()
    });
    assert!(seen.frees > 0 && seen.allocations == seen.frees);
    assert_eq!(seen.unwiped, 0);
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits here"),
    }
}

#[test]
fn an_erased_look_up_allocates_one_block_and_a_plain_one_none() {
    struct One(Subject);
    impl Lookup for One {
        type Error = Infallible;
        async fn find(&self, _: KeyId) -> Result<Option<Subject>, Infallible> {
            Ok(Some(self.0.clone()))
        }
    }
    let mut world = World::new();
    let key = world.add(&account(), AccessLevel::Full, Allowlist::Any, |_, _| ()).key_id();
    let plain = Arc::new(One(world.subjects[&key].clone()));
    let erased: DynLookup = plain.clone();
    assert_eq!(watch(b"", || ready(plain.find(key))), NOTHING);
    assert_eq!(watch(b"", || ready(erased.find(key))), Seen { allocations: 1, frees: 1, unwiped: 0 });
}

#[cfg(all(feature = "memory", feature = "conformance"))]
#[test]
fn a_claim_allocates_nothing_whatever_the_answer() {
    use keyward::{Claim, ClaimFailed, MemoryReplay, ReplayGuard, ReplayKey};
    let guard = MemoryReplay::bounded(60 * 32 + 200);
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    let key = |key_id: String, number: u8, dated| {
        ReplayKey::for_tests("test", key_id.parse().unwrap(), &[number], later(dated), later(dated + 301))
    };
    let claim = |key: ReplayKey, now: u64, expected: Result<Claim, ClaimFailed>| {
        let seen = watch(b"", || assert_eq!(ready(guard.claim(&key, later(now))), expected));
        assert_eq!(seen, NOTHING, "{expected:?}");
    };
    for number in 0..32 {
        claim(key(format!("key-{}", number / 2), number, 0), 0, Ok(Claim::Fresh));
    }
    claim(key("key-0".into(), 0, 0), 0, Ok(Claim::Replayed));
    claim(key("key-0".into(), 9, 0), 0, Ok(Claim::OverQuota));
    claim(key("key-99".into(), 9, 0), 0, Err(ClaimFailed::Full));
    claim(key("key-99".into(), 9, 400), 400, Ok(Claim::Fresh));
}
