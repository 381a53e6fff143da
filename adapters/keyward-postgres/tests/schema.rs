//! Migrations, who may connect, and what a role that only reads can do.

mod common;

use std::sync::Arc;

use common::{NOW, Notes, Place, Told, config, server};
use keyward::{Account, Changed, Lookup, Registry, ReplayGuard, ReplayKey};
use keyward_postgres::{NoTls, PostgresError, PostgresOptions};
use keyward_test_pg::Server;

/// Tables, columns, indexes, functions and triggers, by their definitions.
async fn shape(place: &Place<'_>) -> Vec<String> {
    let sql = "SELECT format('%s.%s %s %s', table_name, column_name, data_type, collation_name)
             FROM information_schema.columns WHERE table_schema = current_schema()
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()
         UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
         UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger
             WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
                 AND NOT tgisinternal
         UNION ALL SELECT format('%s %s', version, 'migrated') FROM migrations
         ORDER BY 1";
    let rows = place.client().await.query(sql, &[]).await.unwrap();
    let lines = rows.iter().map(|row| row.get::<_, String>(0).replace(&place.schema, "SCHEMA"));
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines
}

/// What the later migrations made, taken back.
const UNDO: [&str; 4] = [
    "DROP FUNCTION all_changed CASCADE; DELETE FROM migrations WHERE version = 4",
    "DROP TABLE journal, journal_parts; DROP FUNCTION entries_made, entries_dropped;
     DELETE FROM migrations WHERE version = 3",
    "DROP TABLE claims, claim_shards, claim_shares, claim_clock; DROP FUNCTION claims_made, claims_dropped, claim;
     DELETE FROM migrations WHERE version = 2",
    "DROP TABLE accounts, users, keys, feed, changes CASCADE;
     DROP FUNCTION change_number, account_changed, user_changed, key_changed;
     DELETE FROM migrations WHERE version = 1",
];

#[tokio::test]
async fn every_older_version_becomes_the_latest_and_keeps_its_rows() {
    let server = server!();
    let place = Place::new(server);
    let _ = place.with_one().await;
    let latest = shape(&place).await;
    for undone in 0..=UNDO.len() {
        let old = Place::new(server);
        let (_, key) = old.with_one().await;
        for undo in UNDO.iter().take(undone) {
            old.sql(undo).await;
        }
        let store = old.open().await;
        assert_eq!(shape(&old).await, latest, "{undone} migrations back");
        let found = store.find(key).await.unwrap();
        assert_eq!(found.is_some(), undone < UNDO.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_start_together_make_one_schema() {
    let server = server!();
    let place = Place::new(server);
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (options, config) = (place.options(), config(server));
        starts.spawn(async move { options.connect(config, NoTls).await });
    }
    for start in starts.join_all().await {
        let store = start.unwrap();
        assert!(store.account("acme".parse().unwrap()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_newer_schema_and_another_programs_are_refused_and_left_alone() {
    let server = server!();
    let newer = Place::new(server);
    drop(newer.open().await);
    newer.sql("INSERT INTO migrations (version) VALUES (99)").await;
    let refused = newer.options().connect(config(server), NoTls).await.unwrap_err();
    assert!(matches!(refused, PostgresError::Newer { found: 99, known: 4 }), "{refused}");
    assert!(refused.to_string().contains("99"));

    let foreign = Place::new(server);
    foreign.sql(&format!("CREATE SCHEMA {0}; CREATE TABLE {0}.theirs (x int)", foreign.schema)).await;
    let refused = foreign.options().connect(config(server), NoTls).await.unwrap_err();
    assert!(matches!(refused, PostgresError::Foreign(_)), "{refused}");
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
    let tables: i64 = foreign.client().await.query_one(tables, &[]).await.unwrap().get(0);
    assert_eq!(tables, 1);

    let unnamed = PostgresOptions::new().schema("a; DROP SCHEMA public").connect(config(server), NoTls).await;
    assert!(matches!(unnamed, Err(PostgresError::SchemaName)));
}

#[tokio::test]
async fn a_database_that_would_change_texts_is_refused() {
    let server = server!();
    let name = Server::fresh_name("latin");
    let place = Place::new(server);
    let sql =
        format!("CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    place.sql(&sql).await;
    let mut config = config(server);
    config.dbname(&name);
    let refused = place.options().connect(config, NoTls).await;
    place.sql(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert!(matches!(refused, Err(PostgresError::Encoding(_))), "{refused:?}");
}

#[tokio::test]
async fn a_role_that_may_only_read_verifies_and_follows_and_writes_nothing() {
    let server = server!();
    let place = Place::new(server);
    let (owner, key) = place.with_one().await;
    let role = Server::fresh_name("reader");
    place.sql(&format!("CREATE ROLE {role} LOGIN")).await;
    let mut config = config(server);
    config.user(&role);
    let refused = place.options().connect(config.clone(), NoTls).await;
    assert!(matches!(refused, Err(PostgresError::Server { .. })), "{refused:?}");

    owner.grant_verifying(&role).await.unwrap();
    let reader = Arc::new(place.options().connect(config.clone(), NoTls).await.unwrap());
    assert_eq!(reader.find(key).await.unwrap().unwrap().credential().key_id(), key);
    let notes = Arc::new(Notes::default());
    let (follower, told) = (Arc::clone(&reader), Arc::clone(&notes));
    let following = tokio::spawn(async move { match follower.follow(told).await {} });
    notes.wait_for(&[Told::CaughtUp]).await;
    let _ = owner.revoke(key, NOW).await.unwrap();
    notes.wait_for(&[Told::Changed(Changed::Key(key))]).await;
    following.abort();

    let acme = Account::new("acme".parse().unwrap());
    assert!(is_forbidden(reader.put_account(&acme).await));
    assert!(is_forbidden(reader.revoke(key, NOW).await));
    assert!(is_forbidden(reader.delete(acme.id(), "u1".parse().unwrap()).await));
    let claim = ReplayKey::for_tests("escher", key, b"its MAC", NOW, NOW);
    assert!(is_forbidden(reader.claim(&claim, NOW).await));
    let client = place.client_as(config).await;
    for write in [
        "INSERT INTO accounts VALUES ('evil', '')",
        "UPDATE keys SET revoked_at = NULL",
        "DELETE FROM users",
        "UPDATE feed SET last = 0",
        "DELETE FROM changes",
        "INSERT INTO migrations VALUES (99)",
        "SELECT change_number()",
        "SELECT entry FROM journal",
        "SELECT digest FROM claims",
        "TRUNCATE keys",
        "CREATE TABLE mine (x int)",
        "DROP TABLE keys",
    ] {
        let refused = client.batch_execute(write).await.expect_err(write);
        let code = refused.code().expect(write).code();
        assert_eq!(code, "42501", "{write}");
    }
    // What it was granted goes with it.
    place.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

fn is_forbidden<T: std::fmt::Debug>(answer: Result<T, PostgresError>) -> bool {
    matches!(answer, Err(PostgresError::Server { code, .. }) if code == "42501")
}
