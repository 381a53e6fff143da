//! Small generated worlds: a catalogue, an account, a user with one credential, and one request.
//!
//! A world is plain data, so that the model can be written without the crate's own types deciding anything.

use std::sync::Arc;

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, Catalogue, ClientAddr, Fault, Headers, Keep,
    KeyId, Lifecycle, Mode, ModulePolicy, Policy, Presented, RequestHead, Secret, Strength, Subject,
    Timestamp, Verdict, Wanted,
};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use crate::common::{by, entropy, ring};

pub(crate) const METHODS: [&str; 6] =
    ["coupons.list", "coupons.redeem", "events.create", "events.list", "tiers.read", "tiers.write"];
pub(crate) const MODULES: [&str; 3] = ["coupons", "events", "tiers"];
pub(crate) const INTEGRATIONS: [&str; 2] = ["crm", "not-in-the-catalogue"];

/// Clients by number; the last has no known address.
const CLIENTS: [Option<&str>; 5] =
    [Some("10.0.0.1"), Some("10.0.0.2"), Some("192.0.2.7"), Some("2001:db8::1"), None];

/// Rules, and the clients that each matches.
const RULES: [(&str, &[usize]); 6] = [
    ("10.0.0.0/24", &[0, 1]),
    ("10.0.0.2", &[1]),
    ("192.0.2.1-192.0.2.9", &[2]),
    ("2001:db8::/32", &[3]),
    ("::/0", &[3]),
    ("0.0.0.0/0", &[0, 1, 2]),
];

/// Rules by number; `None` for no restriction.
pub(crate) type List = Option<Vec<usize>>;

pub(crate) fn admits(list: &List, client: usize) -> bool {
    list.as_ref().is_none_or(|rules| rules.iter().any(|rule| RULES[*rule].1.contains(&client)))
}

#[derive(Clone, Debug)]
pub(crate) struct Demands {
    pub(crate) filter: Policy<List>,
    pub(crate) strength: Policy<Strength>,
    pub(crate) key_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Module {
    Never,
    Enabled(Demands),
    Disabled(Demands),
}

#[derive(Clone, Debug)]
pub(crate) enum Level {
    Full,
    /// Methods by number.
    Custom(Vec<usize>),
    /// By number.
    Integration(usize),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    pub(crate) not_before: Option<i64>,
    pub(crate) expires: Option<i64>,
    pub(crate) revoked: bool,
    pub(crate) disabled: bool,
}

impl Fate {
    fn at(mut self, now: i64) -> Self {
        self.not_before = self.not_before.map(|offset| now + offset);
        self.expires = self.expires.map(|offset| now + offset);
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Nothing,
    Unreadable,
    Key,
    Pair,
    WrongSecret,
    UnknownKey,
    UnknownPair,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    Name(usize),
    Number(usize),
    NameOfNone,
    Unknown,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) lifecycles: Vec<Lifecycle>,
    /// What the first integration may call, and from where.
    pub(crate) crm: (Vec<usize>, Vec<usize>),
    pub(crate) modules: Vec<Module>,
    pub(crate) fallback: Demands,
    pub(crate) integrations: [bool; 2],
    pub(crate) level: Level,
    pub(crate) name: String,
    pub(crate) list: List,
    pub(crate) fate: Fate,
    pub(crate) sent: Sent,
    pub(crate) asked: Asked,
    pub(crate) client: usize,
    pub(crate) now: i64,
}

/// A world as the crate sees it.
pub(crate) struct Built {
    pub(crate) engine: Authorizer,
    pub(crate) account: Arc<Account>,
    pub(crate) user: ApiUser,
    pub(crate) key: KeyId,
    pub(crate) secret: Secret,
}

impl World {
    pub(crate) fn build(&self) -> Built {
        let engine = Authorizer::new(self.catalogue(), ring());
        let id = "u1".parse().expect("an id");
        let account = self.account();
        let mut user = ApiUser::new(account.id(), id, &self.name, self.level(), allowlist(&self.list))
            .expect("a name without control characters");
        let reveal = user.issue(Keep::Hashed, engine.keys(), by(-9), &mut entropy(1)).expect("a credential");
        let key = reveal.key_id();
        if let Some(start) = self.fate.not_before {
            let _ = user.postpone(key, Timestamp::from_unix(start), by(-8)).expect("a live credential");
        }
        if let Some(end) = self.fate.expires {
            let _ = user.expire(key, Timestamp::from_unix(end), by(-7)).expect("a live credential");
        }
        if self.fate.revoked {
            let _ = user.revoke(key, by(-6)).expect("its own credential");
        }
        if self.fate.disabled {
            let _ = user.disable(by(-5));
        }
        Built { engine, account: Arc::new(account), user, key, secret: reveal.reveal().into_secret() }
    }

    pub(crate) fn verdict(&self) -> Result<Verdict, Fault> {
        self.build().verdict(self)
    }

