//! How long so many users take to store, how many bytes they take, and at what rate they are then verified.
//! `cargo run --release -p keyward-postgres --example load -- 1000000`
//!
//! The first of them are stored one by one, as administrators do it; the others by the thousand in SQL, as whoever moves here
//! with a million would. It starts a PostgreSQL of its own, with `fsync` as in service, or takes the one that
//! `KEYWARD_PG_URL` names.

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
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Credential, Gate,
    Keep, KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Revealed, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio::{task::JoinSet, time::Instant};
use tokio_postgres::Client;

const USERS: usize = 100_000;
/// Users that are stored one by one.
const SINGLE: usize = 10_000;
/// Users of one account, and those that one transaction imports.
const TOGETHER: usize = 1_000;
const TASKS: usize = 16;
const CALLS: usize = 100_000;
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
    let (mut client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path TO {schema}")).await?;

    for number in 0..users.div_ceil(TOGETHER) {
        let account = Account::new(format!("a{number}").parse()?);
        store.put_account(&account.enable("events", ModulePolicy::default())).await?;
    }
    let mut callers = store_singly(&store, users.min(SINGLE)).await?;
    import(&mut client, SINGLE.min(users)..users, &mut callers).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    print_sizes(&client, users).await?;

    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    let (gate, callers) = (Arc::new(Gate::new(engine, store)), Arc::new(callers));
    for tasks in [1, 2, TASKS] {
        let start = Instant::now();
        let mut verifying = JoinSet::new();
        for task in 0..tasks {
            verifying.spawn(verify(Arc::clone(&gate), Arc::clone(&callers), task, tasks));
        }
        while let Some(done) = verifying.join_next().await {
            done??;
        }
        let rate = rate(CALLS, start.elapsed());
        println!("{rate} calls a second authorized, {tasks} at a time, without a cache");
    }
    Ok(())
}

/// A second.
fn rate(number: usize, took: Duration) -> u128 {
    number as u128 * 1_000_000 / took.as_micros().max(1)
}

fn user(ring: &KeyRing, number: usize) -> Result<(ApiUser, Revealed)> {
    let (account, id) = (format!("a{}", number / TOGETHER).parse()?, format!("u{number}"));
    let list = Allowlist::parse("192.0.2.0/24\n198.51.100.7\n203.0.113.0-203.0.113.9\n2001:db8::/32")?;
    let mut user = ApiUser::new(account, id.parse()?, &id, AccessLevel::Full, list)?;
    let revealed = user.issue(Keep::Hashed, ring, By::new("load", NOW), &mut OsEntropy)?.reveal();
    Ok((user, revealed))
}

async fn store_singly(store: &Arc<PostgresStore>, users: usize) -> Result<Vec<Revealed>> {
    let (start, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut storing = JoinSet::<Result<Vec<Revealed>>>::new();
    for _ in 0..TASKS {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        storing.spawn(async move {
            let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
            let mut callers = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= users {
                    return Ok(callers);
                }
                let (user, revealed) = user(&ring, number)?;
                let _ = store.insert(&user).await?;
                callers.push(revealed);
            }
        });
    }
    let mut callers = Vec::new();
    while let Some(stored) = storing.join_next().await {
        callers.extend(stored??);
    }
    let took = start.elapsed();
    println!("{users} users stored in {took:.1?}, a transaction each: {} a second", rate(users, took));
    Ok(callers)
}

/// What an insert writes, for many users at once; the triggers announce them.
async fn import(
    client: &mut Client,
    users: std::ops::Range<usize>,
    callers: &mut Vec<Revealed>,
) -> Result<()> {
    let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
    let (start, number) = (Instant::now(), users.len());
    let import = client
        .prepare(
            "WITH rows AS (
                 SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[])
                     AS t (account, id, name, revision, record, key_id)
             ), made AS (
                 INSERT INTO users (account, id, name, revision, record)
                 SELECT account, id, name, revision, record FROM rows
             )
             INSERT INTO keys (key_id, account, user_id) SELECT key_id, account, id FROM rows",
        )
        .await?;
    for first in users.clone().step_by(TOGETHER) {
        let made = (first..users.end.min(first + TOGETHER)).map(|number| user(&ring, number));
        let (users, revealed): (Vec<_>, Vec<_>) = made.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let text = |of: fn(&ApiUser) -> String| users.iter().map(of).collect::<Vec<_>>();
        let revisions: Vec<_> = users.iter().map(|user| user.revision().cast_signed()).collect();
        let records: Vec<_> = users.iter().map(ApiUser::encode).collect();
        let keys: Vec<_> = users.iter().flat_map(ApiUser::credentials).map(Credential::key_id).collect();
        let keys: Vec<_> = keys.iter().map(keyward::KeyId::as_str).collect();
        let accounts = text(|user| user.account().to_string());
        let (ids, names) = (text(|user| user.id().to_string()), text(|user| user.name().to_owned()));
        client.execute(&import, &[&accounts, &ids, &names, &revisions, &records, &keys]).await?;
        callers.extend(revealed);
    }
    let took = start.elapsed();
    println!(
        "{number} users imported in {took:.1?}, a thousand a transaction: {} a second",
        rate(number, took)
    );
    Ok(())
}

async fn print_sizes(client: &Client, users: usize) -> Result<()> {
    let sql = "SELECT relname::text, pg_total_relation_size(oid) FROM pg_class
         WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 2 DESC LIMIT 5";
    for row in client.query(sql, &[]).await? {
        let bytes = usize::try_from(row.try_get::<_, i64>(1)?)?;
        let (table, kilobytes) = (row.try_get::<_, &str>(0)?, bytes / 1_000);
        println!("{table:>10}: {kilobytes} kB with its indexes, {} bytes a user", bytes / users.max(1));
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
