//! The file, opened.

use std::{fmt, path::Path, time::Duration};

use keyward::{Account, AccountId, ApiUser, KeyId, Lookup, Subject, Timestamp, UserId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction};

use crate::{error::SqliteError, schema, workers::Workers, writer::Writer};

/// Connections that read, unless said.
const READERS: usize = 4;
/// The most of them.
const MAX_READERS: usize = 64;
/// How long a write waits for another process's.
const BUSY: Duration = Duration::from_secs(5);
/// The most that may be said.
const MAX_BUSY: Duration = Duration::from_secs(3_600);
/// Claims, unless said.
const CLAIMS: usize = 1_000_000;
/// Entries of each part of the journal, unless said.
const ENTRIES: usize = 100_000;
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// The store of keyward in one SQLite file: [`Lookup`], [`Registry`](keyward::Registry),
/// [`ReplayGuard`](keyward::ReplayGuard) and [`Journal`](keyward::Journal).
///
/// What a write has answered is on the disk: a commit waits for `fsync` (`synchronous=FULL`). With less, a power cut
/// takes the last commits back, and a key that was revoked works again.
///
/// Share it by reference or in an `Arc`. Its threads end when it is dropped.
///
/// ```
/// use keyward::{Account, Registry};
/// use keyward_sqlite::SqliteStore;
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("keyward.db");
/// let store = SqliteStore::open(path)?;
/// let acme = Account::new("acme".parse()?);
/// pollster::block_on(store.put_account(&acme))?;
/// assert!(pollster::block_on(store.account(acme.id()))?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    pub(crate) writer: Writer,
    pub(crate) readers: Workers,
    pub(crate) claims: usize,
    pub(crate) entries: usize,
}

/// How a [`SqliteStore`] is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    readers: usize,
    claims: usize,
    entries: usize,
    busy: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { readers: READERS, claims: CLAIMS, entries: ENTRIES, busy: BUSY }
    }
}

impl SqliteOptions {
    /// Four readers, a million claims, a hundred thousand entries of each part of the journal, five seconds of waiting.
    pub fn new() -> Self {
        Self::default()
    }

    /// Connections that read, each with a thread; 1 to 64, else the nearest of the two.
    #[must_use]
    pub fn readers(self, readers: usize) -> Self {
        Self { readers: readers.clamp(1, MAX_READERS), ..self }
    }

    /// Claims of signed requests that there is room for, of which one key has a sixteenth.
    #[must_use]
    pub fn claims(self, claims: usize) -> Self {
        Self { claims, ..self }
    }

    /// Entries that each part of the journal keeps; beyond, its own oldest goes.
    #[must_use]
    pub fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// How long a write waits for those of other processes before it fails, in the queue and at the file's lock together;
    /// an hour at the most. A write whose time is up is done if the lock is free then, and else fails at once.
    #[must_use]
    pub fn busy_timeout(self, busy: Duration) -> Self {
        Self { busy: busy.min(MAX_BUSY), ..self }
    }

    /// Opens the file, makes it if there is none, and brings its schema up to date. It waits for the disk: call it
    /// where a service starts.
    ///
    /// # Errors
    /// [`SqliteError`]: no such folder, another program's file, a later release's, or one where there can be no
    /// write-ahead log.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<SqliteStore, SqliteError> {
        let path = path.as_ref();
        let mut writer = self.connect(path)?;
        let mode: String = writer.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
        if mode != "wal" {
            return Err(SqliteError::NoWal(mode));
        }
        schema::migrate(&mut writer, path)?;
        let reader = |_| {
            let reader = self.connect(path)?;
            reader.pragma_update(None, "query_only", true)?;
            Ok(reader)
        };
        let readers = (0..self.readers).map(reader).collect::<Result<Vec<_>, SqliteError>>()?;
        Ok(SqliteStore {
            writer: Writer::start(writer, self.busy)?,
            readers: Workers::start("keyward-read", readers)?,
            claims: self.claims,
            entries: self.entries,
        })
    }

    fn connect(&self, path: &Path) -> Result<Connection, SqliteError> {
        // No URIs: a path is a path, whatever it begins with.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(self.busy)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}

impl SqliteStore {
    /// Opens a file with the [defaults](SqliteOptions::new).
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteError> {
        SqliteOptions::new().open(path)
    }

    /// Reads in one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let read = move |connection: &mut Connection| job(&connection.transaction()?);
        self.readers.run(read).await
    }

    /// Writes as a whole, or not at all.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        self.writer.run(job).await
    }
}

