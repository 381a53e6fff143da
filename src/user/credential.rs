//! One credential of an API user, and where it stands in its life.

use core::fmt;

use crate::{
    credential::{AtRest, Schemes},
    id::KeyId,
    time::Timestamp,
};

/// One key of an API user. Its secret is not in here, only what verifies it.
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Credential {
    pub(super) key_id: KeyId,
    pub(super) at_rest: AtRest,
    pub(super) origin: Origin,
    pub(super) issued_at: Timestamp,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "stated"))]
    pub(super) not_before: Option<Timestamp>,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "stated"))]
    pub(super) expires_at: Option<Timestamp>,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "stated"))]
    pub(super) revoked_at: Option<Timestamp>,
}

/// A moment or none, but said: by itself serde takes a field that is missing for none, and a revocation that was lost
/// on the way would bring the credential back.
#[cfg(feature = "serde")]
fn stated<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    serde::Deserialize::deserialize(from)
}

/// Where a credential's secret came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Origin {
    /// Minted here.
    Minted,
    /// Taken over from another system, at or above the floor.
    Imported,
    /// Taken over below the floor, by the call that is named for its danger.
    ImportedWeak,
}

/// Where a credential stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Life {
    /// It verifies.
    Live,
    /// Its time has not come: [`Credential::not_before`].
    NotYetValid,
    /// Its time is over: [`Credential::expires_at`] is reached. For good.
    Expired,
    /// Somebody refused it. For good.
    Revoked,
}

impl Credential {
    /// The public half.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    #[inline]
    pub(crate) fn key_id_ref(&self) -> &KeyId {
        &self.key_id
    }

    /// Where its secret came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What it may prove itself with.
    pub fn schemes(&self) -> Schemes {
        self.at_rest.schemes()
    }

    /// When it was made.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// The first moment at which it verifies, if it has one.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The first moment at which it verifies no more, if it has one.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When it was revoked, for display: a revoked credential is refused at any time.
    pub fn revoked_at(&self) -> Option<Timestamp> {
        self.revoked_at
    }

    /// Where it stands at `now`.
    pub fn life(&self, now: Timestamp) -> Life {
        if self.revoked_at.is_some() {
            Life::Revoked
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Life::Expired
        } else if self.not_before.is_some_and(|start| now < start) {
            Life::NotYetValid
        } else {
            Life::Live
        }
    }

    /// Not over for good.
    pub(super) fn has_future(&self, now: Timestamp) -> bool {
        matches!(self.life(now), Life::Live | Life::NotYetValid)
    }

    /// The first revocation stays.
    pub(crate) fn lay_over(&mut self, revoked_at: Timestamp) {
        self.revoked_at.get_or_insert(revoked_at);
    }

    /// Whether this is the credential under that key.
    #[inline]
    pub(crate) fn is(&self, key_id: &KeyId) -> bool {
        self.key_id == *key_id
    }

    pub(crate) fn at_rest(&self) -> &AtRest {
        &self.at_rest
    }
}

/// Everything but what verifies the secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("key_id", &self.key_id)
            .field("origin", &self.origin)
            .field("schemes", &self.schemes())
            .field("issued_at", &self.issued_at)
            .field("not_before", &self.not_before)
            .field("expires_at", &self.expires_at)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}
