//! Accounts, users and names: what acts read and write. Each method is one step, since its caller holds the lock.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
    vec::Vec,
};

use super::{
    cell::Cell,
    index::{Index, Row},
};
use crate::{
    account::Account,
    credential::{Act, By, NamedKey},
    id::{AccountId, KeyId, UserId},
    store::{Refusal, Stop, Write},
    subject::Subject,
    time::Timestamp,
    user::{ApiUser, Credential},
};

#[derive(Default)]
pub(super) struct Records(HashMap<AccountId, Tenant>);

struct Tenant {
    cell: Arc<Cell>,
    /// In the order in which they are listed.
    users: BTreeSet<ById>,
    /// A tree grows evenly; a table of a million names holds every act up while it moves.
    names: BTreeSet<ByName>,
}

/// A user where its id orders it.
struct ById(Arc<ApiUser>);

/// A user where its name orders it.
struct ByName(Arc<ApiUser>);

macro_rules! ordered {
    ($by:ident, $key:ty, $of:ident) => {
        impl Borrow<$key> for $by {
            fn borrow(&self) -> &$key {
                self.0.$of()
            }
        }

        impl Ord for $by {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.$of().cmp(other.0.$of())
            }
        }

        impl PartialOrd for $by {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl PartialEq for $by {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl Eq for $by {}
    };
}

ordered!(ById, UserId, id_ref);
ordered!(ByName, str, name);

/// Reading.
impl Records {
    pub(super) fn account(&self, id: AccountId) -> Option<Account> {
        self.0.get(&id).map(|tenant| Account::clone(&tenant.cell.read().1))
    }

    pub(super) fn user(&self, account: AccountId, user: UserId) -> Option<ApiUser> {
        self.0.get(&account)?.users.get(&user).map(|held| ApiUser::clone(&held.0))
    }

    pub(super) fn list(&self, account: AccountId, after: Option<UserId>, limit: usize) -> Vec<ApiUser> {
        let Some(tenant) = self.0.get(&account) else { return Vec::new() };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = tenant.users.range::<UserId, _>((start, Bound::Unbounded));
        behind.take(limit).map(|held| ApiUser::clone(&held.0)).collect()
    }

    pub(super) fn count_by_key(&self) -> BTreeMap<NamedKey, u64> {
        let mut counts = BTreeMap::new();
        for held in self.0.values().flat_map(|tenant| &tenant.users) {
            for key in held.0.named_keys().collect::<BTreeSet<_>>() {
                *counts.entry(key).or_default() += 1;
            }
        }
        counts
    }

    /// Of accounts and of users.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.0.len(), self.0.values().map(|tenant| tenant.users.len()).sum())
    }
}

/// Writing.
impl Records {
    pub(super) fn put_account(&mut self, account: &Account) {
        match self.0.get(&account.id()) {
            Some(tenant) => tenant.cell.put(account.clone()),
            None => drop(self.0.insert(account.id(), Tenant::new(account.clone()))),
        }
    }

    pub(super) fn insert(&mut self, index: &Index, user: &ApiUser) -> Result<(), Refusal> {
        let tenant = self.0.get_mut(&user.account()).ok_or(Refusal::NoAccount)?;
        if tenant.users.contains(user.id_ref()) {
            return Err(Refusal::IdTaken);
        }
        tenant.has_room(index, user)?;
        tenant.store(index, user.clone());
        Ok(())
    }

    pub(super) fn update(&mut self, index: &Index, user: &ApiUser) -> Write {
        let Some(tenant) = self.0.get_mut(&user.account()) else { return Write::Conflict };
        match tenant.users.get(user.id_ref()) {
            Some(stored) if user.based_on() == Some(stored.0.revision()) => {}
            _ => return Write::Conflict,
        }
        if let Err(refusal) = tenant.has_room(index, user) {
            return Write::Refused(refusal);
        }
        tenant.store(index, user.clone());
        Write::Stored
    }

    pub(super) fn revoke(&mut self, index: &Index, key: KeyId, at: Timestamp) -> Stop {
        let owner = index.at(key, |row| match row {
            Some(Row::Held(held)) => Ok(owner(held.subject().user())),
            Some(Row::Tombstone(_)) => Err(Stop::Stopped),
            None => Err(Stop::Unknown),
        });
        let (account, user) = match owner {
            Ok(owner) => owner,
            Err(answer) => return answer,
        };
        let Some(mut user) = self.user(account, user) else { return Stop::Unknown };
        let Some(tenant) = self.0.get_mut(&account) else { return Stop::Unknown };
        user.lay_over(key, at);
        tenant.store(index, user);
        Stop::Stopped
    }

    pub(super) fn disable(
        &mut self,
        index: &Index,
        account: AccountId,
        user: UserId,
        by: By<'_>,
    ) -> Option<Act> {
        let mut user = self.user(account, user)?;
        let act = user.disable(by);
        self.0.get_mut(&account)?.store(index, user);
        Some(act)
    }

    pub(super) fn delete(&mut self, index: &Index, account: AccountId, user: UserId) -> Stop {
        let Some(tenant) = self.0.get_mut(&account) else { return Stop::Unknown };
        let Some(ById(user)) = tenant.users.take(&user) else { return Stop::Unknown };
        tenant.names.remove(user.name());
        user.credentials().iter().for_each(|held| index.bury(held.key_id()));
        Stop::Stopped
    }
}

impl Tenant {
    fn new(account: Account) -> Self {
        Self { cell: Arc::new(Cell::new(account)), users: BTreeSet::new(), names: BTreeSet::new() }
    }

    /// Whether its name and its key ids are its own or nobody's.
    fn has_room(&self, index: &Index, user: &ApiUser) -> Result<(), Refusal> {
        if self.names.get(user.name()).is_some_and(|holder| holder.0.id_ref() != user.id_ref()) {
            return Err(Refusal::NameTaken);
        }
        let taken = |key: &KeyId| {
            index.at(*key, |row| match row {
                Some(Row::Held(held)) => owner(held.subject().user()) != owner(user),
                Some(Row::Tombstone(_)) => true,
                None => false,
            })
        };
        let mut keys = user.credentials().iter().map(Credential::key_id);
        keys.find(taken).map_or(Ok(()), |key| Err(Refusal::KeyTaken(key)))
    }

    /// Stores it in place of what it was, with every revocation that the index has of it.
    fn store(&mut self, index: &Index, mut user: ApiUser) {
        let before = self.users.take(user.id_ref()).map(|held| held.0);
        for old in before.iter().flat_map(|before| before.credentials()) {
            let key = old.key_id();
            match old.revoked_at() {
                _ if user.credentials().iter().all(|held| held.key_id() != key) => {
                    index.bury(key);
                }
                Some(at) => user.lay_over(key, at),
                None => {}
            }
        }
        if let Some(before) = before {
            self.names.remove(before.name());
        }
        let user = Arc::new(user.into_stored());
        self.index(index, &user);
        self.names.insert(ByName(Arc::clone(&user)));
        self.users.insert(ById(user));
    }

    fn index(&self, index: &Index, user: &Arc<ApiUser>) {
        let (version, account) = self.cell.read();
        for credential in user.credentials() {
            let key = credential.key_id();
            if let Some(subject) = Subject::new(Arc::clone(&account), Arc::clone(user), key) {
                index.hold(Arc::clone(&self.cell), version, subject);
            }
        }
    }
}

fn owner(user: &ApiUser) -> (AccountId, UserId) {
    (user.account(), user.id())
}
