//! A secret at rest that can be had back: encrypted under a sealing key.
//!
//! ```text
//! sealed = XChaCha20-Poly1305(sealing key, nonce, secret, additional data)     nonce: 24 fresh random bytes
//! ```
//!
//! The additional data names the sealing key and the owner, so a sealed secret opens nowhere else. Exactly the named
//! key is tried.

use alloc::{boxed::Box, vec::Vec};

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::{format::SecretText, keyring::KeyRing, owner::Owner};
use crate::entropy::{Entropy, EntropyError};

pub(crate) const NONCE: usize = 24;
const TAG: usize = 16;

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Sealed {
    key: u32,
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::base64_bytes"))]
    nonce: [u8; NONCE],
    /// As long as the secret, with the tag behind it.
    #[cfg_attr(feature = "serde", serde(with = "crate::encoding::base64_bytes"))]
    text: Box<[u8]>,
}

impl Sealed {
    pub(crate) fn seal(
        ring: &KeyRing,
        owner: Owner,
        secret: SecretText<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Self, SealError> {
        let key = ring.current_sealing().ok_or(SealError::NoSealingKey)?;
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        if nonce.iter().all(|byte| nonce.first() == Some(byte)) {
            return Err(SealError::Entropy(EntropyError::Stuck));
        }
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len() + TAG));
        secret.feed(|piece| text.extend_from_slice(piece));
        let cipher = XChaCha20Poly1305::new(key.bytes().into());
        let data = owner.sealed_with(key.id());
        let tag = cipher
            .encrypt_inout_detached(&nonce.into(), &data, text.as_mut_slice().into())
            .map_err(|_| SealError::TooLong)?;
        text.extend_from_slice(&tag);
        Ok(Self { key: key.id(), nonce, text: Box::from(text.as_slice()) })
    }

    /// As it was stored; `None` if it is shorter than any sealed secret.
    pub(crate) fn stored(key: u32, nonce: [u8; NONCE], text: &[u8]) -> Option<Self> {
        (text.len() > TAG).then(|| Self { key, nonce, text: text.into() })
    }

    /// Which sealing key it names.
    pub(crate) fn key(&self) -> u32 {
        self.key
    }

    pub(crate) fn nonce(&self) -> &[u8; NONCE] {
        &self.nonce
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The secret.
    pub(crate) fn open(&self, ring: &KeyRing, owner: Owner) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let key = ring.sealing_key(self.key).ok_or(Unopened::UnknownKey(self.key))?;
        let (sealed, tag) = self.text.split_last_chunk::<TAG>().ok_or(Unopened::Corrupt)?;
        let mut secret = Zeroizing::new(Vec::from(sealed));
        XChaCha20Poly1305::new(key.bytes().into())
            .decrypt_inout_detached(
                &self.nonce.into(),
                &owner.sealed_with(self.key),
                secret.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| Unopened::Corrupt)?;
        Ok(secret)
    }
}

/// Why a secret could not be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealError {
    NoSealingKey,
    TooLong,
    Entropy(EntropyError),
}

impl From<EntropyError> for SealError {
    fn from(error: EntropyError) -> Self {
        Self::Entropy(error)
    }
}

