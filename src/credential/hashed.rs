//! A secret at rest as a keyed hash, which verifies it and cannot give it back.
//!
//! ```text
//! hash = HMAC-SHA-256(pepper, "keyward/hash/1" || C || LP(secret))
//! ```
//!
//! `C` is the [`Context`] of its owner: a hash moved to another account, user or key verifies nothing.

use subtle::ConstantTimeEq;

use super::{
    format::{SECRET_MARK, SecretText},
    keyring::KeyRing,
    owner::Context,
};
use crate::{encoding::prefix_of, mac::Message};

const TAG: &[u8; 14] = b"keyward/hash/1";

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Hashed {
    pub(super) pepper: u32,
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::base64_bytes"))]
    pub(super) mac: [u8; 32],
}

impl Hashed {
    pub(crate) fn new(ring: &KeyRing, context: &Context, secret: SecretText<'_>) -> Self {
        let pepper = ring.current();
        Self { pepper: pepper.id(), mac: pepper.mac().mac(|message| feed(message, context, secret)) }
    }

    /// As it was stored.
    pub(crate) fn stored(pepper: u32, mac: [u8; 32]) -> Self {
        Self { pepper, mac }
    }

    /// Which pepper it names.
    pub(crate) fn pepper(&self) -> u32 {
        self.pepper
    }

    pub(crate) fn mac(&self) -> &[u8; 32] {
        &self.mac
    }

    /// Whether it is the same hash under the same pepper.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.pepper == other.pepper && bool::from(self.mac.ct_eq(&other.mac))
    }

    /// Whether `secret` is the one that was hashed; `None` if the ring does not have the pepper.
    #[inline]
    pub(crate) fn verify(&self, ring: &KeyRing, context: &Context, secret: SecretText<'_>) -> Option<bool> {
        let key = ring.pepper(self.pepper)?.mac();
        Some(key.verifies(&self.mac, |message| feed(message, context, secret)))
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "where each piece goes is known then, and nothing is counted")]
fn feed(message: &mut Message<'_>, Context(context): &Context, secret: SecretText<'_>) {
    message.put(TAG);
    message.put(context);
    message.put(&prefix_of(secret.len()));
    match secret {
        SecretText::Whole(text) => message.update(text),
        SecretText::Token(token) => message.splice(token.opening, token.vendor, SECRET_MARK, token.tail),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{keyring::Pepper, owner::Owner},
        *,
    };
    use crate::{credential::format::token, credential::mint};

    /// Written by `scripts/known-answers.py`, which shares no code with this crate.
    const KNOWN: &str = include_str!("../../tests/known-answers/credentials.json");

    fn bytes(hex: &serde_json::Value) -> alloc::vec::Vec<u8> {
        let hex = hex.as_str().unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn hashes_at_rest_match_another_implementation() {
        let known: serde_json::Value = serde_json::from_str(KNOWN).unwrap();
        let cases = known["hashed"].as_array().unwrap();
        assert!(cases.len() >= 8);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let id = u32::try_from(case["pepper_id"].as_u64().unwrap()).unwrap();
            let ring = KeyRing::new(Pepper::new(id, bytes(&case["pepper"]).try_into().unwrap()).unwrap());
            let owner = Owner {
                account: text("account").parse().unwrap(),
                user: text("user").parse().unwrap(),
                key_id: text("key_id").parse().unwrap(),
            };
            let context = owner.context();
            assert_eq!(context.0.to_vec(), bytes(&case["context"]), "{}", text("name"));
            let hashed = Hashed::new(&ring, &context, SecretText::whole(text("secret").as_bytes()));
            assert_eq!(hashed.mac.to_vec(), bytes(&case["hash"]), "{}", text("name"));
            assert_eq!(hashed.pepper, id);
        }
    }

    #[test]
    fn minted_credentials_match_another_implementation() {
        let known: serde_json::Value = serde_json::from_str(KNOWN).unwrap();
        let cases = known["minted"].as_array().unwrap();
        assert!(cases.len() >= 3);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let drawn = bytes(&case["entropy"]);
            let mut rest = drawn.as_slice();
            let mut replay = |buffer: &mut [u8]| {
                let (now, later) = rest.split_at(buffer.len());
                buffer.copy_from_slice(now);
                rest = later;
                Ok(())
            };
            let (key_id, secret) = mint(text("vendor").parse().unwrap(), &mut replay).unwrap();
            assert_eq!(key_id.as_str(), text("key_id"));
            assert_eq!(secret.expose(), text("secret"));
            assert_eq!(token(key_id, &secret).expose(), text("token"));
        }
    }

    #[test]
    fn a_hash_verifies_only_its_own_secret_context_and_pepper() {
        let ring = KeyRing::new(Pepper::new(1, [1; 32]).unwrap());
        let of = |account: &str, user: &str, key: &str| {
            let (account, user) = (account.parse().unwrap(), user.parse().unwrap());
            Owner { account, user, key_id: key.parse().unwrap() }.context()
        };
        let secret = SecretText::whole(b"secret");
        let hashed = Hashed::new(&ring, &of("a", "u", "k"), secret);
        assert_eq!(hashed.verify(&ring, &of("a", "u", "k"), secret), Some(true));
        for moved in
            [of("b", "u", "k"), of("a", "v", "k"), of("a", "u", "l"), of("au", "k", "k"), Context::dummy()]
        {
            assert_eq!(hashed.verify(&ring, &moved, secret), Some(false));
        }
        assert_eq!(hashed.verify(&ring, &of("a", "u", "k"), SecretText::whole(b"Secret")), Some(false));
        let other = KeyRing::new(Pepper::new(1, [2; 32]).unwrap());
        assert_eq!(hashed.verify(&other, &of("a", "u", "k"), secret), Some(false));
        let unknown = KeyRing::new(Pepper::new(2, [1; 32]).unwrap());
        assert_eq!(hashed.verify(&unknown, &of("a", "u", "k"), secret), None);
    }
}
