//! Accounts, users and keys: each write one transaction.

use std::collections::{BTreeMap, BTreeSet};

use keyward::{
    Account, AccountId, Act, ApiUser, By, Credential, Insert, KeyId, NamedKey, Refusal, Registry, Stop,
    Timestamp, UserId, Write,
};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::{
    error::SqliteError,
    store::{self, SqliteStore},
};

impl Registry for SqliteStore {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, SqliteError> {
        self.read(move |transaction| store::account(transaction, id)).await
    }

    async fn put_account(&self, account: &Account) -> Result<(), SqliteError> {
        let (id, record) = (account.id(), account.encode());
        let sql =
            "INSERT INTO accounts VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET record = excluded.record";
        self.write(move |transaction| {
            transaction.prepare_cached(sql)?.execute(params![id.as_str(), record])?;
            Ok(())
        })
        .await
    }

    async fn user(&self, account: AccountId, user: UserId) -> Result<Option<ApiUser>, SqliteError> {
        self.read(move |transaction| store::user(transaction, account, user)).await
    }

    async fn list(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<ApiUser>, SqliteError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // No id is empty, so all of them come behind the empty text.
        let sql = "SELECT id FROM users WHERE account = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.read(move |transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            let after = after.as_ref().map_or("", UserId::as_str);
            let mut rows = statement.query(params![account.as_str(), after, limit])?;
            let mut users = Vec::new();
            while let Some(row) = rows.next()? {
                let id = row.get_ref(0)?.as_str().ok().and_then(|id| id.parse().ok());
                let id = id.ok_or(SqliteError::TornAccount)?;
                users.extend(store::user(transaction, account, id)?);
            }
            Ok(users)
        })
        .await
    }

    async fn insert(&self, user: &ApiUser) -> Result<Insert, SqliteError> {
        let user = user.clone();
        self.write(move |transaction| insert(transaction, &user)).await
    }

    async fn update(&self, user: &ApiUser) -> Result<Write, SqliteError> {
        let user = user.clone();
        self.write(move |transaction| update(transaction, &user)).await
    }

    async fn revoke(&self, key: KeyId, at: Timestamp) -> Result<Stop, SqliteError> {
        let sql = "UPDATE keys SET revoked_at = coalesce(revoked_at, ?2) WHERE key_id = ?1";
        self.write(move |transaction| {
            Ok(stop(transaction.prepare_cached(sql)?.execute(params![key.as_str(), at.unix()])?))
        })
        .await
    }

    async fn disable(
        &self,
        account: AccountId,
        user: UserId,
        by: By<'_>,
    ) -> Result<Option<Act>, SqliteError> {
        let (actor, at, request) = (by.actor.to_owned(), by.at, by.request);
        self.write(move |transaction| {
            let Some(mut stored) = store::user(transaction, account, user)? else { return Ok(None) };
            let mut by = By::new(&actor, at);
            by.request = request;
            let act = stored.disable(by);
            put(transaction, &stored)?;
            Ok(Some(act))
        })
        .await
    }

    async fn delete(&self, account: AccountId, user: UserId) -> Result<Stop, SqliteError> {
        self.write(move |transaction| {
            let whose = [account.as_str(), user.as_str()];
            let sql = "UPDATE keys SET tombstone = 1 WHERE account = ?1 AND user = ?2 AND tombstone = 0";
            transaction.prepare_cached(sql)?.execute(whose)?;
            let sql = "DELETE FROM users WHERE account = ?1 AND id = ?2";
            Ok(stop(transaction.prepare_cached(sql)?.execute(whose)?))
        })
        .await
    }

    async fn count_by_key(&self) -> Result<BTreeMap<NamedKey, u64>, SqliteError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached("SELECT record FROM users")?;
            let mut rows = statement.query(())?;
            let mut counts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let user = ApiUser::decode(&row.get::<_, Vec<u8>>(0)?)?;
                for key in user.named_keys().collect::<BTreeSet<_>>() {
                    *counts.entry(key).or_default() += 1;
                }
            }
            Ok(counts)
        })
        .await
    }
}

