//! What can go wrong with the server.

use std::time::Duration;

use deadpool_postgres::{BuildError, PoolError, TimeoutType};
use keyward::{CorruptRecord, KeyId, UserId};

use crate::connect::STANDBY;

/// Why the store could not answer. For a gate that is a fault, and nobody gets in. It holds no record and no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresError {
    /// The server said no. What it adds beside its sentence may quote rows, so that is left out.
    #[error("PostgreSQL refused with {code}: {message}")]
    Server {
        /// The SQLSTATE.
        code: String,
        /// The sentence.
        message: String,
    },
    /// The connection failed, was lost, or never came to be.
    #[error("the connection to PostgreSQL failed; the source of this error says how")]
    Connection(#[source] tokio_postgres::Error),
    /// No connection of the pool came free in time.
    #[error(
        "all connections were busy for {0:?}; send fewer calls at a time, or give the store more connections"
    )]
    Exhausted(Duration),
    /// No new connection was there in time.
    #[error("no connection within {0:?}; see whether the server is reached")]
    NotReached(Duration),
    /// The server did not answer in time.
    #[error("no answer within {0:?}; see what the server is busy with")]
    TimedOut(Duration),
    /// The pool could not be made.
    #[error("there is no pool; the source of this error says why")]
    Pool(#[source] BuildError),
    /// The pool is closed.
    #[error("the store has stopped; connect again")]
    Stopped,
    /// Not a name for a schema.
    #[error("not a name for a schema; take 1 to 40 of a-z, 0-9 and _, and no digit first")]
    SchemaName,
    /// A later release has made the schema.
    #[error("schema of version {found}, and this release knows {known}; use the release that made it")]
    Newer {
        /// The version that is there.
        found: i32,
        /// The latest that this release knows.
        known: i32,
    },
    /// The schema holds tables that are not ours.
    #[error("the schema {0} is another program's; name one of keyward's own")]
    Foreign(String),
    /// The server replays another one's log: it is behind, and takes no writes.
    #[error("a standby; connect to the primary, for instance with target_session_attrs=read-write")]
    Standby,
    /// The database would change texts.
    #[error("a database in {0}; make one in UTF8")]
    Encoding(String),
    /// A record that is not what was written.
    #[error("a stored record is not read; the source of this error says what to do")]
    Corrupt(#[from] CorruptRecord),
    /// A key's rows contradict each other.
    #[error("the rows of key id {0} do not belong together; restore the database from a backup")]
    TornKey(KeyId),
    /// A user's record and the columns beside it contradict each other.
    #[error("the row of user {0} does not belong to its record; restore the database from a backup")]
    TornUser(UserId),
    /// An account's record is another one's.
    #[error("the row of an account does not belong to its record; restore the database from a backup")]
    TornAccount,
    /// A row of the change feed is none.
    #[error("a row of the changes names no key and no account; restore the database from a backup")]
    TornChange,
    /// All of the room for claims holds some whose time has not come.
    #[error("no room left for claims; give the store room for more, or shorten the windows")]
    ClaimsFull,
    /// The claim may have been thrown away already: the clock stood later than it does now.
    #[error("claim that may have been forgotten while the clock stood ahead; sign again")]
    ClaimForgotten,
    /// The claim is asked for after its own end.
    #[error("claim after its end; ask within the request's window, at the moment it was checked by")]
    ClaimEnded,
    /// The request may have been sent before the guard's memory began: an unlogged table is emptied by a crash.
    #[error("request that may be older than the memory of the replay guard; sign again a window later")]
    ClaimBeforeStart,
    /// The tables of the claims are unlogged, and this store was not told so.
    #[error(
        "claims in unlogged tables; choose `danger_unlogged_claims` everywhere, or make them LOGGED again"
    )]
    ClaimsUnlogged,
}

impl PostgresError {
    /// Whether the same again may do: another transaction was in the way, and nothing has changed.
    pub(crate) fn is_contention(&self) -> bool {
        // unique_violation, serialization_failure, deadlock_detected
        matches!(self, Self::Server { code, .. } if matches!(code.as_str(), "23505" | "40001" | "40P01"))
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) if said.code().code() == STANDBY => Self::Standby,
            Some(said) => {
                Self::Server { code: said.code().code().to_owned(), message: said.message().to_owned() }
            }
            None => Self::Connection(error),
        }
    }
}

impl PostgresError {
    pub(crate) fn of_pool(error: PoolError, wait: Duration) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(TimeoutType::Wait) => Self::Exhausted(wait),
            PoolError::Timeout(_) => Self::NotReached(wait),
            _ => Self::Stopped,
        }
    }
}
