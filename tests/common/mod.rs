//! A small world that the tests change one thing in: one account, one user, one request.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of it")]

pub mod signing;

use std::{sync::Arc, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, AntavoErrors, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Code,
    Denial, EntropyError, Grant, Headers, Keep, KeyId, KeyRing, Lifecycle, ModulePolicy, Pepper, Presented,
    Problem, Render, RequestHead, Revealed, SealingKey, Secret, Subject, Timestamp, Verdict,
};

pub const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

/// Fit for tests alone: splitmix64 from a seed.
pub fn seeded(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
    let mut state = seed;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (mixed >> 40).to_le_bytes()[0];
        }
        Ok(())
    }
}

pub fn by(at: Timestamp) -> By<'static> {
    By::new("admin@acme.test", at)
}

pub fn from(ip: &str) -> ClientAddr {
    ClientAddr::direct(ip.parse().unwrap())
}

pub fn list(rules: &str) -> Allowlist {
    Allowlist::parse(rules).unwrap()
}

pub fn catalogue() -> Catalogue {
    Catalogue::builder()
        .module("events", ["events.create", "events.list", "events.old"])
        .module("coupons", ["coupons.issue", "coupons.list"])
        .module("wallet", ["wallet.read"])
        .lifecycle("events.old", Lifecycle::Retired)
        .integration("crm", ["events.list", "coupons.list", "wallet.read"], list("192.0.2.77"))
        .build()
        .unwrap()
}

pub const IMPORT: &str = "https://docs.example.test/import?to=v2";

/// The same, where `events.create` goes away, `coupons.issue` stops at a date, and both `events.old` and the latter say
/// where to read on.
pub fn ending() -> Catalogue {
    let sunset = Some(NOW.plus(Duration::from_secs(40 * 86_400)));
    catalogue()
        .to_builder()
        .lifecycle("events.create", Lifecycle::Deprecated { since: NOW, sunset: None })
        .lifecycle("coupons.issue", Lifecycle::Deprecated { since: NOW, sunset })
        .link("coupons.issue", IMPORT)
        .link("events.old", IMPORT)
        .build()
        .unwrap()
}

pub fn ring() -> KeyRing {
    KeyRing::new(Pepper::new(1, [7; 32]).unwrap())
}

/// One that seals.
pub fn sealing_ring() -> KeyRing {
    ring().sealing(SealingKey::new(1, [9; 32]).unwrap()).unwrap()
}

pub fn engine() -> Authorizer {
    Authorizer::new(catalogue(), ring())
}

pub fn sealing_engine() -> Authorizer {
    sealing_engine_of(catalogue())
}

pub fn sealing_engine_of(catalogue: Catalogue) -> Authorizer {
    Authorizer::new(catalogue, sealing_ring())
}

/// One caller with one credential; change a part, then ask.
pub struct World {
    pub engine: Authorizer,
    pub account: Account,
    pub user: ApiUser,
    pub revealed: Revealed,
    pub method: &'static str,
    pub client: ClientAddr,
    pub now: Timestamp,
}

impl World {
    /// A full-level caller of `events` and `coupons` from 192.0.2.0/24, allowed to call `events.create`.
    pub fn new() -> Self {
        Self::with(AccessLevel::Full, list("192.0.2.0/24"))
    }

    pub fn with(level: AccessLevel, allowlist: Allowlist) -> Self {
        Self::keeping(Keep::Hashed, engine(), level, allowlist)
    }

    pub fn keeping(keep: Keep, engine: Authorizer, level: AccessLevel, allowlist: Allowlist) -> Self {
        let account = Account::new("acme".parse().unwrap())
            .enable("events", ModulePolicy::default())
            .enable("coupons", ModulePolicy::default());
        let mut user =
            ApiUser::new(account.id(), "u1".parse().unwrap(), "checkout", level, allowlist).unwrap();
        let revealed = user.issue(keep, engine.keys(), by(NOW), &mut seeded(1)).unwrap().reveal();
        Self { engine, account, user, revealed, method: "events.create", client: from("192.0.2.1"), now: NOW }
    }

    pub fn key(&self) -> KeyId {
        self.revealed.key_id()
    }

    pub fn subject(&self) -> Option<Subject> {
        Subject::new(Arc::new(self.account.clone()), Arc::new(self.user.clone()), self.key())
    }

    pub fn ask(&self) -> Ask<'static> {
        Ask::new(self.method, self.client, self.now)
    }

    /// Presents the right pair.
    pub fn verdict(&self) -> Verdict {
        self.decide(Presented::pair(self.key(), self.revealed.secret()))
    }

    pub fn decide(&self, presented: Presented<'_>) -> Verdict {
        let known = presented.key_id() == Some(self.key());
        let subject = self.subject().filter(|_| known);
        self.engine.authorize(presented, subject, &self.ask()).unwrap()
    }

    /// Presents these header lines.
    pub fn lines(&self, lines: &[(&str, &str)]) -> Verdict {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        self.decide(self.engine.present(RequestHead::new("POST", "/events", Headers::lines(&lines))))
    }

    pub fn denied(&self) -> Option<Code> {
        code(&self.verdict())
    }

    pub fn granted(&self) -> Grant {
        self.verdict().into_result().unwrap()
    }
}

/// `None` if it is allowed.
pub fn code(verdict: &Verdict) -> Option<Code> {
    match verdict {
        Verdict::Allow(_) => None,
        Verdict::Deny(denial) => Some(denial.code()),
    }
}

/// Everything that the caller gets to see of a denial, from its public face and through each renderer.
pub fn seen(denial: &Denial, catalogue: &Catalogue) -> String {
    let public = denial.public();
    assert_eq!(denial.to_string(), public.to_string(), "Display is the public face");
    let mut seen = format!("{} {}\n{public}\n", public.status(), public.code());
    for (name, value) in public.headers() {
        seen += &format!("{name}: {value}\n");
    }
    let renderers: [&dyn Render; 2] = [&Problem, &AntavoErrors];
    for reply in renderers.map(|render| render.denial(denial, catalogue)) {
        let body = std::str::from_utf8(&reply.body).unwrap();
        seen += &format!("{} {:?}\n{body}\n", reply.status, reply.headers);
    }
    seen
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}
