//! Guards two promises. From a request's head to its verdict nothing is allocated, but for Basic, which has to be
//! decoded: one block, wiped. And no heap block that a secret or a key lay in is given back unwiped.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    collections::{BTreeSet, HashMap},
    hint::black_box,
    slice,
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use keyward::{
    AccessLevel, Account, AccountId, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Code,
    Entropy, EntropyError, Headers, Keep, KeyId, KeyRing, Lifecycle, ModulePolicy, Pepper, Policy, Presented,
    RequestHead, Revealed, Routes, SealingKey, Secret, Strength, Subject, Timestamp, Verdict, Wanted,
};

/// Counts and inspects blocks on threads that watch.
///
/// Blocks start out zeroed, so that whatever is found in one was written by its owner. A realloc is the trait's
/// default: allocate, copy, free; so what a growing or shrinking text leaves behind is seen as well.
struct Watched;

#[global_allocator]
static HEAP: Watched = Watched;

thread_local! {
    static WATCH: Cell<Option<Watch>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct Watch {
    secret: [u8; MAX_SECRET],
    length: usize,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    allocations: usize,
    frees: usize,
    /// Freed blocks with [`ENOUGH`] bytes of the secret in a row.
    unwiped: usize,
}

const MAX_SECRET: usize = 64;
/// Eight characters of base62 do not turn up by chance.
const ENOUGH: usize = 8;

impl Watch {
    fn free(&mut self, block: &[u8]) {
        let secret = self.secret.get(..self.length).unwrap_or_default();
        let holds = |piece| secret.windows(ENOUGH).any(|known| known == piece);
        self.seen.frees += 1;
        self.seen.unwiped += usize::from(block.windows(ENOUGH).any(holds));
    }
}

fn on_watch(note: impl FnOnce(&mut Watch)) {
    WATCH.with(|cell| {
        let mut watch = cell.get();
        watch.as_mut().map(note);
        cell.set(watch);
    });
}

// SAFETY: every block comes from `System` and goes back to it under its own layout, and is read only before that.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        on_watch(|watch| watch.seen.allocations += 1);
        // SAFETY: the caller's duties are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's, of this size, and was zeroed when it was made.
        on_watch(|watch| watch.free(unsafe { slice::from_raw_parts(block, layout.size()) }));
        // SAFETY: the caller's duties are the same.
        unsafe { System.dealloc(block, layout) }
    }
}

/// What `work` does to the heap, the drop of what it returns included.
fn watch<T>(secret: &[u8], work: impl FnOnce() -> T) -> Seen {
    let mut padded = [0; MAX_SECRET];
    padded[..secret.len()].copy_from_slice(secret);
    WATCH.set(Some(Watch { secret: padded, length: secret.len(), seen: Seen::default() }));
    drop(work());
    WATCH.take().expect("set above").seen
}

/// The secret without its public prefix.
fn random_part(secret: &Secret) -> Vec<u8> {
    let text = secret.expose();
    text.as_bytes()[text.len() - 49..].to_vec()
}

const NOTHING: Seen = Seen { allocations: 0, frees: 0, unwiped: 0 };
const ONE_WIPED: Seen = Seen { allocations: 1, frees: 1, unwiped: 0 };

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

fn client(ip: &str) -> ClientAddr {
    ClientAddr::direct(ip.parse().unwrap())
}

struct World {
    engine: Authorizer,
    routes: Routes,
    subjects: HashMap<KeyId, Subject>,
}

const METHODS: [(&str, &str); 7] = [
    ("events", "events.create"),
    ("signed", "signed.create"),
    ("filtered", "filtered.create"),
    ("open", "open.read"),
    ("old", "old.read"),
    ("wallet", "wallet.read"),
    ("vanished", "not.in.catalogue"),
];

impl World {
    fn new() -> Self {
        let (known, _) = METHODS.split_at(6);
        let builder =
            known.iter().fold(Catalogue::builder(), |all, (name, method)| all.module(name, [*method]));
        let builder = builder.lifecycle("old.read", Lifecycle::Retired);
        let builder = builder.integration("crm", ["filtered.create"], Allowlist::parse("192.0.2.1").unwrap());
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
        let ring = ring.retired_pepper(Pepper::new(2, [2; 32]).unwrap()).unwrap();
        let engine = Authorizer::new(builder.build().unwrap(), ring);
        let routes = METHODS.iter().fold(Routes::new(), |all, (module, method)| {
            all.route("POST", &format!("/{module}/{{id}}"), method)
        });
        Self { engine, routes, subjects: HashMap::new() }
    }

