//! How soon eight instances have heard of a revocation, beside a bare NOTIFY.
//! `cargo run --release -p keyward-postgres --example feed`
//!
//! It starts a PostgreSQL of its own, or takes the one that `KEYWARD_PG_URL` names.

use std::{error::Error, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Changed, Follower, Keep, KeyId, KeyRing, Mark, OsEntropy,
    Pepper, Registry, Timestamp,
};
use keyward_postgres::{Config, NoTls, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;
use tokio::{sync::mpsc, time::Instant};
use tokio_postgres::AsyncMessage;

const INSTANCES: usize = 8;
const TURNS: usize = 1_000;
const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// When somebody heard something.
type Heard = mpsc::UnboundedSender<Instant>;

struct Noting(Instant, Heard);

impl Follower for Noting {
    fn mark(&self) -> Mark {
        Mark(self.0.elapsed())
    }

    fn changed(&self, _: Changed) {
        let _ = self.1.send(Instant::now());
    }

    fn caught_up(&self, _: Mark) {}
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(server) = Server::start(&[]) else { return Ok(()) };
    let config: Config = server.url().parse()?;
    let options = PostgresOptions::new().schema(&Server::fresh_name("feed")).connections(2);
    let store = options.connect(config.clone(), NoTls).await?;
    let keys = fill(&store).await?;

    let (heard, mut hears) = mpsc::unbounded_channel();
    for _ in 0..INSTANCES {
        let (other, follower) =
            (options.connect(config.clone(), NoTls).await?, Noting(Instant::now(), heard.clone()));
        tokio::spawn(async move { match other.follow(follower).await {} });
        hears.recv().await;
    }
    let (notified, mut bare) = mpsc::unbounded_channel();
    for _ in 0..INSTANCES {
        listen(&config, notified.clone()).await?;
    }
    let (notify, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    let notify_all = notify.prepare("SELECT pg_notify('bare', '')").await?;

    let (mut notifies, mut revocations, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        let start = Instant::now();
        notify.query(&notify_all, &[]).await?;
        notifies.push(last(&mut bare).await?.saturating_duration_since(start));

        let start = Instant::now();
        let _ = store.revoke(key, NOW).await?;
        let answered = Instant::now();
        let seen = last(&mut hears).await?;
        revocations.push(seen.saturating_duration_since(start));
        behind.push(seen.saturating_duration_since(answered));
    }
    for (what, times) in [
        ("a bare NOTIFY, from the call until the last of eight has it", &mut notifies),
        ("a revocation, from the call until the last of eight has it", &mut revocations),
        ("a revocation, from its answer until the last of eight has it", &mut behind),
    ] {
        times.sort_unstable();
        let at = |percent: usize| times.get(TURNS * percent / 100).copied().unwrap_or_default();
        println!("{what}: median {:.0?}, p99 {:.0?}", at(50), at(99));
    }
    Ok(())
}

/// When the last of all instances has heard.
async fn last(hears: &mut mpsc::UnboundedReceiver<Instant>) -> Result<Instant> {
    let mut last = Instant::now();
    for _ in 0..INSTANCES {
        let heard = tokio::time::timeout(Duration::from_secs(10), hears.recv()).await?;
        last = heard.ok_or("a follower has ended")?;
    }
    Ok(last)
}

async fn listen(config: &Config, notified: Heard) -> Result<()> {
    let (client, mut connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                let _ = notified.send(Instant::now());
            }
        }
    });
    client.batch_execute("LISTEN bare").await?;
    // As long as the connection is to live.
    tokio::spawn(async move {
        tokio::time::sleep(Duration::MAX).await;
        drop(client);
    });
    Ok(())
}

async fn fill(store: &PostgresStore) -> Result<Vec<KeyId>> {
    let acme = Account::new("acme".parse()?);
    store.put_account(&acme).await?;
    let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
    let mut keys = Vec::new();
    for number in 0..TURNS {
        let id = format!("u{number}");
        let mut user = ApiUser::new(acme.id(), id.parse()?, &id, AccessLevel::Full, Allowlist::Any)?;
        keys.push(user.issue(Keep::Hashed, &ring, By::new("bench", NOW), &mut OsEntropy)?.key_id());
        let _ = store.insert(&user).await?;
    }
    Ok(keys)
}
