//! A look-up whose type is forgotten.

use alloc::{boxed::Box, sync::Arc};
use core::{error::Error, fmt, future::Future, pin::Pin};

use super::lookup::Lookup;
use crate::{id::KeyId, subject::Subject};

/// Any look-up, for a service that chooses its store when it starts. It costs one allocation a call.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use std::sync::Arc;
/// use keyward::*;
/// let engine = Authorizer::new(Catalogue::builder().build()?, KeyRing::new(Pepper::new(1, [7; 32])?));
/// let store: DynLookup = Arc::new(MemoryStore::new());
/// let gate: Gate<DynLookup> = Gate::new(engine, store);
/// # drop(gate); }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type DynLookup = Arc<dyn ErasedLookup>;

/// What [`DynLookup`] points to. Every [`Lookup`] is one, and nothing else can be.
pub trait ErasedLookup: sealed::Sealed + Send + Sync {
    /// [`Lookup::find`], boxed.
    #[doc(hidden)]
    fn find_boxed(&self, key: KeyId) -> Found<'_>;
}

type Found<'a> = Pin<Box<dyn Future<Output = Result<Option<Subject>, LookupFailed>> + Send + 'a>>;

mod sealed {
    pub trait Sealed {}
}

impl<T: Lookup> sealed::Sealed for T {}

impl<T: Lookup> ErasedLookup for T {
    fn find_boxed(&self, key: KeyId) -> Found<'_> {
        Box::pin(async move { self.find(key).await.map_err(|error| LookupFailed(Box::new(error))) })
    }
}

impl Lookup for dyn ErasedLookup {
    type Error = LookupFailed;
    fn find(&self, key: KeyId) -> impl Future<Output = Result<Option<Subject>, LookupFailed>> + Send {
        self.find_boxed(key)
    }
}

impl fmt::Debug for dyn ErasedLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedLookup(..)")
    }
}

/// The store's own error behind a [`DynLookup`]; it says what that one says.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct LookupFailed(Box<dyn Error + Send + Sync>);
