//! What a store tells those who keep copies of its records.

use core::time::Duration;

use crate::id::{AccountId, KeyId};

/// What has changed in a store, and so must be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Changed {
    /// The record behind a key, its revocation, or that there is one. A change to a user is one for each of its keys,
    /// those included that it no longer has.
    Key(KeyId),
    /// An account, and so every user of it.
    Account(AccountId),
    /// More than can be said: what is kept of the store is worth nothing.
    Anything,
}

/// A moment on the follower's own monotonic clock: the time since a start that only it knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(pub Duration);

/// Keeps copies of a store's records and hears of its changes: a cache. The store's adapter calls it.
///
/// **Duty of who calls:** take a [`mark`](Self::mark), ask the store, pass on every change that was committed before
/// the store answered, and only then say [`caught_up`](Self::caught_up) with that mark. Where a connection was lost, go
/// on behind the last change that was passed on; where that is not known, pass on [`Changed::Anything`] first. Told too
/// early, a follower serves what was revoked; told never, it reads everything again at its own bound.
///
/// **One store has one follower of its own.** A mark confirms all that is kept, so who keeps records of two databases and is
/// told by both serves what was revoked in the one whose feed is lost. Keep a cache for each, and name the one by the key.
///
/// ```
/// use keyward::{Changed, Follower, Mark};
/// fn pass_on<S>(follower: &impl Follower, ask: impl Fn() -> Result<Vec<Changed>, S>) -> Result<(), S> {
///     let before = follower.mark();
///     ask()?.into_iter().for_each(|change| follower.changed(change));
///     follower.caught_up(before);
///     Ok(())
/// }
/// ```
pub trait Follower: Send + Sync {
    /// The moment, before the store is asked.
    fn mark(&self) -> Mark;

    /// Something has changed. From its return on nothing older is served.
    fn changed(&self, what: Changed);

    /// Every change that was committed before `mark` has been passed on.
    fn caught_up(&self, mark: Mark);
}

impl<T: Follower + ?Sized> Follower for &T {
    fn mark(&self) -> Mark {
        (**self).mark()
    }

    fn changed(&self, what: Changed) {
        (**self).changed(what);
    }

    fn caught_up(&self, mark: Mark) {
        (**self).caught_up(mark);
    }
}

impl<T: Follower + ?Sized> Follower for alloc::sync::Arc<T> {
    fn mark(&self) -> Mark {
        (**self).mark()
    }

    fn changed(&self, what: Changed) {
        (**self).changed(what);
    }

    fn caught_up(&self, mark: Mark) {
        (**self).caught_up(mark);
    }
}
