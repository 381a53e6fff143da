//! Rows that are damaged, servers that crash, hang and restart, pools that are empty, futures that are dropped.

mod common;

use std::{
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, SystemTime},
};

use common::{NOW, Notes, Place, Told, config, not_ours, read, server, user};
use keyward::{
    Account, Changed, Claim, Insert, Life, Lookup, Registry, ReplayGuard, ReplayKey, Stop, Timestamp,
};
use keyward_postgres::{NoTls, PostgresError, PostgresOptions, PostgresStore};
use keyward_test_pg::Server;

/// A server that the test may kill.
fn own(settings: &[&str]) -> Option<Server> {
    let server = Server::start(settings)?;
    if !server.is_own() {
        not_ours("the server of KEYWARD_PG_URL is not ours to kill");
        return None;
    }
    Some(server)
}

#[tokio::test]
async fn a_torn_row_is_an_error_and_never_unknown() {
    let server = server!();
    for torn in [
        "UPDATE users SET record = substr(record, 1, 20)",
        "UPDATE users SET record = ''",
        "UPDATE accounts SET record = decode(repeat('00', 40), 'hex')",
        "DELETE FROM users",
        "DELETE FROM users; DELETE FROM accounts",
        "UPDATE keys SET user_id = 'u2'",
    ] {
        let place = Place::new(server);
        let (store, key) = place.with_one().await;
        assert!(store.find(key).await.unwrap().is_some());
        place.sql(torn).await;
        assert!(store.find(key).await.is_err(), "{torn}");
    }
    let place = Place::new(server);
    let (store, _) = place.with_one().await;
    place.sql("UPDATE users SET revision = revision + 1").await;
    let read = store.user("acme".parse().unwrap(), "u1".parse().unwrap()).await;
    assert!(matches!(read, Err(PostgresError::TornUser(_))), "{read:?}");
    place.sql("INSERT INTO accounts SELECT 'other', record FROM accounts").await;
    let read = store.account("other".parse().unwrap()).await;
    assert!(matches!(read, Err(PostgresError::TornAccount)), "{read:?}");
}

#[tokio::test]
async fn what_was_answered_outlives_a_kill_of_the_server() {
    // Where a commit would be answered early, it would wait in memory for ten seconds.
    let Some(server) = own(&["synchronous_commit = off", "wal_writer_delay = 10s"]) else { return };
    let place = Place::new(&server);
    let (store, key) = place.with_one().await;
    let claim = ReplayKey::for_tests("escher", key, b"its MAC", NOW, NOW.plus(Duration::from_secs(301)));
    for round in 0..3 {
        let (added, new_key) = user(&format!("k{round}"), &format!("k{round}"));
        assert_eq!(store.insert(&added).await.unwrap(), Insert::Stored);
        let expected = if round == 0 { Claim::Fresh } else { Claim::Replayed };
        assert_eq!(store.claim(&claim, NOW).await.unwrap(), expected);
        assert_eq!(store.revoke(new_key, NOW).await.unwrap(), Stop::Stopped);
        server.kill();
        let down = store.find(new_key).await;
        assert!(down.is_err(), "a server that is gone is a fault: {down:?}");
        server.restart();
        // A new one, as an instance that starts then; the old one goes on too.
        let new = place.open().await;
        let found = new.find(new_key).await.unwrap().unwrap();
        assert_eq!(found.credential().life(NOW), Life::Revoked, "round {round}");
        assert_eq!(new.claim(&claim, NOW).await.unwrap(), Claim::Replayed, "round {round}");
    }
}

#[allow(clippy::disallowed_methods, reason = "the server's clock is the machine's")]
fn now() -> Timestamp {
    SystemTime::now().into()
}

