//! What can go wrong with the file.

use std::{path::PathBuf, sync::Arc};

use keyward::{CorruptRecord, KeyId, UserId};

/// Why the store could not answer. For a gate that is a fault, and nobody gets in. It holds no record and no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// SQLite's own error: the disk, a lock that did not come free, a damaged file.
    #[error("SQLite could not do it; its own words are the source of this error")]
    Sqlite(#[from] rusqlite::Error),
    /// The transaction for this write and those beside it did not begin, for another process' lock, or did not reach the
    /// disk; nothing of it is stored.
    #[error("the file took no commit; SQLite's own words are the source of this error")]
    NotCommitted(#[source] Arc<rusqlite::Error>),
    /// A thread could not be started.
    #[error("no thread for the store; give the process more")]
    Thread(#[source] std::io::Error),
    /// A later release has written the file.
    #[error(
        "schema of version {found}, and this release knows {known}; open it with the release that wrote it"
    )]
    Newer {
        /// The file's `user_version`.
        found: i64,
        /// The latest that this release knows.
        known: i64,
    },
    /// The file is another program's.
    #[error("{0} is another program's database; name a file of keyward's own")]
    Foreign(PathBuf),
    /// Write-ahead logging is not to be had there: in memory, or on a file system without shared memory.
    #[error("no write-ahead log, but `{0}`; put the file on a local disk")]
    NoWal(String),
    /// A record that is not what was written.
    #[error("a stored record is not read; the source of this error says what to do")]
    Corrupt(#[from] CorruptRecord),
    /// A key's rows contradict each other.
    #[error("the rows of key id {0} do not belong together; restore the file from a backup")]
    TornKey(KeyId),
    /// A user's record and the columns beside it contradict each other.
    #[error("the row of user {0} does not belong to its record; restore the file from a backup")]
    TornUser(UserId),
    /// An account's record is another one's.
    #[error("the row of an account does not belong to its record; restore the file from a backup")]
    TornAccount,
    /// More calls wait than the store lets wait.
    #[error("too many calls wait for the store; send fewer at a time, or give it more readers")]
    Overloaded,
    /// The store's thread is gone.
    #[error("the store has stopped; open it again")]
    Stopped,
    /// All of the room for claims holds some whose time has not come.
    #[error("no room left for claims; give the store room for more, or shorten the windows")]
    ClaimsFull,
    /// The claim may have been thrown away already: the clock stood later than it does now.
    #[error("claim that may have been forgotten while the clock stood ahead; sign again")]
    ClaimForgotten,
    /// The claim is asked for after its own end.
    #[error("claim after its end; ask within the request's window, at the moment it was checked by")]
    ClaimEnded,
}