fn stop(rows: usize) -> Stop {
    if rows == 0 { Stop::Unknown } else { Stop::Stopped }
}

fn insert(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Insert, SqliteError> {
    let (account, id) = (user.account(), user.id());
    let mut stored = transaction.prepare_cached("SELECT 1 FROM accounts WHERE id = ?1")?;
    if !stored.exists([account.as_str()])? {
        return Ok(Insert::Refused(Refusal::NoAccount));
    }
    let mut taken = transaction.prepare_cached("SELECT 1 FROM users WHERE account = ?1 AND id = ?2")?;
    if taken.exists([account.as_str(), id.as_str()])? {
        return Ok(Insert::Refused(Refusal::IdTaken));
    }
    if let Some(refusal) = refusal(transaction, user)? {
        return Ok(Insert::Refused(refusal));
    }
    put(transaction, user)?;
    Ok(Insert::Stored)
}

fn update(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Write, SqliteError> {
    let (account, id) = (user.account(), user.id());
    let sql = "SELECT revision FROM users WHERE account = ?1 AND id = ?2";
    let mut statement = transaction.prepare_cached(sql)?;
    let stored: Option<i64> =
        statement.query_row([account.as_str(), id.as_str()], |row| row.get(0)).optional()?;
    if stored.is_none() || stored != user.based_on().map(u64::cast_signed) {
        return Ok(Write::Conflict);
    }
    if let Some(refusal) = refusal(transaction, user)? {
        return Ok(Write::Refused(refusal));
    }
    put(transaction, user)?;
    Ok(Write::Stored)
}

/// Whether its name and its key ids are its own or nobody's.
fn refusal(transaction: &Transaction<'_>, user: &ApiUser) -> Result<Option<Refusal>, SqliteError> {
    let (account, id) = (user.account(), user.id());
    let sql = "SELECT 1 FROM users WHERE account = ?1 AND name = ?2 AND id <> ?3";
    let mut named = transaction.prepare_cached(sql)?;
    if named.exists([account.as_str(), user.name(), id.as_str()])? {
        return Ok(Some(Refusal::NameTaken));
    }
    let sql = "SELECT 1 FROM keys WHERE key_id = ?1 AND (tombstone = 1 OR account <> ?2 OR user <> ?3)";
    let mut taken = transaction.prepare_cached(sql)?;
    for key in user.credentials().iter().map(Credential::key_id) {
        if taken.exists([key.as_str(), account.as_str(), id.as_str()])? {
            return Ok(Some(Refusal::KeyTaken(key)));
        }
    }
    Ok(None)
}

/// Stores a record and brings the key index up to it: a key that it no longer has is a tombstone, and the moment of a
/// revocation is only ever added.
fn put(transaction: &Transaction<'_>, user: &ApiUser) -> Result<(), SqliteError> {
    let (account, id) = (user.account(), user.id());
    let sql = "INSERT INTO users (account, id, name, revision, record) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (account, id) DO UPDATE
         SET name = excluded.name, revision = excluded.revision, record = excluded.record";
    let revision = user.revision().cast_signed();
    let record = user.encode();
    transaction.prepare_cached(sql)?.execute(params![
        account.as_str(),
        id.as_str(),
        user.name(),
        revision,
        record
    ])?;
    let whose = [account.as_str(), id.as_str()];
    let sql = "UPDATE keys SET tombstone = 1 WHERE account = ?1 AND user = ?2 AND tombstone = 0";
    transaction.prepare_cached(sql)?.execute(whose)?;
    let sql = "INSERT INTO keys (key_id, account, user, revoked_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (key_id) DO UPDATE
         SET tombstone = 0, revoked_at = coalesce(revoked_at, excluded.revoked_at)";
    let mut index = transaction.prepare_cached(sql)?;
    for held in user.credentials() {
        let (key, revoked_at) = (held.key_id(), held.revoked_at().map(Timestamp::unix));
        index.execute(params![key.as_str(), account.as_str(), id.as_str(), revoked_at])?;
    }
    Ok(())
}
