//! A file with a million users: how long it takes to fill, how large it is, how many calls a second are verified on it.
//! `cargo run --release -p keyward-sqlite --example million [USERS [FILE]]`; without a file it takes a folder that goes
//! afterwards.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use keyward::{
    AccessLevel, Account, Allowlist, ApiUser, Ask, Authorizer, By, Catalogue, ClientAddr, Gate, Insert, Keep,
    KeyRing, ModulePolicy, OsEntropy, Pepper, Presented, Registry, Revealed, Timestamp,
};
use keyward_sqlite::SqliteStore;

const USERS: usize = 1_000_000;
/// Users of one account.
const TOGETHER: usize = 1_000;
/// Writes that wait for the one writer at a time.
const WRITERS: usize = 64;
/// Callers whose secrets are kept, spread over the whole file.
const CALLERS: usize = 10_000;
const CALLS: usize = 200_000;
const THREADS: usize = 2;
const NOW: Timestamp = Timestamp::from_unix(1_795_348_800);

type Failed = Box<dyn Error + Send + Sync>;

#[allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]
#[allow(clippy::cast_precision_loss, reason = "figures to read")]
fn main() -> Result<(), Failed> {
    let mut arguments = env::args().skip(1);
    let users = arguments.next().map_or(Ok(USERS), |users| users.parse())?;
    let folder = tempfile::tempdir()?;
    let file = arguments.next().map_or_else(|| folder.path().join("keyward.db"), PathBuf::from);
    let catalogue = Catalogue::builder().module("events", ["events.create"]).build()?;
    let engine = Authorizer::new(catalogue, KeyRing::new(Pepper::new(1, [7; 32])?));

    let store = SqliteStore::open(&file)?;
    let start = Instant::now();
    let callers = fill(&store, engine.keys(), users)?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{users} users stored in {seconds:.0} s, {:.0} a second, each on the disk",
        users as f64 / seconds
    );
    drop(store);
    let start = Instant::now();
    let store = SqliteStore::open(&file)?;
    println!("opened in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    println!("{} bytes on disk, {} a user", size(&file)?, size(&file)? / u64::try_from(users)?.max(1));

    let gate = Gate::new(engine, store);
    for threads in [1, THREADS] {
        let start = Instant::now();
        thread::scope(|scope| {
            let calls = |first| {
                let (gate, callers) = (&gate, &callers);
                scope.spawn(move || call(gate, callers, first))
            };
            let threads: Vec<_> = (0..threads).map(|thread| calls(thread * 7)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a caller panicked")?)
        })?;
        let rate = (CALLS * threads) as f64 / start.elapsed().as_secs_f64();
        println!("{rate:.0} calls a second authorized, callers at random, on {threads} threads");
    }
    Ok(())
}

/// From as many threads as the writer has at hand at a time.
fn fill(store: &SqliteStore, ring: &KeyRing, users: usize) -> Result<Vec<Revealed>, Failed> {
    for account in 0..users.div_ceil(TOGETHER) {
        let account = Account::new(format!("a{account}").parse()?);
        pollster::block_on(store.put_account(&account.enable("events", ModulePolicy::default())))?;
    }
    let every = (users / CALLERS).max(1);
    let fill = |first: usize| {
        let mut callers = Vec::new();
        for number in (first..users).step_by(WRITERS) {
            let list = format!(
                "10.{}.0.0/16\n192.0.2.{}\n203.0.113.0/24\n2001:db8::/48",
                number % 256,
                number % 251
            );
            let (account, id) = (format!("a{}", number / TOGETHER).parse()?, format!("u{number}").parse()?);
            let name = format!("user {number}");
            let mut user = ApiUser::new(account, id, &name, AccessLevel::Full, Allowlist::parse(&list)?)?;
            let reveal = user.issue(Keep::Hashed, ring, By::new("example", NOW), &mut OsEntropy)?;
            if pollster::block_on(store.insert(&user))? != Insert::Stored {
                return Err(Failed::from("a user is there already; name a file that is not"));
            }
            if number % every == 0 {
                callers.push(reveal.reveal());
            }
        }
        Ok(callers)
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || fill(writer))).collect();
        let mut callers = Vec::new();
        for writer in writers {
            callers.extend(writer.join().map_err(|_| "a writer panicked")??);
        }
        Ok(callers)
    })
}

fn call(gate: &Gate<SqliteStore>, callers: &[Revealed], first: usize) -> Result<(), Failed> {
    let ask = Ask::new("events.create", ClientAddr::direct("203.0.113.9".parse()?), NOW);
    // Steps of a large prime: each caller once before any comes again.
    for at in (first..).step_by(7_919).take(CALLS) {
        let caller = callers.get(at % callers.len().max(1)).ok_or("no callers")?;
        let presented = Presented::pair(caller.key_id(), caller.secret());
        let _ = pollster::block_on(gate.authorize(presented, &ask))?.into_result()?;
    }
    Ok(())
}

fn size(file: &Path) -> Result<u64, Failed> {
    let mut size = 0;
    for entry in fs::read_dir(file.parent().ok_or("a file stands in a folder")?)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}
