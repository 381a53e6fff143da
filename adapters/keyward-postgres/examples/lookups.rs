//! How much of a bare prepared SELECT through such a pool a gate over the store reaches, without a cache.
//! `cargo run --release -p keyward-postgres --example lookups`
//!
//! It starts a PostgreSQL of its own, or takes the one that `KEYWARD_PG_URL` names.

use std::{error::Error, sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Gate, Keep, KeyId,
    KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Revealed, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio::{task::JoinSet, time::Instant};

const USERS: usize = 1_000;
/// In turns so short that what else the machine does falls on both.
const CALLS: u32 = 800;
const ROUNDS: usize = 101;
const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

const SQL: &str = "SELECT k.tombstone, k.revoked_at, k.account, k.user_id, a.record, u.record FROM keys k
     LEFT JOIN users u ON u.account = k.account AND u.id = k.user_id
     LEFT JOIN accounts a ON a.id = k.account WHERE k.key_id = $1";

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let Some(server) = Server::start(&[]) else { return Ok(()) };
    let config: Config = server.url().parse()?;
    let schema = Server::fresh_name("lookups");
    let options = PostgresOptions::new().schema(&schema).connections(8);
    let store = options.connect(config.clone(), NoTls).await?;
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    let callers = Arc::new(fill(&store, engine.keys()).await?);
    let gate = Arc::new(Gate::new(engine, store));
    let pool = pool(config, &schema)?;
    pool.get().await?.batch_execute("ANALYZE").await?;
    for tasks in [1, 8] {
        let mut ratios = Vec::new();
        for round in 0..=ROUNDS {
            let selects = selects(&pool, &callers, tasks).await?;
            let verdicts = verdicts(&gate, &callers, tasks).await?;
            // The first one prepares statements and fills caches.
            if round > 0 {
                ratios.push((selects.as_secs_f64() / verdicts.as_secs_f64(), selects, verdicts));
            }
        }
        ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        let at = |part: usize| ratios.get(ROUNDS * part / 4).copied().unwrap_or_default();
        let (median, selects, verdicts) = at(2);
        println!(
            "{tasks} at a time: {:.0} % in the median of {ROUNDS} turns of {CALLS} calls ({:.0} to {:.0} % in the middle half; \
             a bare SELECT {:?}, a verdict {:?})",
            median * 100.0,
            at(1).0 * 100.0,
            at(3).0 * 100.0,
            selects / CALLS,
            verdicts / CALLS,
        );
    }
    Ok(())
}

async fn fill(store: &PostgresStore, ring: &KeyRing) -> Result<Vec<Revealed>> {
    let acme = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    store.put_account(&acme).await?;
    let mut callers = Vec::new();
    for number in 0..USERS {
        let id = format!("u{number}");
        let mut user = ApiUser::new(acme.id(), id.parse()?, &id, AccessLevel::Full, Allowlist::Any)?;
        let revealed = user.issue(Keep::Hashed, ring, By::new("bench", NOW), &mut OsEntropy)?.reveal();
        let _ = store.insert(&user).await?;
        callers.push(revealed);
    }
    Ok(callers)
}

/// As the store has one: so many connections, recycled alike, with the same bounds.
fn pool(mut config: Config, schema: &str) -> Result<Pool> {
    config.options(format!("-c search_path={schema}"));
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let wait = Some(Duration::from_secs(2));
    Ok(Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(8)
        .timeouts(Timeouts { wait, create: wait, recycle: wait })
        .runtime(Runtime::Tokio1)
        .build()?)
}

async fn selects(pool: &Pool, callers: &Arc<Vec<Revealed>>, tasks: usize) -> Result<Duration> {
    let start = Instant::now();
    let mut running = JoinSet::<Result<usize>>::new();
    for task in 0..tasks {
        let (pool, callers) = (pool.clone(), Arc::clone(callers));
        running.spawn(async move {
            let mut bytes = 0;
            for caller in callers.iter().cycle().skip(task * USERS / tasks).take(CALLS as usize / tasks) {
                bytes += select(&pool, caller.key_id()).await?;
            }
            Ok(bytes)
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(start.elapsed())
}

async fn select(pool: &Pool, key: KeyId) -> Result<usize> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(SQL).await?;
    let row = client.query_one(&statement, &[&key.as_str()]).await?;
    Ok(row.try_get::<_, &[u8]>(4)?.len() + row.try_get::<_, &[u8]>(5)?.len())
}

async fn verdicts(
    gate: &Arc<Gate<PostgresStore>>,
    callers: &Arc<Vec<Revealed>>,
    tasks: usize,
) -> Result<Duration> {
    let start = Instant::now();
    let mut running = JoinSet::<Result<()>>::new();
    for task in 0..tasks {
        let (gate, callers) = (Arc::clone(gate), Arc::clone(callers));
        running.spawn(async move {
            for caller in callers.iter().cycle().skip(task * USERS / tasks).take(CALLS as usize / tasks) {
                let presented = Presented::pair(caller.key_id(), caller.secret());
                let ask = Ask::new("events.create", ClientAddr::unknown(), NOW);
                let _ = gate.authorize(presented, &ask).await?.into_result()?;
            }
            Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(start.elapsed())
}
