//! How much of a bare prepared SELECT on a thread the store's look-ups reach.
//! `cargo run --release -p keyward-sqlite --example lookups`

use std::{
    error::Error,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use futures_channel::oneshot;
use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, By, Keep, KeyId, KeyRing, Lookup, OsEntropy, Pepper, Registry,
    Timestamp,
};
use keyward_sqlite::SqliteOptions;
use rusqlite::Connection;

const USERS: usize = 1_000;
/// Look-ups of a batch: a few milliseconds, so that what else the machine does meets both sides alike.
const LOOKUPS: usize = 250;
/// Batches of each side, in turn.
const ROUNDS: usize = 800;
/// The quickest tenth counts, since others only ever add.
const QUICK: usize = ROUNDS / 10;

/// What a bare call costs: the same hop to a thread and back, the same rows read, nothing made of them.
type Call = (String, oneshot::Sender<usize>);

#[allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#[allow(clippy::cast_precision_loss, reason = "figures to read")]
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
    let (mut selects, mut lookups) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let batch = || keys.iter().cycle().skip(round * LOOKUPS % USERS).take(LOOKUPS);
        let start = Instant::now();
        for key in batch() {
            let (answer, answered) = oneshot::channel();
            bare.send((key.to_string(), answer))?;
            pollster::block_on(answered)?;
        }
        selects.push(start.elapsed());
        let start = Instant::now();
        for key in batch() {
            pollster::block_on(store.find(*key))?.ok_or("a stored key is not found")?;
        }
        lookups.push(start.elapsed());
    }
    drop(bare);
    thread.join().map_err(|_| "the bare thread panicked")??;
    let each = |times: &mut Vec<Duration>| {
        times.sort();
        times.get(QUICK).map_or(f64::NAN, Duration::as_secs_f64) * 1e6 / LOOKUPS as f64
    };
    let (select, lookup) = (each(&mut selects), each(&mut lookups));
    println!(
        "bare SELECT {select:.2} µs, look-up {lookup:.2} µs: {:.0} % of its rate",
        100.0 * select / lookup
    );
    Ok(())
}
