//! A store and a replay guard in memory, for tests, small services and as the reference of what they do.
//!
//! ```text
//! find ─▶ index: one of 65,536 buckets ─▶ row: subject, cell of its account
//! acts ─▶ records: accounts, users, names ─▶ index
//! ```
//!
//! A look-up takes no lock; acts take one lock together.

mod cell;
mod claims;
mod copies;
mod index;
mod records;
mod replay;
mod table;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    vec::Vec,
};

use crate::{
    account::Account,
    credential::{Act, By, NamedKey},
    id::{AccountId, KeyId, UserId},
    store::{Insert, Lookup, Registry, Stop, Write},
    subject::Subject,
    time::Timestamp,
    user::ApiUser,
};
pub use claims::ClaimFailed;
use index::Index;
use records::Records;
pub use replay::MemoryReplay;

/// Accounts, users and subjects in maps with seeded hashers. Nothing outlives the process, and nothing ever waits but
/// for a lock: its futures are ready at the first poll.
///
/// ```
/// # pollster::block_on(async {
/// use keyward::*;
/// let store = MemoryStore::new();
/// let user = ApiUser::new("acme".parse()?, "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::none())?;
/// assert_eq!(store.insert(&user).await?, Insert::Refused(Refusal::NoAccount));
/// store.put_account(&Account::new("acme".parse()?)).await?;
/// assert_eq!(store.insert(&user).await?, Insert::Stored);
///
/// let mut read = store.user(user.account(), user.id()).await?.expect("it was just stored");
/// let act = read.rename("till", By::new("admin@acme", Timestamp::from_unix(0)))?;
/// assert_eq!(store.update(&read).await?, Write::Stored); // journal `act` once this is done
/// assert_eq!(store.update(&read).await?, Write::Conflict); // read it again before the next change
/// # drop(act);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Default)]
pub struct MemoryStore {
    records: RwLock<Records>,
    index: Index,
}

impl MemoryStore {
    /// Nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> RwLockReadGuard<'_, Records> {
        self.records.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Records> {
        self.records.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookup for MemoryStore {
    type Error = Infallible;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Infallible> {
        Ok(self.index.find(&key))
    }
}

impl Registry for MemoryStore {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, Infallible> {
        Ok(self.read().account(id))
    }

    async fn put_account(&self, account: &Account) -> Result<(), Infallible> {
        self.write().put_account(account);
        Ok(())
    }

    async fn user(&self, account: AccountId, user: UserId) -> Result<Option<ApiUser>, Infallible> {
        Ok(self.read().user(account, user))
    }

    async fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<ApiUser>, Infallible> {
        Ok(self.read().list(account, after, limit))
    }

    async fn insert(&self, user: &ApiUser) -> Result<Insert, Infallible> {
        let stored = self.write().insert(&self.index, user);
        Ok(stored.map_or_else(Insert::Refused, |()| Insert::Stored))
    }

    async fn update(&self, user: &ApiUser) -> Result<Write, Infallible> {
        Ok(self.write().update(&self.index, user))
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Result<Stop, Infallible> {
        Ok(self.write().revoke(&self.index, key, at))
    }

    async fn disable(&self, account: AccountId, user: UserId, by: By<'_>) -> Result<Option<Act>, Infallible> {
        Ok(self.write().disable(&self.index, account, user, by))
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Result<Stop, Infallible> {
        Ok(self.write().delete(&self.index, account, user))
    }

    async fn count_by_key(&self) -> Result<BTreeMap<NamedKey, u64>, Infallible> {
        Ok(self.read().count_by_key())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accounts, users) = self.read().counts();
        f.debug_struct("MemoryStore")
            .field("accounts", &accounts)
            .field("users", &users)
            .finish_non_exhaustive()
    }
}
