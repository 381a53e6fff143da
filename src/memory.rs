//! A store in memory, for tests, small services and as the reference of what a store does.

use std::{
    boxed::Box,
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, PoisonError, RwLock},
    vec::Vec,
};

use crate::{
    account::Account,
    id::{AccountId, KeyId, UserId},
    store::Lookup,
    subject::Subject,
    user::ApiUser,
};

/// Accounts, users and subjects in maps with seeded hashers. Nothing outlives the process.
///
/// ```
/// use std::sync::Arc;
/// use keyward::*;
/// let store = MemoryStore::new();
/// let user = ApiUser::new("acme".parse()?, "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::none())?;
/// assert_eq!(store.insert_user(user.clone()), Err(NotStored::NoAccount));
/// store.put_account(Account::new("acme".parse()?));
/// store.insert_user(user)?;
///
/// let mut read = store.user("acme".parse()?, "u1".parse()?).expect("it was just stored");
/// let revision = read.revision();
/// let act = read.disable(By::new("admin@acme", Timestamp::from_unix(0)));
/// store.update_user(revision, read)?; // journal `act` once this is done
/// # drop(act);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStore(RwLock<Records>);

#[derive(Debug, Default)]
struct Records {
    accounts: HashMap<AccountId, Arc<Account>>,
    users: HashMap<(AccountId, UserId), Arc<ApiUser>>,
    names: HashMap<(AccountId, Box<str>), UserId>,
    subjects: HashMap<KeyId, Subject>,
}

/// Why a user was not stored; the store is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotStored {
    /// Its account is not stored.
    #[error("user of an account that is not stored; put the account first")]
    NoAccount,
    /// Another user of the account has its name.
    #[error("second user of that name in the account; choose another name")]
    NameTaken,
    /// Another user has one of its keys.
    #[error("key of another user; issue a new one")]
    KeyTaken,
    /// A user of that id is stored already.
    #[error("second user of that id in the account; update the stored one instead")]
    Exists,
    /// No user of that id is stored.
    #[error("update of a user that is not stored; insert it instead")]
    Missing,
    /// Somebody else has changed the user in the meantime.
    #[error(
        "change to a revision of the user that is no longer the stored one; read it again and repeat the change"
    )]
    Stale,
}

impl MemoryStore {
    /// Nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores an account, in place of any that it had. Its users are judged by it from now on.
    pub fn put_account(&self, account: Account) {
        let mut records = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let id = account.id();
        records.accounts.insert(id, Arc::new(account));
        let users: Vec<_> =
            records.users.values().filter(|user| user.account() == id).map(Arc::clone).collect();
        for user in &users {
            records.index(user);
        }
    }

    /// Stores a new user.
    ///
    /// # Errors
    /// [`NotStored`].
    pub fn insert_user(&self, user: ApiUser) -> Result<(), NotStored> {
        self.store(None, user)
    }

    /// Stores a change to a user, if its stored revision is still `read`: the one at which it was read. Otherwise
    /// another change would be lost, a revocation among them. Keys that it no longer has are unknown from now on.
    ///
    /// # Errors
    /// [`NotStored`].
    pub fn update_user(&self, read: u64, user: ApiUser) -> Result<(), NotStored> {
        self.store(Some(read), user)
    }

    fn store(&self, read: Option<u64>, user: ApiUser) -> Result<(), NotStored> {
        let mut records = self.0.write().unwrap_or_else(PoisonError::into_inner);
        records.check(read, &user)?;
        records.replace(&Arc::new(user));
        Ok(())
    }

    /// The stored user, to change a copy of and put back.
    pub fn user(&self, account: AccountId, user: UserId) -> Option<ApiUser> {
        let records = self.0.read().unwrap_or_else(PoisonError::into_inner);
        records.users.get(&(account, user)).map(|user| ApiUser::clone(user))
    }
}

impl Records {
    fn check(&self, read: Option<u64>, user: &ApiUser) -> Result<(), NotStored> {
        if !self.accounts.contains_key(&user.account()) {
            return Err(NotStored::NoAccount);
        }
        let stored = self.users.get(&(user.account(), user.id())).map(|stored| stored.revision());
        match (read, stored) {
            (None, Some(_)) => return Err(NotStored::Exists),
            (Some(_), None) => return Err(NotStored::Missing),
            (read, stored) if read != stored => return Err(NotStored::Stale),
            _ => {}
        }
        let namesake = self.names.get(&(user.account(), user.name().into()));
        if namesake.is_some_and(|holder| *holder != user.id()) {
            return Err(NotStored::NameTaken);
        }
        let taken = |key: KeyId| self.subjects.get(&key).is_some_and(|holder| !same(holder.user(), user));
        if user.credentials().iter().any(|credential| taken(credential.key_id())) {
            return Err(NotStored::KeyTaken);
        }
        Ok(())
    }

    fn replace(&mut self, user: &Arc<ApiUser>) {
        if let Some(before) = self.users.insert((user.account(), user.id()), Arc::clone(user)) {
            self.names.remove(&(before.account(), before.name().into()));
            for credential in before.credentials() {
                self.subjects.remove(&credential.key_id());
            }
        }
        self.names.insert((user.account(), user.name().into()), user.id());
        self.index(user);
    }

    fn index(&mut self, user: &Arc<ApiUser>) {
        let Some(account) = self.accounts.get(&user.account()) else { return };
        for credential in user.credentials() {
            let key = credential.key_id();
            if let Some(subject) = Subject::new(Arc::clone(account), Arc::clone(user), key) {
                self.subjects.insert(key, subject);
            }
        }
    }
}

fn same(a: &ApiUser, b: &ApiUser) -> bool {
    (a.account(), a.id()) == (b.account(), b.id())
}

impl Lookup for MemoryStore {
    type Error = Infallible;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Infallible> {
        let records = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(records.subjects.get(&key).cloned())
    }
}
