//! The seam to whatever holds records and claims: traits by duty.

use core::{error::Error, future::Future};

use alloc::sync::Arc;

use crate::{
    id::KeyId,
    signature::{Claim, ReplayKey},
    subject::Subject,
    time::Timestamp,
};

/// Finds the subject that a key id names: one read.
///
/// **Duty:** answer for exactly this key, from a state no older than the application's own promise.
/// Answering with a subject that has been revoked lets its caller in; answering `None` for a stored key refuses an
/// honest caller. A store that cannot tell must fail: that is a [`Fault`](crate::Fault), and nobody gets in.
///
/// Implement it with a plain `async fn`:
///
/// ```
/// use keyward::{KeyId, Lookup, Subject};
/// struct Nobody;
/// impl Lookup for Nobody {
///     type Error = std::convert::Infallible;
///     async fn find(&self, _: KeyId) -> Result<Option<Subject>, Self::Error> {
///         Ok(None)
///     }
/// }
/// ```
pub trait Lookup: Send + Sync {
    /// Why the store could not answer. It is kept as a fault's source, so it must hold no secret.
    type Error: Error + Send + Sync + 'static;

    /// The subject under `key`, or `None` if no record has it.
    fn find(&self, key: KeyId) -> impl Future<Output = Result<Option<Subject>, Self::Error>> + Send;
}

impl<T: Lookup + ?Sized> Lookup for &T {
    type Error = T::Error;
    fn find(&self, key: KeyId) -> impl Future<Output = Result<Option<Subject>, Self::Error>> + Send {
        (**self).find(key)
    }
}

impl<T: Lookup + ?Sized> Lookup for Arc<T> {
    type Error = T::Error;
    fn find(&self, key: KeyId) -> impl Future<Output = Result<Option<Subject>, Self::Error>> + Send {
        (**self).find(key)
    }
}

/// Remembers signed requests until they can no longer be valid.
///
/// **Duty:** of all claims of one key, in whatever process, exactly one is answered [`Claim::Fresh`], until
/// [`ReplayKey::expires_at`]. A second `Fresh` lets a captured request through again; a wrong `Replayed` refuses an
/// honest one, which its sender signs anew. A guard that cannot tell must fail.
pub trait ReplayGuard: Send + Sync {
    /// Why the guard could not answer.
    type Error: Error + Send + Sync + 'static;

    /// Claims `key` at `now`.
    fn claim(
        &self,
        key: &ReplayKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Claim, Self::Error>> + Send;
}

/// Remembers nothing, so it answers every claim with an error: a service without a guard refuses what would have to
/// be claimed.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoReplayGuard;

/// A claim was asked for, and there is no guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no replay guard to claim a signed request at; give the gate one")]
pub struct NoGuard;

impl ReplayGuard for NoReplayGuard {
    type Error = NoGuard;
    async fn claim(&self, _: &ReplayKey, _: Timestamp) -> Result<Claim, NoGuard> {
        Err(NoGuard)
    }
}
