//! Moving stored secrets to the current keys of the ring. No administrative acts: nothing changes for anyone.

use alloc::{boxed::Box, vec::Vec};

use super::{issue::IssueError, record::ApiUser};
use crate::{
    credential::{self, AtRest, KeyRing, SealError, SecretText, Unopened},
    entropy::Entropy,
    id::KeyId,
};

impl ApiUser {
    /// Takes over the hash under the current pepper that a grant came with. `false` if there is nothing to take over,
    /// because the credential is gone or the hash was changed in the meantime; then forget it.
    pub fn rehash(&mut self, rehash: &Rehash) -> bool {
        let Ok(held) = self.held(rehash.key_id) else { return false };
        if held.at_rest.hashed().pepper() != rehash.retired {
            return false;
        }
        held.at_rest.replace_hash(rehash.hash.clone());
        self.changed();
        true
    }

    /// Seals anew what is sealed under a retired key, and says how many secrets that were.
    ///
    /// # Errors
    /// [`ResealError`]; then the user is as it was.
    pub fn reseal(
        &mut self,
        keys: &KeyRing,
        entropy: &mut (impl Entropy + ?Sized),
    ) -> Result<usize, ResealError> {
        let mut moved = Vec::new();
        for (index, held) in self.credentials.iter().enumerate() {
            let AtRest::Sealed(hashed, sealed, schemes) = &held.at_rest else { continue };
            if keys.is_current(credential::NamedKey::Sealing(sealed.key())) {
                continue;
            }
            let owner = self.owner(held.key_id);
            let secret = sealed.open(keys, owner)?;
            let sealed = credential::Sealed::seal(keys, owner, SecretText::whole(&secret), entropy)?;
            moved.push((index, AtRest::Sealed(hashed.clone(), Box::new(sealed), *schemes)));
        }
        let count = moved.len();
        for (index, at_rest) in moved {
            if let Some(held) = self.credentials.get_mut(index) {
                held.at_rest = at_rest;
            }
        }
        if count > 0 {
            self.changed();
        }
        Ok(count)
    }
}

/// A hash under the current pepper, for a credential whose stored hash names a retired one.
///
/// A [`Grant`](crate::Grant) carries it after proof. Store it when it is convenient: read the user, call
/// [`ApiUser::rehash`], store it under compare-and-set, and give up silently if that conflicts. `Debug` shows the key id alone.
#[derive(Clone)]
pub struct Rehash {
    pub(crate) key_id: KeyId,
    pub(crate) retired: u32,
    pub(crate) hash: credential::Hashed,
}

impl Rehash {
    /// Whose hash it is.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }
}

impl core::fmt::Debug for Rehash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Rehash").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Why a sweep could not move a user's secrets; the user is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResealError {
    /// A sealed secret did not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// The new seal could not be made.
    #[error(transparent)]
    Unsealed(IssueError),
}

impl From<SealError> for ResealError {
    fn from(error: SealError) -> Self {
        Self::Unsealed(error.into())
    }
}
