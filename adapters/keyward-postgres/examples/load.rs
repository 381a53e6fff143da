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
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Gate, Keep,
    KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Revealed, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio::{task::JoinSet, time::Instant};

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
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));

    let start = Instant::now();
    for number in 0..users.div_ceil(TOGETHER) {
        let account = Account::new(format!("a{number}").parse()?);
        store.put_account(&account.enable("events", ModulePolicy::default())).await?;
    }
    let next = Arc::new(AtomicUsize::new(0));
    let mut loading = JoinSet::<Result<Vec<Revealed>>>::new();
    for _ in 0..TASKS {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        loading.spawn(async move { fill(&store, &next, users).await });
    }
    let mut callers = Vec::new();
    while let Some(filled) = loading.join_next().await {
        callers.extend(filled??);
    }
    let took = start.elapsed();
    let rate = users as f64 / took.as_secs_f64();
    println!("{users} users stored in {:.1} s, one transaction each: {rate:.0} a second", took.as_secs_f64());

    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    let bytes = "SELECT c.relname::text, pg_total_relation_size(c.oid) FROM pg_class c
         WHERE c.relnamespace = $1::text::regnamespace AND c.relkind = 'r' AND pg_total_relation_size(c.oid) > 65536
         ORDER BY 2 DESC";
    for row in client.query(bytes, &[&schema]).await? {
        let bytes: i64 = row.try_get(1)?;
        let each = bytes as f64 / users as f64;
        println!("{:>10}: {:.1} MB, {each:.0} bytes a user", row.try_get::<_, &str>(0)?, bytes as f64 / 1e6);
    }
    client.batch_execute("ANALYZE").await?;

    let (gate, callers) = (Arc::new(Gate::new(engine, store)), Arc::new(callers));
    for tasks in [1, TASKS] {
        let start = Instant::now();
        let mut verifying = JoinSet::<Result<()>>::new();
        for task in 0..tasks {
            let (gate, callers) = (Arc::clone(&gate), Arc::clone(&callers));
            verifying.spawn(async move {
                // A step that has no divisor in common with their number, so that neighbours are not asked in turn.
                for number in 0..CALLS / tasks {
                    let Some(caller) = callers.get((number * tasks + task) * 7_919 % callers.len()) else {
                        continue;
                    };
                    let presented = Presented::pair(caller.key_id(), caller.secret());
                    let ask = Ask::new(
                        "events.create",
                        ClientAddr::direct(Ipv4Addr::new(192, 0, 2, 7).into()),
                        NOW,
                    );
                    let _ = gate.authorize(presented, &ask).await?.into_result()?;
                }
                Ok(())
            });
        }
        while let Some(done) = verifying.join_next().await {
            done??;
        }
        let rate = CALLS as f64 / start.elapsed().as_secs_f64();
        println!("{rate:.0} verdicts a second, {tasks} at a time, without a cache");
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
