//! How one credential's secret is kept.

use alloc::boxed::Box;

use super::{
    format::SecretText,
    hashed::Hashed,
    keyring::{KeyRing, NamedKey},
    owner::Owner,
    schemes::Schemes,
    sealed::{SealError, Sealed},
};
use crate::entropy::Entropy;

/// What a credential's record holds of its secret.
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub(crate) enum AtRest {
    /// Only a keyed hash: the secret cannot be had back, so it proves plain credentials alone.
    Hashed(Hashed),
    /// The hash, and the secret itself under a sealing key, for the schemes that need it.
    Sealed(Hashed, Box<Sealed>, Schemes),
}

/// How a new secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// As a keyed hash. Nobody can read it again, so it proves plain credentials only, no signatures.
    Hashed,
    /// As a hash, and encrypted under the ring's sealing key: what checks signatures needs the secret itself. Whoever
    /// has the database *and* the sealing key has the secret.
    Sealed(Schemes),
}

impl AtRest {
    pub(crate) fn new(
        keep: Keep,
        ring: &KeyRing,
        owner: Owner,
        secret: SecretText<'_>,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<Self, SealError> {
        let hashed = Hashed::new(ring, &owner.context(), secret);
        Ok(match keep {
            Keep::Hashed => Self::Hashed(hashed),
            Keep::Sealed(schemes) => {
                Self::Sealed(hashed, Box::new(Sealed::seal(ring, owner, secret, entropy)?), schemes)
            }
        })
    }

    pub(crate) fn hashed(&self) -> &Hashed {
        match self {
            Self::Hashed(hashed) | Self::Sealed(hashed, ..) => hashed,
        }
    }

    pub(crate) fn sealed(&self) -> Option<&Sealed> {
        match self {
            Self::Hashed(_) => None,
            Self::Sealed(_, sealed, _) => Some(sealed),
        }
    }

    pub(crate) fn schemes(&self) -> Schemes {
        match self {
            Self::Hashed(_) => Schemes::PLAIN,
            Self::Sealed(_, _, schemes) => *schemes,
        }
    }

    pub(crate) fn keep(&self) -> Keep {
        match self {
            Self::Hashed(_) => Keep::Hashed,
            Self::Sealed(_, _, schemes) => Keep::Sealed(*schemes),
        }
    }

    pub(crate) fn replace_hash(&mut self, hash: Hashed) {
        match self {
            Self::Hashed(hashed) | Self::Sealed(hashed, ..) => *hashed = hash,
        }
    }

    /// The keys that it names.
    pub(crate) fn named(&self) -> impl Iterator<Item = NamedKey> + use<> {
        let pepper = NamedKey::Pepper(self.hashed().pepper());
        core::iter::once(pepper).chain(self.sealed().map(|sealed| NamedKey::Sealing(sealed.key())))
    }
}
