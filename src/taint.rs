//! What handles secrets, within reach of `tests/taint`, which watches it under valgrind. It is there under
//! `--cfg keyward_taint` alone, so no release has it; and it calls what the engine calls, so it is no second writing.
//!
//! A verdict leaves here as it was made, and nothing branches on it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{
    body::HashAlg,
    credential::{Context, Hashed, KeyRing, Owner, Sealed, SecretText, Unopened},
    entropy::Entropy,
    signature,
    slot::Slot,
};

/// A stored hash, compared with the hash of `secret`.
#[inline(never)]
pub fn hash_verifies(ring: &KeyRing, stored: [u8; 32], secret: &[u8]) -> Option<bool> {
    Hashed::stored(ring.pepper_id(), stored).verify(ring, &Context::dummy(), SecretText::whole(secret))
}

/// What would be stored of `secret`.
pub fn hash(ring: &KeyRing, secret: &[u8]) -> [u8; 32] {
    *Hashed::new(ring, &Context::dummy(), SecretText::whole(secret)).mac()
}

/// A sealed secret.
#[allow(missing_debug_implementations, reason = "for one program")]
pub struct SealedSecret(Sealed, Owner);

impl SealedSecret {
    /// `None`, where the ring does not seal.
    pub fn seal(ring: &KeyRing, secret: &[u8], entropy: &mut impl Entropy) -> Option<Self> {
        let owner = Owner { account: "a".parse().ok()?, user: "u".parse().ok()?, key_id: "k".parse().ok()? };
        Some(Self(Sealed::seal(ring, owner, SecretText::whole(secret), entropy).ok()?, owner))
    }

    /// With one bit of it changed.
    pub fn torn(&self) -> Option<Self> {
        let mut text = self.0.text().to_vec();
        *text.first_mut()? ^= 1;
        Some(Self(Sealed::stored(self.0.key(), *self.0.nonce(), &text)?, self.1))
    }

    /// # Errors
    /// [`Unopened`].
    #[inline(never)]
    pub fn open(&self, ring: &KeyRing) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        self.0.open(ring, self.1)
    }
}

/// Where the bytes of the sealing key lie.
pub fn sealing_key(ring: &KeyRing) -> Option<&[u8; 32]> {
    ring.current_sealing().map(crate::credential::SealingKey::bytes)
}

/// What signs.
#[derive(Debug)]
pub struct SigningKey(signature::SigningKey, HashAlg);

impl SigningKey {
    /// As the SigV4 family derives it.
    #[inline(never)]
    pub fn derived(alg: HashAlg, secret: &[u8]) -> Self {
        let parts: [&[u8]; 4] = [b"20261122", b"eu", b"api", b"request"];
        Self(signature::SigningKey::derived(alg, b"KW", secret, parts), alg)
    }

    /// As RFC 9421 and Standard Webhooks take it.
    #[inline(never)]
    pub fn whole(secret: &[u8]) -> Self {
        Self(signature::SigningKey::whole(secret), HashAlg::Sha256)
    }

    /// As it is had from a subject that kept it. `None` never happens.
    #[inline(never)]
    pub fn kept(&self) -> Option<Self> {
        let (slot, label) = (Slot::empty(), [1; 20]);
        slot.fill(&label, &self.0.bytes());
        slot.read(&label).map(|bytes| Self(signature::SigningKey::from_bytes(self.1, bytes), self.1))
    }

    /// The MAC of `message`.
    #[inline(never)]
    pub fn mac(&self, message: &[u8]) -> Tag {
        Tag(self.0.mac(|sink| sink.put(message)))
    }
}

/// A MAC.
#[derive(Clone, Copy, Debug)]
pub struct Tag(signature::Tag);

impl Tag {
    /// Of these bytes.
    pub fn sha256(bytes: [u8; 32]) -> Self {
        Self(signature::Tag::Sha256(bytes))
    }

    /// Of these bytes.
    pub fn sha512(bytes: [u8; 64]) -> Self {
        Self(signature::Tag::Sha512(bytes))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether two are the same.
    #[inline(never)]
    pub fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }
}