    pub(crate) fn client(&self) -> ClientAddr {
        let ip = CLIENTS[self.client].map(|ip| ip.parse().expect("an address"));
        ip.map_or(ClientAddr::unknown(), ClientAddr::direct)
    }

    /// The number of the module whose demands count, if its account has it enabled.
    pub(crate) fn enabled_module(&self) -> Option<usize> {
        let (Asked::Name(method) | Asked::Number(method)) = self.asked else { return None };
        matches!(self.modules[method / 2], Module::Enabled(_)).then_some(method / 2)
    }

    /// The demands that count.
    pub(crate) fn demands(&self) -> &Demands {
        match self.enabled_module().map(|module| &self.modules[module]) {
            Some(Module::Enabled(demands)) => demands,
            _ => &self.fallback,
        }
    }

    /// The demands of a module, if it has any, or those that stand in.
    pub(crate) fn demands_mut(&mut self, module: Option<usize>) -> Option<&mut Demands> {
        match module.map(|module| &mut self.modules[module]) {
            Some(Module::Enabled(demands) | Module::Disabled(demands)) => Some(demands),
            Some(Module::Never) => None,
            None => Some(&mut self.fallback),
        }
    }

    fn catalogue(&self) -> Catalogue {
        let (methods, rules) = &self.crm;
        let mut builder = Catalogue::builder();
        for (module, methods) in MODULES.iter().zip(METHODS.chunks(2)) {
            builder = builder.module(module, methods.iter().copied());
        }
        for (method, lifecycle) in METHODS.iter().zip(&self.lifecycles) {
            builder = builder.lifecycle(method, *lifecycle);
        }
        let addresses = allowlist(&Some(rules.clone()));
        builder.integration(INTEGRATIONS[0], names(methods), addresses).build().expect("a catalogue")
    }

    fn account(&self) -> Account {
        let id = "acme".parse().expect("an id");
        let mut account = Account::new(id).default_policy(policy(&self.fallback));
        for (name, module) in MODULES.iter().zip(&self.modules) {
            account = match module {
                Module::Never => account,
                Module::Enabled(demands) => account.enable(name, policy(demands)),
                Module::Disabled(demands) => account.enable(name, policy(demands)).disable(name),
            };
        }
        for (id, _) in INTEGRATIONS.iter().zip(self.integrations).filter(|(_, enabled)| *enabled) {
            account = account.enable_integration(id.parse().expect("an id"));
        }
        account
    }

    fn level(&self) -> AccessLevel {
        match &self.level {
            Level::Full => AccessLevel::Full,
            Level::Custom(methods) => AccessLevel::custom(names(methods).chain(["of.no.module"])),
            Level::Integration(number) => {
                AccessLevel::Integration(INTEGRATIONS[*number].parse().expect("an id"))
            }
        }
    }
}

impl Built {
    pub(crate) fn subject(&self) -> Subject {
        let user = Arc::new(self.user.clone());
        Subject::new(Arc::clone(&self.account), user, self.key).expect("the user's own key")
    }

    pub(crate) fn verdict(&self, world: &World) -> Result<Verdict, Fault> {
        let wanted = wanted(world.asked, self.engine.catalogue());
        let ask = Ask::new(wanted, world.client(), Timestamp::from_unix(world.now));
        self.present(world, |presented, subject| self.engine.authorize(presented, subject, &ask))
    }

    /// Hands over what is sent, and what a look-up finds for it.
    pub(crate) fn present<T>(
        &self,
        world: &World,
        then: impl FnOnce(Presented<'_>, Option<Subject>) -> T,
    ) -> T {
        let wrong = Secret::new(self.secret.expose().to_lowercase());
        let unread = [("authorization", b"Bearer kwt1_cut".as_slice())];
        let head = |lines| RequestHead::new("POST", "/", Headers::lines(lines));
        let presented = match world.sent {
            Sent::Nothing => self.engine.present(head(&[])),
            Sent::Unreadable => self.engine.present(head(&unread)),
            Sent::Key | Sent::UnknownKey => Presented::key_only(self.key),
            Sent::Pair | Sent::UnknownPair => Presented::pair(self.key, &self.secret),
            Sent::WrongSecret => Presented::pair(self.key, &wrong),
        };
        let unknown = matches!(world.sent, Sent::UnknownKey | Sent::UnknownPair);
        then(presented, (!unknown).then(|| self.subject()))
    }
}

pub(crate) fn wanted(asked: Asked, catalogue: &Catalogue) -> Wanted<'static> {
    match asked {
        Asked::Name(method) => Wanted::Name(METHODS[method]),
        Asked::Number(method) => catalogue.method(METHODS[method]).expect("a method of the catalogue").into(),
        Asked::NameOfNone => Wanted::Name("of.no.module"),
        Asked::Unknown => Wanted::Unknown,
    }
}

fn names(methods: &[usize]) -> impl Iterator<Item = &'static str> {
    methods.iter().map(|method| METHODS[*method])
}

