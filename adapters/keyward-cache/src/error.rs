//! What can go wrong.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::options::{MAX_BOUND, MIN_BOUND};

/// The store's own error; it says what that one says. All have it who waited for the one load, and nobody else: it is
/// not kept, and the next look-up asks again.
#[derive(Debug)]
pub struct StoreFailed<E>(Arc<E>);

impl<E> StoreFailed<E> {
    pub(crate) fn new(error: Arc<E>) -> Self {
        Self(error)
    }

    /// What the store said.
    pub fn store(&self) -> &E {
        &self.0
    }
}

impl<E> Clone for StoreFailed<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: fmt::Display> fmt::Display for StoreFailed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Error> Error for StoreFailed<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// No bound for a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBound {
    /// So short that most look-ups would read the store in any case.
    #[error("a staleness bound of {0:?} is shorter than {MIN_BOUND:?}; use the store without a cache")]
    TooShort(Duration),
    /// So long that a revocation would be a promise for later.
    #[error("a staleness bound of {0:?} is longer than {MAX_BOUND:?}; a revoked key would work as long")]
    TooLong(Duration),
}
