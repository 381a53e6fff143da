//! The tables, as migrations that are never changed once released: a row of `migrations` for each that was made.

use deadpool_postgres::Object;
use tokio_postgres::IsolationLevel;

use crate::error::PostgresError;

/// Texts compare byte by byte: `COLLATE "C"`, whatever the database's own collation is.
///
/// Rows of `keys` are never deleted. They name no foreign key: a tombstone outlives its user.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema/1_records.sql"),
    include_str!("schema/2_claims.sql"),
    include_str!("schema/3_journal.sql"),
    include_str!("schema/4_truncated.sql"),
];

/// `kwrd`: whose advisory lock it is.
const LOCK: i32 = 0x6b77_7264;

/// Refuses a server that cannot be the store, and brings the schema up to date.
///
/// What is up to date is only read, so that a role without any other right can connect.
pub(crate) async fn migrate(client: &mut Object, schema: &str) -> Result<(), PostgresError> {
    let encoding = "SELECT current_setting('server_encoding')";
    let encoding: String = client.query_one(encoding, &[]).await?.try_get(0)?;
    if encoding != "UTF8" {
        return Err(PostgresError::Encoding(encoding));
    }
    if version(client, schema).await? == latest() {
        return Ok(());
    }
    let isolation = IsolationLevel::ReadCommitted;
    let transaction = client.build_transaction().isolation_level(isolation).start().await?;
    // Large tables take their time, and so does the instance that is first.
    transaction.batch_execute("SET LOCAL statement_timeout TO 0; SET LOCAL lock_timeout TO 0").await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", &[&LOCK, &schema]).await?;
    let had = version(&transaction, schema).await?;
    if !exists(&transaction, schema).await? {
        transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
    }
    if had == 0 {
        let table = "CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now())";
        transaction.batch_execute(table).await?;
    }
    for (version, migration) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > had) {
        transaction.batch_execute(migration).await?;
        transaction.execute("INSERT INTO migrations (version) VALUES ($1)", &[&version]).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn latest() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

async fn exists(client: &impl deadpool_postgres::GenericClient, schema: &str) -> Result<bool, PostgresError> {
    let sql = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    Ok(client.query_one(sql, &[&schema]).await?.try_get(0)?)
}

/// How many migrations the schema has had. None where it is empty or not there.
async fn version(client: &impl deadpool_postgres::GenericClient, schema: &str) -> Result<i32, PostgresError> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE c.relname = 'migrations')
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";
    let row = client.query_one(sql, &[&schema]).await?;
    let (relations, ours): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if relations == 0 {
        return Ok(0);
    }
    if ours == 0 {
        return Err(PostgresError::Foreign(schema.to_owned()));
    }
    let found =
        client.query_one("SELECT coalesce(max(version), 0) FROM migrations", &[]).await?.try_get(0)?;
    if found > latest() {
        return Err(PostgresError::Newer { found, known: latest() });
    }
    Ok(found)
}

/// Makes the tables of the claims unlogged, where they are not yet.
pub(crate) async fn unlog(client: &mut Object) -> Result<(), PostgresError> {
    let sql = "SELECT relname::text FROM pg_class
         WHERE oid IN ('claims'::regclass, 'claim_shards'::regclass, 'claim_shares'::regclass)
             AND relpersistence <> 'u'";
    let logged = client.query(sql, &[]).await?;
    if logged.is_empty() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    for row in &logged {
        let table: &str = row.try_get(0)?;
        transaction.batch_execute(&format!("ALTER TABLE {table} SET UNLOGGED")).await?;
    }
    // Nobody noted the clocks of those that are there; none was later than its claim's end.
    let latest = "UPDATE claim_clock SET latest = greatest(
         latest, (SELECT max(expires_at) FROM claims), (SELECT max(forgotten) FROM claim_shards))";
    transaction.batch_execute(latest).await?;
    transaction.commit().await?;
    Ok(())
}
