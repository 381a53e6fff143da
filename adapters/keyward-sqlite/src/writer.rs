//! The thread that writes. SQLite lets one write at a time anyhow: writers that wait in a queue of ours wait in order and
//! do not spin on the file's lock.
//!
//! What waits is written together: each write in a savepoint of its own, all in one transaction with one `fsync`, and
//! nobody is answered before it. So a disk that flushes 500 times a second takes more than 500 writes.

use std::{
    iter,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use futures_channel::oneshot;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{error::SqliteError, workers::WAITING};

/// Writes of one transaction. Each of them waits for the others, some ten microseconds apiece.
const BATCH: usize = 64;

/// A queue to the thread, which ends when it is dropped and empty.
pub(crate) struct Writer(SyncSender<Box<dyn Write>>);

/// A write that waits, is done and is answered, in this order.
trait Write: Send {
    fn run(&mut self, transaction: &Transaction<'_>);
    fn answer(self: Box<Self>, committed: Result<(), Arc<rusqlite::Error>>);
}

struct Job<T, F> {
    write: Option<F>,
    outcome: Option<Result<T, SqliteError>>,
    answer: oneshot::Sender<Result<T, SqliteError>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> Result<Self, SqliteError> {
        let (sender, receiver) = sync_channel(WAITING);
        let builder = thread::Builder::new().name("keyward-write".to_owned());
        builder.spawn(move || work(connection, &receiver)).map_err(SqliteError::Thread)?;
        Ok(Self(sender))
    }

    /// Writes as a whole, or not at all, also where the future is dropped: nothing of it depends on being polled.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (answer, answered) = oneshot::channel();
        match self.0.try_send(Box::new(Job { write: Some(job), outcome: None, answer })) {
            Ok(()) => answered.await.unwrap_or(Err(SqliteError::Stopped)),
            Err(TrySendError::Full(_)) => Err(SqliteError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(SqliteError::Stopped),
        }
    }
}

impl<T: Send, F: FnOnce(&Transaction<'_>) -> Result<T, SqliteError> + Send> Write for Job<T, F> {
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

fn work(mut connection: Connection, jobs: &Receiver<Box<dyn Write>>) {
    while let Ok(first) = jobs.recv() {
        let mut batch: Vec<_> = iter::once(first).chain(jobs.try_iter()).take(BATCH).collect();
        let committed = together(&mut connection, &mut batch).map_err(Arc::new);
        for write in batch {
            write.answer(committed.clone());
        }
    }
}

/// All of them in one transaction, which holds the file's lock from its first read on.
fn together(connection: &mut Connection, batch: &mut [Box<dyn Write>]) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
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
        let (answer, answered) = oneshot::channel();
        let write = move |transaction: &Transaction<'_>| Ok(transaction.execute_batch(sql)?);
        (Box::new(Job { write: Some(write), outcome: None, answer }), answered)
    }

    fn done(writes: Vec<Box<dyn Write>>, connection: &mut Connection) {
        let mut writes = writes;
        let committed = together(connection, &mut writes).map_err(Arc::new);
        for write in writes {
            write.answer(committed.clone());
        }
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
}
