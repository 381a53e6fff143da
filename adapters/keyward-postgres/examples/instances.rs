//! Two instances of a service on one PostgreSQL: one issues, verifies and revokes, the other hears of it.
//! `cargo run -p keyward-postgres --example instances`
//!
//! It starts a PostgreSQL of its own, or takes the one that `KEYWARD_PG_URL` names.

use std::{error::Error, sync::Arc, time::Duration};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, Changed, ClientAddr, Follower,
    Gate, Keep, KeyRing, Mark, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Timestamp,
};
use keyward_postgres::{NoTls, PostgresOptions};
use keyward_test_pg::Server;
use tokio::{sync::mpsc, time::Instant};

/// What a cache does: it drops what has changed, and calls the rest fresh up to the mark.
struct Printing(Instant, mpsc::UnboundedSender<Changed>);

impl Follower for Printing {
    fn mark(&self) -> Mark {
        Mark(self.0.elapsed())
    }

    fn changed(&self, what: Changed) {
        println!("the other instance hears: {what:?}");
        let _ = self.1.send(what);
    }

    fn caught_up(&self, _: Mark) {}
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(server) = Server::start(&[]) else { return Ok(()) };
    let options = PostgresOptions::new().schema(&Server::fresh_name("instances"));
    let one = Arc::new(options.connect(server.url().parse()?, NoTls).await?);
    let other = options.connect(server.url().parse()?, NoTls).await?;
    let (heard, mut hears) = mpsc::unbounded_channel();
    let following = tokio::spawn(async move {
        let report = |error| eprintln!("the feed was lost: {error}");
        match other.follow_and_report(Printing(Instant::now(), heard), report).await {}
    });
    until(&mut hears, Changed::Anything).await?; // as every feed begins

    let now = Timestamp::from_unix(1_795_348_800); // when the head of the request arrived
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));
    let acme = Account::new("acme".parse()?).enable("events", ModulePolicy::default());
    one.put_account(&acme).await?;
    let by = By::new("admin@acme", now);
    let mut user = ApiUser::new(acme.id(), "u1".parse()?, "checkout", AccessLevel::Full, Allowlist::Any)?;
    let revealed = user.issue(Keep::Hashed, engine.keys(), by, &mut OsEntropy)?.reveal();
    println!("stored: {:?}", one.insert(&user).await?);
    until(&mut hears, Changed::Key(revealed.key_id())).await?;

    let gate = Gate::new(engine, Arc::clone(&one));
    let ask = Ask::new("events.create", ClientAddr::unknown(), now);
    let pair = || Presented::pair(revealed.key_id(), revealed.secret());
    let grant = gate.authorize(pair(), &ask).await?.into_result()?;
    println!("welcome {}", grant.user().name());

    println!("revoked: {:?}", one.revoke(revealed.key_id(), now).await?);
    until(&mut hears, Changed::Key(revealed.key_id())).await?;
    let denial = gate.authorize(pair(), &ask).await?.into_result().expect_err("a revoked key is refused");
    println!("refused: {}", denial.code());
    following.abort();
    Ok(())
}

async fn until(hears: &mut mpsc::UnboundedReceiver<Changed>, what: Changed) -> Result<(), Box<dyn Error>> {
    let waiting = async { while hears.recv().await.is_some_and(|change| change != what) {} };
    Ok(tokio::time::timeout(Duration::from_secs(10), waiting).await?)
}
