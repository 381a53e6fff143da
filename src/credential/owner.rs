//! What a stored secret is bound to.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::{
    encoding::length_prefixed,
    id::{AccountId, KeyId, UserId},
};

const DUMMY_TAG: &[u8] = b"keyward/dummy/1";
const SEAL_TAG: &[u8] = b"keyward/seal/1";

/// Room for the additional data of the longest ids, so that it is allocated once whatever their lengths.
const SEALED_WITH: usize = SEAL_TAG.len() + 4 * 4 + 4 + AccountId::MAX_LEN + UserId::MAX_LEN + KeyId::MAX_LEN;

/// Whose secret it is, under which key id.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) key_id: KeyId,
}

/// An owner as the hash takes it: computed when a subject is built, so that the length of no id shows in the work
/// that a verdict takes.
///
/// ```text
/// C = SHA-256(LP(account) || LP(user) || LP(key id))        LP(x) = length of x as u32, big-endian || x
/// ```
#[derive(Clone, Copy)]
pub(crate) struct Context(pub(super) [u8; 32]);

impl Owner {
    pub(crate) fn context(&self) -> Context {
        let mut hash = Sha256::new();
        for field in self.fields() {
            length_prefixed(&mut hash, field);
        }
        Context(hash.finalize().into())
    }

    /// The additional data of a sealed secret:
    ///
    /// ```text
    /// "keyward/seal/1" || LP(sealing-key id) || LP(account) || LP(user) || LP(key id)
    /// ```
    ///
    /// with the sealing key's number as four bytes, big-endian.
    pub(super) fn sealed_with(&self, sealing_key: u32) -> Vec<u8> {
        let mut data = Vec::with_capacity(SEALED_WITH);
        data.extend_from_slice(SEAL_TAG);
        let id = sealing_key.to_be_bytes();
        for field in core::iter::once(id.as_slice()).chain(self.fields()) {
            data.extend_from_slice(&crate::encoding::prefix_of(field.len()));
            data.extend_from_slice(field);
        }
        data
    }

    fn fields(&self) -> [&[u8]; 3] {
        [self.account.as_str().as_bytes(), self.user.as_str().as_bytes(), self.key_id.as_str().as_bytes()]
    }
}

impl Context {
    /// What unknown keys are hashed under, so that they take the same work. Nothing is ever stored under it.
    pub(crate) fn dummy() -> Self {
        Self(Sha256::digest(DUMMY_TAG).into())
    }
}
