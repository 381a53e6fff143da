//! Threads that hold the connections, so that no async thread ever waits for a disk.
//!
//! A thread of its own per connection, a queue and a oneshot: it works under any runtime and under none, and a
//! connection never changes threads. Those that read are here; the one that writes is in writer.rs.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use futures_channel::oneshot;
use rusqlite::Connection;

use crate::error::SqliteError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Calls that may wait at a queue; one more is an error at once, instead of memory without a bound.
pub(crate) const WAITING: usize = 4_096;

/// Threads with one queue. They end when it is dropped and empty.
pub(crate) struct Workers(SyncSender<Job>);

impl Workers {
    pub(crate) fn start(name: &str, connections: Vec<Connection>) -> Result<Self, SqliteError> {
        let (sender, receiver) = sync_channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for connection in connections {
            let receiver = Arc::clone(&receiver);
            let builder = thread::Builder::new().name(name.to_owned());
            builder.spawn(move || work(connection, &receiver)).map_err(SqliteError::Thread)?;
        }
        Ok(Self(sender))
    }

    /// Does it on one of the threads. It is done as a whole, or not begun, also where the future is dropped: nothing of
    /// it depends on being polled.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, SqliteError> + Send + 'static,
    ) -> Result<T, SqliteError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| drop(answer.send(job(connection))));
        match self.0.try_send(job) {
            Ok(()) => answered.await.unwrap_or(Err(SqliteError::Stopped)),
            Err(TrySendError::Full(_)) => Err(SqliteError::Overloaded),
            Err(TrySendError::Disconnected(_)) => Err(SqliteError::Stopped),
        }
    }
}

fn work(mut connection: Connection, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job(&mut connection);
    }
}