/// One statement, so one snapshot, without a transaction around it.
const FIND: &str = "SELECT k.tombstone, k.revoked_at, k.account, k.user, a.record, u.record
     FROM keys k
     LEFT JOIN users u ON u.account = k.account AND u.id = k.user
     LEFT JOIN accounts a ON a.id = k.account
     WHERE k.key_id = ?1";

impl Lookup for SqliteStore {
    type Error = SqliteError;

    async fn find(&self, key: KeyId) -> Result<Option<Subject>, SqliteError> {
        self.readers.run(move |connection| find(connection, key)).await
    }
}

fn find(connection: &Connection, key: KeyId) -> Result<Option<Subject>, SqliteError> {
    let mut statement = connection.prepare_cached(FIND)?;
    let mut rows = statement.query([key.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    if row.get::<_, bool>(0)? {
        return Ok(None);
    }
    let torn = || SqliteError::TornKey(key);
    let blob = |column| row.get_ref(column)?.as_blob_or_null().map_err(|_| torn());
    let text = |column| row.get_ref(column)?.as_str().map_err(|_| torn());
    let account = Account::decode(blob(4)?.ok_or_else(torn)?)?;
    let user = ApiUser::decode(blob(5)?.ok_or_else(torn)?)?;
    if account.id().as_str() != text(2)? || user.id().as_str() != text(3)? {
        return Err(torn());
    }
    let revoked_at = row.get::<_, Option<i64>>(1)?.map(Timestamp::from_unix);
    let subject = Subject::new(account.into(), user.into(), key).ok_or_else(torn)?;
    Ok(Some(subject.revoked(revoked_at)))
}

pub(crate) fn account(transaction: &Transaction<'_>, id: AccountId) -> Result<Option<Account>, SqliteError> {
    let mut statement = transaction.prepare_cached("SELECT record FROM accounts WHERE id = ?1")?;
    let record: Option<Vec<u8>> = statement.query_row([id.as_str()], |row| row.get(0)).optional()?;
    let Some(record) = record else { return Ok(None) };
    let account = Account::decode(&record)?;
    if account.id() == id { Ok(Some(account)) } else { Err(SqliteError::TornAccount) }
}

/// A user with the key index's revocations laid over its record.
pub(crate) fn user(
    transaction: &Transaction<'_>,
    account: AccountId,
    id: UserId,
) -> Result<Option<ApiUser>, SqliteError> {
    let sql = "SELECT record, revision, name FROM users WHERE account = ?1 AND id = ?2";
    let mut statement = transaction.prepare_cached(sql)?;
    let row = statement
        .query_row([account.as_str(), id.as_str()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    let Some((record, revision, name)) = row else { return Ok(None) };
    let mut user = ApiUser::decode(&record)?;
    let beside = (account, id, revision.cast_unsigned(), name.as_str());
    if (user.account(), user.id(), user.revision(), user.name()) != beside {
        return Err(SqliteError::TornUser(id));
    }
    let sql = "SELECT key_id, revoked_at FROM keys
         WHERE account = ?1 AND user = ?2 AND tombstone = 0 AND revoked_at IS NOT NULL";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query([account.as_str(), id.as_str()])?;
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str().ok().and_then(|key| key.parse().ok());
        user.lay_over(key.ok_or(SqliteError::TornUser(id))?, Timestamp::from_unix(row.get(1)?));
    }
    Ok(Some(user))
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("claims", &self.claims)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of the connection that writes: another one has settings of its own.
    #[test]
    fn the_connection_that_writes_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("keyward.db")).unwrap();
        let asked = store.write(|transaction| {
            let (synchronous, mode): (i64, String) = (
                transaction.query_row("PRAGMA synchronous", (), |row| row.get(0))?,
                transaction.query_row("PRAGMA journal_mode", (), |row| row.get(0))?,
            );
            Ok((synchronous, mode))
        });
        let full = 2;
        assert_eq!(pollster::block_on(asked).unwrap(), (full, "wal".to_owned()));
    }
}
