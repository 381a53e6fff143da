//! How long so many users take to store, how many bytes they take, and at what rate they are then verified.
//! `cargo run --release -p keyward-postgres --example load -- 1000000`
//!
//! It starts a PostgreSQL of its own, with `fsync` as in service, or takes the one that `KEYWARD_PG_URL` names.

use std::{
    env,
    error::Error,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Gate, Keep,
    KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Revealed, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio::{task::JoinSet, time::Instant};
use tokio_postgres::Client;

const USERS: usize = 10_000;
/// Users of one account.
const TOGETHER: usize = 100;
const TASKS: usize = 16;
const CALLS: usize = 50_000;
const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let users = env::args().nth(1).map_or(Ok(USERS), |users| users.parse())?;
    let Some(server) = Server::start(&["fsync = on"]) else { return Ok(()) };
    let config: Config = server.url().parse()?;
    let schema = Server::fresh_name("load");
    let options = PostgresOptions::new().schema(&schema).connections(TASKS);
    let store = Arc::new(options.connect(config.clone(), NoTls).await?);
    let callers = Arc::new(load(&store, users).await?);

    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    print_sizes(&client, &schema, users).await?;
    client.batch_execute("ANALYZE").await?;

    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    let gate = Arc::new(Gate::new(engine, store));
    for tasks in [1, TASKS] {
        let start = Instant::now();
        let mut verifying = JoinSet::new();
        for task in 0..tasks {
            verifying.spawn(verify(Arc::clone(&gate), Arc::clone(&callers), task, tasks));
        }
        while let Some(done) = verifying.join_next().await {
            done??;
        }
        let rate = rate(CALLS, start.elapsed());
        println!("{rate} verdicts a second, {tasks} at a time, without a cache");
    }
    Ok(())
}

/// A second.
fn rate(number: usize, took: Duration) -> u128 {
    number as u128 * 1_000_000 / took.as_micros().max(1)
}

async fn load(store: &Arc<PostgresStore>, users: usize) -> Result<Vec<Revealed>> {
    let start = Instant::now();
    for number in 0..users.div_ceil(TOGETHER) {
        let account = Account::new(format!("a{number}").parse()?);
        store.put_account(&account.enable("events", ModulePolicy::default())).await?;
    }
    let next = Arc::new(AtomicUsize::new(0));
    let mut loading = JoinSet::<Result<Vec<Revealed>>>::new();
    for _ in 0..TASKS {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        loading.spawn(async move { fill(&store, &next, users).await });
    }
    let mut callers = Vec::new();
    while let Some(filled) = loading.join_next().await {
        callers.extend(filled??);
    }
    let took = start.elapsed();
    println!("{users} users stored in {took:.1?}, a transaction each: {} a second", rate(users, took));
    Ok(callers)
}

async fn print_sizes(client: &Client, schema: &str, users: usize) -> Result<()> {
    let sql = "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class
         WHERE relnamespace = $1::text::regnamespace AND relkind = 'r' ORDER BY 2 DESC LIMIT 5";
    for row in client.query(sql, &[&schema]).await? {
        let bytes = usize::try_from(row.try_get::<_, i64>(1)?)?;
        let (table, kilobytes) = (row.try_get::<_, &str>(0)?, bytes / 1_000);
        println!("{table:>10}: {kilobytes} kB, {} bytes a user", bytes / users.max(1));
    }
    Ok(())
}

async fn verify(
    gate: Arc<Gate<Arc<PostgresStore>>>,
    callers: Arc<Vec<Revealed>>,
    task: usize,
    tasks: usize,
) -> Result<()> {
    for number in 0..CALLS / tasks {
        // A prime apart, so that neighbours are not asked in turn.
        let at = (number * tasks + task) * 7_919 % callers.len().max(1);
        let Some(caller) = callers.get(at) else { continue };
        let presented = Presented::pair(caller.key_id(), caller.secret());
        let client = ClientAddr::direct(Ipv4Addr::new(192, 0, 2, 7).into());
        let ask = Ask::new("events.create", client, NOW);
        let _ = gate.authorize(presented, &ask).await?.into_result()?;
    }
    Ok(())
}

async fn fill(store: &PostgresStore, next: &AtomicUsize, users: usize) -> Result<Vec<Revealed>> {
    let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
    let mut callers = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= users {
            return Ok(callers);
        }
        let (account, id) = (format!("a{}", number / TOGETHER).parse()?, format!("u{number}"));
        let mut user =
            ApiUser::new(account, id.parse()?, &id, AccessLevel::Full, Allowlist::parse("192.0.2.0/24")?)?;
        callers.push(user.issue(Keep::Hashed, &ring, By::new("load", NOW), &mut OsEntropy)?.reveal());
        let _ = store.insert(&user).await?;
    }
}
