//! The thread that writes. SQLite lets one write at a time anyhow: writers that wait in a queue of ours wait in order and
//! do not spin on the file's lock.
//!
//! What waits is written together: each write in a savepoint of its own, all in one transaction with one `fsync`, and
//! nobody is answered before it. So a disk that flushes 500 times a second takes more than 500 writes.
//!
//! Each write has a moment up to which it waits for another process' lock, in the queue or at the lock. Whose moment has
//! passed is written if the lock is free, and else fails at once: those before it have waited for it.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use futures_channel::oneshot;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::{error::SqliteError, workers::WAITING};

/// Writes of one transaction. Each of them waits for the others, some ten microseconds apiece.
const BATCH: usize = 64;

/// A queue to the thread, which ends when it is dropped and empty.
pub(crate) struct Writer {
    queue: SyncSender<Box<dyn Write>>,
    /// How long a write waits for another process' lock.
    busy: Duration,
}

/// A write that waits, is done and is answered, in this order.
trait Write: Send {
    /// Up to when it waits for the lock.
    fn until(&self) -> Instant;
    fn run(&mut self, transaction: &Transaction<'_>);
    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>);
}

struct Job<T, F> {
    write: Option<F>,
    outcome: Option<Result<T, SqliteError>>,
    answer: oneshot::Sender<Result<T, SqliteError>>,
    until: Instant,
}

impl Writer {
    pub(crate) fn start(connection: Connection, busy: Duration) -> Result<Self, SqliteError> {
        let (sender, receiver) = sync_channel(WAITING);
        let builder = thread::Builder::new().name("keyward-write".to_owned());
        builder.spawn(move || work(connection, &receiver)).map_err(SqliteError::Thread)?;
        Ok(Self { queue: sender, busy })
    }

    /// Writes as a whole, or not at all, also where the future is dropped: nothing of it depends on being polled.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (answer, answered) = oneshot::channel();
        let until = moment() + self.busy;
        match self.queue.try_send(Box::new(Job { write: Some(job), outcome: None, answer, until })) {
            Ok(()) => answered.await.unwrap_or(Err(SqliteError::Stopped)),
            Err(TrySendError::Full(_)) => Err(SqliteError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(SqliteError::Stopped),
        }
    }
}

impl<T: Send, F: FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send> Write for Job<T, F> {
    fn until(&self) -> Instant {
        self.until
    }

    fn run(&mut self, transaction: &Transaction<'_>) {
        self.outcome = self.write.take().map(|write| alone(transaction, write));
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>) {
        let answer = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (Some(outcome), Ok(())) => outcome,
            (_, Err(error)) => Err(SqliteError::NotCommitted(error)),
            (None, Ok(())) => Err(SqliteError::Stopped),
        };
        // Nobody may listen any more.
        let _ = self.answer.send(answer);
    }
}

/// In a savepoint: what fails leaves the writes beside it as they are.
fn alone<T>(
    transaction: &Transaction<'_>,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError>,
) -> Result<T, SqliteError> {
    let step = |sql| transaction.prepare_cached(sql)?.execute(()).map(drop);
    step("SAVEPOINT one")?;
    let outcome = job(transaction);
    if outcome.is_err() {
        step("ROLLBACK TO one")?;
    }
    step("RELEASE one")?;
    outcome
}

#[allow(clippy::disallowed_methods, reason = "only how long a write has waited is measured by it")]
fn moment() -> Instant {
    Instant::now()
}

fn work(mut connection: Connection, jobs: &Receiver<Box<dyn Write>>) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if batch.is_empty() {
            let Ok(first) = jobs.recv() else { return };
            batch.push(first);
        }
        batch.extend(jobs.try_iter().take(BATCH.saturating_sub(batch.len())));
        turn(&mut connection, &mut batch);
    }
}

/// Writes the batch and answers it. Where the lock does not come free, only the oldest is answered, with those whose moment
/// has passed too; the rest stay in the batch, so a turn waits no longer than the oldest may.
fn turn(connection: &mut Connection, batch: &mut Vec<Box<dyn Write>>) {
    let patience =
        batch.first().map_or(Duration::ZERO, |oldest| oldest.until().saturating_duration_since(moment()));
    let committed = match begin(connection, patience) {
        Ok(transaction) => together(transaction, batch),
        Err(busy) if busy.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            let (now, busy) = (moment(), Arc::new(busy));
            let late = batch.iter().take_while(|write| write.until() <= now).count();
            let answered = late.max(1).min(batch.len());
            batch.drain(..answered).for_each(|write| write.answer(Err(Arc::clone(&busy))));
            return;
        }
        Err(error) => Err(error),
    };
    let committed = committed.map_err(Arc::new);
    batch.drain(..).for_each(|write| write.answer(committed.clone()));
}

