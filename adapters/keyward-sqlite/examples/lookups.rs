//! How much of a bare prepared SELECT on a thread the store's look-ups reach.
//! `cargo run --release -p keyward-sqlite --example lookups`

use std::{error::Error, sync::mpsc, thread, time::Instant};

use futures_channel::oneshot;
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Keep, KeyId, KeyRing, Lookup, OsEntropy, Pepper, Registry,
    Timestamp,
};
use keyward_sqlite::SqliteOptions;
use rusqlite::Connection;

const USERS: usize = 1_000;
const LOOKUPS: usize = 20_000;
const ROUNDS: usize = 7;

/// What a bare call costs: the same hop to a thread and back, the same rows read, nothing made of them.
type Call = (String, oneshot::Sender<usize>);

#[allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("keyward.db");
    let store = SqliteOptions::new().readers(1).open(&file)?;
    let acme = Account::new("acme".parse()?);
    pollster::block_on(store.put_account(&acme))?;
    let ring = KeyRing::new(Pepper::new(1, [7; 32])?);
    let mut keys: Vec<KeyId> = Vec::new();
    for number in 0..USERS {
        let id = format!("u{number}");
        let mut user = ApiUser::new(acme.id(), id.parse()?, &id, AccessLevel::Full, Allowlist::Any)?;
        let by = By::new("bench", Timestamp::from_unix(1_795_348_800));
        keys.push(user.issue(Keep::Hashed, &ring, by, &mut OsEntropy)?.key_id());
        let _ = pollster::block_on(store.insert(&user))?;
    }
    let (bare, calls) = mpsc::sync_channel::<Call>(4_096);
    let thread = thread::spawn(move || -> Result<(), rusqlite::Error> {
        let connection = Connection::open(file)?;
        let sql = "SELECT k.tombstone, k.revoked_at, k.account, k.user, a.record, u.record FROM keys k
             LEFT JOIN users u ON u.account = k.account AND u.id = k.user
             LEFT JOIN accounts a ON a.id = k.account WHERE k.key_id = ?1";
        let mut statement = connection.prepare(sql)?;
        for (key, answer) in calls {
            let bytes = statement.query_row([key], |row| {
                let records = (row.get::<_, Vec<u8>>(4)?, row.get::<_, Vec<u8>>(5)?);
                Ok(records.0.len() + records.1.len())
            })?;
            let _ = answer.send(bytes);
        }
        Ok(())
    });
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for key in keys.iter().cycle().take(LOOKUPS) {
            let (answer, answered) = oneshot::channel();
            bare.send((key.to_string(), answer))?;
            pollster::block_on(answered)?;
        }
        let selects = start.elapsed();
        let start = Instant::now();
        for key in keys.iter().cycle().take(LOOKUPS) {
            pollster::block_on(store.find(*key))?.ok_or("a stored key is not found")?;
        }
        let lookups = start.elapsed();
        let ratio = selects.as_secs_f64() / lookups.as_secs_f64();
        println!("bare SELECT {selects:?}, look-ups {lookups:?} for {LOOKUPS}: {:.0} %", ratio * 100.0);
        ratios.push(ratio);
    }
    drop(bare);
    thread.join().map_err(|_| "the bare thread panicked")??;
    ratios.sort_by(f64::total_cmp);
    println!("median {:.0} %", ratios.get(ROUNDS / 2).copied().unwrap_or_default() * 100.0);
    Ok(())
}
