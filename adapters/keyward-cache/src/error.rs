//! What can go wrong.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::options::{MAX_BOUND, MIN_BOUND};

/// Why there is no answer. All have it who waited for the one load, and nobody else: it is not kept, and the next look-up
/// asks again.
#[derive(Debug)]
pub struct StoreFailed<E>(Why<E>);

#[derive(Debug)]
enum Why<E> {
    /// The store's own error; this says what that one says.
    Store(Arc<E>),
    /// It answered too late.
    Late(Duration),
}

impl<E> StoreFailed<E> {
    pub(crate) fn new(error: Arc<E>) -> Self {
        Self(Why::Store(error))
    }

    pub(crate) fn late(bound: Duration) -> Self {
        Self(Why::Late(bound))
    }

    /// What the store said. `None`: it answered so late that its answer may be older than the bound.
    pub fn store(&self) -> Option<&E> {
        match &self.0 {
            Why::Store(error) => Some(error),
            Why::Late(_) => None,
        }
    }
}

impl<E> Clone for StoreFailed<E> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Why::Store(error) => Why::Store(Arc::clone(error)),
            Why::Late(bound) => Why::Late(*bound),
        })
    }
}

impl<E: fmt::Display> fmt::Display for StoreFailed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Store(error) => error.fmt(f),
            Why::Late(bound) => write!(
                f,
                "the store took longer than the staleness bound of {bound:?}, so its answer may be too old; find out \
                 why it is slow, or state a longer bound"
            ),
        }
    }
}

impl<E: Error> Error for StoreFailed<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.store().and_then(Error::source)
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
