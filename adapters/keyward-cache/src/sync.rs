//! Locks and atomics, as std has them, or as shuttle has them that decides whose turn it is.

#[cfg(keyward_shuttle)]
use shuttle::sync::{self, atomic};
#[cfg(not(keyward_shuttle))]
use std::sync::{self, atomic};
use std::sync::{PoisonError, TryLockError};

pub(crate) use atomic::{AtomicU64, Ordering};
pub(crate) use sync::{Mutex, MutexGuard};

/// What a panicking thread left is whole: nothing is changed in two steps here that a panic could part.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `None`: somebody else has it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