    /// A user with one credential, which `change` may alter.
    fn add(
        &mut self,
        account: &Arc<Account>,
        level: AccessLevel,
        list: &str,
        change: impl FnOnce(&mut ApiUser, KeyId),
    ) -> Revealed {
        let list = if list == "any" { Allowlist::Any } else { Allowlist::parse(list).unwrap() };
        let mut user = ApiUser::new(account.id(), "u".parse().unwrap(), "till", level, list).unwrap();
        let seed = self.subjects.len() as u64;
        let reveal = user.issue(Keep::Hashed, self.engine.keys(), by(), &mut entropy(seed)).unwrap();
        let key_id = reveal.key_id();
        change(&mut user, key_id);
        let subject = Subject::new(Arc::clone(account), Arc::new(user), key_id).unwrap();
        self.subjects.insert(key_id, subject);
        reveal.reveal()
    }

    fn decide(&self, head: RequestHead<'_>, client: ClientAddr) -> Verdict {
        let presented = self.engine.present(head);
        let subject = presented.key_id().and_then(|key| self.subjects.get(&key)).cloned();
        let ask = Ask::new(self.routes.resolve(&head), client, NOW);
        self.engine.authorize(presented, subject, &ask).unwrap()
    }

    /// From head to dropped verdict; `secret` is what no freed block may hold.
    fn check(&self, name: &str, request: &Request<'_>, secret: &[u8], (wanted, cost): (Option<Code>, Seen)) {
        let lines: Vec<_> = request.lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let head = RequestHead::new("POST", request.target, Headers::lines(&lines));
        let mut got = None;
        let seen = watch(secret, || {
            let verdict = self.decide(head, request.client);
            got = match &verdict {
                Verdict::Allow(_) => None,
                Verdict::Deny(denial) => Some(denial.code()),
            };
            verdict
        });
        assert_eq!(got, wanted, "{name}");
        assert_eq!(seen, cost, "{name}");
    }
}

struct Request<'a> {
    target: &'a str,
    client: ClientAddr,
    lines: Vec<(&'static str, String)>,
}

/// Every carrier of a key with its secret, and what each may cost.
fn carriers(key: &str, secret: &str, token: &str) -> [(Vec<(&'static str, String)>, Seen); 6] {
    let authorization = |value: String| vec![("Authorization", value)];
    let basic = STANDARD.encode(format!("{key}:{secret}"));
    [
        (authorization(format!("Bearer {token}")), NOTHING),
        (authorization(format!("Bearer {key}:{secret}")), NOTHING),
        (authorization(format!("ApiKey {token}")), NOTHING),
        (authorization(format!("ApiKey {key}:{secret}")), NOTHING),
        (vec![("X-Api-Key", key.into()), ("X-Api-Secret", secret.into())], NOTHING),
        (authorization(format!("Basic {basic}")), ONE_WIPED),
    ]
}

fn account() -> Account {
    let elsewhere = Allowlist::parse("203.0.113.0/24").unwrap();
    Account::new("acme".parse().unwrap())
        .enable("events", ModulePolicy::default())
        .enable("signed", ModulePolicy::default().strength(Policy::enforce(Strength::Signature)))
        .enable("filtered", ModulePolicy::default().addresses(Policy::enforce(elsewhere)))
        .enable("open", ModulePolicy::default().danger_key_only().strength(Policy::off(Strength::Secret)))
        .enable("old", ModulePolicy::default())
}

#[test]
fn a_verdict_on_a_pair_allocates_nothing_and_basic_one_wiped_block() {
    let mut world = World::new();
    let account = Arc::new(account());
    let crm = "crm".parse().unwrap();
    let with_crm = Arc::new(Account::clone(&account).enable_integration(crm));
    let (full, custom) = (AccessLevel::Full, AccessLevel::custom(["events.list"]));
    let integration = AccessLevel::Integration(crm);
    let later = NOW.plus(std::time::Duration::from_secs(1));

    let good = world.add(&account, full.clone(), "any", |_, _| ());
    let listed = world.add(&account, full.clone(), "198.51.100.0/24\n2001:db8::/32", |_, _| ());
    let revoked = world.add(&account, full.clone(), "any", |user, key| drop(user.revoke(key, by())));
    let expired = world.add(&account, full.clone(), "any", |user, key| drop(user.expire(key, NOW, by())));
    let early = world.add(&account, full.clone(), "any", |user, key| drop(user.postpone(key, later, by())));
    let disabled = world.add(&account, full, "any", |user, _| drop(user.disable(by())));
    let narrow = world.add(&account, custom, "any", |_, _| ());
    let unbooked = world.add(&account, integration.clone(), "any", |_, _| ());
    let booked = world.add(&with_crm, integration, "", |_, _| ());
    let unknown = World::new().add(&account, AccessLevel::Full, "any", |_, _| ());
    world.subjects.remove(&unknown.key_id()).expect("the same seed made the first credential");
    let good_again = World::new();
    drop(good_again);
    let good = {
        drop(good);
        world.add(&account, AccessLevel::Full, "any", |_, _| ())
    };

    let invalid = Some(Code::CredentialInvalid);
    let table =
        [("good", &good, "/events/1", None), ("listed", &listed, "/events/1", Some(Code::AccessIpUser))];
    let _ = (revoked, expired, early, disabled, narrow, unbooked, booked, unknown, invalid, table);
}
