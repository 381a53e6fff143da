//! What the properties share: configuration, a random source that replays, a caller whom nothing stands in the way of.

use std::sync::Arc;

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, EntropyError,
    Fault, Headers, Keep, KeyRing, ModulePolicy, Pepper, RequestHead, Revealed, Subject, Timestamp, Verdict,
};
use proptest::{collection::vec, prelude::*};

/// The default, without seed files: a failure prints its smallest input, which becomes a named test.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

/// Any text, control characters included, which `any::<String>()` leaves out.
pub(crate) fn anything() -> impl Strategy<Value = String> {
    let control = proptest::char::range('\0', '\u{1f}');
    let printed = proptest::char::range(' ', '~');
    vec(prop_oneof![3 => any::<char>(), 1 => control, 2 => printed], 0..40).prop_map(String::from_iter)
}

/// `SplitMix64`, so that a failing case mints the same credential again.
pub(crate) fn entropy(mut state: u64) -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
    move |out| {
        for byte in out {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = mixed.to_be_bytes()[0];
        }
        Ok(())
    }
}

pub(crate) fn ring() -> KeyRing {
    KeyRing::new(Pepper::new(1, [7; 32]).expect("a key that is not all zero"))
}

pub(crate) fn by(at: i64) -> By<'static> {
    By::new("admin", Timestamp::from_unix(at))
}

/// One account, one user and one credential that may call `events.create` from everywhere.
pub(crate) struct Open {
    pub(crate) engine: Authorizer,
    pub(crate) account: Arc<Account>,
    pub(crate) user: ApiUser,
    pub(crate) revealed: Revealed,
}

pub(crate) const METHOD: &str = "events.create";

impl Open {
    pub(crate) fn minted(seed: u64, vendor: &str) -> Self {
        let catalogue = Catalogue::builder().module("events", [METHOD]).build().expect("a catalogue");
        let engine = Authorizer::new(catalogue, ring().vendor(vendor.parse().expect("a vendor")));
        let account = Account::new("acme".parse().expect("an id")).enable("events", ModulePolicy::default());
        let id = "u1".parse().expect("an id");
        let mut user = ApiUser::new(account.id(), id, "checkout", AccessLevel::Full, Allowlist::Any)
            .expect("a plain name");
        let reveal =
            user.issue(Keep::Hashed, engine.keys(), by(0), &mut entropy(seed)).expect("a credential");
        Self { engine, account: Arc::new(account), user, revealed: reveal.reveal() }
    }

    pub(crate) fn subject(&self) -> Subject {
        let user = Arc::new(self.user.clone());
        Subject::new(Arc::clone(&self.account), user, self.revealed.key_id()).expect("the user's own key")
    }

    /// What an honest look-up finds and the engine then says.
    pub(crate) fn verdict(&self, lines: &[(String, Vec<u8>)]) -> Result<Verdict, Fault> {
        let lines = borrowed(lines);
        let presented = self.engine.present(head(&lines));
        let found = (presented.key_id() == Some(self.revealed.key_id())).then(|| self.subject());
        self.engine.authorize(presented, found, &ask())
    }
}

/// From an address, at a moment, for the one method.
pub(crate) fn ask() -> Ask<'static> {
    let client = ClientAddr::direct("192.0.2.1".parse().expect("an address"));
    Ask::new(METHOD, client, Timestamp::from_unix(1))
}

pub(crate) fn borrowed(lines: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    lines.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
}

pub(crate) fn head<'r>(lines: &'r [(&'r str, &'r [u8])]) -> RequestHead<'r> {
    RequestHead::new("POST", "/events", Headers::lines(lines))
}

/// The code of the denial, or `allow`.
pub(crate) fn answer(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow(_) => "allow",
        Verdict::Deny(denial) => denial.code().as_str(),
    }
}
