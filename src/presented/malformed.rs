//! Why a credential cannot be read.

use crate::{credential::opens_like_a_secret, id::KeyId};

/// Why a credential could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Twice,
    Scheme,
    /// A text without a scheme before it, or a scheme and nothing behind it.
    NoScheme,
    Token,
    Basic,
    KeyId,
    /// A secret where a key id belongs. It would fit, and be printed as the public thing that it is not.
    MixedUp,
    NoKeyId,
    Secret,
    /// A form body whose key has to be read, given as a digest.
    Body,
}

pub(super) fn key_id(text: &[u8]) -> Result<KeyId, Malformed> {
    if opens_like_a_secret(text) {
        return Err(Malformed::MixedUp);
    }
    KeyId::from_bytes(text).map_err(|_| Malformed::KeyId)
}

/// Not a secret in the place of a key id.
pub(super) fn unmixed(key_id: KeyId) -> Result<KeyId, Malformed> {
    if opens_like_a_secret(key_id.as_str().as_bytes()) { Err(Malformed::MixedUp) } else { Ok(key_id) }
}
