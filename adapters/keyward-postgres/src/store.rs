//! The server, connected.

use std::{fmt, sync::Arc, time::Duration};

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use tokio::{
    runtime::Handle,
    time::{Instant, timeout},
};
use tokio_postgres::{
    Config, IsolationLevel, Socket,
    tls::{MakeTlsConnect, TlsConnect},
};

use crate::{
    connect::{self, Dial, Dialler, Pooled},
    error::PostgresError,
    schema,
};

/// Connections, unless said.
const CONNECTIONS: usize = 16;
/// The most of them.
const MAX_CONNECTIONS: usize = 512;
/// How long a call waits for a connection, unless said.
const WAIT: Duration = Duration::from_secs(2);
/// How long a call waits for its answers, unless said; the server gives up by then too.
const ANSWER: Duration = Duration::from_secs(5);
/// The most that either of the two may be.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long the migrations of a start may take, those of another instance included.
const MIGRATION: Duration = Duration::from_secs(600);
/// How often a follower asks, unless said.
const POLL: Duration = Duration::from_millis(500);
/// The shortest and the longest of that.
const MIN_POLL: Duration = Duration::from_millis(10);
const MAX_POLL: Duration = Duration::from_secs(60);
/// Claims, unless said.
const CLAIMS: usize = 1_000_000;
/// Entries of each part of the journal, unless said.
const ENTRIES: usize = 100_000;
/// How often a write is begun anew where others change the same rows.
pub(crate) const MAX_TRIES: u32 = 10;

/// The store of keyward in PostgreSQL: [`Lookup`](keyward::Lookup), [`Registry`](keyward::Registry),
/// [`ReplayGuard`](keyward::ReplayGuard) and [`Journal`](keyward::Journal), and [`follow`](Self::follow).
///
/// What a write has answered is on the server's disk. Where a standby takes over that had not received everything, the
/// last of it is lost, claims and revocations included: `synchronous_standby_names` is the server's way to prevent that.
///
/// Share it by reference or in an `Arc`. A call whose future is dropped is undone as a whole or done as a whole, and its
/// connection goes back to the pool once the server has answered, so that a server that hangs has no more of its
/// requests to answer than there are connections.
///
/// ```no_run
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use keyward::{Account, Registry};
/// use keyward_postgres::{NoTls, PostgresStore};
/// let store = PostgresStore::connect("host=/run/postgresql user=service dbname=service", NoTls).await?;
/// let acme = Account::new("acme".parse()?);
/// store.put_account(&acme).await?;
/// assert!(store.account(acme.id()).await?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PostgresStore {
    pub(crate) pool: Pool,
    pub(crate) dial: Arc<dyn Dial>,
    pub(crate) options: PostgresOptions,
}

/// How a [`PostgresStore`] is connected.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    pub(crate) schema: String,
    connections: usize,
    pub(crate) wait: Duration,
    pub(crate) answer: Duration,
    pub(crate) poll: Duration,
    pub(crate) claims: usize,
    pub(crate) entries: usize,
    pub(crate) unlogged: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: String::from("keyward"),
            connections: CONNECTIONS,
            wait: WAIT,
            answer: ANSWER,
            poll: POLL,
            claims: CLAIMS,
            entries: ENTRIES,
            unlogged: false,
        }
    }
}

impl PostgresOptions {
    /// The schema `keyward`, 16 connections, two seconds of waiting for one and five for its answers, a million claims, a
    /// hundred thousand entries of each part of the journal, half a second between two questions of a follower.
    pub fn new() -> Self {
        Self::default()
    }

    /// The schema that holds the tables, and nothing else; it is also the channel that changes are announced on. 1 to 40
    /// of `a-z`, `0-9` and `_`, no digit first; anything else is an error when connecting.
    #[must_use]
    pub fn schema(self, schema: &str) -> Self {
        Self { schema: schema.to_owned(), ..self }
    }