/// Why a sealed secret did not open: a fault, never a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unopened {
    /// It names a sealing key that the ring does not have.
    #[error(
        "a sealed secret names sealing key {0}, which is not in the key ring; add it as a retired sealing key"
    )]
    UnknownKey(u32),
    /// It was changed, moved to another account, user or key id, or sealed with other bytes under the same number.
    #[error(
        "a sealed secret does not open under the key that it names; restore the record, or regenerate the credential"
    )]
    Corrupt,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{KeyRing, Pepper, SealingKey};

    /// Written by `scripts/known-answers.py`, which shares no code with this crate.
    const KNOWN: &str = include_str!("../../tests/known-answers/credentials.json");

    fn bytes(hex: &serde_json::Value) -> Vec<u8> {
        let hex = hex.as_str().unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn ring(id: u32, key: [u8; 32]) -> KeyRing {
        KeyRing::new(Pepper::new(1, [1; 32]).unwrap()).sealing(SealingKey::new(id, key).unwrap()).unwrap()
    }

    fn owner(account: &str, user: &str, key_id: &str) -> Owner {
        let (account, user) = (account.parse().unwrap(), user.parse().unwrap());
        Owner { account, user, key_id: key_id.parse().unwrap() }
    }

    #[test]
    fn sealed_secrets_match_another_implementation() {
        let known: serde_json::Value = serde_json::from_str(KNOWN).unwrap();
        let cases = known["sealed"].as_array().unwrap();
        assert!(cases.len() >= 5);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let id = u32::try_from(case["sealing_id"].as_u64().unwrap()).unwrap();
            let ring = ring(id, bytes(&case["sealing_key"]).try_into().unwrap());
            let owner = owner(text("account"), text("user"), text("key_id"));
            let nonce = bytes(&case["nonce"]);
            let mut entropy = |buffer: &mut [u8]| {
                buffer.copy_from_slice(&nonce);
                Ok(())
            };
            let secret = SecretText::whole(text("secret").as_bytes());
            let sealed = Sealed::seal(&ring, owner, secret, &mut entropy).unwrap();
            assert_eq!(sealed.text().to_vec(), bytes(&case["sealed"]), "{}", text("name"));
            let stored =
                Sealed::stored(id, nonce.as_slice().try_into().unwrap(), &bytes(&case["sealed"])).unwrap();
            assert_eq!(stored.open(&ring, owner).unwrap().as_slice(), text("secret").as_bytes());
        }
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_under_its_key_and_nowhere_else() {
        let ours = ring(1, [2; 32]);
        let mut entropy = |buffer: &mut [u8]| {
            buffer.iter_mut().zip(0..).for_each(|(slot, byte)| *slot = byte);
            Ok(())
        };
        let sealed =
            Sealed::seal(&ours, owner("a", "u", "k"), SecretText::whole(b"secret"), &mut entropy).unwrap();
        assert_eq!(sealed.open(&ours, owner("a", "u", "k")).unwrap().as_slice(), b"secret");
        for moved in [owner("b", "u", "k"), owner("a", "v", "k"), owner("a", "u", "l"), owner("au", "k", "k")]
        {
            assert_eq!(sealed.open(&ours, moved).unwrap_err(), Unopened::Corrupt);
        }
        let open = |ring: &KeyRing, sealed: &Sealed| sealed.open(ring, owner("a", "u", "k")).unwrap_err();
        assert_eq!(open(&ring(2, [2; 32]), &sealed), Unopened::UnknownKey(1), "no trial decryption");
        assert_eq!(open(&ring(1, [3; 32]), &sealed), Unopened::Corrupt);
        let renamed = Sealed { key: 2, ..sealed.clone() };
        assert_eq!(open(&ring(2, [2; 32]), &renamed), Unopened::Corrupt, "the number is bound too");
        for index in 0..sealed.text.len() {
            let mut changed = sealed.clone();
            changed.text[index] ^= 1;
            assert_eq!(open(&ours, &changed), Unopened::Corrupt, "byte {index}");
        }
        let nonce = Sealed { nonce: [7; 24], ..sealed.clone() };
        assert_eq!(open(&ours, &nonce), Unopened::Corrupt);
    }

    #[test]
    fn a_nonce_that_does_not_vary_is_refused() {
        let mut stuck = |buffer: &mut [u8]| {
            buffer.fill(5);
            Ok(())
        };
        let sealed =
            Sealed::seal(&ring(1, [2; 32]), owner("a", "u", "k"), SecretText::whole(b"s"), &mut stuck);
        assert_eq!(sealed.err(), Some(SealError::Entropy(EntropyError::Stuck)));
    }
}
