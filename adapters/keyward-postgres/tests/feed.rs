//! What a follower hears, in what order, and after what has happened to the server.

mod common;

use std::{sync::Arc, time::Duration};

use common::{NOW, Notes, Place, Told, by, config, not_ours, read, server, user};
use keyward::{Account, Changed, KeyId, Registry};
use keyward_postgres::{NoTls, PostgresStore};
use keyward_test_pg::Server;
use tokio::task::JoinHandle;

const ANYTHING: Told = Told::Changed(Changed::Anything);

/// Follows until it is dropped.
struct Following(Arc<Notes>, JoinHandle<()>);

impl Following {
    /// Has caught up once.
    async fn new(store: &Arc<PostgresStore>) -> Self {
        let following = Self::spawned(store, Arc::new(Notes::default()));
        following.0.wait_for(&[ANYTHING, Told::CaughtUp]).await;
        assert_eq!(following.0.all().first(), Some(&ANYTHING), "what was kept before is worth nothing");
        following.0.clear();
        following
    }

    fn spawned(store: &Arc<PostgresStore>, notes: Arc<Notes>) -> Self {
        let (store, told) = (Arc::clone(store), Arc::clone(&notes));
        let task = tokio::spawn(async move { match store.follow(told).await {} });
        Self(notes, task)
    }

    /// Each is told, and having caught up after the last of them.
    async fn hears(&self, changes: &[Changed]) {
        let told: Vec<_> = changes.iter().map(|change| Told::Changed(*change)).collect();
        self.0.wait_for(&told).await;
        for _ in 0..3_000 {
            let all = self.0.all();
            let last = all.iter().rposition(|heard| told.contains(heard)).unwrap();
            if all[last..].contains(&Told::CaughtUp) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not caught up: {:?}", self.0.all());
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.1.abort();
    }
}

#[tokio::test]
async fn every_write_is_told_before_it_has_caught_up() {
    let place = Place::new(server!());
    let (_, key) = place.with_one().await;
    // So seldom does it ask by itself that all of it is the notifications' doing.
    let options = place.options().poll(Duration::from_secs(60));
    let store = Arc::new(options.connect(config(place.server), NoTls).await.unwrap());
    let following = Following::new(&store).await;
    let notes = &following.0;

    let account = Account::new("acme".parse().unwrap());
    store.put_account(&account).await.unwrap();
    following.hears(&[Changed::Account(account.id())]).await;
    assert_eq!(notes.changes(), [Changed::Account(account.id())]);

    notes.clear();
    let _ = store.revoke(key, NOW).await.unwrap();
    following.hears(&[Changed::Key(key)]).await;
    assert_eq!(notes.changes(), [Changed::Key(key)]);

    notes.clear();
    let (second, other) = user("u2", "till");
    let _ = store.insert(&second).await.unwrap();
    following.hears(&[Changed::Key(other)]).await;
    assert_eq!(notes.changes(), [Changed::Key(other)], "nobody may be kept as unknown any longer");

    notes.clear();
    let mut copy = read(&store, "u2").await;
    let _ = copy.rename("till 2", by()).unwrap();
    let _ = store.update(&copy).await.unwrap();
    following.hears(&[Changed::Key(other)]).await;

    notes.clear();
    let _ = store.disable(account.id(), "u2".parse().unwrap(), by()).await.unwrap();
    following.hears(&[Changed::Key(other)]).await;

    notes.clear();
    let _ = store.delete(account.id(), "u2".parse().unwrap()).await.unwrap();
    following.hears(&[Changed::Key(other)]).await;
    assert_eq!(notes.changes(), [Changed::Key(other)]);
}

#[tokio::test]
async fn a_change_by_hand_is_told_too() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    let client = place.client().await;
    // Whatever the search path of whoever makes it is.
    let sql = format!("SET search_path TO public; UPDATE {}.keys SET revoked_at = 1", place.schema);
    client.batch_execute(&sql).await.unwrap();
    following.hears(&[Changed::Key(key)]).await;
    let sql = "BEGIN; UPDATE users SET revision = revision + 1; UPDATE accounts SET record = record; COMMIT";
    following.0.clear();
    place.sql(sql).await;
    following.hears(&[Changed::Key(key), Changed::Account("acme".parse().unwrap())]).await;
    let numbers = "SELECT count(DISTINCT number) = 1, count(*) FROM changes
         WHERE number = (SELECT last FROM feed)";
    let row = place.client().await.query_one(numbers, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0) && row.get::<_, i64>(1) == 2, "a transaction has one number");
}

