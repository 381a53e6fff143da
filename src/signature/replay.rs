//! The name under which a signed request is claimed, once.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::{encoding::length_prefixed, id::KeyId, time::Timestamp};

/// What a signed request is remembered by until it can no longer be valid: a digest of its scheme, its key id and
/// what makes it unique. Two requests with one key are one request, sent twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayKey {
    digest: [u8; 32],
    key_id: KeyId,
    requested_at: Timestamp,
    expires_at: Timestamp,
}

/// A guard's answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has claimed it before; now it is claimed. A wrong one lets a captured request in again.
    Fresh,
    /// Somebody has. A wrong one refuses an honest request, whose sender signs anew.
    Replayed,
    /// The key's share of the guard's memory is used up, and nothing is claimed. A wrong one refuses one key's honest
    /// requests until its claims end; its absence lets one key take the room of all.
    OverQuota,
}

impl ReplayKey {
    pub(crate) fn new(
        scheme: &str,
        key_id: KeyId,
        unique: &[u8],
        requested_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        let mut hash = Sha256::new();
        length_prefixed(&mut hash, scheme.as_bytes());
        length_prefixed(&mut hash, key_id.as_str().as_bytes());
        length_prefixed(&mut hash, unique);
        Self { digest: hash.finalize().into(), key_id, requested_at, expires_at }
    }

    /// A key as no request left it, for the tests of a guard. Requests that differ in scheme, key id or in what is
    /// `unique` are different ones; `unique` with other times is the same one, dated anew.
    ///
    /// An engine's keys end a second after the request's window, and the window reaches as far before the date of the
    /// request as behind it.
    #[cfg(feature = "conformance")]
    pub fn for_tests(
        scheme: &str,
        key_id: KeyId,
        unique: &[u8],
        requested_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self::new(scheme, key_id, unique, requested_at, expires_at)
    }

    /// What to store: 32 bytes that look random, but whoever holds the key can choose among many.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whose share of the memory it takes.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The request's own time. A guard that knows nothing of so long ago must fail.
    pub fn requested_at(&self) -> Timestamp {
        self.requested_at
    }

    /// Until when the claim has to be remembered, this second included. A guard that may have thrown away what ends
    /// then must fail.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replay_keys_differ_in_scheme_key_and_request() {
        let now = Timestamp::from_unix(1_000);
        let key = |scheme, key: &str, unique: &[u8]| {
            *ReplayKey::new(scheme, key.parse().unwrap(), unique, now, now).digest()
        };
        let one = key("a", "k", b"x");
        assert_eq!(one, key("a", "k", b"x"));
        for other in [key("b", "k", b"x"), key("a", "l", b"x"), key("a", "k", b"y"), key("ak", "x", b"")] {
            assert_ne!(one, other);
        }
    }
}
