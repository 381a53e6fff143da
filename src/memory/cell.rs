//! An account that its users' subjects follow: it is put in one place, however many they are.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, Ordering},
};

use crate::account::Account;

/// The account as it is now, and how often it was put. Look-ups read the number alone; the lock is for those that find
/// theirs outdated.
pub(super) struct Cell {
    version: AtomicU32,
    account: RwLock<Arc<Account>>,
}

impl Cell {
    pub(super) fn new(account: Account) -> Self {
        Self { version: AtomicU32::new(0), account: RwLock::new(Arc::new(account)) }
    }

    pub(super) fn put(&self, account: Account) {
        let account = Arc::new(account);
        let mut held = self.account.write().unwrap_or_else(PoisonError::into_inner);
        *held = account;
        self.version.fetch_add(1, Ordering::Release);
    }

    pub(super) fn version(&self) -> u32 {
        self.version.load(Ordering::Acquire)
    }

    /// The account with its own number: nobody puts one while the lock is held.
    pub(super) fn read(&self) -> (u32, Arc<Account>) {
        let held = self.account.read().unwrap_or_else(PoisonError::into_inner);
        (self.version(), Arc::clone(&held))
    }
}
