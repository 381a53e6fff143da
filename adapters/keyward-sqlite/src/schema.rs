//! The tables, as migrations that are never changed once released: `user_version` counts those that a file has had.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::SqliteError;

/// `kwrd`: whose file it is.
const APPLICATION: i64 = 0x6b77_7264;

/// Texts compare byte by byte: `BINARY` is SQLite's own collation, and no other is named.
///
/// Rows of `keys` are never deleted. They name no foreign key: a tombstone outlives its user.
const MIGRATIONS: [&str; 3] = [
    "CREATE TABLE accounts (
         id TEXT PRIMARY KEY NOT NULL,
         record BLOB NOT NULL
     ) STRICT;
     CREATE TABLE users (
         account TEXT NOT NULL REFERENCES accounts (id),
         id TEXT NOT NULL,
         name TEXT NOT NULL,
         revision INTEGER NOT NULL,
         record BLOB NOT NULL,
         PRIMARY KEY (account, id),
         UNIQUE (account, name)
     ) STRICT;
     CREATE TABLE keys (
         key_id TEXT PRIMARY KEY NOT NULL,
         account TEXT NOT NULL,
         user TEXT NOT NULL,
         revoked_at INTEGER,
         tombstone INTEGER NOT NULL DEFAULT 0 CHECK (tombstone IN (0, 1))
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX keys_of_user ON keys (account, user) WHERE tombstone = 0;",
    // Counts are kept where rows come and go, so that no code path can leave them behind.
    "CREATE TABLE claims (
         digest BLOB PRIMARY KEY NOT NULL,
         key_id TEXT NOT NULL,
         expires_at INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX claims_by_end ON claims (expires_at);
     CREATE INDEX claims_of_key ON claims (key_id, expires_at);
     CREATE TABLE claim_shares (
         key_id TEXT PRIMARY KEY NOT NULL,
         held INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE claim_state (used INTEGER NOT NULL, forgotten INTEGER) STRICT;
     INSERT INTO claim_state VALUES (0, NULL);
     CREATE TRIGGER claim_made AFTER INSERT ON claims BEGIN
         INSERT INTO claim_shares VALUES (new.key_id, 1) ON CONFLICT (key_id) DO UPDATE SET held = held + 1;
         UPDATE claim_state SET used = used + 1;
     END;
     CREATE TRIGGER claim_dropped AFTER DELETE ON claims BEGIN
         UPDATE claim_shares SET held = held - 1 WHERE key_id = old.key_id;
         DELETE FROM claim_shares WHERE key_id = old.key_id AND held <= 0;
         UPDATE claim_state SET used = used - 1,
             forgotten = max(coalesce(forgotten, old.expires_at), old.expires_at);
     END;",
    // AUTOINCREMENT: a number that was a cursor is never given to another entry.
    "CREATE TABLE journal (
         number INTEGER PRIMARY KEY AUTOINCREMENT,
         part INTEGER NOT NULL,
         last INTEGER NOT NULL,
         account TEXT,
         alike TEXT,
         entry BLOB NOT NULL
     ) STRICT;
     CREATE INDEX journal_of_account ON journal (account, number);
     CREATE INDEX journal_of_part ON journal (part, number);
     CREATE UNIQUE INDEX journal_alike ON journal (alike) WHERE alike IS NOT NULL;
     CREATE TABLE journal_parts (part INTEGER PRIMARY KEY, used INTEGER NOT NULL) STRICT;
     CREATE TRIGGER entry_made AFTER INSERT ON journal BEGIN
         INSERT INTO journal_parts VALUES (new.part, 1) ON CONFLICT (part) DO UPDATE SET used = used + 1;
     END;
     CREATE TRIGGER entry_dropped AFTER DELETE ON journal BEGIN
         UPDATE journal_parts SET used = used - 1 WHERE part = old.part;
     END;",
];

/// Brings a file up to date, in one transaction: of two processes that start at once the second finds it done.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), SqliteError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let number = |sql| transaction.query_row(sql, (), |row| row.get::<_, i64>(0));
    let (application, found) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let empty = found == 0 && application == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0;
    if !empty && application != APPLICATION {
        return Err(SqliteError::Foreign(path.to_owned()));
    }
    if found > known {
        return Err(SqliteError::Newer { found, known });
    }
    let had = usize::try_from(found).map_err(|_| SqliteError::Foreign(path.to_owned()))?;
    for migration in MIGRATIONS.iter().skip(had) {
        transaction.execute_batch(migration)?;
    }
    if had < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", known)?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(migrations: usize) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS.iter().take(migrations) {
            connection.execute_batch(migration).unwrap();
        }
        if migrations > 0 {
            connection.pragma_update(None, "application_id", APPLICATION).unwrap();
            connection.pragma_update(None, "user_version", i64::try_from(migrations).unwrap()).unwrap();
        }
        connection
    }

    fn tables(connection: &Connection) -> Vec<String> {
        let sql = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn every_older_version_becomes_the_latest_and_keeps_its_rows() {
        let latest = tables(&with(MIGRATIONS.len()));
        for version in 0..=MIGRATIONS.len() {
            let mut old = with(version);
            if version > 0 {
                old.execute("INSERT INTO accounts VALUES ('acme', x'00')", ()).unwrap();
            }
            migrate(&mut old, Path::new("old")).unwrap();
            assert_eq!(tables(&old), latest, "from {version}");
            let rows: i64 = old.query_row("SELECT count(*) FROM accounts", (), |row| row.get(0)).unwrap();
            assert_eq!(rows, i64::from(version > 0));
            migrate(&mut old, Path::new("old")).unwrap();
        }
    }

    #[test]
    fn a_newer_version_and_another_programs_file_are_refused_and_left_alone() {
        let mut newer = with(MIGRATIONS.len());
        newer.pragma_update(None, "user_version", 99).unwrap();
        let refused = migrate(&mut newer, Path::new("x"));
        assert!(matches!(refused, Err(SqliteError::Newer { found: 99, known: 3 })));

        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(migrate(&mut foreign, Path::new("x")), Err(SqliteError::Foreign(_))));
        assert_eq!(tables(&foreign).len(), 1);
    }
}
