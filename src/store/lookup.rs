//! One read: whom a key id names.

use alloc::sync::Arc;
use core::{error::Error, future::Future};

use crate::{id::KeyId, subject::Subject};

/// Finds the subject that a key id names: one read.
///
/// **Duty:** answer for exactly this key, byte for byte, from a state no older than the application's own promise, with
/// the key index's revocation laid over the record ([`Subject::revoked`]). Answering with a subject that has been
/// revoked lets its caller in; answering `None` for a stored key refuses an honest caller. A store that cannot tell
/// must fail: that is a [`Fault`](crate::Fault), and nobody gets in.
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
///
/// `examples/custom_store.rs` is a whole one.
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
