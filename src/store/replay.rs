//! One claim: whether a signed request was seen before.

use alloc::sync::Arc;
use core::{error::Error, future::Future};

use crate::{
    signature::{Claim, ReplayKey},
    time::Timestamp,
};

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

macro_rules! forward {
    ($($pointer:ty),*) => { $(
        impl<T: ReplayGuard + ?Sized> ReplayGuard for $pointer {
            type Error = T::Error;
            fn claim(
                &self,
                key: &ReplayKey,
                now: Timestamp,
            ) -> impl Future<Output = Result<Claim, Self::Error>> + Send {
                (**self).claim(key, now)
            }
        }
    )* };
}

forward!(&T, Arc<T>);

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