fn allowlist(list: &List) -> Allowlist {
    match list {
        None => Allowlist::Any,
        Some(rules) => {
            rules.iter().map(|rule| RULES[*rule].0.parse().expect("a rule")).collect::<Allowlist>()
        }
    }
}

fn policy(demands: &Demands) -> ModulePolicy {
    let Policy { mode, rule, enforce_from } = &demands.filter;
    let addresses = Policy { mode: *mode, rule: allowlist(rule), enforce_from: *enforce_from };
    let policy = ModulePolicy::default().addresses(addresses).strength(demands.strength.clone());
    if demands.key_only { policy.danger_key_only() } else { policy }
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    let sunset = option::of((7..99i64).prop_map(Timestamp::from_unix));
    prop_oneof![
        3 => Just(Lifecycle::Current),
        1 => Just(Lifecycle::Legacy),
        1 => Just(Lifecycle::Retired),
        1 => sunset.prop_map(|sunset| Lifecycle::Deprecated { since: Timestamp::from_unix(7), sunset }),
    ]
}

fn rules() -> impl Strategy<Value = Vec<usize>> {
    subsequence((0..RULES.len()).collect::<Vec<_>>(), 0..=3)
}

fn list() -> impl Strategy<Value = List> {
    prop_oneof![Just(None), rules().prop_map(Some)]
}

fn policy_of<T: std::fmt::Debug>(rule: impl Strategy<Value = T>) -> impl Strategy<Value = Policy<T>> {
    let mode = prop::sample::select(vec![Mode::Off, Mode::Observe, Mode::Enforce]);
    let from = option::of((0..99i64).prop_map(Timestamp::from_unix));
    (mode, rule, from).prop_map(|(mode, rule, enforce_from)| Policy { mode, rule, enforce_from })
}

fn demands() -> impl Strategy<Value = Demands> {
    let strength = prop::sample::select(vec![Strength::KeyOnly, Strength::Secret, Strength::Signature]);
    (policy_of(list()), policy_of(strength), any::<bool>()).prop_map(|(filter, strength, key_only)| Demands {
        filter,
        strength,
        key_only,
    })
}

fn module() -> impl Strategy<Value = Module> {
    prop_oneof![
        5 => demands().prop_map(Module::Enabled),
        1 => demands().prop_map(Module::Disabled),
        1 => Just(Module::Never),
    ]
}

fn level() -> impl Strategy<Value = Level> {
    let methods = subsequence((0..METHODS.len()).collect::<Vec<_>>(), 0..=5);
    prop_oneof![
        Just(Level::Full),
        methods.prop_map(Level::Custom),
        prop::sample::select(vec![0, 0, 0, 1]).prop_map(Level::Integration),
    ]
}

/// With moments counted from the request's.
fn fate() -> impl Strategy<Value = Fate> {
    let offset = || prop_oneof![-1..=1i64, -30..30i64].prop_map(Some);
    let moment = move || prop_oneof![6 => Just(None), 1 => offset()];
    (moment(), moment(), prop::bool::weighted(0.05), prop::bool::weighted(0.05))
        .prop_map(|(not_before, expires, revoked, disabled)| Fate { not_before, expires, revoked, disabled })
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        12 => Just(Sent::Pair),
        6 => Just(Sent::Key),
        1 => Just(Sent::Nothing),
        1 => Just(Sent::Unreadable),
        1 => Just(Sent::WrongSecret),
        1 => Just(Sent::UnknownKey),
        1 => Just(Sent::UnknownPair),
    ]
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        5 => (0..METHODS.len()).prop_map(Asked::Name),
        3 => (0..METHODS.len()).prop_map(Asked::Number),
        1 => Just(Asked::NameOfNone),
        1 => Just(Asked::Unknown),
    ]
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let crm = (subsequence((0..METHODS.len()).collect::<Vec<_>>(), 1..=6), rules());
    let catalogue = (vec(lifecycle(), METHODS.len()), crm);
    let account = (vec(module(), MODULES.len()), demands(), any::<[bool; 2]>());
    let name = r"[^\p{Cc}\p{Bidi_Control}\x{2028}\x{2029}]{0,23}[!-~]";
    let user = (level(), name, list(), fate());
    let request = (sent(), asked(), 0..CLIENTS.len(), 0..99i64);
    (catalogue, account, user, request).prop_map(|(catalogue, account, user, request)| World {
        lifecycles: catalogue.0,
        crm: catalogue.1,
        modules: account.0,
        fallback: account.1,
        integrations: account.2,
        level: user.0,
        name: user.1,
        list: user.2,
        fate: user.3.at(request.3),
        sent: request.0,
        asked: request.1,
        client: request.2,
        now: request.3,
    })
}
