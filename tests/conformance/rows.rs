//! A store that reads its rows carelessly fails the duty toward them that it breaks.

use std::{collections::BTreeMap, convert::Infallible};

use keyward::{
    Account, AccountId, Act, ApiUser, By, Insert, KeyId, Lookup, MemoryStore, NamedKey, Registry, Stop,
    Subject, Timestamp, UserId, Write,
    conformance::{self, FaultPlan, Faulty, Injected, RecordOf},
};

type Rows = Faulty<MemoryStore>;
type Answer<T> = Result<T, Injected<Infallible>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    /// Reads records of the format that it writes, and no other.
    NewestAlone,
    /// Finds nobody where a record is corrupt.
    CorruptIsNobody,
    /// Believes that a record stands where it belongs.
    Trusting,
    /// Reads the record to revoke a key of it.
    RevokesByRecord,
}

struct Careless {
    rows: Rows,
    bug: Bug,
}

impl Careless {
    fn new(bug: Bug) -> Self {
        Self { rows: Faulty::new(MemoryStore::new(), FaultPlan::none()), bug }
    }

    fn overwrite(&self, record: RecordOf, bytes: Vec<u8>) {
        let newest = matches!(record, RecordOf::Account(_)).then_some(2).unwrap_or(1);
        if self.bug == Bug::NewestAlone && bytes.get(3).is_some_and(|version| *version < newest) {
            return self.rows.overwrite(record, Vec::new());
        }
        self.rows.overwrite(record, bytes);
    }

    fn read<T>(&self, read: Answer<Option<T>>, known: Option<T>) -> Answer<Option<T>> {
        match (read, self.bug) {
            (Err(Injected::Torn(_)), Bug::CorruptIsNobody) => Ok(None),
            (Err(Injected::Misplaced), Bug::Trusting) => Ok(known),
            (read, _) => read,
        }
    }
}

impl Lookup for Careless {
    type Error = Injected<Infallible>;
    async fn find(&self, key: KeyId) -> Answer<Option<Subject>> {
        self.read(self.rows.find(key).await, self.rows.inner().find(key).await.unwrap())
    }
}

impl Registry for Careless {
    async fn account(&self, id: AccountId) -> Answer<Option<Account>> {
        self.read(self.rows.account(id).await, self.rows.inner().account(id).await.unwrap())
    }
    async fn put_account(&self, account: &Account) -> Answer<()> {
        self.rows.put_account(account).await
    }
    async fn user(&self, account: AccountId, user: UserId) -> Answer<Option<ApiUser>> {
        let known = self.rows.inner().user(account, user).await.unwrap();
        self.read(self.rows.user(account, user).await, known)
    }
    async fn list(&self, account: AccountId, after: Option<UserId>, limit: usize) -> Answer<Vec<ApiUser>> {
        let known = self.rows.inner().list(account, after, limit).await.unwrap();
        let listed = self.rows.list(account, after, limit).await.map(Some);
        Ok(self.read(listed, Some(known))?.unwrap_or_default())
    }
    async fn insert(&self, user: &ApiUser) -> Answer<Insert> {
        self.rows.insert(user).await
    }
    async fn update(&self, user: &ApiUser) -> Answer<Write> {
        self.rows.update(user).await
    }
    async fn revoke(&self, key: KeyId, at: Timestamp) -> Answer<Stop> {
        if self.bug == Bug::RevokesByRecord {
            self.rows.find(key).await?;
        }
        self.rows.revoke(key, at).await
    }
    async fn disable(&self, account: AccountId, user: UserId, by: By<'_>) -> Answer<Option<Act>> {
        self.rows.disable(account, user, by).await
    }
    async fn delete(&self, account: AccountId, user: UserId) -> Answer<Stop> {
        self.rows.delete(account, user).await
    }
    async fn count_by_key(&self) -> Answer<BTreeMap<NamedKey, u64>> {
        self.rows.count_by_key().await
    }
}

fn report(bug: Bug) -> conformance::Report {
    let overwrite = async |store: &Careless, record, bytes| store.overwrite(record, bytes);
    pollster::block_on(conformance::rows(async || Careless::new(bug), overwrite))
}

#[test]
fn a_store_that_reads_its_rows_with_care_keeps_every_duty_toward_them() {
    let report = report(Bug::None);
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks().len(), 4);
}

#[test]
fn a_store_that_reads_its_rows_carelessly_fails_that_duty_alone() {
    for (bug, duty) in [
        (Bug::NewestAlone, "records of older formats are read"),
        (Bug::CorruptIsNobody, "a corrupt record is an error"),
        (Bug::Trusting, "a record in another's row is an error"),
        (Bug::RevokesByRecord, "a user whose record is corrupt can be stopped"),
    ] {
        let report = report(bug);
        let failed: Vec<_> = report.failures().map(conformance::Check::duty).collect();
        assert_eq!(failed, [duty], "{bug:?}\n{report}");
        assert!(report.failures().all(|check| check.broken().unwrap().contains("; ")), "{report}");
    }
}