/// A transaction that holds the file's lock from its first read on.
fn begin(connection: &mut Connection, patience: Duration) -> Result<Transaction<'_>, rusqlite::Error> {
    connection.busy_timeout(patience)?;
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// All of them in one transaction.
fn together(transaction: Transaction<'_>, batch: &mut [Box<dyn Write>]) -> Result<(), rusqlite::Error> {
    for write in batch {
        write.run(&transaction);
        // A full disk or one that fails ends the transaction; what comes next would be committed by itself.
        if transaction.is_autocommit() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                None,
            ));
        }
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Listener = oneshot::Receiver<Result<(), SqliteError>>;

    fn writing(sql: &'static str) -> (Box<dyn Write>, Listener) {
        writing_until(moment(), sql)
    }

    fn writing_until(until: Instant, sql: &'static str) -> (Box<dyn Write>, Listener) {
        let (answer, answered) = oneshot::channel();
        let write = move |transaction: &Transaction<'_>| Ok(transaction.execute_batch(sql)?);
        (Box::new(Job { write: Some(write), outcome: None, answer, until }), answered)
    }

    fn done(mut writes: Vec<Box<dyn Write>>, connection: &mut Connection) {
        turn(connection, &mut writes);
        assert!(writes.is_empty());
    }

    fn rows(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0)).unwrap()
    }

    fn heard(listener: &mut Listener) -> Result<(), SqliteError> {
        listener.try_recv().unwrap().unwrap()
    }

    #[test]
    fn a_write_that_fails_leaves_those_beside_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x UNIQUE)").unwrap();
        let (one, mut first) = writing("INSERT INTO t VALUES (1)");
        let (half, mut second) = writing("INSERT INTO t VALUES (2); INSERT INTO t VALUES (1)");
        let (three, mut third) = writing("INSERT INTO t VALUES (3)");
        done(vec![one, half, three], &mut connection);
        assert!(heard(&mut first).is_ok() && heard(&mut third).is_ok());
        assert!(matches!(heard(&mut second), Err(SqliteError::Sqlite(_))));
        assert_eq!(rows(&connection), 2, "half of a write that failed is there");
    }

    /// As SQLite does it where the disk is full.
    #[test]
    fn where_the_transaction_is_gone_nobody_is_told_that_it_is_stored() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let (one, mut first) = writing("INSERT INTO t VALUES (1)");
        let (gone, mut second) = writing("ROLLBACK");
        let (three, mut third) = writing("INSERT INTO t VALUES (3)");
        done(vec![one, gone, three], &mut connection);
        for listener in [&mut first, &mut third] {
            assert!(matches!(heard(listener), Err(SqliteError::NotCommitted(_))));
        }
        assert!(heard(&mut second).is_err());
        assert_eq!(rows(&connection), 0);
    }

    /// A deferred constraint is looked at by the commit, and by nothing before it.
    #[test]
    fn where_the_commit_fails_nobody_is_told_that_it_is_stored() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        let t =
            "CREATE TABLE t (x INTEGER PRIMARY KEY, of INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)";
        connection.execute_batch(t).unwrap();
        let (one, mut first) = writing("INSERT INTO t VALUES (1, NULL)");
        let (orphan, mut second) = writing("INSERT INTO t VALUES (2, 99)");
        let (three, mut third) = writing("INSERT INTO t VALUES (3, 1)");
        done(vec![one, orphan, three], &mut connection);
        for listener in [&mut first, &mut second, &mut third] {
            assert!(matches!(heard(listener), Err(SqliteError::NotCommitted(_))));
        }
        assert_eq!(rows(&connection), 0);
        let (four, mut fourth) = writing("INSERT INTO t VALUES (4, NULL)");
        done(vec![four], &mut connection);
        assert!(heard(&mut fourth).is_ok(), "a commit that failed stops the next one");
        assert_eq!(rows(&connection), 1);
    }

    /// No clock decides: the waits that are left are either over or an hour.
    #[test]
    fn where_the_lock_is_held_only_those_are_refused_whose_time_is_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let (mut connection, other) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (now, later) = (moment(), moment() + Duration::from_secs(3_600));
        let (one, mut first) = writing_until(now, "INSERT INTO t VALUES (1)");
        let (two, mut second) = writing_until(now, "INSERT INTO t VALUES (2)");
        let (three, mut third) = writing_until(later, "INSERT INTO t VALUES (3)");
        let mut batch = vec![one, two, three];
        turn(&mut connection, &mut batch);
        for listener in [&mut first, &mut second] {
            assert!(matches!(heard(listener), Err(SqliteError::NotCommitted(_))));
        }
        assert!(batch.len() == 1 && third.try_recv().unwrap().is_none(), "one that may wait was answered");
        other.execute_batch("COMMIT").unwrap();
        // Whose time is up is written all the same where nobody has the lock.
        let (four, mut fourth) = writing_until(now, "INSERT INTO t VALUES (4)");
        batch.insert(0, four);
        turn(&mut connection, &mut batch);
        assert!(heard(&mut third).is_ok() && heard(&mut fourth).is_ok());
        assert_eq!(rows(&connection), 2);
    }
}