#[tokio::test]
async fn unlogged_claims_let_nothing_in_that_may_be_older_than_their_memory() {
    let Some(server) = own(&[]) else { return };
    let place = Place::new(&server);
    let (told_not, key) = place.with_one().await;
    let store = place.options().danger_unlogged_claims().connect(config(&server), NoTls).await.unwrap();
    // The server has just started: a request that is dated now may have been sent a window ago.
    let dated = |unique: &[u8], date: Timestamp, window: u64| {
        ReplayKey::for_tests("escher", key, unique, date, date.plus(Duration::from_secs(window)))
    };
    let early = store.claim(&dated(b"early", now(), 301), now()).await;
    assert!(matches!(early, Err(PostgresError::ClaimBeforeStart)), "{early:?}");
    // Two seconds on, one that is dated as far ahead as its window lets it cannot have been sent before the start.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ahead = |unique: &[u8]| dated(unique, now().plus(Duration::from_secs(300)), 300);
    let claim = ahead(b"its MAC");
    assert_eq!(store.claim(&claim, now()).await.unwrap(), Claim::Fresh);
    assert_eq!(store.claim(&claim, now()).await.unwrap(), Claim::Replayed);
    let unaware = told_not.claim(&ahead(b"another"), now()).await;
    assert!(matches!(unaware, Err(PostgresError::ClaimsUnlogged)), "{unaware:?}");

    // A crash of one process empties unlogged tables too, and the server's start stays what it was.
    let client = place.client().await;
    let start = "SELECT pg_postmaster_start_time()::text";
    let before: String = client.query_one(start, &[]).await.unwrap().get(0);
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    let after = until_emptied(&place, start).await;
    assert_eq!(before, after, "the server itself went on");
    let again = claim_again(&store, &claim, now()).await;
    assert!(matches!(again, Err(PostgresError::ClaimBeforeStart)), "{again:?}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(store.claim(&ahead(b"later"), now()).await.unwrap(), Claim::Fresh);

    // As does a kill -9 of all of it.
    let claim = ahead(b"open");
    assert_eq!(store.claim(&claim, now()).await.unwrap(), Claim::Fresh);
    server.kill();
    server.restart();
    let again = claim_again(&store, &claim, now()).await;
    assert!(matches!(again, Err(PostgresError::ClaimBeforeStart)), "{again:?}");
}

#[tokio::test]
async fn unlogged_claims_by_a_clock_that_is_ahead_do_not_come_in_again_after_a_crash() {
    let Some(server) = own(&[]) else { return };
    let hour = Duration::from_secs(3_600);
    // Made while they were unlogged, and before.
    for logged_first in [false, true] {
        let place = Place::new(&server);
        let (told_not, key) = place.with_one().await;
        let options = place.options().danger_unlogged_claims();
        let later = now().plus(hour);
        let claim =
            ReplayKey::for_tests("escher", key, b"its MAC", later, later.plus(Duration::from_secs(301)));
        if logged_first {
            assert_eq!(told_not.claim(&claim, later).await.unwrap(), Claim::Fresh);
        }
        let store = options.connect(config(&server), NoTls).await.unwrap();
        let expected = if logged_first { Claim::Replayed } else { Claim::Fresh };
        assert_eq!(store.claim(&claim, later).await.unwrap(), expected);
        server.kill();
        server.restart();
        // The memory begins anew at the question of an instance whose clock is right.
        for moment in [now(), later] {
            let again = claim_again(&store, &claim, moment).await;
            assert!(matches!(again, Err(PostgresError::ClaimBeforeStart)), "{logged_first}: {again:?}");
        }
    }
}

/// A connection whose end has not been read yet is a fault once.
async fn claim_again(
    store: &PostgresStore,
    claim: &ReplayKey,
    moment: Timestamp,
) -> Result<Claim, PostgresError> {
    for _ in 0..10 {
        match store.claim(claim, moment).await {
            Err(PostgresError::Connection(_)) => {}
            answer => return answer,
        }
    }
    store.claim(claim, moment).await
}

/// Waits until the server is back and has no claims, and asks it.
async fn until_emptied(place: &Place<'_>, sql: &str) -> String {
    for _ in 0..600 {
        if let Ok((client, connection)) = config(place.server).connect(NoTls).await {
            tokio::spawn(connection);
            let claims = format!("SELECT count(*) FROM {}.claims", place.schema);
            let left = client.query_one(&claims, &[]).await.map(|row| row.get::<_, i64>(0));
            if left.is_ok_and(|left| left == 0) {
                return client.query_one(sql, &[]).await.unwrap().get(0);
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server has not come back");
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_an_error_within_its_bound() {
    let server = server!();
    let place = Place::new(server);
    let (_, key) = place.with_one().await;
    let options = place.options().connections(1).wait(Duration::from_millis(300));
    let store = Arc::new(options.connect(config(server), NoTls).await.unwrap());
    let lock = place.client().await;
    lock.batch_execute("BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let busy = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.find(key).await })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = tokio::time::Instant::now();
    let refused = store.find(key).await;
    assert!(matches!(refused, Err(PostgresError::Exhausted(_))), "{refused:?}");
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(290), "{waited:?}");
    lock.batch_execute("COMMIT").await.unwrap();
    assert!(busy.await.unwrap().unwrap().is_some(), "who had it is not disturbed");
    assert!(store.find(key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_lock_that_does_not_come_free_is_an_error() {
    let server = server!();
    let place = Place::new(server);
    let (_, key) = place.with_one().await;
    let options = place.options().connections(1).answer(Duration::from_millis(400));
    let store = options.connect(config(server), NoTls).await.unwrap();
    let lock = place.client().await;
    lock.batch_execute("BEGIN; UPDATE keys SET revoked_at = NULL").await.unwrap();
    let late = store.revoke(key, NOW).await;
    assert!(matches!(late, Err(PostgresError::TimedOut(_) | PostgresError::Server { .. })), "{late:?}");
    lock.batch_execute("ROLLBACK").await.unwrap();
    assert!(
        store.find(key).await.unwrap().unwrap().credential().revoked_at().is_none(),
        "nothing has changed"
    );
    assert_eq!(store.revoke(key, NOW).await.unwrap(), Stop::Stopped);
}

#[tokio::test]
async fn a_server_that_answers_nothing_is_an_error_and_is_used_again_when_it_does() {
    let Some(server) = own(&[]) else { return };
    let place = Place::new(&server);
    let (_, key) = place.with_one().await;
    let options =
        place.options().answer(Duration::from_millis(300)).wait(Duration::from_millis(300)).connections(2);
    let store = Arc::new(options.connect(config(&server), NoTls).await.unwrap());
    assert!(store.find(key).await.unwrap().is_some());
    let notes = Arc::new(Notes::default());
    let (follower, told) = (Arc::clone(&store), Arc::clone(&notes));
    let following = tokio::spawn(async move { match follower.follow(told).await {} });
    notes.wait_for(&[Told::CaughtUp]).await;
    server.freeze();
    let frozen = store.find(key).await;
    assert!(matches!(frozen, Err(PostgresError::TimedOut(_))), "{frozen:?}");
    // The pool makes a new one, which nobody answers.
    let frozen = store.find(key).await;
    assert!(matches!(frozen, Err(PostgresError::NotReached(_))), "{frozen:?}");
    notes.clear();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(notes.all().is_empty(), "fresh without a word from the server");
    server.thaw();
    for _ in 0..100 {
        if store.find(key).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(store.find(key).await.unwrap().is_some());
    notes.wait_for(&[Told::CaughtUp]).await;
    following.abort();
}

#[tokio::test]
async fn a_dropped_future_leaves_no_open_transaction_and_nothing_half() {
    let server = server!();
    let place = Place::new(server);
    let (_, _) = place.with_one().await;
    let mut named = config(server);
    named.application_name(&place.schema);
    let store = place.options().connections(2).connect(named, NoTls).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity
         WHERE application_name = $1 AND state LIKE 'idle in transaction%'";
    let client = place.client().await;
    for number in 0..60_u64 {
        let name = format!("d{number}");
        let (new, _) = user(&name, &name);
        // Dropped at another point of its work each time.
        let insert = store.insert(&new);
        let polls = number % 30;
        let mut insert = Box::pin(insert);
        for _ in 0..polls {
            let polled = insert.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if polled.is_ready() {
                break;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        drop(insert);
    }
    // Each connection of the pool answers, so what was sent before is done.
    assert_eq!(tokio::join!(count(&store), count(&store)), (true, true));
    let left: i64 = client.query_one(open, &[&place.schema]).await.unwrap().get(0);
    assert_eq!(left, 0, "a transaction is left open");
    let mut whole = 0;
    for user in store.list("acme".parse().unwrap(), None, 1_000).await.unwrap() {
        for held in user.credentials() {
            let found = store.find(held.key_id()).await.unwrap().unwrap();
            assert_eq!(found.user().id(), user.id());
            whole += 1;
        }
    }
    let keys: i64 = client.query_one("SELECT count(*) FROM keys", &[]).await.unwrap().get(0);
    assert_eq!(keys, whole, "a key without its user");
    assert!(read(&store, "u1").await.based_on().is_some());
}

#[tokio::test]
async fn a_dropped_call_has_its_connection_until_the_server_has_answered() {
    let server = server!();
    let place = Place::new(server);
    let (_, key) = place.with_one().await;
    let mut named = config(server);
    named.application_name(&place.schema);
    let options = place.options().connections(2).wait(Duration::from_millis(300));
    let store = options.answer(Duration::from_secs(30)).connect(named, NoTls).await.unwrap();
    assert_eq!(tokio::join!(count(&store), count(&store)), (true, true));
    let lock = place.client().await;
    lock.batch_execute("BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for _ in 0..20 {
        let dropped = tokio::time::timeout(Duration::from_millis(100), store.find(key)).await;
        assert!(!matches!(dropped, Ok(Ok(_))), "{dropped:?}");
    }
    let refused = store.find(key).await;
    assert!(
        matches!(refused, Err(PostgresError::Exhausted(_))),
        "behind those that are dropped: {refused:?}"
    );
    // The others never came to the server: it works at two, and no connection was made anew for them.
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    let sessions: i64 = lock.query_one(sessions, &[&place.schema]).await.unwrap().get(0);
    assert_eq!(sessions, 2);
    lock.batch_execute("COMMIT").await.unwrap();
    assert!(store.find(key).await.unwrap().is_some(), "and they are back");
    assert_eq!(tokio::join!(count(&store), count(&store)), (true, true));
}

#[tokio::test]
async fn a_server_that_hangs_has_no_request_for_each_dropped_call() {
    let Some(server) = own(&[]) else { return };
    let place = Place::new(&server);
    let (_, key) = place.with_one().await;
    let wait = Duration::from_millis(300);
    let store = place.options().connections(2).wait(wait).answer(wait);
    let store = store.connect(config(&server), NoTls).await.unwrap();
    assert_eq!(tokio::join!(count(&store), count(&store)), (true, true));
    server.freeze();
    for _ in 0..500 {
        let dropped = tokio::time::timeout(Duration::from_millis(2), store.find(key)).await;
        assert!(!matches!(dropped, Ok(Ok(_))), "{dropped:?}");
    }
    for _ in 0..3 {
        let refused = store.find(key).await;
        // Where connections are made anew, the server's own queue for them may be full.
        let unsent = matches!(
            refused,
            Err(PostgresError::Exhausted(_) | PostgresError::NotReached(_) | PostgresError::Connection(_))
        );
        assert!(unsent, "behind the requests that were dropped: {refused:?}");
    }
    server.thaw();
    for _ in 0..100 {
        if store.find(key).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(store.find(key).await.unwrap().is_some());
}

async fn count(store: &PostgresStore) -> bool {
    store.account("acme".parse().unwrap()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_standby_is_refused_and_a_promotion_makes_everything_changed() {
    let Some(server) = own(&[]) else { return };
    let place = Place::new(&server);
    let (store, _) = place.with_one().await;
    let store = Arc::new(store);
    let notes = Arc::new(Notes::default());
    let (follower, told) = (Arc::clone(&store), Arc::clone(&notes));
    let following = tokio::spawn(async move { match follower.follow(told).await {} });
    notes.wait_for(&[Told::CaughtUp]).await;
    server.stop();
    server.make_standby();
    notes.clear();
    server.restart();
    let refused = place.options().connect(config(&server), NoTls).await;
    assert!(matches!(refused, Err(PostgresError::Standby)), "{refused:?}");
    assert!(notes.all().is_empty(), "a standby is behind, and nobody knows how far: {:?}", notes.all());
    let client = place.client().await;
    client.batch_execute("SELECT pg_promote()").await.unwrap();
    notes.wait_for(&[Told::Changed(Changed::Anything), Told::CaughtUp]).await;
    assert_eq!(notes.all()[0], Told::Changed(Changed::Anything));
    store.put_account(&Account::new("acme".parse().unwrap())).await.unwrap();
    following.abort();
}

#[tokio::test]
async fn no_connection_of_the_pool_is_made_to_a_standby() {
    let Some(server) = own(&[]) else { return };
    let place = Place::new(&server);
    let (store, key) = place.with_one().await;
    assert!(store.find(key).await.unwrap().is_some());
    // As where a primary is gone for a moment and the next host of the list is a standby.
    server.stop();
    server.make_standby();
    server.restart();
    // A connection whose end has not been read yet is a fault once.
    for _ in 0..10 {
        let found = store.find(key).await;
        assert!(found.is_err(), "what a standby holds is behind, and nobody knows how far: {found:?}");
    }
    let found = store.find(key).await;
    assert!(matches!(found, Err(PostgresError::Standby)), "{found:?}");
    let claim = ReplayKey::for_tests("escher", key, b"its MAC", NOW, NOW.plus(Duration::from_secs(301)));
    let claimed = store.claim(&claim, NOW).await;
    assert!(matches!(claimed, Err(PostgresError::Standby)), "{claimed:?}");
    place.client().await.batch_execute("SELECT pg_promote()").await.unwrap();
    assert!(store.find(key).await.unwrap().is_some(), "one that was promoted is a primary");
}

#[tokio::test]
async fn errors_name_no_row_and_say_what_to_do() {
    let server = server!();
    let place = Place::new(server);
    let (store, _) = place.with_one().await;
    place.sql("ALTER TABLE users ADD CONSTRAINT never CHECK (name <> 'secret name') NOT VALID").await;
    let (new, _) = user("u2", "secret name");
    let refused = store.insert(&new).await.unwrap_err();
    let shown = format!("{refused} {refused:?}");
    assert!(shown.contains("23514") && !shown.contains("secret name"), "{shown}");
    let nowhere = "host=/nowhere user=nobody password=hunter2".parse().unwrap();
    let refused = PostgresOptions::new().connect(nowhere, NoTls).await.unwrap_err();
    let shown = format!("{refused} {refused:?} {store:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
