//! Accounts, users and keys: each write one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use deadpool_postgres::{GenericClient, Object, Transaction};
use keyward::{
    Account, AccountId, Act, ApiUser, By, Credential, Insert, KeyId, NamedKey, Refusal, Registry, Stop,
    Timestamp, UserId, Write,
};
use tokio::time::timeout;
use tokio_postgres::{IsolationLevel, Row, types::ToSql};

use crate::{
    error::PostgresError,
    store::{PostgresStore, transact},
};

/// Users that are read at a time where all of them are.
const PAGE: i64 = 1_000;

/// How long reading all of them may take.
const SWEEP: Duration = Duration::from_secs(600);

/// A user and the key index's revocations, in one snapshot.
const USER: &str = "SELECT u.id, u.name, u.revision, u.record, k.key_ids, k.moments
     FROM users u, LATERAL (
         SELECT array_agg(key_id) AS key_ids, array_agg(revoked_at) AS moments FROM keys
         WHERE account = u.account AND user_id = u.id AND NOT tombstone AND revoked_at IS NOT NULL
     ) k WHERE u.account = $1";

impl Registry for PostgresStore {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, PostgresError> {
        let row = self.read(async |client| {
            let account = client.prepare_cached("SELECT record FROM accounts WHERE id = $1").await?;
            Ok(client.query_opt(&account, &[&id.as_str()]).await?)
        });
        let Some(row) = row.await? else { return Ok(None) };
        let account = Account::decode(row.try_get(0)?)?;
        if account.id() == id { Ok(Some(account)) } else { Err(PostgresError::TornAccount) }
    }

    async fn put_account(&self, account: &Account) -> Result<(), PostgresError> {
        let (id, record) = (account.id(), account.encode());
        let sql =
            "INSERT INTO accounts VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET record = excluded.record";
        transact!(self, async |transaction| {
            transaction.execute(&transaction.prepare_cached(sql).await?, &[&id.as_str(), &record]).await?;
            Ok(())
        })
    }

    async fn user(&self, account: AccountId, user: UserId) -> Result<Option<ApiUser>, PostgresError> {
        self.read(async |client| read(client, account, user).await).await
    }

