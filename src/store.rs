//! The seam to whatever holds records and claims: traits by duty.
//!
//! What a store keeps: per account and per user one column of bytes (`encode`, `decode`), beside the user its name and
//! its revision, and a key index: key id, user, `revoked_at`, tombstone.

mod erased;
mod feed;
mod lookup;
mod registry;
mod replay;

pub use erased::{DynLookup, ErasedLookup, LookupFailed};
pub use feed::{Changed, Follower, Mark};
pub use lookup::Lookup;
pub use registry::{Insert, Refusal, Registry, Stop, Write};
pub use replay::{NoGuard, NoReplayGuard, ReplayGuard};
