//! Connections: how they are made, and what holds in each.

use std::{fmt, future::Future, future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use deadpool_postgres::Connect;
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinHandle},
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Error, Socket,
    tls::{MakeTlsConnect, TlsConnect},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A connection, and the task that moves its bytes. It ends with the connection.
pub(crate) type Dialled = (Client, JoinHandle<()>);

/// Makes connections, whatever the type of their encryption.
pub(crate) trait Dial: Send + Sync {
    /// A connection with the settings of the store. `heard` is told of each notification, and of the connection's end.
    fn dial(&self, heard: Option<Arc<Notify>>) -> BoxFuture<'_, Result<Dialled, Error>>;
}

pub(crate) struct Dialler<T> {
    pub(crate) config: Config,
    pub(crate) tls: T,
    /// What is said first in each session.
    pub(crate) hello: String,
}

/// How a standby refuses a session.
pub(crate) const STANDBY: &str = "KWSBY";

/// What a session of the store says first: that a standby is refused, where its tables are, and when the server gives up
/// by itself.
///
/// A standby is behind, and what was revoked would be read as live. Asked once is enough: a primary becomes a standby by a
/// restart alone, which ends its sessions. A commit that is answered before it is on the disk is not taken: after a crash
/// a revoked key would work again.
pub(crate) fn hello(schema: &str, answer: Duration) -> String {
    let bound = answer.as_millis();
    format!(
        "DO $$ BEGIN
             IF pg_is_in_recovery() THEN
                 RAISE EXCEPTION 'a standby' USING ERRCODE = '{STANDBY}';
             END IF;
         END $$;
         SET search_path TO {schema};
         SET statement_timeout TO {bound};
         SET lock_timeout TO {bound};
         SET idle_in_transaction_session_timeout TO {bound};
         SET default_transaction_isolation TO 'read committed';
         SET client_min_messages TO warning;
         SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') = 'off';"
    )
}

impl<T> Dial for Dialler<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + Sync,
    T::TlsConnect: Send + Sync,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn dial(&self, heard: Option<Arc<Notify>>) -> BoxFuture<'_, Result<Dialled, Error>> {
        Box::pin(async move {
            let (client, mut connection) = self.config.connect(self.tls.clone()).await?;
            let task = tokio::spawn(async move {
                while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                    if let (AsyncMessage::Notification(_), Some(heard)) = (message, &heard) {
                        heard.notify_one();
                    }
                }
                if let Some(heard) = heard {
                    heard.notify_one();
                }
            });
            let mut unfinished = Unfinished(Some(task.abort_handle()));
            client.batch_execute(&self.hello).await?;
            unfinished.0 = None;
            Ok((client, task))
        })
    }
}

/// Ends the task where the greeting fails or is not waited for.
struct Unfinished(Option<AbortHandle>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

/// The same for the pool.
pub(crate) struct Pooled(pub(crate) Arc<dyn Dial>);

impl Connect for Pooled {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<Dialled, Error>> {
        self.0.dial(None)
    }
}

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pooled")
    }
}