    /// Connections of the pool; 1 to 512, else the nearest of the two. A follower has one more.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self { connections: connections.clamp(1, MAX_CONNECTIONS), ..self }
    }

    /// How long a call waits for a connection to come free, and for a new one to be made, before it fails; at most a
    /// minute.
    #[must_use]
    pub fn wait(self, wait: Duration) -> Self {
        Self { wait: wait.min(MAX_WAIT), ..self }
    }

    /// How long a call waits for its answers before it fails; at most a minute. A connection that has not answered is
    /// thrown away; whether a write was done then, nobody knows: read it again. [`count_by_key`](keyward::Registry::count_by_key),
    /// [`browse`](keyward::Journal::browse) and [`forget`](keyward::Journal::forget) go page after page, and have this for
    /// each; `forget` has no bound besides, since each page is gone for good.
    #[must_use]
    pub fn answer(self, answer: Duration) -> Self {
        Self { answer: answer.min(MAX_WAIT), ..self }
    }

    /// How often a follower asks where it hears nothing; 10 milliseconds to a minute, else the nearest of the two. So
    /// old, and a round trip more, is what a cache can call fresh.
    #[must_use]
    pub fn poll(self, poll: Duration) -> Self {
        Self { poll: poll.clamp(MIN_POLL, MAX_POLL), ..self }
    }

    /// Claims of signed requests that there is room for, of which one key has a sixteenth. All instances should say the
    /// same.
    #[must_use]
    pub fn claims(self, claims: usize) -> Self {
        Self { claims, ..self }
    }

    /// Entries that each part of the journal keeps; beyond, its own oldest goes.
    #[must_use]
    pub fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// Keeps claims in unlogged tables: a claim does not wait for the disk.
    ///
    /// **Danger:** a crash of the server empties them, and a standby has none. The guard knows since when it remembers;
    /// claims of requests that may have been sent before that, or before the server's start, are errors. So after each
    /// start of the server no signed request gets in until a window has passed. It remembers since the latest moment that
    /// any instance has claimed at, which the logged table `claim_clock` holds: after a crash, an instance whose clock was
    /// an hour ahead keeps signed requests out for an hour more.
    ///
    /// It is the tables that are unlogged, for all instances: to one that was not told so, claims are errors.
    /// `ALTER TABLE … SET LOGGED` for `claims`, `claim_shards` and `claim_shares` takes it back.
    #[must_use]
    pub fn danger_unlogged_claims(self) -> Self {
        Self { unlogged: true, ..self }
    }

    /// Connects, makes the schema where there is none, and brings it up to date; instances that start together wait
    /// for one another. A role that may only read can connect once the schema is up to date.
    ///
    /// Encryption is the connector's: [`NoTls`](crate::NoTls) is for sockets of this machine and for networks that
    /// nobody else is on.
    ///
    /// # Errors
    /// [`PostgresError`]: no server, a later release's schema, another program's, a standby, a database that does not keep
    /// UTF-8.
    pub async fn connect<T>(&self, mut config: Config, tls: T) -> Result<PostgresStore, PostgresError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        if !is_name(&self.schema) {
            return Err(PostgresError::SchemaName);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.wait);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(self.wait + self.answer);
        }
        if config.get_application_name().is_none() {
            config.application_name("keyward");
        }
        let hello = connect::hello(&self.schema, self.answer);
        let dial: Arc<dyn Dial> = Arc::new(Dialler { config: config.clone(), tls, hello });
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(config, Pooled(Arc::clone(&dial)), recycling);
        let timeouts = Timeouts { wait: Some(self.wait), create: Some(self.wait), recycle: Some(self.wait) };
        let pool = Pool::builder(manager)
            .max_size(self.connections)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(PostgresError::Pool)?;
        let store = PostgresStore { pool, dial, options: self.clone() };
        let migrate = store.within(MIGRATION, async |client| schema::migrate(client, &self.schema).await);
        migrate.await?;
        if self.unlogged {
            store.within(MIGRATION, async |client| schema::unlog(client).await).await?;
        }
        Ok(store)
    }
}

