//! Stores on the server that the tests share, each in a schema of its own.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::{Mutex, PoisonError};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Changed, Follower, Insert, Keep, KeyId, KeyRing, Mark,
    OsEntropy, Pepper, Registry, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio_postgres::Client;

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

/// Leaves the test where there is no server.
macro_rules! server {
    () => {
        match keyward_test_pg::Server::shared() {
            Some(server) => server,
            None => return,
        }
    };
}
pub(crate) use server;

/// Says aloud that a test is left out.
///
/// # Panics
/// Where `KEYWARD_REQUIRE_ALL=1`: all tests are to run.
pub(crate) fn not_ours(why: &str) {
    let required = std::env::var_os("KEYWARD_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "{why}; leave KEYWARD_PG_URL out");
    eprintln!("SKIPPED: {why}");
}

pub(crate) fn by() -> By<'static> {
    By::new("admin@acme", NOW)
}

pub(crate) fn user(id: &str, name: &str) -> (ApiUser, KeyId) {
    let (account, id) = ("acme".parse().unwrap(), id.parse().unwrap());
    let mut user = ApiUser::new(account, id, name, AccessLevel::Full, Allowlist::Any).unwrap();
    let ring = KeyRing::new(Pepper::new(1, [7; 32]).unwrap());
    let key = user.issue(Keep::Hashed, &ring, by(), &mut OsEntropy).unwrap().key_id();
    (user, key)
}

pub(crate) fn config(server: &Server) -> Config {
    server.url().parse().unwrap()
}

/// A schema of one's own, and how to connect to it.
pub(crate) struct Place<'a> {
    pub(crate) server: &'a Server,
    pub(crate) schema: String,
}

impl<'a> Place<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        Self { server, schema: Server::fresh_name("t") }
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions::new().schema(&self.schema).connections(4)
    }

    pub(crate) async fn open(&self) -> PostgresStore {
        self.options().connect(config(self.server), NoTls).await.unwrap()
    }

    /// With the account and one user.
    pub(crate) async fn with_one(&self) -> (PostgresStore, KeyId) {
        let store = self.open().await;
        store.put_account(&Account::new("acme".parse().unwrap())).await.unwrap();
        let (user, key) = user("u1", "checkout");
        assert_eq!(store.insert(&user).await.unwrap(), Insert::Stored);
        (store, key)
    }

    /// A bare connection, whose tables are the store's.
    pub(crate) async fn client(&self) -> Client {
        self.client_as(config(self.server)).await
    }

    pub(crate) async fn client_as(&self, config: Config) -> Client {
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path TO {}", self.schema)).await.unwrap();
        client
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.unwrap();
    }
}

pub(crate) async fn read(store: &PostgresStore, id: &str) -> ApiUser {
    store.user("acme".parse().unwrap(), id.parse().unwrap()).await.unwrap().unwrap()
}

/// Notes what it is told. Its clock is a counter, so that a mark is never reached by waiting.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<(u64, Vec<Told>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Changed(Changed),
    CaughtUp,
}

impl Notes {
    pub(crate) fn all(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }

    /// How many marks were taken.
    pub(crate) fn marks(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    pub(crate) fn changes(&self) -> Vec<Changed> {
        let changed = |told| if let Told::Changed(what) = told { Some(what) } else { None };
        self.all().into_iter().filter_map(changed).collect()
    }

    /// Waits until all of it is there, at most 30 seconds.
    pub(crate) async fn wait_for(&self, what: &[Told]) {
        for _ in 0..3_000 {
            if what.iter().all(|told| self.all().contains(told)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{what:?} is not among {:?}", self.all());
    }
}

impl Follower for Notes {
    fn mark(&self) -> Mark {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.0 += 1;
        Mark(std::time::Duration::from_secs(notes.0))
    }

    fn changed(&self, what: Changed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.push(Told::Changed(what));
    }

    fn caught_up(&self, mark: Mark) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(mark, Mark(std::time::Duration::from_secs(notes.0)), "a mark that was not taken last");
        notes.1.push(Told::CaughtUp);
    }
}