    async fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<ApiUser>, PostgresError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // No id is empty, so all of them come behind the empty text.
        let after = after.as_ref().map_or("", UserId::as_str);
        let sql = format!("{USER} AND u.id > $2 ORDER BY u.id LIMIT $3");
        let rows = self.read(async |client| {
            let list = client.prepare_cached(&sql).await?;
            Ok(client.query(&list, &[&account.as_str(), &after, &limit]).await?)
        });
        rows.await?.iter().map(|row| user(row, account)).collect()
    }

    async fn insert(&self, user: &ApiUser) -> Result<Insert, PostgresError> {
        transact!(self, async |transaction| insert(transaction, user).await)
    }

    async fn update(&self, user: &ApiUser) -> Result<Write, PostgresError> {
        transact!(self, async |transaction| update(transaction, user).await)
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Result<Stop, PostgresError> {
        let sql = "UPDATE keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1";
        transact!(self, async |transaction| {
            let revoke = transaction.prepare_cached(sql).await?;
            Ok(stop(transaction.execute(&revoke, &[&key.as_str(), &at.unix()]).await?))
        })
    }

    async fn disable(
        &self,
        account: AccountId,
        user: UserId,
        by: By<'_>,
    ) -> Result<Option<Act>, PostgresError> {
        transact!(self, async |transaction| {
            if lock(transaction, account, user).await?.is_none() {
                return Ok(None);
            }
            let stored = read(transaction, account, user).await?;
            let mut stored = stored.ok_or(PostgresError::TornUser(user))?;
            let act = stored.disable(by);
            put(transaction, &stored).await?;
            Ok(Some(act))
        })
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Result<Stop, PostgresError> {
        transact!(self, async |transaction| {
            if lock(transaction, account, user).await?.is_none() {
                return Ok(Stop::Unknown);
            }
            bury(transaction, account, user, &[]).await?;
            let sql = "DELETE FROM users WHERE account = $1 AND id = $2";
            let delete = transaction.prepare_cached(sql).await?;
            Ok(stop(transaction.execute(&delete, &[&account.as_str(), &user.as_str()]).await?))
        })
    }

    async fn count_by_key(&self) -> Result<BTreeMap<NamedKey, u64>, PostgresError> {
        let answer = self.options.answer;
        self.within(SWEEP, async |client| count_by_key(client, answer).await).await
    }
}

fn stop(rows: u64) -> Stop {
    if rows == 0 { Stop::Unknown } else { Stop::Stopped }
}

/// A user of the account, checked against the columns beside its record.
fn user(row: &Row, account: AccountId) -> Result<ApiUser, PostgresError> {
    let id: UserId = row.try_get::<_, &str>(0)?.parse().map_err(|_| PostgresError::TornAccount)?;
    let torn = || PostgresError::TornUser(id);
    let mut user = ApiUser::decode(row.try_get(3)?)?;
    let beside = (account, id, row.try_get::<_, i64>(2)?.cast_unsigned(), row.try_get::<_, &str>(1)?);
    if (user.account(), user.id(), user.revision(), user.name()) != beside {
        return Err(torn());
    }
    let keys: Vec<&str> = row.try_get::<_, Option<_>>(4)?.unwrap_or_default();
    let moments: Vec<i64> = row.try_get::<_, Option<_>>(5)?.unwrap_or_default();
    for (key, moment) in keys.into_iter().zip(moments) {
        user.lay_over(key.parse().map_err(|_| torn())?, Timestamp::from_unix(moment));
    }
    Ok(user)
}

async fn read(
    client: &impl GenericClient,
    account: AccountId,
    id: UserId,
) -> Result<Option<ApiUser>, PostgresError> {
    let read = client.prepare_cached(&format!("{USER} AND u.id = $2")).await?;
    let row = client.query_opt(&read, &[&account.as_str(), &id.as_str()]).await?;
    row.map(|row| user(&row, account)).transpose()
}

/// Its revision, locked: all changes of one user stand in line here, and its keys need no lock besides.
async fn lock(
    transaction: &Transaction<'_>,
    account: AccountId,
    id: UserId,
) -> Result<Option<u64>, PostgresError> {
    let sql = "SELECT revision FROM users WHERE account = $1 AND id = $2 FOR UPDATE";
    let lock = transaction.prepare_cached(sql).await?;
    let row = transaction.query_opt(&lock, &[&account.as_str(), &id.as_str()]).await?;
    Ok(row.map(|row| row.try_get::<_, i64>(0)).transpose()?.map(i64::cast_unsigned))
}

/// Two that insert the same at one instant both find it free; then the tables' own keys stop the second, which is
/// begun anew and finds it taken.
async fn insert(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Insert, PostgresError> {
    let (account, id) = (user.account(), user.id());
    let sql = "SELECT EXISTS (SELECT FROM accounts WHERE id = $1),
         EXISTS (SELECT FROM users WHERE account = $1 AND id = $2)";
    let known = transaction.prepare_cached(sql).await?;
    let known = transaction.query_one(&known, &[&account.as_str(), &id.as_str()]).await?;
    if !known.try_get::<_, bool>(0)? {
        return Ok(Insert::Refused(Refusal::NoAccount));
    }
    if known.try_get(1)? {
        return Ok(Insert::Refused(Refusal::IdTaken));
    }
    if let Some(refusal) = refusal(transaction, user).await? {
        return Ok(Insert::Refused(refusal));
    }
    let sql = "INSERT INTO users (account, id, name, revision, record) VALUES ($1, $2, $3, $4, $5)";
    let insert = transaction.prepare_cached(sql).await?;
    let (revision, record) = (user.revision().cast_signed(), user.encode());
    let (account, id) = (account.as_str(), id.as_str());
    transaction.execute(&insert, &[&account, &id, &user.name(), &revision, &record]).await?;
    index(transaction, user).await?;
    Ok(Insert::Stored)
}

async fn update(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Write, PostgresError> {
    let stored = lock(transaction, user.account(), user.id()).await?;
    if stored.is_none() || stored != user.based_on() {
        return Ok(Write::Conflict);
    }
    if let Some(refusal) = refusal(transaction, user).await? {
        return Ok(Write::Refused(refusal));
    }
    put(transaction, user).await?;
    Ok(Write::Stored)
}

/// Whether its name and its key ids are its own or nobody's.
async fn refusal(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Option<Refusal>, PostgresError> {
    let (account, id) = (user.account(), user.id());
    let (account, id) = (account.as_str(), id.as_str());
    let sql = "SELECT EXISTS (SELECT FROM users WHERE account = $1 AND name = $2 AND id <> $3)";
    let named = transaction.prepare_cached(sql).await?;
    if transaction.query_one(&named, &[&account, &user.name(), &id]).await?.try_get(0)? {
        return Ok(Some(Refusal::NameTaken));
    }
    let sql = "SELECT key_id FROM keys
         WHERE key_id = ANY ($1) AND (tombstone OR account <> $2 OR user_id <> $3)";
    let taken = transaction.prepare_cached(sql).await?;
    let keys: Vec<KeyId> = user.credentials().iter().map(Credential::key_id).collect();
    let texts: Vec<&str> = keys.iter().map(KeyId::as_str).collect();
    let taken = transaction.query(&taken, &[&texts, &account, &id]).await?;
    let taken = taken.iter().map(|row| row.try_get(0)).collect::<Result<BTreeSet<&str>, _>>()?;
    Ok(keys.into_iter().find(|key| taken.contains(key.as_str())).map(Refusal::KeyTaken))
}

/// Stores the record of a user that is locked.
async fn put(transaction: &Transaction<'_>, user: &ApiUser) -> Result<(), PostgresError> {
    let (account, id) = (user.account(), user.id());
    let sql = "UPDATE users SET name = $3, revision = $4, record = $5 WHERE account = $1 AND id = $2";
    let put = transaction.prepare_cached(sql).await?;
    let (revision, record) = (user.revision().cast_signed(), user.encode());
    let values: [&(dyn ToSql + Sync); 5] =
        [&account.as_str(), &id.as_str(), &user.name(), &revision, &record];
    if transaction.execute(&put, &values).await? != 1 {
        return Err(PostgresError::TornUser(id));
    }
    index(transaction, user).await
}

/// Brings the key index up to a record: a key that it no longer has is a tombstone, and the moment of a revocation is
/// only ever added. Rows that stay as they are, are not touched, so that a revocation need not wait for an edit.
async fn index(transaction: &Transaction<'_>, user: &ApiUser) -> Result<(), PostgresError> {
    let (account, id) = (user.account(), user.id());
    // In one order for everybody: two that insert the same keys wait, and do not wait for each other.
    let held: BTreeMap<KeyId, Option<i64>> = user
        .credentials()
        .iter()
        .map(|held| (held.key_id(), held.revoked_at().map(Timestamp::unix)))
        .collect();
    let keys: Vec<&str> = held.keys().map(KeyId::as_str).collect();
    let moments: Vec<Option<i64>> = held.values().copied().collect();
    let (account_text, id_text) = (account.as_str(), id.as_str());
    let values: [&(dyn ToSql + Sync); 4] = [&keys, &moments, &account_text, &id_text];
    bury(transaction, account, id, &keys).await?;
    let sql = "UPDATE keys SET revoked_at = held.moment
         FROM unnest($1::text[], $2::bigint[]) held (key, moment)
         WHERE key_id = held.key AND account = $3 AND user_id = $4
             AND revoked_at IS NULL AND held.moment IS NOT NULL";
    let revoke = transaction.prepare_cached(sql).await?;
    transaction.execute(&revoke, &values).await?;
    // One that another user got since it was looked for is not passed over: it stops the transaction.
    let sql = "INSERT INTO keys (key_id, account, user_id, revoked_at)
         SELECT held.key, $3, $4, held.moment FROM unnest($1::text[], $2::bigint[]) held (key, moment)
         WHERE NOT EXISTS (
             SELECT FROM keys WHERE key_id = held.key AND account = $3 AND user_id = $4 AND NOT tombstone)";
    let insert = transaction.prepare_cached(sql).await?;
    transaction.execute(&insert, &values).await?;
    Ok(())
}

/// Makes tombstones of a user's keys, but for those that it has.
async fn bury(
    transaction: &Transaction<'_>,
    account: AccountId,
    user: UserId,
    but: &[&str],
) -> Result<(), PostgresError> {
    let sql = "UPDATE keys SET tombstone = true
         WHERE account = $1 AND user_id = $2 AND NOT tombstone AND key_id <> ALL ($3)";
    let bury = transaction.prepare_cached(sql).await?;
    transaction.execute(&bury, &[&account.as_str(), &user.as_str(), &but]).await?;
    Ok(())
}

/// Page after page, in one snapshot.
async fn count_by_key(
    client: &mut Object,
    answer: Duration,
) -> Result<BTreeMap<NamedKey, u64>, PostgresError> {
    let isolation = IsolationLevel::RepeatableRead;
    let transaction = client.build_transaction().isolation_level(isolation).read_only(true).start().await?;
    let sql =
        "SELECT account, id, record FROM users WHERE (account, id) > ($1, $2) ORDER BY account, id LIMIT $3";
    let page = transaction.prepare_cached(sql).await?;
    let mut counts = BTreeMap::new();
    let mut behind = (String::new(), String::new());
    loop {
        let rows = timeout(answer, transaction.query(&page, &[&behind.0, &behind.1, &PAGE])).await;
        let rows = rows.map_err(|_| PostgresError::TimedOut(answer))??;
        for row in &rows {
            for key in ApiUser::decode(row.try_get(2)?)?.named_keys().collect::<BTreeSet<_>>() {
                *counts.entry(key).or_default() += 1;
            }
        }
        let Some(last) = rows.last() else { return Ok(counts) };
        behind = (last.try_get(0)?, last.try_get(1)?);
    }
}
