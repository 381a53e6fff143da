//! A small world with fixed keys: what is minted here is invented, the same on every run, and stands in the corpus.

use std::sync::{Arc, LazyLock};

use keyward::{
    Accept, AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr,
    EntropyError, Keep, KeyId, KeyRing, ModulePolicy, Pepper, Policy, RequestId, Revealed, SealingKey,
    Strength, Subject, Timestamp,
};

/// The one method.
pub const METHOD: &str = "events.create";

/// Vendor prefixes of the shortest, an ordinary and the longest length.
pub const VENDORS: [&str; 3] = ["kw", "acme2", "a0b1c2d3e4"];

/// One user with one credential that may call [`METHOD`] from everywhere.
#[derive(Debug)]
#[non_exhaustive]
pub struct World {
    /// Reads every carrier.
    pub engine: Authorizer,
    /// Demands a secret.
    pub account: Account,
    /// Takes a bare key.
    pub open: Account,
    pub user: ApiUser,
    pub key_id: KeyId,
    pub secret: String,
    pub token: String,
}

/// The world of the first vendor.
pub fn world() -> &'static World {
    static WORLD: LazyLock<World> = LazyLock::new(|| World::new(VENDORS[0]));
    &WORLD
}

/// One token of each vendor.
pub fn tokens() -> &'static [String; 3] {
    static TOKENS: LazyLock<[String; 3]> = LazyLock::new(|| VENDORS.map(|vendor| World::new(vendor).token));
    &TOKENS
}

impl World {
    fn new(vendor: &str) -> Self {
        let catalogue = Catalogue::builder().module("events", [METHOD]).build().expect("a catalogue");
        let ring = KeyRing::new(Pepper::new(1, [7; 32]).expect("not all zero"))
            .sealing(SealingKey::new(2, [9; 32]).expect("not all zero"))
            .expect("another key")
            .vendor(vendor.parse().expect("a vendor"));
        let engine = Authorizer::new(catalogue, ring).accept(Accept::headers().query_key().form_key());
        let account = Account::new("acme".parse().expect("an id")).enable("events", ModulePolicy::default());
        let bare = ModulePolicy::default().strength(Policy::enforce(Strength::KeyOnly)).danger_key_only();
        let open = account.clone().enable("events", bare);
        let id = "u1".parse().expect("an id");
        let mut user = ApiUser::new(account.id(), id, "checkout", AccessLevel::Full, Allowlist::Any)
            .expect("a plain name");
        let revealed = issue(&mut user, &engine, Keep::Hashed, 1);
        let (key_id, token) = (revealed.key_id(), revealed.token().expose().to_owned());
        let secret = revealed.into_secret().expose().to_owned();
        Self { engine, account, open, user, key_id, secret, token }
    }

    /// The 49 characters that only the holder of the secret knows.
    pub fn tail(&self) -> &str {
        &self.secret[self.secret.len() - 49..]
    }

    /// What a store has under the key.
    pub fn subject(&self, account: &Account) -> Subject {
        let (account, user) = (Arc::new(account.clone()), Arc::new(self.user.clone()));
        Subject::new(account, user, self.key_id).expect("the user's own key")
    }
}

/// Makes a credential by a request, from a random source that starts at `seed`.
pub fn issue(user: &mut ApiUser, engine: &Authorizer, keep: Keep, seed: u64) -> Revealed {
    let request: RequestId = format!("request-{seed}").parse().expect("an id");
    let by = By::new("admin", Timestamp::from_unix(0)).request(request);
    user.issue(keep, engine.keys(), by, &mut entropy(seed)).expect("there is room").reveal()
}

/// `SplitMix64`: an invented secret is the same on every run.
fn entropy(mut state: u64) -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
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

/// From an address, at a moment, for the one method.
pub fn ask() -> Ask<'static> {
    let client = ClientAddr::direct("192.0.2.1".parse().expect("an address"));
    Ask::new(METHOD, client, Timestamp::from_unix(1))
}