#[tokio::test]
async fn two_transactions_that_commit_in_reverse_order_are_both_told() {
    let place = Place::new(server!());
    let (store, first) = place.with_one().await;
    let (second, other) = user("u2", "till");
    let _ = store.insert(&second).await.unwrap();
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    let revoke = "UPDATE keys SET revoked_at = 1 WHERE key_id = $1";

    let (one, two) = (place.client().await, place.client().await);
    one.batch_execute("BEGIN").await.unwrap();
    one.execute(revoke, &[&first.as_str()]).await.unwrap();
    two.batch_execute("BEGIN").await.unwrap();
    two.execute(revoke, &[&other.as_str()]).await.unwrap();
    two.batch_execute("COMMIT").await.unwrap();
    following.hears(&[Changed::Key(other)]).await;
    assert!(!following.0.changes().contains(&Changed::Key(first)), "nothing that is not committed is told");
    following.0.clear();
    one.batch_execute("COMMIT").await.unwrap();
    following.hears(&[Changed::Key(first)]).await;

    // Where the first has its number already, the second waits for it: no number is passed by.
    following.0.clear();
    one.batch_execute("BEGIN").await.unwrap();
    one.execute(revoke, &[&first.as_str()]).await.unwrap();
    one.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").await.unwrap();
    let waiting = tokio::spawn(async move {
        two.execute(revoke, &[&other.as_str()]).await.unwrap();
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "the later one has a number before the earlier one is seen");
    assert!(following.0.changes().is_empty());
    one.batch_execute("COMMIT").await.unwrap();
    waiting.await.unwrap();
    following.hears(&[Changed::Key(first), Changed::Key(other)]).await;
}

#[tokio::test]
async fn a_mark_is_taken_before_the_server_is_asked() {
    let place = Place::new(server!());
    let store = Arc::new(place.open().await);
    let following = Following::spawned(&store, Arc::new(Notes::default()));
    following.0.wait_for(&[Told::CaughtUp]).await;
    let lock = place.client().await;
    lock.batch_execute("BEGIN; LOCK TABLE feed IN ACCESS EXCLUSIVE MODE").await.unwrap();
    // Longer than from one question to the next: the last one waits for the lock.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answered = |notes: &Notes| notes.all().iter().filter(|told| **told == Told::CaughtUp).count();
    let before = answered(&following.0);
    assert_eq!(following.0.marks(), before as u64 + 1, "it asks and has no mark");
    lock.batch_execute("COMMIT").await.unwrap();
    for _ in 0..300 {
        if answered(&following.0) > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never caught up again");
}

#[tokio::test]
async fn what_no_notification_announced_is_found_by_asking() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    let sql = "BEGIN; UPDATE feed SET last = last + 1;
         INSERT INTO changes (number, key_id) SELECT last, key_id FROM feed, keys; COMMIT";
    place.sql(sql).await;
    following.hears(&[Changed::Key(key)]).await;
    assert_eq!(following.0.changes(), [Changed::Key(key)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_at_once_are_all_told() {
    let place = Place::new(server!());
    let (store, _) = place.with_one().await;
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut keys = Vec::new();
                for number in 0..20 {
                    let name = format!("w{writer}-{number}");
                    let (user, key) = user(&name, &name);
                    let _ = store.insert(&user).await.unwrap();
                    keys.push(key);
                }
                keys
            })
        })
        .collect();
    let mut keys: Vec<KeyId> = Vec::new();
    for writer in writers {
        keys.extend(writer.await.unwrap());
    }
    let changes: Vec<_> = keys.into_iter().map(Changed::Key).collect();
    following.hears(&changes).await;
    let told = following.0.changes();
    assert_eq!(told.len(), changes.len(), "each once");
}

#[tokio::test]
async fn what_was_thrown_away_makes_everything_changed() {
    let place = Place::new(server!());
    let (store, key) = place.with_one().await;
    place.sql("UPDATE feed SET kept = 10").await;
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    // As it finds it after 500 changes, of which ten are kept.
    let sql = "UPDATE feed SET last = last + 500, trimmed = last + 490";
    place.sql(sql).await;
    following.hears(&[Changed::Anything]).await;

    // And where a counter goes back, as in a backup that was restored.
    following.0.clear();
    place.sql("UPDATE feed SET last = 1, trimmed = 0").await;
    following.hears(&[Changed::Anything]).await;

    // Of 200 changes about the last ten are kept.
    following.0.clear();
    place.sql("UPDATE feed SET last = 1000, trimmed = 1000").await;
    let client = place.client().await;
    for number in 0..200_i64 {
        client.execute("UPDATE keys SET revoked_at = $1", &[&number]).await.unwrap();
    }
    following.hears(&[Changed::Key(key)]).await;
    let row =
        client.query_one("SELECT count(*), min(number) > trimmed FROM changes, feed GROUP BY trimmed", &[]);
    let row = row.await.unwrap();
    let kept: i64 = row.get(0);
    assert!((10..=74).contains(&kept) && row.get::<_, bool>(1), "{kept}");
}

