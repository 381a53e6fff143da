//! One claim: whether a signed request was seen before.

use alloc::sync::Arc;
use core::{error::Error, future::Future};

use crate::{
    signature::{Claim, ReplayKey},
    time::Timestamp,
};

/// Remembers signed requests until they can no longer be valid.
///
/// It is asked last, after proof and every other check: a forged request never reaches it, and a refused one takes no
/// room. Two keys are one request if their [digests](ReplayKey::digest) are equal.
///
/// **Duty:** of all claims of one request, however many come at the same instant and in whatever process, exactly one
/// is answered [`Claim::Fresh`], through [`ReplayKey::expires_at`]. A second `Fresh` lets a captured request in again:
/// a payment is made twice. A wrong [`Claim::Replayed`] refuses an honest request, which its sender signs anew.
///
/// **Duty:** never give a claim up for another while its time has not come, whatever the room: then a flood of one's
/// own requests makes room for somebody else's again. Answer [`Claim::OverQuota`] to a key that has its share of the
/// room, so that it is refused alone.
///
/// **Duty:** fail where you cannot tell: full, down, or asked about a time that may have been forgotten. That is a
/// [`Fault`](crate::Fault), and nobody gets in until it is mended; a `Fresh` in its place lets everybody in again. `now`
/// may be earlier than in a call before, by a second between two threads or by an hour when a clock is set: what was
/// thrown away by the later one must not come back as `Fresh` by the earlier one.
///
/// The feature `conformance` checks a guard.
pub trait ReplayGuard: Send + Sync {
    /// Why the guard could not answer.
    type Error: Error + Send + Sync + 'static;

    /// Claims `key` at `now`, the moment by which the request's window was checked.
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
