//! A store behind a cache that hears of its writes keeps every duty of a store.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use common::BOUND;
use keyward::{
    Account, AccountId, Act, ApiUser, By, Changed, Follower, Insert, KeyId, Lookup, MemoryStore, NamedKey,
    Registry, Stop, Subject, Timestamp, UserId, Write, conformance,
};
use keyward_cache::{Cached, Monotonic, StoreFailed};

type Failed = StoreFailed<std::convert::Infallible>;

/// Tells its cache what it has written before it answers.
struct Told(Cached<Arc<MemoryStore>>);

impl Told {
    fn new() -> Self {
        Self(Cached::new(Arc::default(), BOUND, Monotonic::start()).unwrap())
    }

    fn store(&self) -> &MemoryStore {
        self.0.store()
    }

    /// The keys of the user, those before a change and those after it.
    fn tell(&self, users: [Option<&ApiUser>; 2]) {
        for credential in users.into_iter().flatten().flat_map(ApiUser::credentials) {
            self.0.changed(Changed::Key(credential.key_id()));
        }
    }

    async fn before(&self, account: AccountId, user: UserId) -> Result<Option<ApiUser>, Failed> {
        Ok(self.store().user(account, user).await.unwrap())
    }
}

impl Lookup for Told {
    type Error = Failed;
    async fn find(&self, key: KeyId) -> Result<Option<Subject>, Failed> {
        self.0.find(key).await
    }
}

impl Registry for Told {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, Failed> {
        Ok(self.store().account(id).await.unwrap())
    }

    async fn put_account(&self, account: &Account) -> Result<(), Failed> {
        self.store().put_account(account).await.unwrap();
        self.0.changed(Changed::Account(account.id()));
        Ok(())
    }

    async fn user(&self, account: AccountId, user: UserId) -> Result<Option<ApiUser>, Failed> {
        self.before(account, user).await
    }

    async fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<ApiUser>, Failed> {
        Ok(self.store().list(account, after, limit).await.unwrap())
    }

    async fn insert(&self, user: &ApiUser) -> Result<Insert, Failed> {
        let answer = self.store().insert(user).await.unwrap();
        self.tell([Some(user), None]);
        Ok(answer)
    }

    async fn update(&self, user: &ApiUser) -> Result<Write, Failed> {
        let before = self.before(user.account(), user.id()).await?;
        let answer = self.store().update(user).await.unwrap();
        self.tell([before.as_ref(), Some(user)]);
        Ok(answer)
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Result<Stop, Failed> {
        let answer = self.store().revoke(key, at).await.unwrap();
        self.0.changed(Changed::Key(key));
        Ok(answer)
    }

    async fn disable(&self, account: AccountId, user: UserId, by: By<'_>) -> Result<Option<Act>, Failed> {
        let before = self.before(account, user).await?;
        let act = self.store().disable(account, user, by).await.unwrap();
        self.tell([before.as_ref(), None]);
        Ok(act)
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Result<Stop, Failed> {
        let before = self.before(account, user).await?;
        let answer = self.store().delete(account, user).await.unwrap();
        self.tell([before.as_ref(), None]);
        Ok(answer)
    }

    async fn count_by_key(&self) -> Result<BTreeMap<NamedKey, u64>, Failed> {
        Ok(self.store().count_by_key().await.unwrap())
    }
}

#[test]
fn a_cache_that_is_told_of_every_write_keeps_every_duty_of_its_store() {
    let report = pollster::block_on(conformance::registry(async || Told::new()));
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 29);
}
