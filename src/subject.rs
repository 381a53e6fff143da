//! What a look-up returns: an account, an API user and one of its credentials behind one pointer.

use alloc::sync::Arc;
use core::{fmt, time::Duration};

use crate::{
    account::Account,
    credential::{Context, Owner},
    id::KeyId,
    slot::Slot,
    time::Timestamp,
    user::{ApiUser, Credential},
};

/// The caller that a key id names, found but not yet proven to be calling.
///
/// One counted pointer: cloning it for a request touches one counter. Build it when a record is read, not for every
/// request: it hashes the ids that the stored secret is bound to.
#[derive(Clone)]
pub struct Subject(Arc<Inner>);

/// What admits a caller lies together here, though the user has it too: among many users every other place that a verdict
/// looks at takes longer to reach than a compression of SHA-256.
#[derive(Clone)]
struct Inner {
    account: Arc<Account>,
    user: Arc<ApiUser>,
    credential: Credential,
    context: Context,
    /// Room for the key that signatures are checked with, where the secret can be had.
    slot: Option<Slot>,
    disabled: bool,
    /// Milliseconds: beside the flag it takes no room of its own.
    staleness: u32,
}

impl Subject {
    /// Joins the three. `None` if the user belongs to another account or does not have the key.
    pub fn new(account: Arc<Account>, user: Arc<ApiUser>, key_id: KeyId) -> Option<Self> {
        if user.account() != account.id() {
            return None;
        }
        let credential = user.credentials().iter().find(|held| held.is(&key_id))?.clone();
        let context = Owner { account: account.id(), user: user.id(), key_id }.context();
        let slot = credential.at_rest().sealed().map(|_| Slot::empty());
        let disabled = user.is_disabled();
        let staleness = 0;
        Some(Self(Arc::new(Inner { account, user, credential, context, slot, disabled, staleness })))
    }

    /// With how old it may be, at most, whenever it is handed out: what a store said so long before the look-up was asked.
    /// Said by a look-up that keeps answers, or reads a copy that lags; one that reads its store anew says nothing, and
    /// that is zero. Rounded up to whole milliseconds; more than 49 days are stated as that. The verdict
    /// [has it](crate::Grant::staleness).
    ///
    /// ```
    /// # use {core::time::Duration, keyward::Subject};
    /// # fn kept(subject: Subject) {
    /// let from_a_replica = subject.no_older_than(Duration::from_millis(200));
    /// assert_eq!(from_a_replica.staleness(), Duration::from_millis(200));
    /// # }
    /// ```
    #[must_use]
    pub fn no_older_than(mut self, age: Duration) -> Self {
        let age = u32::try_from(age.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        if self.0.staleness != age {
            Arc::make_mut(&mut self.0).staleness = age;
        }
        self
    }

    /// With the revocation that the store's key index has, if it has one: the credential is refused from now on,
    /// whatever its record says and whatever the moment is, which is for display.
    ///
    /// ```
    /// # use keyward::*;
    /// # fn of(account: Account, user: ApiUser, key: KeyId, revoked_at: Option<Timestamp>) -> Option<Subject> {
    /// Some(Subject::new(account.into(), user.into(), key)?.revoked(revoked_at))
    /// # }
    /// ```
    #[must_use]
    pub fn revoked(self, at: impl Into<Option<Timestamp>>) -> Self {
        let Some(at) = at.into() else { return self };
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.credential.lay_over(at);
        Arc::make_mut(&mut inner.user).lay_over(inner.credential.key_id(), at);
        Self(Arc::new(inner))
    }

    /// The same under another state of its account, without hashing the ids again.
    #[cfg(feature = "memory")]
    pub(crate) fn under(&self, account: Arc<Account>) -> Self {
        Self(Arc::new(Inner { account, ..Inner::clone(&self.0) }))
    }

    /// The same with a count of its own, and room of its own for a derived key.
    #[cfg(feature = "memory")]
    pub(crate) fn copied(&self) -> Self {
        Self(Arc::new(Inner::clone(&self.0)))
    }

    /// Whether somebody else has it too.
    #[cfg(feature = "memory")]
    #[inline]
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// The API user.
    pub fn user(&self) -> &ApiUser {
        &self.0.user
    }

    /// The credential.
    pub fn credential(&self) -> &Credential {
        &self.0.credential
    }

    /// The credential's key id.
    pub fn key_id(&self) -> KeyId {
        self.credential().key_id()
    }

    /// [How old](Self::no_older_than) it may be, at most; zero if its look-up keeps nothing.
    pub fn staleness(&self) -> Duration {
        Duration::from_millis(self.0.staleness.into())
    }

    /// Whether the user is switched off.
    pub(crate) fn is_disabled(&self) -> bool {
        self.0.disabled
    }

    #[inline]
    pub(crate) fn context(&self) -> &Context {
        &self.0.context
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner { account: self.account().id(), user: self.user().id(), key_id: self.key_id() }
    }

    /// Filled after proof of a live credential alone.
    pub(crate) fn slot(&self) -> Option<&Slot> {
        self.0.slot.as_ref()
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("account", &self.account().id())
            .field("user", &self.user().id())
            .field("key_id", &self.key_id())
            .finish()
    }
}
