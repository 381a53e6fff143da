//! A caller with a secret of a given kind, and what is judged with it.

use std::sync::Arc;

use keyward::{
    Accept, AccessLevel, Account, Allowlist, ApiUser, Authorizer, By, Catalogue, EntropyError, Imported,
    Keep, KeyId, KeyRing, ModulePolicy, Pepper, Schemes, SealingKey, Secret, Subject, Timestamp,
};

pub const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

/// splitmix64: every run of the tests has the same secrets, and none of them is one that anybody has.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let bytes = alphabet.as_bytes();
        (0..length)
            .map(|_| char::from(bytes[usize::try_from(self.next() % bytes.len() as u64).unwrap()]))
            .collect()
    }
}

/// How a secret looks.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Ours,
    Hex,
    LongHex,
    Base64,
}

pub const KINDS: [Kind; 4] = [Kind::Ours, Kind::Hex, Kind::LongHex, Kind::Base64];

const HEX: &str = "0123456789abcdef";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub struct Caller {
    pub engine: Authorizer,
    pub subject: Subject,
    pub account: Arc<Account>,
    pub user: Arc<ApiUser>,
    pub key: KeyId,
    pub secret: String,
    /// The part of the secret that is random.
    pub random: String,
}

fn entropy(random: &mut Random) -> impl FnMut(&mut [u8]) -> Result<(), EntropyError> {
    |bytes| {
        for byte in bytes {
            *byte = random.next().to_le_bytes()[3];
        }
        Ok(())
    }
}

pub fn engine() -> Authorizer {
    let keys =
        KeyRing::new(Pepper::new(1, [7; 32]).unwrap()).sealing(SealingKey::new(1, [9; 32]).unwrap()).unwrap();
    let catalogue = Catalogue::builder().module("events", ["events.create", "events.list"]).build().unwrap();
    Authorizer::new(catalogue, keys).accept(Accept::headers().query_key().form_key())
}

impl Caller {
    pub fn new(kind: Kind, random: &mut Random) -> Self {
        let engine = engine();
        let account = Account::new("acme".parse().unwrap()).enable("events", ModulePolicy::default());
        let list = Allowlist::parse("192.0.2.0/24").unwrap();
        let mut user =
            ApiUser::new(account.id(), "u1".parse().unwrap(), "till", AccessLevel::Full, list).unwrap();
        let (by, keep) = (By::new("admin@acme.test", NOW), Keep::Sealed(Schemes::PLAIN.and(Schemes::SIGV4)));
        let (key, secret) = if matches!(kind, Kind::Ours) {
            let revealed = user.issue(keep, engine.keys(), by, &mut entropy(random)).unwrap().reveal();
            (revealed.key_id(), revealed.secret().expose().to_owned())
        } else {
            let key: KeyId = random.text(HEX, 32).parse().unwrap();
            let secret = loop {
                let text = match kind {
                    Kind::Hex => random.text(HEX, 16),
                    Kind::LongHex => random.text(HEX, 32),
                    _ => [random.text(BASE64, 6), random.text(BASE64, 8), random.text(BASE64, 11)].join("/+"),
                };
                // One of too few different characters is refused.
                if let Ok(pair) = Imported::new(key, Secret::new(text.clone())) {
                    let _act = user.import(&pair, keep, engine.keys(), by, &mut entropy(random)).unwrap();
                    break text;
                }
            };
            (key, secret)
        };
        let random = match kind {
            Kind::Ours => secret["kws1_".len()..].to_owned(),
            _ => secret.clone(),
        };
        let (account, user) = (Arc::new(account), Arc::new(user));
        let subject = Subject::new(Arc::clone(&account), Arc::clone(&user), key).unwrap();
        Self { engine, subject, account, user, key, secret, random }
    }
}