#[tokio::test]
async fn more_changes_than_are_passed_on_make_everything_changed() {
    let place = Place::new(server!());
    let (store, _) = place.with_one().await;
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    place
        .sql("INSERT INTO keys (key_id, account, user_id) SELECT 'k' || n, 'acme', 'u9' FROM generate_series(1, 10001) n")
        .await;
    following.hears(&[Changed::Anything]).await;
    assert_eq!(following.0.changes(), [Changed::Anything]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_the_server_misses_nothing() {
    let Some(server) = Server::start(&[]).filter(Server::is_own) else {
        not_ours("the server of KEYWARD_PG_URL is not ours to restart");
        return;
    };
    let place = Place::new(&server);
    let (store, key) = place.with_one().await;
    let (second, other) = user("u2", "till");
    let _ = store.insert(&second).await.unwrap();
    let store = Arc::new(store);
    let following = Following::new(&store).await;
    for (round, end) in [Server::stop as fn(&Server), Server::kill].into_iter().enumerate() {
        following.0.clear();
        end(&server);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!following.0.all().contains(&Told::CaughtUp), "fresh without a server");
        server.restart();
        // Before it is back: by a store that never knew the old server.
        let change = if round == 0 { key } else { other };
        let _ = place.open().await.revoke(change, NOW).await.unwrap();
        following.hears(&[Changed::Anything]).await;
        assert_eq!(following.0.changes(), [Changed::Anything], "all of it, before anything is fresh");
        assert!(store.account("acme".parse().unwrap()).await.is_ok(), "the pool is back too");
    }
}

#[tokio::test]
async fn numbers_that_are_given_twice_while_it_is_away_are_heard() {
    let place = Place::new(server!());
    let (owner, key) = place.with_one().await;
    let (second, other) = user("u2", "till");
    let _ = owner.insert(&second).await.unwrap();
    let role = Server::fresh_name("away");
    place.sql(&format!("CREATE ROLE {role} LOGIN")).await;
    owner.grant_verifying(&role).await.unwrap();
    let mut config = config(place.server);
    config.user(&role);
    let store = Arc::new(place.options().connect(config, NoTls).await.unwrap());
    let following = Following::new(&store).await;
    let _ = owner.revoke(other, NOW).await.unwrap();
    following.hears(&[Changed::Key(other)]).await;

    let admin = place.client().await;
    let last = async || admin.query_one("SELECT last FROM feed", &[]).await.unwrap().get::<_, i64>(0);
    let heard = last().await;
    let end = format!(
        "ALTER ROLE {role} NOLOGIN;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
    );
    admin.batch_execute(&end).await.unwrap();
    // A crash that loses the last commit, a snapshot and a backup that are put back: one number less.
    let back = "SET session_replication_role = replica; UPDATE keys SET revoked_at = NULL;
         UPDATE feed SET last = $last - 1; DELETE FROM changes WHERE number >= $last";
    admin.batch_execute(&back.replace("$last", &heard.to_string())).await.unwrap();
    following.0.clear();
    let _ = owner.revoke(key, NOW).await.unwrap();
    assert_eq!(last().await, heard, "the number that it has heard, for another change");
    admin.batch_execute(&format!("ALTER ROLE {role} LOGIN")).await.unwrap();
    following.hears(&[Changed::Anything]).await;
    assert_eq!(following.0.all().first(), Some(&ANYTHING), "before anything is fresh");
    drop(following);
    admin.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_emptied_as_a_whole_makes_everything_changed() {
    let place = Place::new(server!());
    for table in ["accounts, users, keys", "accounts CASCADE", "users", "keys", "changes"] {
        place.sql(&format!("DROP SCHEMA IF EXISTS {} CASCADE", place.schema)).await;
        let (store, key) = place.with_one().await;
        let store = Arc::new(store);
        let following = Following::new(&store).await;
        place.sql(&format!("TRUNCATE {table}")).await;
        following.hears(&[Changed::Anything]).await;
        assert_eq!(following.0.changes(), [Changed::Anything], "{table}");
        // And what changes after it is told one by one.
        following.0.clear();
        let tombstone =
            "INSERT INTO keys (key_id, account, user_id, tombstone) VALUES ($1, 'acme', 'u1', true)
             ON CONFLICT (key_id) DO UPDATE SET tombstone = true";
        place.client().await.execute(tombstone, &[&key.as_str()]).await.unwrap();
        following.hears(&[Changed::Key(key)]).await;
        assert_eq!(following.0.changes(), [Changed::Key(key)], "{table}");
    }
}

#[tokio::test]
async fn a_dropped_follower_leaves_no_connection() {
    let place = Place::new(server!());
    let mut named = config(place.server);
    named.application_name(&place.schema);
    let store = Arc::new(place.options().connect(named, NoTls).await.unwrap());
    let following = Following::new(&store).await;
    let count =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%feed.last%'";
    drop(following);
    let client = place.client().await;
    for _ in 0..300 {
        let listening: i64 = client.query_one(count, &[&place.schema]).await.unwrap().get(0);
        if listening == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a connection is left");
}
