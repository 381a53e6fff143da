//! A cache over the store in memory: what a revocation does with a feed and without.
//! `cargo run -p keyward-cache --example quick`

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, Changed, ClientAddr, Follower,
    Gate, Keep, KeyRing, MemoryStore, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Timestamp,
};
use keyward_cache::Cached;

const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

fn main() -> Result<(), Box<dyn Error>> {
    pollster::block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let engine = Authorizer::new(
        Catalogue::builder().module("events", ["events.create"]).build()?,
        KeyRing::new(Pepper::new(1, [7; 32])?),
    );
    // A service takes `Monotonic::start()`; here the time passes when we say so.
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || Duration::from_secs(seconds.load(Ordering::Relaxed))
    };
    let store = Arc::new(MemoryStore::new());
    let cached = Arc::new(Cached::new(Arc::clone(&store), Duration::from_secs(5), clock)?);

    let acme = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    store.put_account(&acme).await?;
    let mut user = ApiUser::new(
        acme.id(),
        "u1".parse()?,
        "checkout",
        AccessLevel::Full,
        Allowlist::parse("192.0.2.0/24")?,
    )?;
    let by = By::new("admin@acme", NOW);
    let first = user.issue(Keep::Hashed, engine.keys(), by, &mut OsEntropy)?.reveal();
    let second = user.issue(Keep::Hashed, engine.keys(), by, &mut OsEntropy)?.reveal();
    let _ = store.insert(&user).await?;

    let gate: Gate<_> = Gate::new(engine, Arc::clone(&cached));
    let ask = Ask::new("events.create", ClientAddr::direct([192, 0, 2, 7].into()), NOW);
    let verdict = async |revealed: &keyward::Revealed| {
        let verdict = gate.authorize(Presented::pair(revealed.key_id(), revealed.secret()), &ask).await?;
        Ok::<_, keyward::Fault>(match verdict.into_result() {
            Ok(grant) => format!("granted, by a record of up to {:?} ago", grant.staleness()),
            Err(denial) => format!("denied: {denial}"),
        })
    };
    println!("first key:                      {}", verdict(&first).await?);
    println!("second key:                     {}", verdict(&second).await?);
    for revealed in [&first, &second] {
        let _ = store.revoke(revealed.key_id(), NOW).await?;
    }
    cached.changed(Changed::Key(first.key_id()));
    println!("first, revoked and told:        {}", verdict(&first).await?);
    println!("second, revoked and not told:   {}", verdict(&second).await?);
    seconds.store(6, Ordering::Relaxed);
    println!("second, when the bound is over: {}", verdict(&second).await?);
    Ok(())
}