fn is_name(schema: &str) -> bool {
    let digit = schema.starts_with(|first: char| first.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    // `pg_` is PostgreSQL's own.
    (1..=40).contains(&schema.len()) && !digit && schema.bytes().all(plain) && !schema.starts_with("pg_")
}

impl PostgresStore {
    /// Connects with the [defaults](PostgresOptions::new): to a URL or to words, `host=… user=… dbname=…`.
    ///
    /// # Errors
    /// As [`PostgresOptions::connect`]; [`PostgresError::Connection`] where the text is neither.
    pub async fn connect<T>(server: &str, tls: T) -> Result<Self, PostgresError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        PostgresOptions::new().connect(server.parse()?, tls).await
    }

    /// Grants a role what is needed to verify: reading accounts, users and keys, and following the changes. It reads
    /// neither journal nor claims and writes nothing; whoever serves signed requests needs a guard besides.
    ///
    /// To be called as the owner of the schema. The role is made by `CREATE ROLE … LOGIN`; `DROP OWNED BY` takes all of
    /// it back.
    ///
    /// # Errors
    /// [`PostgresError::Server`]: no such role, or not the owner.
    pub async fn grant_verifying(&self, role: &str) -> Result<(), PostgresError> {
        let schema = &self.options.schema;
        self.read(async |client| {
            // Quoted by the server, which knows how.
            let quoted = client.query_one("SELECT quote_ident($1)", &[&role]).await?;
            let quoted: &str = quoted.try_get(0)?;
            let grant = format!(
                "GRANT USAGE ON SCHEMA {schema} TO {quoted};
                 GRANT SELECT ON migrations, accounts, users, keys, feed, changes TO {quoted}"
            );
            Ok(client.batch_execute(&grant).await?)
        })
        .await
    }

    async fn client(&self) -> Result<Object, PostgresError> {
        self.pool.get().await.map_err(|error| PostgresError::of_pool(error, self.options.wait))
    }

    /// Does it on a connection of the pool. One that has not answered by then is thrown away: what it still sends would
    /// be waited for by whoever has it next. One whose future is dropped is [`Lent`] until it has answered.
    pub(crate) async fn within<T>(
        &self,
        bound: Duration,
        job: impl AsyncFnOnce(&mut Object) -> Result<T, PostgresError>,
    ) -> Result<T, PostgresError> {
        let mut lent = Lent { client: None, answer: self.options.answer };
        let client = lent.client.insert(self.client().await?);
        let answer = timeout(bound, job(client)).await;
        let client = lent.client.take();
        if let Ok(answer) = answer {
            return answer;
        }
        drop(client.map(Object::take));
        Err(PostgresError::TimedOut(bound))
    }

    pub(crate) async fn read<T>(
        &self,
        job: impl AsyncFnOnce(&mut Object) -> Result<T, PostgresError>,
    ) -> Result<T, PostgresError> {
        self.within(self.options.answer, job).await
    }

    /// One try of a write, in one transaction.
    pub(crate) async fn attempt<T>(
        &self,
        end: Instant,
        job: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, PostgresError>,
    ) -> Result<T, PostgresError> {
        self.within(end.saturating_duration_since(Instant::now()), async |client| {
            let isolation = IsolationLevel::ReadCommitted;
            let transaction = client.build_transaction().isolation_level(isolation).start().await?;
            let answer = job(&transaction).await?;
            transaction.commit().await?;
            Ok(answer)
        })
        .await
    }
}

/// A connection that is out for a call. Where the call is dropped, the pool has it back once it has answered, its
/// transaction rolled back, and not before: else each call that is dropped would leave one more request to a server
/// that answers none. One that has not answered in time is thrown away.
struct Lent {
    client: Option<Object>,
    answer: Duration,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            drop(Object::take(client));
            return;
        };
        let answer = self.answer;
        runtime.spawn(async move {
            // Answers come in order, so this one comes last.
            if !matches!(timeout(answer, client.batch_execute("")).await, Ok(Ok(()))) {
                drop(Object::take(client));
            }
        });
    }
}

/// Writes in one transaction, begun anew where another was in the way, all within one bound.
macro_rules! transact {
    ($store:expr, $job:expr) => {{
        let end = tokio::time::Instant::now() + $store.options.answer;
        let mut tries = 0;
        loop {
            match $store.attempt(end, $job).await {
                Err(error) if error.is_contention() && tries < crate::store::MAX_TRIES => tries += 1,
                answer => break answer,
            }
        }
    }};
}
pub(crate) use transact;

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("options", &self.options).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_beyond_their_bounds_are_the_nearest() {
        let of = PostgresOptions::new;
        assert_eq!((of().connections(0).connections, of().connections(9_999).connections), (1, 512));
        let long = Duration::from_secs(3_600);
        assert_eq!((of().wait(long).wait, of().answer(long).answer), (MAX_WAIT, MAX_WAIT));
        assert_eq!((of().poll(Duration::ZERO).poll, of().poll(long).poll), (MIN_POLL, MAX_POLL));
    }

    #[test]
    fn a_schema_is_named_in_small_letters_and_never_as_the_servers_own() {
        for name in ["keyward", "k", "_1", &"k".repeat(40)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1k", "Keyward", "a-b", "a b", "a\"b", "é", "pg_catalog", &"k".repeat(41)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
