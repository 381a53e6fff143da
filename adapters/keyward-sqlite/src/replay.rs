//! Claims of signed requests, which outlive a restart.

use keyward::{Claim, KeyId, ReplayGuard, ReplayKey, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::{error::SqliteError, store::SqliteStore};

/// A key has this part of the room, and no more.
const SHARES: usize = 16;

/// Ended claims that one claim clears away at most, so that none waits long.
const PURGED: i64 = 1_000;

/// A claim is one transaction and waits for the disk. Room is taken back where somebody needs it; the latest end among
/// what was thrown away is remembered in the file, and a claim that ends no later is an error.
impl ReplayGuard for SqliteStore {
    type Error = SqliteError;

    async fn claim(&self, key: &ReplayKey, now: Timestamp) -> Result<Claim, SqliteError> {
        if key.expires_at() < now {
            return Err(SqliteError::ClaimEnded);
        }
        let (key, room) = (*key, self.claims);
        self.write(move |transaction| claim(transaction, &key, now, room)).await?
    }
}

/// The inner result is the guard's refusal; what was cleared away before it stays cleared away.
fn claim(
    transaction: &Transaction<'_>,
    key: &ReplayKey,
    now: Timestamp,
    room: usize,
) -> Result<Result<Claim, SqliteError>, SqliteError> {
    let mut held = transaction.prepare_cached("SELECT expires_at FROM claims WHERE digest = ?1")?;
    let held: Option<i64> = held.query_row([key.digest()], |row| row.get(0)).optional()?;
    match held {
        Some(end) if end >= now.unix() => return Ok(Ok(Claim::Replayed)),
        // One nonce, signed again after its window.
        Some(_) => {
            transaction.prepare_cached("DELETE FROM claims WHERE digest = ?1")?.execute([key.digest()])?;
        }
        None => {}
    }
    let share = i64::try_from((room / SHARES).max(1)).unwrap_or(i64::MAX);
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    if ends_too_early(transaction, key)? {
        return Ok(Err(SqliteError::ClaimForgotten));
    }
    if held_by(transaction, key.key_id())? >= share {
        let sql = "DELETE FROM claims WHERE digest IN (SELECT digest FROM claims
             WHERE key_id = ?1 AND expires_at < ?2 ORDER BY expires_at LIMIT ?3)";
        let key_id = key.key_id();
        transaction.prepare_cached(sql)?.execute(params![key_id.as_str(), now.unix(), PURGED])?;
        if held_by(transaction, key_id)? >= share {
            return Ok(Ok(Claim::OverQuota));
        }
    }
    if used(transaction)? >= room {
        let sql = "DELETE FROM claims WHERE digest IN (SELECT digest FROM claims
             WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
        transaction.prepare_cached(sql)?.execute([now.unix(), PURGED])?;
        if used(transaction)? >= room {
            return Ok(Err(SqliteError::ClaimsFull));
        }
    }
    let sql = "INSERT INTO claims (digest, key_id, expires_at) VALUES (?1, ?2, ?3)";
    let (key_id, end) = (key.key_id(), key.expires_at().unix());
    transaction.prepare_cached(sql)?.execute(params![key.digest(), key_id.as_str(), end])?;
    Ok(Ok(Claim::Fresh))
}

fn ends_too_early(transaction: &Transaction<'_>, key: &ReplayKey) -> Result<bool, SqliteError> {
    let mut statement = transaction.prepare_cached("SELECT forgotten FROM claim_state")?;
    let forgotten: Option<i64> = statement.query_row((), |row| row.get(0))?;
    Ok(forgotten.is_some_and(|forgotten| key.expires_at().unix() <= forgotten))
}

fn held_by(transaction: &Transaction<'_>, key: KeyId) -> Result<i64, SqliteError> {
    let mut statement = transaction.prepare_cached("SELECT held FROM claim_shares WHERE key_id = ?1")?;
    Ok(statement.query_row([key.as_str()], |row| row.get(0)).optional()?.unwrap_or(0))
}

fn used(transaction: &Transaction<'_>) -> Result<i64, SqliteError> {
    let mut statement = transaction.prepare_cached("SELECT used FROM claim_state")?;
    Ok(statement.query_row((), |row| row.get(0))?)
}
