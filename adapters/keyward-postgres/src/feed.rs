//! What has changed, passed on to whoever keeps copies.
//!
//! ```text
//! LISTEN ─▶ mark ─▶ one SELECT: the counter, and the changes behind the last one ─▶ changed … ─▶ caught_up(mark)
//!            ▲                                                                                        │
//!            └──────────────── a notification, or the poll interval ◀─────────────────────────────────┘
//! ```

use std::{convert::Infallible, sync::Arc, time::Duration};

use keyward::{Changed, Follower};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{Client, Row, Statement};

use crate::{error::PostgresError, store::PostgresStore};

/// Changes that are passed on one by one; behind more of them, everything is read again.
const MAX_CHANGES: usize = 10_000;

/// How long it waits before it connects again, at first and at most; doubled each time.
const PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// One statement, so one snapshot: whose change's number is in the counter, its changes are in the table. What was
/// thrown away, and a counter that stands lower, say that the copies are worth nothing.
const READ: &str = "SELECT feed.last, feed.trimmed, changed.key_id, changed.account FROM feed
     LEFT JOIN (
         SELECT key_id, account FROM changes WHERE number > $1 ORDER BY number LIMIT $2
     ) changed ON true";

impl PostgresStore {
    /// Tells a follower of every change, until the future is dropped. Spawn it; it has a connection of its own.
    ///
    /// Nothing is missed: a change is numbered in its transaction, in the order of the commits, and after each
    /// notification and at every [poll interval](crate::PostgresOptions::poll) everything behind the last number is read.
    /// Where that is not there any more, the follower is told that everything has changed, and so it is at the start of
    /// each connection: a server that comes back may have lost its last numbers and given them to other changes. While
    /// there is no connection it is not told that it has caught up.
    ///
    /// It connects again by itself, after a pause of 50 milliseconds to two seconds.
    pub async fn follow(&self, follower: impl Follower) -> Infallible {
        self.follow_and_report(follower, |_| ()).await
    }

    /// The same; `report` is told why a connection was lost.
    pub async fn follow_and_report(
        &self,
        follower: impl Follower,
        mut report: impl FnMut(PostgresError) + Send,
    ) -> Infallible {
        let mut pause = PAUSE;
        loop {
            let mut asked = false;
            let Err(error) = self.follow_connection(&follower, &mut asked).await;
            report(error);
            pause = if asked { PAUSE } else { MAX_PAUSE.min(pause * 2) };
            sleep(pause).await;
        }
    }

    /// Until the connection is lost.
    async fn follow_connection(
        &self,
        follower: &impl Follower,
        asked: &mut bool,
    ) -> Result<Infallible, PostgresError> {
        let (wait, answer) = (self.options.wait, self.options.answer);
        let heard = Arc::new(Notify::new());
        let dialled = timeout(wait, self.dial.dial(Some(Arc::clone(&heard)))).await;
        let (client, task) = dialled.map_err(|_| PostgresError::NotReached(wait))??;
        let connection = Listening { client, _task: Task(task) };
        let late = |_| PostgresError::TimedOut(answer);
        let read = timeout(answer, connection.listen(&self.options.schema)).await.map_err(late)??;
        // Numbers of another connection are not compared: they may have been given twice since.
        let mut place = None;
        loop {
            let mark = follower.mark();
            let rows = timeout(answer, connection.changes(&read, place)).await.map_err(late)??;
            place = Some(pass_on(&rows, place, follower)?);
            follower.caught_up(mark);
            *asked = true;
            let _ = timeout(self.options.poll, heard.notified()).await;
        }
    }
}

struct Listening {
    client: Client,
    _task: Task,
}

/// Ends with us: a future that is dropped leaves no connection.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listening {
    /// Listens before anything is read, so that nothing falls in between.
    async fn listen(&self, schema: &str) -> Result<Statement, PostgresError> {
        self.client.batch_execute(&format!("LISTEN {schema}")).await?;
        Ok(self.client.prepare(READ).await?)
    }

    async fn changes(&self, read: &Statement, place: Option<i64>) -> Result<Vec<Row>, PostgresError> {
        let limit = i64::try_from(MAX_CHANGES.saturating_add(1)).unwrap_or(i64::MAX);
        let last = place.unwrap_or(i64::MAX);
        Ok(self.client.query(read, &[&last, &limit]).await?)
    }
}

/// Passes on what has changed behind the number that was passed on last, and returns the counter.
fn pass_on(rows: &[Row], place: Option<i64>, follower: &impl Follower) -> Result<i64, PostgresError> {
    let counter = rows.first().ok_or(PostgresError::TornChange)?;
    let (last, trimmed): (i64, i64) = (counter.try_get(0)?, counter.try_get(1)?);
    let known = place.is_some_and(|place| (trimmed..=last).contains(&place));
    if !known || rows.len() > MAX_CHANGES {
        follower.changed(Changed::Anything);
        return Ok(last);
    }
    for row in rows {
        match (row.try_get::<_, Option<&str>>(2)?, row.try_get::<_, Option<&str>>(3)?) {
            (None, None) => {}
            (Some(key), Some("")) => {
                follower.changed(Changed::Key(key.parse().map_err(|_| PostgresError::TornChange)?));
            }
            (Some(""), Some(account)) => {
                follower.changed(Changed::Account(account.parse().map_err(|_| PostgresError::TornChange)?));
            }
            _ => return Err(PostgresError::TornChange),
        }
    }
    Ok(last)
}
